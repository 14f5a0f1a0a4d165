package unix

import (
	"net"
	"os/user"
	"strconv"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
)

// peer is who opened a connection, as the kernel saw it then.
type peer struct {
	PID      int64 // 0 where the system does not say
	UID, GID uint32
	Exe      string // path of the program, empty where it cannot be read
}

func (p *peer) json() counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	b.Int("pid", p.PID)
	b.Int("uid", int64(p.UID))
	b.Int("gid", int64(p.GID))
	if p.Exe != "" {
		b.String("exe", p.Exe)
	}
	b.End()
	return b.JSON()
}

// names remembers the names of users. Safe for concurrent use.
type names struct {
	mu    sync.Mutex
	known map[uint32]name // guarded by mu
}

type name struct {
	text string
	at   time.Time
}

// of gives the login name of uid, or UID:<n>. It is looked up again after a minute.
func (n *names) of(uid uint32, now time.Time) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if k, ok := n.known[uid]; ok && now.Sub(k.at) < time.Minute {
		return k.text
	}
	text := "UID:" + strconv.FormatUint(uint64(uid), 10)
	if u, err := lookup(uid); err == nil {
		text = u
	}
	if n.known == nil || len(n.known) > 4096 {
		n.known = map[uint32]name{}
	}
	n.known[uid] = name{text, now}
	return text
}

// peerOf asks the kernel who opened the connection.
func peerOf(c *net.UnixConn) (p peer, err error) {
	raw, err := c.SyscallConn()
	if err != nil {
		return p, err
	}
	if cerr := raw.Control(func(fd uintptr) { p, err = credentials(int(fd)) }); cerr != nil {
		return p, cerr
	}
	return p, err
}

func lookup(uid uint32) (string, error) {
	u, err := user.LookupId(strconv.FormatUint(uint64(uid), 10))
	if err != nil {
		return "", err
	}
	return u.Username, nil
}
