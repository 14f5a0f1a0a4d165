package main

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"time"
)

// zipf draws ranks 0..n-1 with p ~ 1/(rank+1)^s through a cumulative table.
type zipf struct{ cum []float64 }

func newZipf(n int, s float64) *zipf {
	c := make([]float64, n)
	t := 0.0
	for i := range c {
		t += 1 / math.Pow(float64(i+1), s)
		c[i] = t
	}
	for i := range c {
		c[i] /= t
	}
	return &zipf{c}
}
func (z *zipf) draw(r *rand.Rand) int { return sort.SearchFloat64s(z.cum, r.Float64()) }

type service struct {
	name   string
	weight float64
	events []string
	z      *zipf
	data   func(g *gen, b []byte, s *session, ev string, ok bool) []byte
}

type session struct {
	id, user, host, addr string
	uid, pid, port       int
	svc                  *service
	left                 int
}

type gen struct {
	r        *rand.Rand
	now      time.Time
	dirs     []string
	paths    []string
	users    []string
	addrs    []string
	zUser    *zipf
	zAddr    *zipf
	zPath    *zipf
	services []*service
	uniq     string // the last unique word made
}

func (g *gen) word() string { return words[g.r.IntN(len(words))] }
func (g *gen) uuid() string {
	var u [16]byte
	hi, lo := g.r.Uint64(), g.r.Uint64()
	for i := 0; i < 8; i++ {
		u[i], u[8+i] = byte(hi>>(8*i)), byte(lo>>(8*i))
	}
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	var d [36]byte
	hex.Encode(d[0:8], u[0:4])
	hex.Encode(d[9:13], u[4:6])
	hex.Encode(d[14:18], u[6:8])
	hex.Encode(d[19:23], u[8:10])
	hex.Encode(d[24:36], u[10:16])
	d[8], d[13], d[18], d[23] = '-', '-', '-', '-'
	return string(d[:])
}

// path: 95% from the 200k zipf set, 5% never seen before or again.
func (g *gen) path() string {
	if g.r.IntN(20) == 0 {
		g.uniq = fmt.Sprintf("%s%08x", g.word(), g.r.Uint32())
		return g.dirs[g.r.IntN(len(g.dirs))] + "/" + g.uniq + exts[g.r.IntN(len(exts))]
	}
	return g.paths[g.zPath.draw(g.r)]
}

func newGen(seed uint64) *gen {
	g := &gen{r: rand.New(rand.NewPCG(seed, 0x5eed))}
	g.dirs = []string{"/mnt/tank/projects", "/mnt/tank/home", "/mnt/tank/finance", "/mnt/tank/media", "/mnt/pool2/archive"}
	for len(g.dirs) < 5000 {
		p := g.dirs[g.r.IntN(len(g.dirs))]
		if strings.Count(p, "/") > 7 {
			continue
		}
		w := g.word()
		if g.r.IntN(5) == 0 {
			w = strconv.Itoa(2015 + g.r.IntN(11))
		}
		g.dirs = append(g.dirs, p+"/"+w)
	}
	for range 200_000 {
		g.paths = append(g.paths, fmt.Sprintf("%s/%s_%s_%d%s", g.dirs[g.r.IntN(len(g.dirs))], g.word(), g.word(), g.r.IntN(1000), exts[g.r.IntN(len(exts))]))
	}
	for i := range 2000 {
		g.users = append(g.users, fmt.Sprintf("%s.%s%d", g.word(), g.word(), i))
	}
	for range 5000 {
		g.addrs = append(g.addrs, fmt.Sprintf("10.%d.%d.%d", g.r.IntN(32), g.r.IntN(256), 1+g.r.IntN(254)))
	}
	g.zUser, g.zAddr, g.zPath = newZipf(2000, 1.05), newZipf(5000, 1.05), newZipf(200_000, 1.05)
	f := strings.Fields
	g.services = []*service{
		{"SMB", .45, f("READ WRITE CREATE CLOSE SET_ATTR UNLINK RENAME CONNECT DISCONNECT FSCTL SET_ACL AUTHENTICATION SET_QUOTA OFFLOAD"), nil, smb},
		{"LINUX", .20, f("EXECVE SYSCALL_OPEN CRED_ACQ SYSCALL_UNLINK SYSCALL_CHMOD SYSCALL_CHOWN USER_LOGIN SERVICE_START SERVICE_STOP KMOD"), nil, linux},
		{"MONGO", .08, f("authCheck authenticate createIndex logout createCollection dropCollection grantRolesToUser createUser dropUser"), nil, mongo},
		{"SSH", .04, f("SESSION_OPEN SESSION_CLOSE LOGIN LOGOUT AUTH_FAIL PORT_FORWARD"), nil, ssh},
		{"CONNTRACK", .10, f("NEW DESTROY UPDATE DROP"), nil, conntrack},
		{"MIDDLEWARE", .06, f("METHOD_CALL MW_AUTHENTICATION MW_LOGOUT API_KEY CONFIG_EXPORT REBOOT SHUTDOWN"), nil, middleware},
		{"SUDO", .02, f("SUDO_ACCEPT SUDO_REJECT SUDO_ALERT"), nil, sudo},
		{"NFS", .05, f("OPEN GETATTR LOOKUP READDIR REMOVE NFS_RENAME MOUNT"), nil, nfs},
	}
	for _, s := range g.services {
		s.z = newZipf(len(s.events), 1.2)
	}
	return g
}

func (g *gen) newSession() *session {
	w, i := g.r.Float64(), 0
	for w -= g.services[0].weight; w > 0 && i < len(g.services)-1; w -= g.services[i].weight {
		i++
	}
	u := g.zUser.draw(g.r)
	return &session{g.uuid(), g.users[u], fmt.Sprintf("host%03d.example.net", g.r.IntN(200)), g.addrs[g.zAddr.draw(g.r)],
		1000 + u, 1000 + g.r.IntN(4_000_000), 32768 + g.r.IntN(28000), g.services[i], 20 + g.r.IntN(61)}
}
