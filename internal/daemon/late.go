package daemon

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// late are the daemon's own acts that came about while the disk was full. They are written down as soon as there is space, before
// what comes then; they have the time of what they tell.
type late struct {
	mu     sync.Mutex // guards all below, and is held while they are written
	events []counterfoil.Event
	lost   int64 // more than are kept
}

const (
	mostLate  = 1000
	lateEvery = time.Second // how often it is tried
)

// keep puts events of our own into the trail. A full disk does not keep the daemon from running: they are written down later.
func (d *daemon) keep(ctx context.Context, events ...counterfoil.Event) error {
	_, err := d.append(ctx, events...)
	if errors.Is(err, trail.ErrSuspended) {
		d.postpone(err, events...)
		return nil
	}
	return err
}

// append puts events of our own into the trail, behind those that are late, and gives the number of the last.
func (d *daemon) append(ctx context.Context, events ...counterfoil.Event) (last uint64, err error) {
	l := &d.late
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		all := slices.Concat(l.events, d.unkept(), events)
		if len(all) == 0 {
			return 0, nil
		}
		r, err := d.trail.Append(ctx, act.Via, all)
		if bad, ok := errors.AsType[*trail.EventError](err); ok && bad.Index < len(l.events) { // it would keep the others from being written for ever
			d.log.Error("an act of the program itself cannot be recorded", "event", l.events[bad.Index].Name, "err", err)
			l.events = slices.Delete(l.events, bad.Index, bad.Index+1)
			continue
		}
		if err == nil {
			l.events, l.lost = nil, 0
		}
		return r.Last, err
	}
}

// unkept tells of acts that were more than are kept. The caller holds late.mu.
func (d *daemon) unkept() (gap []counterfoil.Event) {
	if d.late.lost > 0 {
		note := intake.Note{Name: act.Gap, Count: d.late.lost, Unit: "acts", Reason: "the disk was full, and the program did more than it keeps to be written down later"}
		gap = append(gap, note.Event(counterfoil.TimeOf(d.opts.Now()), d.host, act.Via, "counterfoil"))
	}
	return gap
}

// postpone keeps events until there is space.
func (d *daemon) postpone(why error, events ...counterfoil.Event) {
	d.log.Error("an act of the program itself cannot be recorded before there is space", "event", events[0].Name, "err", why)
	d.late.mu.Lock()
	defer d.late.mu.Unlock()
	n := min(len(events), mostLate-len(d.late.events))
	d.late.events = append(d.late.events, events[:n]...)
	d.late.lost += int64(len(events) - n)
}

// sayLate writes down what is late, until ctx is done.
func (d *daemon) sayLate(ctx context.Context) error {
	tick := time.NewTicker(lateEvery)
	defer tick.Stop()
	for {
		if _, err := d.append(ctx); err != nil && !errors.Is(err, trail.ErrSuspended) && !errors.Is(err, context.Canceled) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
