package trail

import (
	"errors"
	"slices"

	"github.com/counterfoil/counterfoil"
)

// judged is what is kept of a batch. Its memory goes from batch to batch.
type judged struct {
	judge  Judge // nil: everything is kept
	events []counterfoil.Event
	at     []int // of each of events in the batch; empty while the batch is kept as it is
	sum    byte  // see near
}

func (t *Trail) judged(judge Judge) *judged {
	j, ok := t.spare.Get().(*judged)
	if !ok {
		j = &judged{}
	}
	j.judge = judge
	return j
}

func (t *Trail) release(j *judged) {
	clear(j.events)
	*j = judged{events: j.events[:0], at: j.at[:0]}
	t.spare.Put(j)
}

// choose checks the events of a batch and gives those to be kept: the batch itself as long as that is all of it, for a copy
// takes as long as a judgement.
func (j *judged) choose(batch []counterfoil.Event) ([]counterfoil.Event, error) {
	copied := false
	for i := range batch {
		j.sum += near(next(batch, i))
		e := &batch[i]
		if err := e.Check(); err != nil {
			return nil, &EventError{i, err}
		}
		kept := e
		if j.judge != nil {
			kept = j.judge(e)
		}
		if kept == e && !copied {
			continue
		}
		if !copied {
			j.begin(batch[:i], len(batch))
			copied = true
		}
		if kept != nil {
			j.events, j.at = append(j.events, *kept), append(j.at, i)
		}
	}
	if copied {
		return j.events, nil
	}
	return batch, nil
}

// begin copies the events before the first that is not kept as it is.
func (j *judged) begin(before []counterfoil.Event, room int) {
	j.events, j.at = append(slices.Grow(j.events, room), before...), slices.Grow(j.at, room)
	for i := range before {
		j.at = append(j.at, i)
	}
}

// where makes an error speak of the batch as it was given.
func (j *judged) where(err error) error {
	var bad *EventError
	if len(j.at) > 0 && errors.As(err, &bad) {
		return &EventError{Index: j.at[bad.Index], Err: bad.Err}
	}
	return err
}
