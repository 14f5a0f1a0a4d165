package syslog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/counterfoil/counterfoil/internal/recv"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// input is a listener that runs.
type input struct {
	t    *testing.T
	l    *Listener
	tr   *intaketest.Trail
	stop context.CancelFunc
	done chan error
}

func listen(t *testing.T, tr intake.Trail, o Options) (*Listener, error) {
	t.Helper()
	d, _ := all.Lookup("syslog")
	dec, err := intake.PerSender(func() (dialect.Decoder, error) { return d.Decode(nil) })
	if err != nil {
		t.Fatal(err)
	}
	o.Poll = 20 * time.Millisecond
	return Listen(o, &intake.Pump{Name: "net", Host: "h", Decoder: dec, Dialect: d, Trail: tr, Now: time.Now})
}

func run(t *testing.T, tr *intaketest.Trail, o Options) *input {
	t.Helper()
	l, err := listen(t, tr, o)
	if err != nil {
		t.Fatal(err)
	}
	in := &input{t: t, l: l, tr: tr, done: make(chan error, 1)}
	ctx, stop := context.WithCancel(t.Context())
	in.stop = stop
	go func() { in.done <- l.Run(ctx) }()
	t.Cleanup(stop)
	return in
}

// on is a listener on free ports of the loopback.
func on(transports ...string) (o Options) {
	for _, x := range transports {
		o.Sockets = append(o.Sockets, Socket{x, "127.0.0.1:0"})
	}
	return o
}

// address is HOST:PORT of a socket.
func (in *input) address(i int) string {
	_, a, _ := strings.Cut(in.l.Addresses()[i], "://")
	return a
}

func (in *input) dial(i int) net.Conn {
	in.t.Helper()
	network := in.l.opts.Sockets[i].Transport
	if network == "tls" {
		network = "tcp"
	}
	c, err := net.Dial(network, in.address(i))
	if err != nil {
		in.t.Fatal(err)
	}
	in.t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// wait waits for n events that are not the input's own, and gives them.
func (in *input) wait(n int) (list []counterfoil.Record) {
	in.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		list = list[:0]
		for _, r := range in.tr.Records() {
			if r.Service != act.Service || r.Name == dialect.UnparsedEvent {
				list = append(list, r)
			}
		}
		if len(list) >= n {
			return list
		}
		if time.Now().After(end) {
			in.t.Fatalf("%d of %d events came", len(list), n)
		}
	}
}

// said waits for a note of the input whose event_data holds a text.
func (in *input) said(name, text string) counterfoil.Record {
	in.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		for _, r := range in.tr.Named(name) {
			if strings.Contains(string(r.EventData), text) {
				return r
			}
		}
	}
	in.t.Fatalf("no %s says %q: %v", name, text, in.tr.Named(name))
	return counterfoil.Record{}
}

func (in *input) end() {
	in.t.Helper()
	in.stop()
	if err := <-in.done; err != nil {
		in.t.Error(err)
	}
}

func peerJSON(c net.Conn, transport string) string {
	_, port, _ := net.SplitHostPort(c.LocalAddr().String())
	return fmt.Sprintf(`{"addr":"127.0.0.1","port":%s,"transport":%q}`, port, transport)
}

// A datagram is one record whatever is in it, and says who sent it.
func TestDatagrams(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr, on("udp"))
	a, b := in.dial(0), in.dial(0)
	for _, x := range []struct {
		c          net.Conn
		text, host string
	}{
		{a, "<13>Nov 29 12:00:00 web1 app: one\n<13>Nov 29 12:00:00 web1 app: two", "web1"},
		{b, `<13>1 - - - - - [a peer="forged"] x`, "127.0.0.1"},
		{a, "12 <13>no count in a datagram", "127.0.0.1"},
	} {
		n := len(in.wait(0))
		send(t, x.c, x.text)
		got := in.wait(n + 1)
		if r := got[n]; len(got) != n+1 || r.Raw != x.text || r.Host != x.host || r.Via != "net" || string(r.EventData.Member("peer")) != peerJSON(x.c, "udp") {
			t.Errorf("%q: %d records, %+v", x.text, len(got)-n, r)
		}
	}
	in.said(act.InputStart, `"sockets":[{"address":"`+in.l.Addresses()[0]+`","receive_buffer":`)
	in.end()
	if n := len(tr.Named(act.InputStop)); n != 1 {
		t.Errorf("%d INPUT.STOP", n)
	}
}

// What the kernel has no room for is counted: what came and what is missing are what was sent.
func TestDatagramsLost(t *testing.T) {
	if !recv.CanCount {
		peertest.Need(t, "dropcount", errors.New("this system's kernel does not count what it drops of a socket"))
	}
	var tr intaketest.Trail
	hold := make(chan struct{})
	tr.Fail = func(int) (bool, error) { <-hold; return false, nil }
	o := on("udp")
	o.Receive = 64 << 10
	in := run(t, &tr, o)
	c := in.dial(0)
	const sent = 3000
	for i := range sent {
		send(t, c, fmt.Sprintf("<13>app: %d %s", i, strings.Repeat("x", 500)))
	}
	close(hold)
	sum := func() (came, missing int) {
		for _, r := range tr.Named(act.Gap) {
			n, err := strconv.Atoi(string(r.EventData.Member("count")))
			if err != nil || r.EventData.Member("unit") != `"messages"` || r.EventData.Member("receive_buffer") == "" || r.EventData.Member("from") == "" {
				t.Fatalf("%v: %s", err, r.EventData)
			}
			missing += n
		}
		return len(tr.Named("MESSAGE")), missing
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if came, missing := sum(); came+missing >= sent {
			break
		}
	}
	in.end()
	if came, missing := sum(); came+missing != sent || missing == 0 || came == 0 {
		t.Errorf("%d came and %d are said to be missing of %d", came, missing, sent)
	}
}

// Many senders at once, and a trail that is now and then full: each message comes once, in the order of its connection.
func TestConnections(t *testing.T) {
	const senders, each = 20, 400
	var tr intaketest.Trail
	var n atomic.Int64
	tr.Fail = func(int) (bool, error) {
		if n.Add(1)%40 == 7 {
			return false, trail.ErrSuspended
		}
		return false, nil
	}
	in := run(t, &tr, on("tcp"))
	var all sync.WaitGroup
	for s := range senders {
		c := in.dial(0)
		all.Go(func() {
			var b strings.Builder
			for i := range each {
				m := fmt.Sprintf("<13>Nov 29 12:00:00 web%d app: %d line\nbreak %s", s, i, strings.Repeat("x", i))
				if s%2 == 0 {
					m = fmt.Sprintf("%d %s", len(m), m)
				} else {
					m = strings.Replace(m, "\n", " ", 1) + "\n"
				}
				if b.WriteString(m); i%7 == s%7 {
					io.WriteString(c, b.String()[:b.Len()/2])
					io.WriteString(c, b.String()[b.Len()/2:])
					b.Reset()
				}
			}
			io.WriteString(c, b.String())
			c.Close()
		})
	}
	all.Wait()
	next := map[string]int{}
	peers := map[string]string{}
	for _, r := range in.wait(senders * each) {
		message := r.EventData.Member("message").Text()
		if !strings.HasPrefix(message, fmt.Sprintf("%d line", next[r.Host])) {
			t.Fatalf("%s: number %d is %.20q", r.Host, next[r.Host], message)
		}
		next[r.Host]++
		peer := string(r.EventData.Member("peer"))
		if was := peers[r.Host]; was != "" && was != peer {
			t.Fatalf("%s: %s and %s", r.Host, was, peer)
		}
		peers[r.Host] = peer
	}
	in.end()
	if got := in.l.Counters(); got.Frames != senders*each || got.Events != senders*each || got.Unparsed != 0 || got.Waits == 0 {
		t.Errorf("%+v", got)
	}
}

// While the trail takes nothing in, nothing is read: senders wait, whatever they have to say.
func TestSendersWait(t *testing.T) {
	var tr intaketest.Trail
	var full atomic.Bool
	tr.Fail = func(int) (bool, error) {
		if full.Load() {
			return false, trail.ErrSuspended
		}
		return false, nil
	}
	in := run(t, &tr, on("tcp"))
	in.said(act.InputStart, "sockets")
	full.Store(true)
	c := in.dial(0)
	line, sent := "<13>app: "+strings.Repeat("x", 10_000)+"\n", 0
	if err := c.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	for {
		n, err := io.WriteString(c, strings.Repeat(line, 100))
		if sent += n; err != nil {
			break
		}
		if sent > 100<<20 {
			t.Fatal("the sender does not wait")
		}
	}
	if got := in.l.Counters(); got.Bytes > intake.MaxBytes {
		t.Errorf("%d bytes were read", got.Bytes)
	}
	full.Store(false)
	if err := c.SetWriteDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	send(t, c, strings.Repeat(line, 2)[sent%len(line):])
	for _, r := range in.wait(sent/len(line) + 2) {
		if len(r.Raw) != len(line)-1 {
			t.Fatalf("a message of %d bytes", len(r.Raw))
		}
	}
	in.end()
}

// What does not come whole is kept with the reason, and never read as a message.
func TestNotWhole(t *testing.T) {
	var tr intaketest.Trail
	o := on("tcp")
	o.Idle = time.Second
	in := run(t, &tr, o)
	for _, x := range []struct {
		name, text, reason, raw string
		finish                  func(c *net.TCPConn) error
	}{
		{"closed", "<13>a\n<13>b", "the connection ended inside of a message", "<13>b", (*net.TCPConn).Close},
		{"closed, counted", "5 <13>a20 <13>b", "the connection ended inside of a message, 15 bytes before its end", "<13>b", (*net.TCPConn).CloseWrite},
		{"silent", "5 <13>a20 <13>b", "the connection was silent for 1s and was closed inside of a message, 15 bytes before its end", "<13>b", func(*net.TCPConn) error { return nil }},
		{"reset", "<13>a\n<13>b", "the connection broke (", "<13>b", func(c *net.TCPConn) error {
			in.wait(1) // a reset throws away what was not read
			return errors.Join(c.SetLinger(0), c.Close())
		}},
		{"miscounted", "5 <13>a4 <13>b\n", miscounted, "b", (*net.TCPConn).CloseWrite},
		{"too long", "<13>" + strings.Repeat("x", intake.MaxFrame-4) + "y\n<13>a\n", intake.TooLong, "y", (*net.TCPConn).CloseWrite},
	} {
		t.Run(x.name, func(t *testing.T) {
			before := len(in.tr.Named(dialect.UnparsedEvent))
			c := in.dial(0)
			send(t, c, x.text)
			if err := x.finish(c.(*net.TCPConn)); err != nil {
				t.Fatal(err)
			}
			var r counterfoil.Record
			for end := time.Now().Add(20 * time.Second); time.Now().Before(end) && r.Raw != x.raw; time.Sleep(time.Millisecond) {
				if list := in.tr.Named(dialect.UnparsedEvent)[before:]; len(list) > 0 {
					r = list[len(list)-1]
				}
			}
			if r.Raw != x.raw || !strings.HasPrefix(r.EventData.Member("reason").Text(), x.reason) || string(r.EventData.Member("peer")) != peerJSON(c, "tcp") {
				t.Errorf("%.100q %s", r.Raw, r.EventData)
			}
		})
	}
	for _, r := range in.wait(0) {
		if r.Name != dialect.UnparsedEvent && r.Raw != "<13>a" && r.Raw != "<13>" {
			t.Errorf("%.100q became a message", r.Raw)
		}
	}
	in.end()
}

// A sender that counts wrongly is asked to connect anew; what it goes on to send is kept.
func TestMiscounted(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr, on("tcp"))
	c := in.dial(0)
	send(t, c, "6 <13>aä5 <13>b")
	if _, err := c.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the sender is not asked to end: %v", err)
	}
	send(t, c, "5 <13>c\nmore\n")
	c.Close()
	var raws []string
	for _, r := range in.wait(3) {
		raws = append(raws, r.Name+" "+r.Raw)
	}
	if want := []string{"MESSAGE <13>a\xc3", "UNPARSED \xa45 <13>b5 <13>c", "UNPARSED more"}; !slices.Equal(raws, want) {
		t.Errorf("%q, want %q", raws, want)
	}
	in.said(act.InputError, "counted the octets of a message wrongly")
	in.end()
}

// When the input ends, what was sent is kept, and a sender that goes on to wait does not hold it up.
func TestStop(t *testing.T) {
	var tr intaketest.Trail
	in := run(t, &tr, on("tcp", "udp"))
	waits, ends, tells := in.dial(0), in.dial(0), in.dial(1)
	in.said(act.InputStart, "sockets")
	go func() { // one that looks: it sends what it has, and ends
		if _, err := ends.Read(make([]byte, 1)); err == io.EOF {
			io.WriteString(ends, "<13>last\n")
			ends.Close()
		}
	}()
	send(t, waits, "<13>a\n<13>b")
	send(t, tells, "<13>c")
	send(t, ends, "<13>d\n")
	in.wait(3)
	send(t, in.dial(0), "<13>late\n") // it may not be accepted yet
	send(t, tells, "<13>later")
	begin := time.Now()
	in.end()
	if took := time.Since(begin); took > 10*atLatest {
		t.Errorf("it took %v", took)
	}
	var raws []string
	for _, r := range in.wait(0) {
		raws = append(raws, r.Raw)
		if r.Raw == "<13>b" && r.EventData.Member("reason") != `"the input ended inside of a message"` {
			t.Errorf("%s", r.EventData)
		}
	}
	slices.Sort(raws)
	if want := []string{"<13>a", "<13>b", "<13>c", "<13>d", "<13>last", "<13>late", "<13>later"}; !slices.Equal(raws, want) {
		t.Errorf("%q, want %q", raws, want)
	}
	if _, err := net.Dial("tcp", in.address(0)); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the socket is open: %v", err)
	}
	if last := tr.Records()[len(tr.Records())-1]; last.Name != act.InputStop {
		t.Errorf("%s comes behind the end", last.Name)
	}
}

// More connections than may be open wait until one ends; that is said once.
func TestCrowded(t *testing.T) {
	var tr intaketest.Trail
	o := on("tcp")
	o.Connections = 1
	in := run(t, &tr, o)
	first := in.dial(0)
	send(t, first, "<13>first\n")
	in.wait(1)
	second := in.dial(0)
	send(t, second, "<13>second\n")
	in.said(act.InputError, "1 connections are open; more wait until one ends")
	if got := in.wait(1); len(got) != 1 {
		t.Errorf("the second did not wait: %+v", got)
	}
	first.Close()
	in.wait(2)
	in.end()
}

// Who waits when the input ends has its turn when others come to their end; who has none is named.
func TestCrowdedStop(t *testing.T) {
	var tr intaketest.Trail
	o := on("tcp")
	o.Connections = 1
	in := run(t, &tr, o)
	first := in.dial(0)
	send(t, first, "<13>first\n")
	in.wait(1)
	for _, m := range []string{"<13>second\n", "<13>third\n"} {
		c := in.dial(0)
		send(t, c, m)
		c.Close()
	}
	in.said(act.InputError, "1 connections are open; more wait until one ends")
	in.end()
	in.wait(3)

	in = run(t, &tr, o)
	first = in.dial(0)
	send(t, first, "<13>busy\n")
	in.wait(4)
	ended := make(chan struct{})
	go func() { // it does not look and is never quiet
		for {
			select {
			case <-ended:
				return
			case <-time.After(20 * time.Millisecond):
				io.WriteString(first, "<13>busy\n")
			}
		}
	}()
	send(t, in.dial(0), "<13>unread\n")
	in.said(act.InputError, "1 connections are open; more wait until one ends")
	in.end()
	close(ended)
	for _, r := range in.wait(4) {
		if r.Raw == "<13>unread" {
			return // it had its turn after all
		}
	}
	in.said(act.InputError, "was not read: the input ended")
}

func TestBroken(t *testing.T) {
	var tr intaketest.Trail
	var broken atomic.Bool
	tr.Fail = func(int) (bool, error) {
		if broken.Load() {
			return false, trail.ErrBroken
		}
		return false, nil
	}
	in := run(t, &tr, on("tcp", "udp"))
	in.said(act.InputStart, "sockets")
	c := in.dial(0)
	broken.Store(true)
	send(t, c, "<13>a\n")
	if err := <-in.done; !errors.Is(err, trail.ErrBroken) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the sender is not told")
	}
}

func TestListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for want, o := range map[string]Options{
		"address already in use":    {Sockets: []Socket{{"udp", "127.0.0.1:0"}, {"tcp", l.Addr().String()}}},
		"no such host":              {Sockets: []Socket{{"udp", "nowhere.invalid:514"}}},
		"missing.pem: no such file": {Sockets: []Socket{{"tls", "127.0.0.1:0"}}, TLS: Files{Certificate: "missing.pem", Key: "missing.key"}},
	} {
		if _, err := listen(t, &intaketest.Trail{}, o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// What logger(1) of util-linux sends, in each of its ways.
func TestLogger(t *testing.T) {
	logger := peertest.Program(t, "logger", "logger")
	var tr intaketest.Trail
	in := run(t, &tr, on("udp", "tcp"))
	for _, flags := range [][]string{
		{"-d", "--rfc5424"}, {"-d", "--rfc3164"}, {"-T", "--rfc5424"}, {"-T", "--rfc3164"},
		{"-T", "--octet-count", "--rfc5424"}, {"-T", "--octet-count", "--rfc3164"},
	} {
		before := len(in.wait(0))
		socket := 0
		if flags[0] == "-T" {
			socket = 1
		}
		host, port, _ := net.SplitHostPort(in.address(socket))
		c := exec.Command(logger, append(flags, "-n", host, "-P", port, "-t", "tag", "-p", "auth.warning", "--id=77")...)
		c.Stdin = strings.NewReader("one\ntwo ä\nthree\n")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", flags, err, out)
		}
		for i, r := range in.wait(before + 3)[before:] {
			d := r.EventData
			if d.Member("message").Text() != []string{"one", "two ä", "three"}[i] || d.Member("facility") != `"auth"` || d.Member("severity") != `"warning"` ||
				d.Member("app") != `"tag"` || d.Member("procid") != `"77"` || d.Member("form").Text() != strings.TrimPrefix(flags[len(flags)-1], "--") {
				t.Errorf("%v: message %d is %s", flags, i, d)
			}
		}
	}
	in.end()
	if got := in.l.Counters(); got.Frames != 18 || got.Unparsed != 0 {
		t.Errorf("%+v", got)
	}
}
