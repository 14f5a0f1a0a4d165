package netfilter

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/router"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// rules track connections, log what is new to group 5 and what is refused to group 6.
const rules = `
table inet test {
	chain out {
		type filter hook output priority 0
		ct state new udp dport 7001 log prefix "permit:test " group 5
		udp dport 7002 log prefix "deny:test " group 6 drop
	}
}
`

// namespace puts the test into a network namespace of its own, with a packet filter and nothing else, for as long as it runs.
func namespace(t *testing.T) {
	nft := peertest.Program(t, "netfilter", "nft")
	ip := peertest.Program(t, "netfilter", "ip")
	runtime.LockOSThread() // and never unlocked: the thread ends with the test, and the namespace with it
	peertest.Need(t, "netfilter", unix.Unshare(unix.CLONE_NEWNET))
	if out, err := exec.Command(ip, "link", "set", "lo", "up").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	c := exec.Command(nft, "-f", "-")
	c.Stdin = strings.NewReader(rules)
	if out, err := c.CombinedOutput(); err != nil {
		peertest.Need(t, "netfilter", fmt.Errorf("%w: %s", err, out))
	}
}

// tell sends n datagrams, each of a flow of its own, to a port of the loopback.
func tell(t *testing.T, port, n int) {
	t.Helper()
	to := &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	for i := range n {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Bind(fd, &unix.SockaddrInet4{Port: 20000 + i, Addr: to.Addr}); err != nil {
			t.Fatal(err)
		}
		if err := unix.Sendto(fd, []byte("hello"), 0, to); err != nil && !errors.Is(err, unix.EPERM) { // it was dropped
			t.Fatal(err)
		}
		if err := unix.Close(fd); err != nil {
			t.Fatal(err)
		}
	}
}

// read reads until enough says so, and gives the events of the frames.
func read(t *testing.T, s *Stream, enough func([]counterfoil.Event, []intake.Note) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	dec, err := router.Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	var events []counterfoil.Event
	var notes []intake.Note
	for {
		b, err := s.Read(ctx)
		if err != nil {
			t.Fatalf("%d events, %d notes: %v", len(events), len(notes), err)
		}
		for i, f := range b.Frames {
			if f.Pos != s.pos-int64(len(b.Frames)-i) || f.Host != "gate" || f.Received == 0 {
				t.Errorf("frame %d of %q at %s", f.Pos, f.Host, f.Received)
			}
			if events, err = dec.Decode(events, f); err != nil {
				t.Fatal(err)
			}
		}
		if notes = append(notes, b.Notes...); enough(events, notes) {
			return
		}
	}
}

func open(t *testing.T, s *Stream, err error) *Stream {
	t.Helper()
	peertest.Need(t, "netfilter", err)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

var quick = Options{Host: "gate", Poll: 20 * time.Millisecond}

// A flow is told when it begins and when it is over, and what was not asked for is not told.
func TestConntrack(t *testing.T) {
	namespace(t)
	s, err := OpenConntrack(quick, []string{"new", "destroy"})
	s = open(t, s, err)
	tell(t, 7001, 3)
	names := func(want string) {
		t.Helper()
		read(t, s, func(events []counterfoil.Event, notes []intake.Note) bool {
			var got []string
			for _, e := range events {
				if e.Service != "CONNTRACK" || e.Object.Name != "127.0.0.1:7001/udp" || e.Addr != "127.0.0.1" {
					t.Fatalf("%+v", e)
				}
				got = append(got, e.Name)
			}
			if len(notes) > 0 {
				t.Fatalf("%+v", notes)
			}
			return strings.Join(got, " ") == want
		})
	}
	names("NEW NEW NEW")
	if out, err := exec.Command(peertest.Program(t, "netfilter", "conntrack"), "-F").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	names("DESTROY DESTROY DESTROY")
}

// A packet comes with its rule's prefix and as many bytes as were asked for.
func TestNFLOG(t *testing.T) {
	namespace(t)
	five, err := OpenNFLOG(quick, 5, 64)
	five = open(t, five, err)
	six, err := OpenNFLOG(quick, 6, 64)
	six = open(t, six, err)
	tell(t, 7001, 2)
	tell(t, 7002, 1)
	read(t, five, func(events []counterfoil.Event, _ []intake.Note) bool {
		for _, e := range events {
			if e.Name != "NFLOG" || e.EventData.Member("prefix").Text() != "permit:test " || e.Outcome != counterfoil.Success || e.Object.Name != "127.0.0.1:7001/udp" {
				t.Fatalf("%+v", e)
			}
		}
		return len(events) == 2
	})
	read(t, six, func(events []counterfoil.Event, _ []intake.Note) bool {
		return len(events) == 1 && events[0].Outcome == counterfoil.Failure && events[0].Object.Name == "127.0.0.1:7002/udp"
	})
	if _, err := OpenNFLOG(quick, 5, 64); err == nil || !strings.Contains(err.Error(), "let no other program listen to this group") {
		t.Errorf("a second listener: %v", err)
	}
}

// What the kernel had no room for is counted: what came and what is missing are all there was.
func TestLost(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(o Options) (*Stream, error)
	}{
		{"conntrack", func(o Options) (*Stream, error) { return OpenConntrack(o, []string{"new"}) }},
		{"nflog", func(o Options) (*Stream, error) { return OpenNFLOG(o, 5, 64) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			namespace(t)
			o := quick
			o.Receive = 8 << 10
			s, err := c.open(o)
			s = open(t, s, err)
			const sent = 2000
			tell(t, 7001, sent)
			var came, missing int
			read(t, s, func(events []counterfoil.Event, notes []intake.Note) bool {
				came, missing = len(events), 0
				for _, n := range notes {
					if n.Name != act.Gap || n.From == 0 {
						t.Fatalf("%+v", n)
					}
					missing += int(n.Count)
				}
				return came+missing >= sent
			})
			if came+missing != sent || missing == 0 {
				t.Errorf("%d came and %d are said to be missing of %d", came, missing, sent)
			}
		})
	}
}

// Between two runs nobody listens, and that is said; the first run of all has missed nothing that it could know of.
func TestDowntime(t *testing.T) {
	namespace(t)
	s, err := OpenNFLOG(quick, 5, 64)
	s = open(t, s, err)
	if err := s.Resume(nil); err != nil || len(s.notes) > 0 {
		t.Errorf("%v %v", s.notes, err)
	}
	at := time.Now().Add(-time.Hour)
	s.since = at
	position := s.Position(dialect.Held{})
	if err := s.Resume(position); err != nil || len(s.notes) != 1 {
		t.Fatalf("%v %v", s.notes, err)
	}
	if n := s.notes[0]; n.Name != act.Gap || n.Count != intake.UnknownCount || n.From != counterfoil.TimeOf(at) {
		t.Errorf("%+v", n)
	}
	for _, bad := range []string{"\x09", "\x01", ""} {
		if err := s.Resume([]byte(bad)); err == nil {
			t.Errorf("%q is taken for a position", bad)
		}
	}
}

var _ intake.Resumer = (*Stream)(nil)
