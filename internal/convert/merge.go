package convert

import (
	"errors"
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil"
)

// The window of each stream: so many events, or bytes of them, are looked ahead for one that is older.
const (
	windowEvents = 1024
	windowBytes  = 4 << 20
)

// merge writes the events of all inputs in the order of their times. A stream is taken to be in order but for a window:
// from each, the oldest event of the next windowEvents (or windowBytes) stands ready, and the oldest of those that stand
// ready is written; of equal times the one of the earlier input, and within an input the one that came first. An event
// that is older than what was written already came from beyond the window: it is written at once and counted.
func (r *run) merge() (err error) {
	var streams []*window
	defer func() {
		for _, w := range streams {
			err = errors.Join(err, w.stream.close())
		}
	}()
	for _, in := range r.job.Inputs {
		w := &window{stream: r.stream(in)}
		streams = append(streams, w)
		if err := w.fill(); err != nil {
			return err
		}
	}
	last := counterfoil.Time(0)
	for {
		var first *window
		for _, w := range streams {
			if len(w.order) > 0 && (first == nil || w.order[0].key < first.order[0].key) {
				first = w
			}
		}
		if first == nil {
			return nil
		}
		if key := first.order[0].key; last != 0 && key < last {
			r.sum.late(first, last)
		} else {
			last = key
		}
		if err := r.write(&first.slots[first.order[0].slot]); err != nil {
			return err
		}
		first.drop()
		if err := first.fill(); err != nil {
			return err
		}
	}
}

func (s *Summary) late(w *window, last counterfoil.Time) {
	if s.Late++; s.Late > 1 {
		return
	}
	e := &w.slots[w.order[0].slot]
	s.FirstLate = fmt.Sprintf("%s, %v %s %s behind %v", w.stream.name, e.Time, e.Service, e.Name, last)
}

// window is what was read of a stream and not written yet: a heap by time and arrival.
type window struct {
	stream *stream
	batch  []counterfoil.Event // read and not in the heap yet: batch[next:]
	next   int
	ended  bool

	order []place
	slots []counterfoil.Event // of the events in order; free lists those that hold none
	free  []int
	bytes int
	came  uint64           // events so far
	key   counterfoil.Time // of the last event with a time of its own
}

type place struct {
	key  counterfoil.Time // by which it is sorted
	came uint64
	slot int
}

func (a place) before(b place) bool { return a.key < b.key || a.key == b.key && a.came < b.came }

// fill reads until the window is full.
func (w *window) fill() error {
	for len(w.order) < windowEvents && (w.bytes < windowBytes || len(w.order) == 0) {
		for w.next == len(w.batch) {
			if w.ended {
				return nil
			}
			clear(w.batch)
			var err error
			if w.batch, err = w.stream.read(w.batch[:0]); err == io.EOF {
				w.ended = true
			} else if err != nil {
				return err
			}
			w.next = 0
		}
		w.push(w.batch[w.next])
		w.next++
	}
	return nil
}

func (w *window) push(e counterfoil.Event) {
	// What has no time of its own has that of the conversion, and belongs behind the event before it.
	if e.Time != w.stream.run.received {
		w.key = e.Time
	}
	slot := len(w.slots)
	if n := len(w.free); n > 0 {
		slot, w.free = w.free[n-1], w.free[:n-1]
		w.slots[slot] = e
	} else {
		w.slots = append(w.slots, e)
	}
	w.bytes += weight(&e)
	w.order = append(w.order, place{w.key, w.came, slot})
	w.came++
	for i := len(w.order) - 1; i > 0; {
		up := (i - 1) / 2
		if !w.order[i].before(w.order[up]) {
			break
		}
		w.order[i], w.order[up] = w.order[up], w.order[i]
		i = up
	}
}

// drop takes the first event away.
func (w *window) drop() {
	slot, n := w.order[0].slot, len(w.order)-1
	w.bytes -= weight(&w.slots[slot])
	w.slots[slot] = counterfoil.Event{}
	w.free = append(w.free, slot)
	w.order[0] = w.order[n]
	w.order = w.order[:n]
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < n; child++ {
			if w.order[child].before(w.order[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		w.order[i], w.order[least] = w.order[least], w.order[i]
		i = least
	}
}

// weight is about how many bytes an event holds.
func weight(e *counterfoil.Event) int {
	return 500 + len(e.Raw) + len(e.EventData) + len(e.SvcData) + len(e.Object.Name) + len(e.Object.To) + len(e.Subject.Process)
}
