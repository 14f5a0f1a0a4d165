// Package netlink takes the Linux kernel's audit records from its multicast group AUDIT_NLGRP_READLOG, beside a running
// auditd or without one. Unless it is told to switch auditing on (Options.Enable) it never changes the kernel's audit state;
// rules, limits and who else listens are always the operator's. It never takes the place of the one audit daemon (AUDIT_SET pid).
//
// Loss shows in four places, none of which sees the others', so all are watched and written into the trail as GAP:
//
//	overruns      the socket was full (ENOBUFS): we were too slow. Invisible in the kernel's counter.
//	serials       event numbers that never came within the reorder window: how many events that cost.
//	kernel_lost   the kernel's own counter (AUDIT_GET): its backlog was full. Such events never get a number.
//	downtime      nobody listened between two runs: counted by serial within one boot, of unknown size otherwise.
//
// Frames have the netlink message type, the payload as it came ("audit(1700000000.123:456): …"), and a running number.
package netlink

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Options say how to listen.
type Options struct {
	Host    string           // of the frames
	Receive int              // socket buffer in bytes; default 16 MiB
	Enable  bool             // switch auditing on where it is off, and off again at Close
	Poll    time.Duration    // how often the kernel's counters are read and losses are written; default 5 s
	Window  time.Duration    // how late a record may come behind a later one; default 5 s
	Now     func() time.Time // default time.Now
}

// Stream is the kernel's audit log.
type Stream struct {
	opts   Options
	socket socket
	status statusReader
	on     bool   // we switched auditing on
	boot   string // identity of this boot

	frames []dialect.Frame
	notes  []intake.Note
	arena  []byte // the frames' bytes
	pos    int64  // frames so far

	serials serials
	open    []numbered // frames that the decoder may hold
	down    *downtime  // since the last run; nil once it was told
	losses  losses
	next    time.Time // of the next look at the counters
}

// numbered is a frame and the serial of its event, as [serials] counts.
type numbered struct {
	pos    int64
	serial uint64
}

// losses since the last gap event.
type losses struct {
	from     counterfoil.Time // when the counters were read last without a loss
	overruns uint64
	since    time.Time // of the first overrun
	cut      uint64    // records longer than the kernel promises
	foreign  uint64    // messages that did not come from the kernel
	missing  uint64    // serials of the last run of which only the number is known
	kernel   uint32    // the kernel's counter when it was read last
	known    bool      // whether it was read then
	said     string    // what was said of the kernel's state last
}

type downtime struct {
	from   counterfoil.Time
	serial uint32    // the last that is in the trail
	same   bool      // it is of this boot
	due    time.Time // told then, if no record has come that shows how much was missed
}

// Open joins the group. It needs CAP_AUDIT_READ, and CAP_AUDIT_CONTROL to read the kernel's loss counter.
func Open(o Options) (*Stream, error) {
	if o.Receive == 0 {
		o.Receive = 16 << 20
	}
	if o.Poll == 0 {
		o.Poll = 5 * time.Second
	}
	if o.Window == 0 {
		o.Window = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Stream{opts: o}
	var err error
	if s.socket, err = openSocket(o.Receive); err != nil {
		return nil, fmt.Errorf("listen to the kernel's audit records: %w", err)
	}
	if s.status, err = openStatus(); err != nil {
		s.socket.Close()
		return nil, fmt.Errorf("ask for the kernel's audit status: %w", err)
	}
	if o.Enable {
		if err := s.enable(); err != nil {
			return nil, errors.Join(fmt.Errorf("switch auditing on: %w", err), s.Close())
		}
	}
	s.boot = bootID()
	return s, nil
}

func (s *Stream) String() string { return "audit netlink" }

// Commit does nothing: the kernel does not repeat.
func (s *Stream) Commit(int64) error { return nil }

// Replays says no: what the decoder holds at the end must be given.
func (s *Stream) Replays() bool { return false }

// Close leaves the group, and switches auditing off if Open switched it on.
func (s *Stream) Close() error {
	return errors.Join(s.disable(), s.socket.Close(), s.status.Close())
}

// Resume learns where the last run stopped, and what it had not told yet of losses.
func (s *Stream) Resume(b []byte) error {
	now := s.opts.Now()
	s.next, s.losses.from = now, counterfoil.TimeOf(now)
	if b == nil {
		return nil
	}
	p, err := decodePosition(b)
	if err != nil {
		return err
	}
	s.down = &downtime{from: p.at, due: now.Add(s.opts.Poll)}
	same := p.boot == s.boot && p.boot != ""
	if same && p.serial > 0 {
		s.down.serial, s.down.same = uint32(p.serial), true
	}
	l := &s.losses
	l.from, l.overruns, l.missing, l.kernel, l.known = p.at, p.overruns, p.more, p.kernel, p.known && same
	s.serials.missing = p.missing // noticed long ago
	return nil
}

// Position is the boot, the last serial of which every record was given and is not held, the time, and the losses that are not told.
func (s *Stream) Position(held dialect.Held) []byte {
	i := len(s.open)
	if held.Any {
		for i = 0; i < len(s.open) && s.open[i].pos < held.Pos; i++ {
		}
	}
	s.open = append(s.open[:0], s.open[i:]...)
	last := s.serials.max
	if !s.serials.begun && s.down != nil {
		last = uint64(s.down.serial)
	}
	for _, x := range s.open {
		last = min(last, x.serial-1)
	}
	l := &s.losses
	p := position{boot: s.boot, serial: uint64(uint32(last)), at: counterfoil.TimeOf(s.opts.Now()), missing: s.serials.missing, more: l.missing,
		overruns: l.overruns, kernel: l.kernel, known: l.known}
	return p.encode()
}

// Read gives the records there are, or waits for some.
func (s *Stream) Read(ctx context.Context) (intake.Batch, error) {
	s.frames, s.arena = s.frames[:0], s.arena[:0]
	for {
		if err := ctx.Err(); err != nil {
			return intake.Batch{}, err
		}
		if now := s.opts.Now(); !now.Before(s.next) {
			s.look(now)
		}
		err := s.socket.Receive(ctx, s.next.Sub(s.opts.Now()), s.take)
		s.socketTrouble()
		if len(s.frames)+len(s.notes) > 0 {
			b := intake.Batch{Notes: s.notes, Frames: s.frames}
			s.notes = nil
			return b, nil // an error comes again
		}
		if err != nil {
			return intake.Batch{}, err
		}
	}
}

// take keeps one datagram and says whether there is room for more. The header's length is not used: what the kernel
// writes there differs between its two ways of sending.
func (s *Stream) take(m []byte) (more bool) {
	const header, firstRecord = 16, 1100
	if len(m) < header {
		return true
	}
	kind := int(binary.NativeEndian.Uint16(m[4:]))
	if kind < firstRecord && !bytes.HasPrefix(m[header:], []byte("audit(")) { // USER and LOGIN are records
		return true // an answer to somebody's request
	}
	at := len(s.arena)
	s.arena = append(s.arena, m[header:]...)
	now := s.opts.Now()
	f := dialect.Frame{Data: s.arena[at:len(s.arena):len(s.arena)], Pos: s.pos, Type: kind, Host: s.opts.Host, Received: counterfoil.TimeOf(now)}
	s.frames = append(s.frames, f)
	if serial, ok := serialOf(f.Data); ok {
		s.number(serial, now)
	}
	s.pos++
	return len(s.frames) < intake.MaxFrames && len(s.arena) < intake.MaxBytes
}

func (s *Stream) number(serial uint32, now time.Time) {
	if s.down != nil {
		s.tellDowntime(serial, true)
	}
	at := s.serials.add(serial, now)
	if n := len(s.open); n == 0 || s.open[n-1].serial != at {
		s.open = append(s.open, numbered{s.pos, at})
	}
}

// tellDowntime says what was missed between the runs; first is the first serial of this run, if one came yet.
func (s *Stream) tellDowntime(first uint32, came bool) {
	d := s.down
	s.down = nil
	n := intake.Note{Name: act.Gap, Count: intake.UnknownCount, Unit: "events", From: d.from,
		Reason: "counterfoil was not listening to the kernel"}
	switch ahead := int32(first - d.serial); { // the counter may have begun again
	case !d.same:
	case !came:
		s.serials.start(d.serial) // the first record to come will show how many
	case ahead <= 0:
	case ahead == 1:
		return
	default:
		n.Count = int64(ahead - 1)
		n.Data = func(b *counterfoil.Builder) {
			b.Uint("first_serial", uint64(d.serial+1))
			b.Uint("last_serial", uint64(first-1))
		}
	}
	s.notes = append(s.notes, n)
}

func (s *Stream) socketTrouble() {
	overruns, cut, foreign := s.socket.Trouble()
	if overruns > 0 && s.losses.overruns == 0 {
		s.losses.since = s.opts.Now()
	}
	s.losses.overruns += overruns
	s.losses.cut += cut
	s.losses.foreign += foreign
}

// look reads the kernel's counters and writes one gap event if anything was lost.
func (s *Stream) look(now time.Time) {
	s.next = now.Add(s.opts.Poll)
	if s.down != nil && !now.Before(s.down.due) {
		s.tellDowntime(0, false)
	}
	l := &s.losses
	kernel := s.readStatus()
	spans := s.serials.lost(now.Add(-s.opts.Window))
	overruns := uint64(0)
	if l.overruns > 0 && now.Sub(l.since) >= s.opts.Window {
		overruns, l.overruns = l.overruns, 0
	}
	if kernel > 0 || overruns > 0 || len(spans) > 0 || l.missing > 0 || l.cut > 0 || l.foreign > 0 {
		s.tellLoss(kernel, overruns, spans)
	}
	if l.overruns == 0 {
		l.from = counterfoil.TimeOf(now)
	}
}

// tellLoss writes all the numbers there are. Only missing serials are events that can be counted.
func (s *Stream) tellLoss(kernel uint32, overruns uint64, spans []span) {
	l := &s.losses
	cut, foreign := l.cut, l.foreign
	missing := l.missing
	l.cut, l.foreign, l.missing = 0, 0, 0
	for _, x := range spans {
		missing += x.last - x.first + 1
	}
	n := intake.Note{Name: act.Gap, Unit: "events", From: l.from, Count: int64(missing), Reason: "audit records of the kernel were lost"}
	if kernel > 0 || overruns > 0 && missing == 0 || cut > 0 {
		n.Count = intake.UnknownCount
	}
	n.Data = func(b *counterfoil.Builder) {
		b.Uint("kernel_lost", uint64(kernel))
		b.Uint("missing_serials", missing)
		b.Uint("overruns", overruns)
		if cut > 0 {
			b.Uint("cut_short", cut)
		}
		if foreign > 0 {
			b.Uint("not_from_the_kernel", foreign)
		}
		if len(spans) > 0 {
			b.Uint("first_serial", uint64(uint32(spans[0].first)))
			b.Uint("last_serial", uint64(uint32(spans[len(spans)-1].last)))
		}
	}
	s.notes = append(s.notes, n)
}

// socket is a [recv.Netlink], which exists on Linux only.
type socket interface {
	Receive(ctx context.Context, wait time.Duration, take func([]byte) bool) error
	Trouble() (overruns, cut, foreign uint64)
	Close() error
}
