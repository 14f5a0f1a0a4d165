package output

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Options say what a runner brings where. All up to Now must be set.
type Options struct {
	Name   string // of the output; its cursor is kept under it
	Host   string // this machine, for the runner's own events
	Target string // what is written to, for messages and events: a path, an address
	Format string // what records are written as; when it changes, a sink that rotates begins anew

	// Open opens the destination; mark is what its sink's Mark gave for the last batch whose cursor was kept, nil if there
	// is none.
	Open func(ctx context.Context, mark []byte) (Sink, error)
	// Wants says whether the output wants an event that the trail does not keep.
	Wants  func(*counterfoil.Record) bool
	Trail  counterfoil.TrailID // of the source
	Source Source
	Append func(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error)
	FS     disk.FS // the data directory: the cursor is kept there
	Now    func() time.Time

	Begin   uint64        // where to begin while there is no cursor
	Rotate  bool          // begin the destination anew when Run opens it first
	Trouble bool          // the trail says that the output has trouble: a run before this one did not see its end
	Wait    time.Duration // after the first failure, doubled with each, up to lastWait; default 1 s
	Log     *slog.Logger  // default: discard
}

// Runner brings what an output wants from the trail to its sink: read from the cursor on, write, keep the cursor.
type Runner struct {
	Options
	counter counter
	passed  passed
	rotate  chan rotation // of those who wait for a rotation

	// What follows is owned by Run.
	at      cursor // as it was kept last
	loaded  bool   // at is what was found
	begins  bool   // there was no cursor, and what is gone from the trail was not looked at yet
	resumed bool   // there was a cursor when Run began
	next    uint64 // first number not looked at; at or behind at.Next
	said    uint64 // what is gone before this number was said to be, or was never to be delivered
	gone    uint64 // how many that were from at.Next on, when the last turn failed
	kept    time.Time
	window  uint64 // how many numbers the next Read spans
	most    int    // records of the next batch
	sink    Sink
	started bool
	failing bool
	records []counterfoil.Record // found by the last Read
}

// New makes a runner.
func New(o Options) *Runner {
	if o.Wait <= 0 {
		o.Wait = time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Runner{Options: o, rotate: make(chan rotation), window: leastWindow, most: MaxRecords, failing: o.Trouble}
}

// Waiting times.
const (
	lastWait = time.Minute // the longest between two tries
	// writeTime bounds one batch: a destination that takes nothing for so long has failed.
	writeTime = 30 * time.Second
	// linger is how long the delivery of what is there may go on after Run was told to end.
	linger = 3 * time.Second
	// keepEvery bounds how old a kept cursor may be while nothing is wanted of what is read.
	keepEvery = time.Second
)

// Run delivers until ctx is done, then what is there already if that is quickly done, and closes the sink. Trouble of the
// destination is not the runner's: it tries again. It returns an error only if the trail takes nothing in any more.
func (r *Runner) Run(ctx context.Context) error {
	slow, cancel := outlive(ctx, linger)
	defer cancel()
	wait, failed := r.Wait, r.Now()
	for ctx.Err() == nil {
		changed := r.Source.Changed()
		err := r.turn(slow)
		switch {
		case fatal(err):
			return fmt.Errorf("output %s: %w", r.Name, errors.Join(err, r.close()))
		case err != nil && ctx.Err() != nil:
			r.leave(err)
		case err != nil:
			if r.Now().Sub(failed) > lastWait && !r.failing {
				wait = r.Wait
			}
			r.fail(ctx, err, wait)
			r.pause(ctx, wait)
			wait, failed = min(2*wait, lastWait), r.Now()
		default:
			r.recover(ctx)
			r.idle(ctx, changed)
		}
	}
	return r.end(slow)
}

// turn delivers what there is: first what the trail keeps, then what it does not.
func (r *Runner) turn(ctx context.Context) error {
	v := r.Source.View()
	defer v.Close()
	err := r.open(ctx)
	r.waits(r.next, v.Size())
	if r.begins { // what is gone when an output begins was never to be delivered
		r.begins, r.said = false, v.Size()
		r.recount(v)
	}
	if err != nil {
		return err
	}
	if err := r.sayGoneSince(ctx, v); err != nil {
		return err
	}
	if err = r.catchUp(ctx, v); err == nil {
		err = r.givePassed(ctx)
	}
	if err != nil {
		r.recount(v)
	}
	return err
}

// open opens the sink behind what was delivered last, unless it is open.
func (r *Runner) open(ctx context.Context) (err error) {
	if r.sink != nil {
		return nil
	}
	if !r.loaded {
		if r.at, r.resumed, err = readCursor(r.FS, r.Name, r.Trail); err != nil {
			return err
		}
		r.loaded, r.begins = true, !r.resumed
		if r.begins { // a crash before the first record must not move the beginning
			r.at.Next, r.at.Format = r.Begin, r.Format
			if err := r.at.keep(r.FS, r.Name); err != nil {
				r.loaded, r.begins = false, false
				return err
			}
		}
	}
	r.next = r.at.Next
	r.counter.next.Store(r.next)
	if r.sink, err = r.Open(ctx, r.at.Mark); err != nil {
		return err
	}
	if err := r.anew(ctx); err != nil {
		return err
	}
	if err := r.keep(); err != nil || r.started { // from the first record on there is a mark to go back to
		return err
	}
	r.started = true
	return r.sayStart(ctx)
}

// anew rotates a destination that is to begin anew: at each start where that is asked for, in another format, or when it
// is not as it was left.
func (r *Runner) anew(ctx context.Context) error {
	var reason string
	switch {
	case r.at.Format != r.Format:
		reason = "its format was " + r.at.Format
	case r.at.Mark != nil && string(r.at.Mark) != string(r.sink.Mark()):
		reason = "it is not as it was left"
	case r.Rotate && !r.started:
		reason = "the output began"
	default:
		return nil
	}
	_, _, err := r.rotateNow(ctx, reason)
	if r.at.Format == r.Format && !fatal(err) {
		return nil // the old file goes on, and the trail says why
	}
	if err == nil {
		r.at.Format = r.Format
		err = r.at.keep(r.FS, r.Name)
	}
	return err
}

// idle waits for something to do.
func (r *Runner) idle(ctx context.Context, changed <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-changed:
	case <-r.passed.wake():
	case q := <-r.rotate:
		q.answer <- r.answer(ctx)
	}
}

// pause waits before the next try. Rotation is asked of a destination that is there.
func (r *Runner) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			return
		case q := <-r.rotate:
			q.answer <- rotated{err: errors.New("the output does not deliver at the moment")}
		}
	}
}

// end delivers what is left, unless there is trouble, and says that the output ends.
func (r *Runner) end(slow context.Context) error {
	if r.sink != nil {
		err := r.turn(slow)
		if err == nil {
			err = r.keep()
		}
		if fatal(err) {
			return fmt.Errorf("output %s: %w", r.Name, errors.Join(err, r.close()))
		}
		r.leave(err)
	}
	said := context.WithoutCancel(slow)
	if err := r.abandon(said); fatal(err) {
		return fmt.Errorf("output %s: %w", r.Name, err)
	} else if err != nil {
		r.Log.Error("that events were lost which the trail does not keep could not be recorded", "output", r.Name, "err", err)
	}
	if !r.started {
		return nil
	}
	if err := r.sayStop(said); err != nil {
		return fmt.Errorf("output %s: %w", r.Name, err)
	}
	return nil
}

// leave closes the sink at the end.
func (r *Runner) leave(err error) {
	if err = errors.Join(err, r.close()); err != nil {
		r.Log.Warn("output did not end well; what was not delivered comes at the next start", "output", r.Name, "err", err)
	}
}

func (r *Runner) close() error {
	if r.sink == nil {
		return nil
	}
	err := r.sink.Close()
	r.sink = nil
	if err != nil {
		return fmt.Errorf("close %s: %w", r.Target, err)
	}
	return nil
}

// fatal tells an error of the trail, after which nothing can be said any more.
func fatal(err error) bool {
	return errors.Is(err, trail.ErrBroken) || errors.Is(err, trail.ErrClosed)
}

// outlive gives a context that ends d after ctx does.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	slow, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return slow, func() { stop(); cancel() }
}
