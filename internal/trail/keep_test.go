package trail_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func (w *world) expire() {
	w.asked, w.rules = counterfoil.TimeOf(w.clock), w.opts.Retention
	due := w.due()
	if err := w.tr.Expire(context.Background()); err != nil {
		w.may(err)
		return
	}
	if w.know(); w.faulty {
		return
	}
	for _, s := range w.tr.View().Segments {
		if slices.Contains(due, s.Name()) {
			w.fail("%s is there, all of whose records are due and none under hold", s.Name())
		}
	}
}

// know takes in what is new and what is gone, where the disk can be read.
func (w *world) know() {
	w.t.Helper()
	if w.disk.Cut() {
		return
	}
	defer w.spare()()
	v := w.tr.View()
	w.adopt(v)
	w.present(v)
}

// due gives the names of the sealed files all of whose records are due and none under hold. A record was not received before
// one that stands before it, unless that was at a time to come.
func (w *world) due() (names []string) {
	w.t.Helper()
	if w.know(); w.disk.Cut() {
		return nil
	}
	now, before, latest := counterfoil.TimeOf(w.clock), counterfoil.Time(0), counterfoil.Time(0)
	segments := w.tr.View().Segments
	for i, s := range segments {
		if i > 0 && segments[i-1].First != s.First {
			before = latest
		}
		recs := w.recordsOf(s)
		newest := counterfoil.Time(0)
		for _, r := range recs {
			newest = max(newest, r.Received)
		}
		if newest <= now {
			latest = max(latest, newest)
		}
		stays := func(r counterfoil.Record) bool {
			after := period(&w.rules, &r)
			if after.Age == 0 || after.Both || time.Duration(now-max(newest, before)) <= after.Age {
				return true
			}
			for _, x := range w.holds {
				if filter.Eval(x, &r) {
					return true
				}
			}
			return false
		}
		if !slices.ContainsFunc(recs, stays) {
			names = append(names, s.Name())
		}
	}
	return names
}

// recordsOf gives the records of a sealed file.
func (w *world) recordsOf(s *trail.Sealed) (recs []counterfoil.Record) {
	w.t.Helper()
	if w.faults != nil {
		w.faults.Spare(true)
		defer w.faults.Spare(false)
	}
	r, err := s.Reader()
	if err != nil {
		w.fail("%s: %v", s.Name(), err)
	}
	for p := range r.Pages() {
		seqs, err := r.Block(p).Seq()
		if err != nil {
			w.fail("%s: %v", s.Name(), err)
		}
		for _, seq := range seqs {
			recs = append(recs, w.records[seq].Record)
		}
	}
	return recs
}

var olga = act.Who{Host: "h", User: "olga"}

func (w *world) hold() {
	query := "user = anna and object.name exists"
	if n := len(w.records); n > 0 && w.rng.IntN(3) > 0 {
		query = fmt.Sprintf("seq = %d", w.rng.IntN(n))
	}
	q, err := searchq.Parse(query, w.clock)
	if err != nil {
		w.fail("%s: %v", query, err)
	}
	w.know() // what is gone cannot be held
	h, err := w.tr.AddHold(context.Background(), query, "case", olga)
	w.note("  hold %d: %s: %v", h.ID, query, err)
	if w.may(err); err != nil {
		w.unsure[h.ID] = q.Expr
		return
	}
	delete(w.unsure, h.ID)
	w.holds[h.ID] = q.Expr
}

func (w *world) release() {
	for id, x := range w.holds {
		w.note("  hold %d", id)
		err := w.tr.ReleaseHold(context.Background(), id, "over", olga)
		if w.may(err); err != nil {
			w.unsure[id] = x
			return
		}
		delete(w.holds, id)
		delete(w.unsure, id)
		return
	}
}
