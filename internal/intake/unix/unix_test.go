package unix_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/intake/unix"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// input is a running listener.
type input struct {
	t    *testing.T
	l    *unix.Listener
	path string
	stop context.CancelFunc
	done chan error
}

func run(t *testing.T, tr *intaketest.Trail) *input {
	return runFor(t, tr, 0)
}

// runFor is run with so many senders at a time.
func runFor(t *testing.T, tr *intaketest.Trail, senders int) *input {
	in := &input{t: t, path: filepath.Join(t.TempDir(), "events.sock"), done: make(chan error, 1)}
	var err error
	in.l, err = unix.Listen(unix.Options{Name: "local", Host: "h", Path: in.path, Mode: 0o600, MaxConns: senders, Trail: tr, Parser: intaketest.NewParser})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	in.stop = stop
	go func() { in.done <- in.l.Run(ctx) }()
	t.Cleanup(stop)
	return in
}

func (in *input) dial() *net.UnixConn {
	in.t.Helper()
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: in.path, Net: "unix"})
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { c.Close() })
	return c
}

// send sends text, half-closes, and gives the answers.
func (in *input) send(text string) string {
	in.t.Helper()
	c := in.dial()
	if _, err := io.WriteString(c, text); err != nil {
		in.t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		in.t.Fatal(err)
	}
	b, err := io.ReadAll(c)
	if err != nil {
		in.t.Fatal(err)
	}
	return string(b)
}

func line(name, user, data string) string {
	if data != "" {
		data = `,"event_data":` + data
	}
	return fmt.Sprintf(`{"time":"2026-11-22T12:00:00Z","svc":"APP","event":%q,"addr":"","user":%q%s}`, name, user, data)
}

func TestPeer(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr)
	st, err := os.Stat(in.path)
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v", st.Mode(), err)
	}
	answer := in.send(line("A", "", "") + "\n" + line("B", "anna", `{"zone":1,"peer":"forged","a":2}`) + "\n" + line("C", "anna", `"words"`))
	if !strings.Contains(answer, `"last":3,"taken":`) || strings.Contains(answer, "error") {
		t.Errorf("answer %s", answer)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	peer := fmt.Sprintf(`{"exe":%q,"gid":%d,"pid":%d,"uid":%d}`, exe, os.Getgid(), os.Getpid(), os.Getuid())
	want := map[string][2]string{
		"A": {me.Username, `{"peer":` + peer + `}`},
		"B": {"anna", `{"a":2,"peer":` + peer + `,"peer#2":"forged","zone":1}`},
		"C": {"anna", `{"peer":` + peer + `,"text":"words"}`},
	}
	for name, w := range want {
		got := tr.Named(name)
		if len(got) != 1 || got[0].User != w[0] || string(got[0].EventData) != w[1] || got[0].Via != "local" {
			t.Errorf("%s: %+v\nwant %v", name, got, w)
		}
	}
	in.stop()
	if err := <-in.done; err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(in.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left behind: %v", err)
	}
	if len(tr.Named("INPUT.START")) != 1 || len(tr.Named("INPUT.STOP")) != 1 {
		t.Error("start and stop are not recorded")
	}
}

// A refused line ends nothing, and lines are counted over the connection.
func TestRefused(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr)
	c := in.dial()
	r := bufio.NewReader(c)
	for i, x := range []struct{ send, want string }{
		{line("A", "", "") + "\n", `{"first":1,"last":1,"taken":1,"retried":0}`},
		{"{}\n", `{"error":{"kind":"bad_field","message":"line 2: field \"time\" is missing","line":2,"field":"time"},"taken":{"lines":0}}`},
		{"\n\nnonsense\n", `{"error":{"kind":"bad_line","message":"line 5: byte 1: found 'n' where '{' is expected","line":5},"taken":{"lines":0}}`},
		{line("B", "", "") + "\n", `{"first":2,"last":2,"taken":1,"retried":0}`},
	} {
		if _, err := io.WriteString(c, x.send); err != nil {
			t.Fatal(err)
		}
		got, err := r.ReadString('\n')
		if err != nil || strings.TrimSpace(got) != x.want {
			t.Errorf("%d: answer %s %v\nwant %s", i, got, err, x.want)
		}
	}
	if n := in.l.Counters(); n.Events != 2 || n.Refused != 2 {
		t.Errorf("counters %+v", n)
	}
}

func TestLongLine(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr)
	c := in.dial()
	go io.WriteString(c, line("A", "", "")+"\n"+strings.Repeat("x", intake.MaxLine+1))
	b, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) || !strings.Contains(string(b), `"kind":"line_too_long","message":"line 2: is longer`) || len(tr.Named("A")) != 1 {
		t.Errorf("answer %s, %v", b, err)
	}
}

// While the trail takes nothing in, the sender waits.
func TestSuspended(t *testing.T) {
	var tr intaketest.Trail
	var refusals atomic.Int32
	started := false
	tr.Fail = func(int) (bool, error) {
		if !started {
			started = true // the input's own start
			return false, nil
		}
		if refusals.Add(1) <= 2 {
			return false, trail.ErrSuspended
		}
		return false, nil
	}
	in := run(t, &tr)
	if got := in.send(line("A", "", "")); got != `{"first":1,"last":1,"taken":1,"retried":0}`+"\n" || in.l.Counters().Waits != 1 {
		t.Errorf("answer %s, %+v", got, in.l.Counters())
	}
}

func TestBroken(t *testing.T) {
	var tr intaketest.Trail
	started := false
	tr.Fail = func(int) (bool, error) {
		if !started {
			started = true
			return false, nil
		}
		return false, trail.ErrBroken
	}
	in := run(t, &tr)
	if got := in.send(line("A", "", "")); !strings.Contains(got, `"kind":"broken"`) {
		t.Errorf("answer %s", got)
	}
	if err := <-in.done; !errors.Is(err, trail.ErrBroken) {
		t.Errorf("the listener ended with %v", err)
	}
}

// A sender who keeps the connection open does not hold up the end; what it sent whole is kept.
func TestEnd(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr)
	c := in.dial()
	r := bufio.NewReader(c)
	fmt.Fprintln(c, line("A", "", ""))
	if got, err := r.ReadString('\n'); err != nil {
		t.Fatal(got, err)
	}
	in.stop()
	if err := <-in.done; err != nil {
		t.Error(err)
	}
	if b, err := io.ReadAll(r); err != nil || len(b) > 0 {
		t.Errorf("%q, %v", b, err)
	}
}

// More senders than may be connected wait until one ends; that is said once.
func TestCrowded(t *testing.T) {
	var tr intaketest.Trail
	in := runFor(t, &tr, 1)
	first := in.dial()
	fmt.Fprintln(first, line("A", "", ""))
	if _, err := bufio.NewReader(first).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); len(tr.Named("INPUT.ERROR")) == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("nobody says that senders have to wait")
		}
	}
	second := in.dial()
	fmt.Fprintln(second, line("B", "", ""))
	first.Close()
	if _, err := bufio.NewReader(second).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	if n := len(tr.Named("INPUT.ERROR")); n != 1 {
		t.Errorf("it is said %d times", n)
	}
}

// A sender that does not read its answers holds up nobody's end for long.
func TestEndUnread(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr)
	c := in.dial()
	go func() { // until the answers fill the socket, and then the lines do
		for {
			if _, err := io.WriteString(c, strings.Repeat("nonsense\n", 1000)); err != nil {
				return
			}
		}
	}()
	for last, same := uint64(0), 0; same < 20; time.Sleep(10 * time.Millisecond) {
		if n := in.l.Counters().Refused; n > 0 && n == last {
			same++
		} else {
			last, same = n, 0
		}
	}
	begin := time.Now()
	in.stop()
	if err := <-in.done; err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	open := func(name string) (*unix.Listener, error) {
		return unix.Listen(unix.Options{Name: "local", Path: filepath.Join(dir, name), Trail: &intaketest.Trail{}, Parser: intaketest.NewParser})
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open("file"); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("a file was replaced: %v", err)
	}
	l, err := open("sock")
	if err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(filepath.Join(dir, "sock")); err != nil || st.Mode().Perm() != 0o660 {
		t.Errorf("%v %v", st, err)
	}
	if _, err := open("sock"); err == nil || !strings.Contains(err.Error(), "another process listens") {
		t.Errorf("a live socket was replaced: %v", err)
	}
	stale, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, "stale"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	stale.SetUnlinkOnClose(false)
	stale.Close()
	if _, err := open("stale"); err != nil {
		t.Errorf("a stale socket is in the way: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Run(ctx); err != nil {
		t.Error(err)
	}
}
