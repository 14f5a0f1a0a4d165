package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Pump moves one stream into the trail: read, decode, append, wait until durable, commit. All fields must be set before
// Run; Log may be nil.
type Pump struct {
	Name    string // of the input; events carry it as via
	Host    string // this machine, for the pump's own events
	Stream  Stream
	Decoder dialect.Decoder
	Dialect *dialect.Dialect // of the decoder
	Trail   Trail
	Now     func() time.Time
	Log     *slog.Logger

	Counter

	events []counterfoil.Event // of the batch at hand; owned by Run
	notes  int                 // how many of them are the input's own
	behind int                 // events of the batch that are not in events yet
	next   int64               // position behind the last frame read
	last   time.Time           // what the clock showed last
}

// Waiting times.
const (
	minBackoff = 100 * time.Millisecond
	maxBackoff = 5 * time.Second
	// linger is how long an append may go on after Run was told to end.
	linger = 10 * time.Second
)

// Run pumps until ctx is done, the stream ends in an error, or the trail breaks, and closes the stream. It returns nil if
// ctx was done and nothing was lost. While the trail is suspended it waits, and the source waits with it.
func (p *Pump) Run(ctx context.Context) (err error) {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if cerr := p.Stream.Close(); err == nil && cerr != nil {
			err = fmt.Errorf("input %s: close %s: %w", p.Name, p.Stream, cerr)
		}
	}()
	slow, cancel := outlive(ctx, linger)
	defer cancel()
	for err = p.start(ctx, slow); err == nil; {
		err = p.step(ctx, slow)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = nil
	}
	if err = errors.Join(err, p.stop(slow, err)); err != nil {
		return fmt.Errorf("input %s: %w", p.Name, err)
	}
	return nil
}

// start finds the place where the last run stopped and says that the input begins. The first start of all keeps the
// position, so that a crash before the first event does not move it.
func (p *Pump) start(ctx, slow context.Context) error {
	var position []byte
	r, resumes := p.Stream.(Resumer)
	if resumes {
		position = p.Trail.Position(p.Name)
		if err := r.Resume(position); err != nil {
			return fmt.Errorf("resume %s: %w", p.Stream, err)
		}
	}
	p.note(Note{Name: act.InputStart, Data: func(b *counterfoil.Builder) {
		b.String("dialect", p.Dialect.ID())
		b.Bool("resumed", position != nil)
	}})
	if position != nil {
		return p.append(ctx, slow, nil)
	}
	return p.append(ctx, slow, p.position(dialect.Held{}))
}

// step takes one batch the whole way.
func (p *Pump) step(ctx, slow context.Context) error {
	b, err := p.read(ctx)
	if err != nil {
		return err
	}
	for _, n := range b.Notes {
		p.note(n)
	}
	for _, f := range b.Frames {
		p.decode(f)
	}
	held, now := p.Decoder.Held(), p.Now()
	switch back := p.setBack(now); {
	case !held.Any || held.Deadline.IsZero():
	case back: // the deadline is in a time that comes again
		p.flush(dialect.Never.Add(-1)) // what waits; what the rest of the stream is read with stays
		held = p.Decoder.Held()
	case !held.Deadline.After(now):
		p.flush(now)
		held = p.Decoder.Held()
	}
	if len(p.events) > 0 {
		if err := p.append(ctx, slow, p.position(held)); err != nil {
			return err
		}
	}
	return p.commit(held)
}

// setBack reports whether the clock was set back since the last call, by more than clocks are corrected without a jump.
func (p *Pump) setBack(now time.Time) bool {
	last := p.last
	p.last = now.Round(0) // what the clock shows
	return p.last.Before(last.Add(-time.Second))
}

// read waits for a batch, or until the decoder wants to be flushed.
func (p *Pump) read(ctx context.Context) (Batch, error) {
	held := p.Decoder.Held()
	if !held.Any || held.Deadline.IsZero() {
		return p.Stream.Read(ctx)
	}
	until, cancel := context.WithTimeout(ctx, max(0, held.Deadline.Sub(p.Now())))
	defer cancel()
	b, err := p.Stream.Read(until)
	if err != nil && ctx.Err() == nil && until.Err() != nil && errors.Is(err, until.Err()) {
		err = nil
	}
	return b, err
}

func (p *Pump) decode(f dialect.Frame) {
	p.Frames.Add(1)
	p.Bytes.Add(uint64(len(f.Data)))
	p.next = f.Pos + 1
	if len(f.Data) == 0 && f.Type == 0 {
		return // an empty line holds nothing that could be lost
	}
	if f.Received == 0 {
		f.Received = counterfoil.TimeOf(p.Now())
	}
	if f.Piece != "" {
		p.events = append(p.events, p.unparsed(f, f.Piece))
		return
	}
	before := len(p.events)
	var err error
	p.events, err = p.Decoder.Decode(p.events, f)
	if err != nil {
		p.Log.Debug("frame not understood", "input", p.Name, "source", p.Stream.String(), "pos", f.Pos, "err", err)
		if len(p.events) == before {
			p.events = append(p.events, p.unparsed(f, err.Error()))
		}
	}
	disclaim(p.events[before:], err == nil) // what a decoder did not understand it says in an error, too
	for i := before; i < len(p.events); i++ {
		if err := p.events[i].Check(); err != nil {
			p.events = verbatim(p.events, i, f, err)
		}
	}
}

// flush takes what the decoder holds; at time 0, all of it.
func (p *Pump) flush(now time.Time) {
	before := len(p.events)
	p.events = p.Decoder.Flush(p.events, now)
	disclaim(p.events[before:], false)
}

// disclaim gives events that say they are the program's own another svc, but for what the decoder did not understand, unless
// it understood everything.
func disclaim(events []counterfoil.Event, understood bool) {
	for i := range events {
		if e := &events[i]; understood || !unparsed(e) {
			act.Disclaim(e)
		}
	}
}

// unparsed gives the event that keeps a frame as it came, and who sent it.
func (p *Pump) unparsed(f dialect.Frame, reason string) counterfoil.Event {
	e := dialect.Unparsed(p.Dialect, f, reason)
	AddPeer(&e, f.Peer)
	return e
}

func (p *Pump) note(n Note) {
	if n.Name == act.Gap {
		p.Gaps.Add(1)
		p.Log.Warn("events are missing", "input", p.Name, "source", p.Stream.String(), "reason", n.Reason, "count", n.Count, "unit", n.Unit)
	} else if n.Name == act.InputError {
		p.Log.Error("input has trouble", "input", p.Name, "source", p.Stream.String(), "reason", n.Reason)
	}
	p.events = append(p.events, n.Event(counterfoil.TimeOf(p.Now()), p.Host, p.Name, p.Stream.String()))
	p.notes++
}

// position is where the stream stands, nil for one that cannot say.
func (p *Pump) position(held dialect.Held) []byte {
	if r, ok := p.Stream.(Resumer); ok {
		return r.Position(held)
	}
	return nil
}

func (p *Pump) appendOnce(ctx context.Context, position []byte) (trail.Receipt, error) {
	if position != nil {
		return p.Trail.AppendAt(ctx, p.Name, p.events, position)
	}
	return p.Trail.Append(ctx, p.Name, p.events)
}

// givenUp judges a batch that could not be kept before the end: a stream that replays gives it again.
func (p *Pump) givenUp(ctx context.Context, err error) error {
	n := len(p.events) - p.notes + p.behind
	p.events, p.notes, p.behind = p.events[:0], 0, 0
	if p.replays() || n == 0 {
		return ctx.Err()
	}
	return fmt.Errorf("%d events are lost, since at the end %w", n, err)
}

func (p *Pump) replays() bool {
	r, ok := p.Stream.(Resumer)
	return ok && r.Replays()
}

func (p *Pump) count(r trail.Receipt) {
	p.Events.Add(uint64(len(p.events) - p.notes - r.LeftOut))
	p.LeftOut.Add(uint64(r.LeftOut))
	p.Retried.Add(uint64(r.Retried))
	for i := range p.events {
		if unparsed(&p.events[i]) {
			p.Unparsed.Add(1)
		}
	}
	if n := len(p.events); n > p.notes {
		p.Lag.Store(int64(p.Now().Sub(p.events[n-1].Time.Std())))
	}
}

func unparsed(e *counterfoil.Event) bool {
	return e.Name == dialect.UnparsedEvent && e.Service == dialect.UnparsedService
}

// commit lets the stream forget what the decoder does not hold.
func (p *Pump) commit(held dialect.Held) error {
	pos := p.next
	if held.Any {
		pos = min(pos, held.Pos)
	}
	if err := p.Stream.Commit(pos); err != nil {
		return fmt.Errorf("commit %s at %d: %w", p.Stream, pos, err)
	}
	return nil
}

// stop keeps what is left when the pump ends: what a decoder holds of a stream that cannot give it again, and the fact.
func (p *Pump) stop(slow context.Context, cause error) error {
	if errors.Is(cause, trail.ErrBroken) || errors.Is(cause, trail.ErrClosed) || errors.Is(cause, trail.ErrSuspended) {
		return nil
	}
	if p.replays() {
		p.events, p.notes = p.events[:0], 0 // they come again, behind the position that is kept
	} else {
		p.flush(time.Time{})
	}
	if cause != nil {
		p.note(Note{Name: act.InputError, Reason: cause.Error()})
	}
	p.note(Note{Name: act.InputStop})
	ended, cancel := context.WithCancel(slow)
	cancel()
	var position []byte
	if !p.replays() {
		position = p.position(dialect.Held{})
	}
	if err := p.append(ended, slow, position); err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}

// verbatim replaces events[i], which the trail cannot keep, by events that keep its bytes, MaxFrame in each: its raw, or those of
// the frame that gave it where it has none, or else its canonical message.
func verbatim(events []counterfoil.Event, i int, f dialect.Frame, reason error) []counterfoil.Event {
	bad := events[i]
	raw := bad.Raw
	if raw == "" {
		raw = string(f.Data)
	}
	if raw == "" {
		raw = string(counterfoil.AppendEvent(nil, &bad))
	}
	parts := slices.Collect(slices.Chunk([]byte(raw), MaxFrame))
	kept := make([]counterfoil.Event, len(parts))
	for k, part := range parts {
		var b counterfoil.Builder
		b.Object("")
		if len(parts) > 1 {
			b.Int("part", int64(k+1))
			b.Int("parts", int64(len(parts)))
		}
		b.Value(peerKey, f.Peer)
		b.String("reason", reason.Error())
		b.End()
		kept[k] = counterfoil.Event{Major: 1, Time: bad.Time, Dialect: bad.Dialect, Host: bad.Host, Service: dialect.UnparsedService,
			Name: dialect.UnparsedEvent, Class: counterfoil.ClassOther, Category: counterfoil.CategorySystem, EventData: b.JSON(), Raw: string(part)}
		if kept[k].Time == 0 {
			kept[k].Time = f.Received
		}
	}
	return slices.Replace(events, i, i+1, kept...)
}

// outlive gives a context that ends d after ctx does.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	slow, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return slow, func() { stop(); cancel() }
}
