package netfilter

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// kernel stands for the socket.
type kernel struct {
	datagrams    [][]byte
	cut, foreign uint64
	dropped      uint32
	err          error
	breaks       error // of Receive, behind the datagrams
}

func (k *kernel) Receive(_ context.Context, _ time.Duration, take func([]byte) bool) error {
	for len(k.datagrams) > 0 {
		d := k.datagrams[0]
		k.datagrams = k.datagrams[1:]
		if !take(d) {
			break
		}
	}
	return k.breaks
}

func (k *kernel) Trouble() (overruns, cut, foreign uint64) {
	cut, foreign = k.cut, k.foreign
	k.cut, k.foreign = 0, 0
	return 0, cut, foreign
}
func (k *kernel) Dropped() (uint32, error) { return k.dropped, k.err }
func (k *kernel) Close() error             { return nil }

// message is one of netlink with so many bytes behind its header.
func message(kind uint16, bytes int) []byte {
	m := make([]byte, 16+bytes)
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	binary.NativeEndian.PutUint16(m[4:], kind)
	return m
}

// A datagram holds one message or several, padded; what is no message of the subsystem is not one.
func TestMessages(t *testing.T) {
	two := append(message(0x0100, 5), 0, 0, 0) // padding
	two = append(append(two, message(0x0002, 4)...), message(0x0102, 8)...)
	cut := append(message(0x0100, 4), message(0x0100, 40)[:20]...)
	k := &kernel{datagrams: [][]byte{message(0x0100, 4), two, cut, {1, 2, 3}, message(0x0400, 4)}}
	s := newStream(Options{Host: "gate"}, source{"conntrack", "events", 1, func() string { return "" }})
	s.socket = k
	b, err := s.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range b.Frames {
		got = append(got, fmt.Sprintf("%d:%#04x/%d", f.Pos, f.Type, len(f.Data)))
	}
	if want := "0:0x0100/20 1:0x0100/21 2:0x0102/24 3:0x0100/20"; strings.Join(got, " ") != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestLook(t *testing.T) {
	k := &kernel{}
	now, trouble := time.Unix(1000, 0), ""
	s := newStream(Options{Now: func() time.Time { return now }}, source{"conntrack", "events", 1, func() string { return trouble }})
	s.socket = k
	said := func() string {
		now = now.Add(5 * time.Second)
		s.look(now)
		all := intaketest.Said(s.notes)
		s.notes = nil
		return strings.Join(all, "; ")
	}
	for _, c := range []struct {
		what   string
		change func()
		want   string
	}{
		{"nothing", func() {}, ""},
		{"a loss", func() { k.dropped = 7 }, `GAP 7 messages of the kernel were lost {"dropped":7}`},
		{"once", func() {}, ""},
		{"the counter wraps", func() { k.dropped = 1<<32 - 1; s.dropped = 1<<32 - 3 }, `GAP 2 messages of the kernel were lost {"dropped":2}`},
		{"behind its end", func() { k.dropped = 1 }, `GAP 2 messages of the kernel were lost {"dropped":2}`},
		{"others", func() { k.cut, k.foreign = 1, 3 }, `GAP 1 messages of the kernel were lost {"cut_short":1,"dropped":0,"not_from_the_kernel":3}`},
		{"silence", func() { trouble = "it is off" }, `INPUT.ERROR 0 it is off {}`},
		{"still", func() {}, ""},
		{"it is over", func() { trouble = "" }, `INPUT.START 0 the trouble is over {}`},
		{"no counter", func() { k.err = errors.New("no") }, `INPUT.ERROR 0 how many messages the kernel drops cannot be read: no {}`},
	} {
		c.change()
		if got := said(); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

// What the kernel dropped in the last seconds of a run is told at its end; after a crash, the time since the last look is one of which
// nothing is known.
func TestLossesAtTheEnd(t *testing.T) {
	k := &kernel{}
	now := time.Unix(1000, 0)
	s := newStream(Options{Now: func() time.Time { return now }}, source{"conntrack", "events", 1, func() string { return "" }})
	s.socket = k
	k.datagrams = [][]byte{message(0x0100, 4)}
	if _, err := s.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(2 * time.Second)
	k.dropped = 7
	after := newStream(s.opts, s.of)
	if err := after.Resume(s.Position(dialect.Held{})); err != nil || len(after.notes) != 1 || after.notes[0].From != counterfoil.TimeOf(time.Unix(1000, 0)) {
		t.Errorf("after a crash: %+v, %v", after.notes, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, err := s.Read(ctx)
	if got := strings.Join(intaketest.Said(b.Notes), "; "); err != nil || got != `GAP 7 messages of the kernel were lost {"dropped":7}` {
		t.Errorf("at the end: %s, %v", got, err)
	}
	if _, err := s.Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("then: %v", err)
	}
}

// What was received before the socket broke is given.
func TestBroken(t *testing.T) {
	broken := errors.New("broken")
	s := newStream(Options{}, source{"conntrack", "events", 1, func() string { return "" }})
	s.socket = &kernel{datagrams: [][]byte{message(0x0100, 4)}, breaks: broken}
	if b, err := s.Read(t.Context()); err != nil || len(b.Frames) != 1 {
		t.Errorf("%d frames, %v", len(b.Frames), err)
	}
	if _, err := s.Read(t.Context()); !errors.Is(err, broken) {
		t.Errorf("then: %v", err)
	}
}
