package netlink

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// control changes the kernel's audit state, for tests only.
type control struct {
	t  testing.TB
	fd int
}

// watch switches auditing on and watches a new file until the test ends; then everything is as it was.
func watch(t testing.TB) (path string) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_AUDIT)
	peertest.Need(t, "netlink", err)
	t.Cleanup(func() { unix.Close(fd) })
	c := control{t, fd}
	before, err := (&statusSocket{fd}).read()
	peertest.Need(t, "netlink", err)
	if before.Enabled == 2 {
		peertest.Need(t, "netlink", fmt.Errorf("the audit configuration is locked until the next boot"))
	}
	path = filepath.Join(t.TempDir(), "watched")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	peertest.Need(t, "netlink", c.request(unix.AUDIT_ADD_RULE, rule(path)))
	t.Cleanup(func() { c.must(unix.AUDIT_DEL_RULE, rule(path)) })
	if before.Enabled == 0 {
		c.must(unix.AUDIT_SET, enabled(1))
		t.Cleanup(func() { c.must(unix.AUDIT_SET, enabled(0)) })
	}
	return path
}

func (c control) must(kind uint16, data []byte) {
	c.t.Helper()
	if err := c.request(kind, data); err != nil {
		c.t.Errorf("audit request %d: %v", kind, err)
	}
}

// request sends a message and waits for its acknowledgement.
func (c control) request(kind uint16, data []byte) error {
	m := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(data))
	binary.NativeEndian.PutUint32(m, uint32(unix.NLMSG_HDRLEN+len(data)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	if err := unix.Sendto(c.fd, append(m, data...), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	b := make([]byte, 16<<10)
	for {
		n, _, err := unix.Recvfrom(c.fd, b, 0)
		if err != nil {
			return err
		}
		if n >= unix.NLMSG_HDRLEN+4 && binary.NativeEndian.Uint16(b[4:]) == unix.NLMSG_ERROR {
			if code := int32(binary.NativeEndian.Uint32(b[unix.NLMSG_HDRLEN:])); code != 0 {
				return unix.Errno(-code)
			}
			return nil
		}
	}
}

// enabled is a struct audit_status that sets one field.
func enabled(v uint32) []byte {
	b := binary.NativeEndian.AppendUint32(nil, 1) // AUDIT_STATUS_ENABLED
	return append(binary.NativeEndian.AppendUint32(b, v), make([]byte, 8*4)...)
}

// rule is the struct audit_rule_data of "-w path -p rwa -k counterfoil-test".
func rule(path string) []byte {
	const key, maxFields, equal = "counterfoil-test", 64, 0x40000000
	fields := []struct{ field, value uint32 }{
		{105, uint32(len(path))}, // AUDIT_WATCH
		{106, 2 | 4 | 8},         // AUDIT_PERM: write, read, attributes
		{210, uint32(len(key))},  // AUDIT_FILTERKEY
	}
	var b []byte
	u := func(v uint32) { b = binary.NativeEndian.AppendUint32(b, v) }
	u(4) // AUDIT_FILTER_EXIT
	u(2) // AUDIT_ALWAYS
	u(uint32(len(fields)))
	for range 64 {
		u(0xffffffff)
	}
	for column := range 3 {
		for i := range maxFields {
			switch {
			case i >= len(fields):
				u(0)
			case column == 0:
				u(fields[i].field)
			case column == 1:
				u(fields[i].value)
			default:
				u(equal)
			}
		}
	}
	u(uint32(len(path) + len(key)))
	return append(append(b, path...), key...)
}

// touch opens the file in a process of its own: one that began before auditing was ever switched on is not audited.
func touch(t testing.TB, path string, times int) {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "TOUCH_PATH="+path, fmt.Sprintf("TOUCH_TIMES=%d", times))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func TestMain(m *testing.M) {
	path := os.Getenv("TOUCH_PATH")
	if path == "" {
		os.Exit(m.Run())
	}
	times, err := strconv.Atoi(os.Getenv("TOUCH_TIMES"))
	for ; times > 0 && err == nil; times-- {
		var fd int
		if fd, err = unix.Open(path, unix.O_RDONLY, 0); err == nil {
			err = unix.Close(fd)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func listen(t testing.TB, o Options) *Stream {
	s, err := Open(o)
	peertest.Need(t, "netlink", err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Resume(nil); err != nil {
		t.Fatal(err)
	}
	return s
}

// read reads until enough says so.
func read(t testing.TB, s *Stream, enough func(intake.Batch) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		b, err := s.Read(ctx)
		if err != nil {
			t.Fatalf("what was expected did not come: %v", err)
		}
		if enough(b) {
			return
		}
	}
}

// events is enough when n events of the watched file are complete. The kernel has events of its own between them.
func events(n int) func(intake.Batch) bool {
	ours := map[uint32]bool{}
	return func(b intake.Batch) bool {
		for _, f := range b.Frames {
			serial, _ := serialOf(f.Data)
			switch {
			case f.Type == unix.AUDIT_SYSCALL && strings.HasSuffix(string(f.Data), `key="counterfoil-test"`):
				ours[serial] = true
			case f.Type == unix.AUDIT_EOE && ours[serial]:
				n--
			}
		}
		return n <= 0
	}
}

// The kernel's own records of a watched file arrive whole, numbered, and with the type of the message.
func TestLive(t *testing.T) {
	path := watch(t)
	s := listen(t, Options{Host: "h"})
	touch(t, path, 3)
	kinds, pos := map[int]int{}, int64(-1)
	read(t, s, func(b intake.Batch) bool {
		for _, f := range b.Frames {
			if f.Pos != pos+1 || f.Host != "h" || f.Received == 0 {
				t.Errorf("frame %d after %d from %q at %s", f.Pos, pos, f.Host, f.Received)
			}
			pos = f.Pos
			text := string(f.Data)
			if _, ok := serialOf(f.Data); !ok {
				t.Errorf("no serial: %q", text)
			}
			if f.Type == unix.AUDIT_PATH && strings.HasSuffix(text, "cap_fver=0 cap_frootid=0") && strings.Contains(text, fmt.Sprintf("name=%q", path)) ||
				f.Type == unix.AUDIT_SYSCALL && strings.HasSuffix(text, `key="counterfoil-test"`) || f.Type == unix.AUDIT_EOE {
				kinds[f.Type]++
			}
		}
		return kinds[unix.AUDIT_EOE] >= 3 && kinds[unix.AUDIT_PATH] >= 3 && kinds[unix.AUDIT_SYSCALL] >= 3
	})
}

// A login id that is set is a record, too: its type, 1006, is among those of requests.
func TestLiveLogin(t *testing.T) {
	watch(t)
	s := listen(t, Options{})
	c := exec.Command("sh", "-c", "echo 1234567 >/proc/self/loginuid")
	if out, err := c.CombinedOutput(); err != nil {
		peertest.Need(t, "netlink", fmt.Errorf("no login id can be set: %w: %s", err, out))
	}
	read(t, s, func(b intake.Batch) bool {
		for _, f := range b.Frames {
			if f.Type == unix.AUDIT_LOGIN && strings.Contains(string(f.Data), " auid=1234567 ") {
				return true
			}
		}
		return false
	})
}

// A reader that is too slow for its buffer learns how many events that cost.
func TestLiveOverrun(t *testing.T) {
	path := watch(t)
	s := listen(t, Options{Receive: 1, Poll: 20 * time.Millisecond, Window: 200 * time.Millisecond})
	touch(t, path, 1)
	read(t, s, func(b intake.Batch) bool { return len(b.Frames) > 0 })
	touch(t, path, 2000)
	var told counterfoil.JSON
	missing := int64(0)
	read(t, s, func(b intake.Batch) bool {
		if len(b.Frames) > 0 {
			touch(t, path, 1) // something has to come behind the loss to show it
		}
		for _, n := range b.Notes {
			if n.Name == act.Gap {
				var data counterfoil.Builder
				data.Object("")
				n.Data(&data)
				data.End()
				told = data.JSON()
				missing += max(0, n.Count)
			}
		}
		return missing >= 1000
	})
	t.Logf("gap of %d events: %s", missing, told)
}

// Between two runs nobody listens; the second says how many events that cost.
func TestLiveDowntime(t *testing.T) {
	path := watch(t)
	s, observer := listen(t, Options{}), listen(t, Options{})
	touch(t, path, 1)
	read(t, s, events(1))
	position := s.Position(dialect.Held{})
	touch(t, path, 5)
	read(t, observer, events(6)) // the kernel has sent them all
	again, err := Open(Options{})
	peertest.Need(t, "netlink", err)
	defer again.Close()
	if err := again.Resume(position); err != nil {
		t.Fatal(err)
	}
	touch(t, path, 1)
	read(t, again, func(b intake.Batch) bool {
		for _, n := range b.Notes {
			if n.Reason == "counterfoil was not listening to the kernel" { // there may be a GAP of what the first run was late to read
				if n.Count < 5 || n.Count > 100 {
					t.Errorf("gap of %d events, want the 5 that were missed and a few of the kernel's own", n.Count)
				}
				return true
			}
		}
		return false
	})
}

// BenchmarkLive measures what reading costs this process, in CPU time.
func BenchmarkLive(b *testing.B) {
	path := watch(b)
	s := listen(b, Options{Receive: 16 << 20})
	records, spent := 0, int64(0)
	for b.Loop() {
		touch(b, path, 1000)
		start := cpu(b)
		enough := events(1000)
		read(b, s, func(batch intake.Batch) bool {
			records += len(batch.Frames)
			return enough(batch)
		})
		spent += cpu(b) - start
	}
	b.ReportMetric(float64(spent)/float64(records), "cpu-ns/record")
}

func cpu(t testing.TB) int64 {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
