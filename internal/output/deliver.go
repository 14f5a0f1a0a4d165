package output

import (
	"context"
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// A Read spans so many numbers, more while little is found, and ends where so much is found: it fits into memory whatever the filter is, and however
// long the records are.
const (
	leastWindow = 1 << 14
	mostWindow  = 1 << 20
	mostFound   = leastWindow  // records
	mostBytes   = 8 * MaxBytes // about, of what they say
)

// catchUp delivers everything that v has and the output has not looked at.
func (r *Runner) catchUp(ctx context.Context, v View) error {
	if err := r.checkPlace(ctx, v); err != nil {
		return err
	}
	for size := v.Size(); r.next < size; {
		to := min(size, r.next+r.window)
		if err := r.sayGone(ctx, v, to); err != nil {
			return err
		}
		found, to, err := r.find(ctx, v, to)
		if err != nil {
			return err
		}
		for rest := found; len(rest) > 0; {
			n := batch(rest, r.most)
			if err := r.deliver(ctx, rest[:n]); err != nil {
				return err
			}
			r.most = min(2*r.most, MaxRecords)
			r.look(rest[n-1].Seq + 1)
			if err := r.keep(); err != nil {
				return err
			}
			rest = rest[n:]
			r.serveRotation(ctx)
		}
		if r.window = max(leastWindow, r.window/2); len(found) < leastWindow/4 {
			r.window = min(4*r.window, mostWindow)
		}
		r.look(to)
		if err := r.keepNow(); err != nil {
			return err
		}
	}
	r.counter.behind.Store(0)
	return nil
}

// checkPlace looks whether the trail goes as far as the cursor.
func (r *Runner) checkPlace(ctx context.Context, v View) error {
	size := v.Size()
	if r.next <= size {
		return nil
	}
	// What was delivered of the trail as it was is not known to be what it has now.
	reason := fmt.Sprintf("the output was at record %d and the trail ends before record %d: it was put back", r.next, size)
	if err := r.sayGap(ctx, gap{reason: reason}); err != nil {
		return err
	}
	r.said = 0
	r.look(size)
	return r.keep()
}

// sayGone says what went from the trail before number to that was not delivered, once while the runner lives.
func (r *Runner) sayGone(ctx context.Context, v View, to uint64) error {
	from := max(r.next, r.said)
	if from >= to {
		return nil
	}
	if err := r.sayGoneOf(ctx, v, from, to, 0); err != nil {
		return err
	}
	r.said = to
	return nil
}

// sayGoneSince is sayGone for the numbers of which it was said once what is gone: a destination that was away ever since may find less of
// them. What was said then is not counted again, but lies between first and last.
func (r *Runner) sayGoneSince(ctx context.Context, v View) error {
	if r.next >= r.said {
		return nil
	}
	return r.sayGoneOf(ctx, v, r.next, r.said, r.gone)
}

// sayGoneOf says what is gone from number from on and before to, but for as many as are known.
func (r *Runner) sayGoneOf(ctx context.Context, v View, from, to, known uint64) error {
	count, first, last, err := v.Gone(from, to)
	if err != nil {
		return fmt.Errorf("look what is gone of the trail from record %d on: %w", from, err)
	}
	if count <= known {
		return nil
	}
	count -= known
	missed := gap{reason: "the records were gone from the trail before they were delivered", count: count, placed: true, first: first, last: last}
	if err := r.sayGap(ctx, missed); err != nil {
		return err
	}
	r.counter.missed.Add(count)
	return nil
}

// recount notes how much is gone, as a failed turn saw and said it, of what the next turn begins with.
func (r *Runner) recount(v View) {
	var err error
	if r.gone, _, _, err = v.Gone(r.at.Next, r.said); err != nil { // said twice is better than not
		r.said, r.gone = r.at.Next, 0
		r.Log.Error("look what is gone of the trail", "output", r.Name, "err", err)
	}
}

// find gives the wanted records before number to, or as many of them as are found at once, and the number that it came to. They are valid until
// the next call.
func (r *Runner) find(ctx context.Context, v View, to uint64) ([]counterfoil.Record, uint64, error) {
	clear(r.records)
	r.records = r.records[:0]
	bytes := 0
	err := v.Read(ctx, r.next, to, func(rec *counterfoil.Record) bool {
		r.records = append(r.records, rec.Clone())
		if bytes += size(rec); len(r.records) == mostFound || bytes > mostBytes {
			to = rec.Seq + 1
			return false
		}
		return true
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the trail from record %d: %w", r.next, err)
	}
	return r.records, to, nil
}

// batch gives how many of records are one batch, at most so many.
func batch(records []counterfoil.Record, most int) int {
	bytes := 0
	for i := range records {
		bytes += size(&records[i])
		if i == most || i > 0 && bytes > MaxBytes {
			return i
		}
	}
	return len(records)
}

// size is about how many bytes a record says.
func size(rec *counterfoil.Record) int {
	return len(rec.Raw) + len(rec.EventData) + len(rec.SvcData) + 512
}

// deliver writes a batch. What the destination will never take is said in the trail.
func (r *Runner) deliver(ctx context.Context, records []counterfoil.Record) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	var refused gap
	for len(records) > 0 {
		err := r.sink.Write(ctx, records)
		var bad *RecordError
		switch {
		case err == nil:
			r.counter.sent.Add(uint64(len(records)))
			records = nil
		case errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(records):
			r.counter.sent.Add(uint64(bad.Index))
			r.counter.refused.Add(1)
			r.refuse(&refused, &records[bad.Index], bad.Err)
			records = records[bad.Index+1:]
		default:
			return fmt.Errorf("write to %s: %w", r.Target, err)
		}
	}
	if refused.count == 0 {
		return nil
	}
	return r.sayGap(ctx, refused)
}

// refuse adds a record that the destination will never take to those of its batch.
func (r *Runner) refuse(g *gap, rec *counterfoil.Record, reason error) {
	if rec.Service == act.Service && rec.Name == act.OutputGap {
		// No event about that: it would be refused in its turn, and so without end.
		r.Log.Error("the destination does not even take the event that says what it refused", "output", r.Name, "seq", rec.Seq, "err", reason)
		return
	}
	if g.last = rec.Seq; g.count == 0 {
		g.first, g.placed = rec.Seq, rec.Received != 0
		g.reason = "the destination cannot take such an event, which the trail does not keep"
		if g.placed { // else the words may quote what is not to be stored
			g.reason = "the destination cannot take such a record: " + reason.Error()
		}
	}
	g.count++
}

// look notes that everything before next was looked at.
func (r *Runner) look(next uint64) {
	r.next = next
	r.counter.next.Store(next)
}

// keep makes durable how far the output is.
func (r *Runner) keep() error {
	c := r.at
	c.Next, c.Mark = r.next, r.sink.Mark()
	if c.Next == r.at.Next && string(c.Mark) == string(r.at.Mark) {
		return nil
	}
	if err := c.keep(r.FS, r.Name); err != nil {
		return err
	}
	r.at, r.kept = c, r.Now()
	return nil
}

// keepNow is keep for records that the output did not want: to read them once more after a crash does no harm.
func (r *Runner) keepNow() error {
	if r.Now().Sub(r.kept) < keepEvery {
		return nil
	}
	return r.keep()
}
