package syslog_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
	"github.com/counterfoil/counterfoil/internal/output/syslog"
)

func encode(w io.Writer) (dialect.Encoder, error) { return jsonl.Dialect.Encode(w, nil) }

// server is a syslog server that can end and begin again at its address.
type server struct {
	t                *testing.T
	network, address string

	mu       sync.Mutex // guards all below
	messages [][]byte
	open     []io.Closer
}

func newServer(t *testing.T, network string) *server {
	s := &server{t: t, network: network, address: "127.0.0.1:0"}
	if network == "unixgram" {
		s.address = filepath.Join(t.TempDir(), "log")
	}
	s.begin()
	t.Cleanup(s.end)
	return s
}

func (s *server) begin() {
	s.t.Helper()
	if s.network == "unixgram" {
		if err := os.Remove(s.address); err != nil && !errors.Is(err, os.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
	if s.network != "tcp" {
		c, err := net.ListenPacket(s.network, s.address)
		if err != nil {
			s.t.Fatal(err)
		}
		s.address = c.LocalAddr().String()
		s.keep(c)
		go s.datagrams(c)
		return
	}
	l, err := net.Listen(s.network, s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.address = l.Addr().String()
	s.keep(l)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.keep(c)
			go s.stream(c)
		}
	}()
}

func (s *server) keep(c io.Closer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, c)
}

func (s *server) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		c.Close()
	}
	s.open = nil
}

func (s *server) took(message []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, bytes.Clone(message))
}

func (s *server) datagrams(c net.PacketConn) {
	buf := make([]byte, 1<<17)
	for {
		n, _, err := c.ReadFrom(buf)
		if err != nil {
			return
		}
		s.took(buf[:n])
	}
}

// stream reads messages with their length before them.
func (s *server) stream(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		count, err := r.ReadString(' ')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(count, " "))
		if err != nil {
			s.t.Errorf("a count %q", count)
			return
		}
		message := make([]byte, n)
		if _, err := io.ReadFull(r, message); err != nil {
			return
		}
		s.took(message)
	}
}

func (s *server) texts() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		list = append(list, string(m))
	}
	return list
}

// names gives the object names of the messages, whose heads must be right.
func (s *server) names() []string {
	var bodies []byte
	for _, m := range s.texts() {
		head, body, ok := strings.Cut(m, " - {")
		if !ok || head != "<14>1 2001-09-09T01:46:40.000000Z box counterfoil 4711 EVENT" {
			return []string{"the head " + head}
		}
		bodies = append(bodies, "{"+body+"\n"...)
	}
	names, err := outputtest.Names(bodies)
	if err != nil {
		return []string{err.Error()}
	}
	return names
}

func (s *server) options() syslog.Options {
	return syslog.Options{Network: s.network, Address: s.address, Facility: 1, Host: "box", PID: 4711, Encode: encode}
}

func TestSuite(t *testing.T) {
	for _, network := range []string{"unixgram", "udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			outputtest.Run(t, func(t *testing.T) outputtest.Subject {
				s := newServer(t, network)
				o := s.options()
				return outputtest.Subject{Open: func(ctx context.Context, _ []byte) (output.Sink, error) { return syslog.Open(ctx, o) },
					Names: s.names, Break: s.end, Heal: s.begin, Unsafe: true, Lossy: network == "udp"}
			})
		})
	}
}

func open(t *testing.T, o syslog.Options) output.Sink {
	t.Helper()
	s, err := syslog.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (s *server) wait(n int) []string {
	s.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if list := s.texts(); len(list) >= n {
			return list
		}
	}
	s.t.Fatalf("%d messages of %d came", len(s.texts()), n)
	return nil
}

// A message that no datagram can hold is the record's trouble; those around it arrive.
func TestTooLong(t *testing.T) {
	srv := newServer(t, "udp")
	s := open(t, srv.options())
	long := outputtest.Event("long")
	long.Raw = strings.Repeat("x", 70_000)
	records := []counterfoil.Record{{Event: outputtest.Event("a")}, {Event: long}, {Event: outputtest.Event("b")}}
	err := s.Write(t.Context(), records)
	var bad *output.RecordError
	if !errors.As(err, &bad) || bad.Index != 1 || !strings.Contains(err.Error(), "a message of 70") {
		t.Fatalf("%v", err)
	}
	if err := s.Write(t.Context(), records[2:]); err != nil {
		t.Fatal(err)
	}
	srv.wait(2)
	if got := srv.names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("it has %q", got)
	}
	tcp := newServer(t, "tcp")
	if err := open(t, tcp.options()).Write(t.Context(), records); err != nil {
		t.Error(err)
	}
	if got := tcp.wait(3); len(got[1]) < 70_000 {
		t.Errorf("a message of %d bytes", len(got[1]))
	}
}

// A peer that takes nothing does not hold the writer for ever.
func TestStuckPeer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s := open(t, syslog.Options{Network: "tcp", Address: l.Addr().String(), Encode: encode})
	e := outputtest.Event("a")
	e.Raw = strings.Repeat("x", 1<<20)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err = s.Write(ctx, slices.Repeat([]counterfoil.Record{{Event: e}}, 40)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// A peer that went away between two batches is noticed before the second is sent into the void.
func TestPeerGone(t *testing.T) {
	srv := newServer(t, "tcp")
	s := open(t, srv.options())
	records := []counterfoil.Record{{Event: outputtest.Event("a")}}
	if err := s.Write(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	srv.wait(1)
	srv.end()
	time.Sleep(50 * time.Millisecond)
	if err := s.Write(t.Context(), records); !errors.Is(err, io.EOF) {
		t.Errorf("the peer has closed: %v", err)
	}
}

// A table has no header among the messages; a syslog message is sent as it is; what cannot stand in a head is "-".
func TestForms(t *testing.T) {
	srv := newServer(t, "udp")
	r := counterfoil.Record{Event: outputtest.Event("a b")}
	r.Host = "web 1"
	for _, c := range []struct {
		dialect string
		bare    bool
		want    string
	}{
		{"csv", false, "<134>1 2001-09-09T01:46:40.000000Z - counterfoil 7 EVENT - "},
		{"syslog", true, "<110>1 2001-09-09T01:46:40.000000Z - TEST - EVENT [counterfoil@32473 "},
	} {
		d, _ := all.Lookup(c.dialect)
		o := srv.options()
		o.Facility, o.PID, o.Bare = 16, 7, c.bare
		o.Encode = func(w io.Writer) (dialect.Encoder, error) { return d.Encode(w, nil) }
		n := len(srv.texts())
		if err := open(t, o).Write(t.Context(), []counterfoil.Record{r}); err != nil {
			t.Fatal(err)
		}
		got := srv.wait(n + 1)[n:]
		if fmt.Sprint(len(got)) != "1" || !strings.HasPrefix(got[0], c.want) || !strings.Contains(got[0], "a b") || strings.ContainsAny(got[0], "\r\n") {
			t.Errorf("%s: %q", c.dialect, got)
		}
	}
}
