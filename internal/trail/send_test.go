package trail_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func (w *world) event() counterfoil.Event {
	r := filtertest.RandomRecord(w.rng, 0)
	r.AID = counterfoil.AID{}
	if w.rng.IntN(3) == 0 {
		for i := range r.AID {
			r.AID[i] = byte(1 + w.rng.IntN(255))
		}
	}
	r.Category = pick(w, counterfoil.CategoryTraffic, counterfoil.CategoryData, counterfoil.CategoryAdmin, r.Category)
	return r.Event
}

func (w *world) append() {
	events := make([]counterfoil.Event, 1+w.rng.IntN(1+w.rng.IntN(60)))
	for i := range events {
		events[i] = w.event()
		if i > 0 && w.rng.IntN(20) == 0 {
			events[i] = events[w.rng.IntN(i)]
		}
	}
	w.send(events)
}

// appendAgain sends what is there already among new events.
func (w *world) appendAgain() {
	events := []counterfoil.Event{w.event()}
	for range 5 {
		if len(w.records) == 0 {
			break
		}
		k := &w.records[w.rng.IntN(len(w.records))]
		if _, derived := w.tr.ID().SeqOf(k.AID); k.Via != act.Via && !(derived && k.gone) {
			// what is forgotten does not come back, whether its sender still knows it or not
			events = append(events, pick(w, k.Event, k.was), w.event())
		}
	}
	w.send(events)
}

// send appends events and notes what must, or may, be there afterwards.
func (w *world) send(events []counterfoil.Event) {
	w.t.Helper()
	b := batch{via: pick(w, "a", "local", "http/x")}
	fresh, first := w.fresh(events)
	b.events = fresh
	var r trail.Receipt
	var err error
	if w.rng.IntN(3) == 0 {
		b.position = fmt.Sprint(w.rng.Uint32())
		r, err = w.tr.AppendAt(context.Background(), b.via, events, []byte(b.position))
	} else {
		r, err = w.tr.Append(context.Background(), b.via, events)
	}
	w.note("  %d events of %s, %d of them new, position %q: %v", len(events), b.via, len(fresh), b.position, err)
	switch {
	case errors.Is(err, trail.ErrDropped):
		w.drop(len(events))
	case errors.Is(err, trail.ErrBroken), errors.Is(err, disktest.ErrPower):
		w.maybe = append(w.maybe, b)
	case err != nil:
		w.may(err)
	default:
		w.acknowledge(events, first, &b, r)
	}
}

// drop notes that events are lost.
func (w *world) drop(n int) { w.dropped, w.here = w.dropped+uint64(n), w.here+uint64(n) }

// fresh gives the events that are not in the trail yet, and for each event of a batch the place in it of the first with its
// aid, or the place of itself.
func (w *world) fresh(events []counterfoil.Event) (fresh []counterfoil.Event, first []int) {
	at := map[counterfoil.AID]int{}
	for i, e := range events {
		j, twice := at[e.AID]
		seq, known := w.aids[e.AID]
		switch {
		case e.AID.IsZero():
			j = i
			fresh = append(fresh, e)
		case known && !w.records[seq].gone:
			j = -1
		case !twice:
			j = i
			at[e.AID] = i
			fresh = append(fresh, e)
		}
		first = append(first, j)
	}
	return fresh, first
}

func (w *world) acknowledge(events []counterfoil.Event, first []int, b *batch, r trail.Receipt) {
	w.t.Helper()
	seqs := r.Seqs
	if seqs == nil {
		for i := range events {
			seqs = append(seqs, r.First+uint64(i))
		}
	}
	if len(seqs) != len(events) || r.Retried != len(events)-len(b.events) {
		w.fail("the receipt %+v for %d events, %d of them new", r, len(events), len(b.events))
	}
	for i, e := range events {
		want := counterfoil.Record{Event: e, Seq: seqs[i], Received: r.Received, Via: b.via}
		if e.AID.IsZero() {
			want.AID = counterfoil.DeriveAID(w.tr.ID(), seqs[i])
		}
		switch {
		case first[i] == i:
			w.acked[seqs[i]] = want
		case first[i] >= 0 && seqs[i] != seqs[first[i]], first[i] < 0 && seqs[i] != w.aids[e.AID]:
			w.fail("event %d, which is there, got the number %d", i, seqs[i])
		}
	}
	if b.position != "" {
		w.positions[b.via] = b.position
	}
}

// appendWrong sends another event under an aid that is taken.
func (w *world) appendWrong() {
	if len(w.records) == 0 {
		return
	}
	k := w.records[w.rng.IntN(len(w.records))]
	if k.gone || k.Via == act.Via {
		return
	}
	k.Event = k.was
	if k.IsForgotten() {
		k.Name += "X" // of the rest nobody can tell that it is another
	} else {
		k.Session += "another"
	}
	_, err := w.tr.Append(context.Background(), "a", []counterfoil.Event{w.event(), k.Event})
	bad, ok := errors.AsType[*trail.EventError](err)
	if errors.Is(err, trail.ErrDropped) {
		w.drop(2)
	} else if !ok || bad.Index != 1 {
		w.may(err)
	}
	if err == nil {
		w.fail("another event got the aid of record %d", k.Seq)
	}
}
