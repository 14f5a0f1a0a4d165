package trail_test

import (
	"context"
	"errors"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// forgetting is one that was asked for, and of which nobody was told that it is done: begun or not, it is whole or will be.
type forgetting struct {
	user   string
	before uint64 // records below it are meant
	began  bool   // one of them is forgotten
}

// meant are the records that forgetting a user is about: those that no hold keeps for certain, and those that one may keep.
func (w *world) meant(g *forgetting) (certain, perhaps []*known) {
	for i := range min(g.before, uint64(len(w.records))) {
		k := &w.records[i]
		if k.gone || k.User != g.user {
			continue
		}
		held, unsure := false, false
		for id, x := range w.holds {
			if filter.Eval(x, &k.Record) {
				held, unsure = held || w.unsure[id] == nil, unsure || w.unsure[id] != nil
			}
		}
		for _, x := range w.unsure {
			unsure = unsure || filter.Eval(x, &k.Record)
		}
		switch {
		case !held && !unsure:
			certain = append(certain, k)
		case !held:
			perhaps = append(perhaps, k)
		}
	}
	return certain, perhaps
}

var otto = act.Who{Host: "h", User: "otto"}

// forget has one of the users forgotten.
func (w *world) forget() {
	w.t.Helper()
	if w.know(); w.disk.Cut() {
		return
	}
	end := w.spare()
	w.settle()
	end()
	g := forgetting{user: pick(w, "anna", "anna", "bob", "Anna", "x", olga.User, otto.User), before: uint64(len(w.records))}
	certain, perhaps := w.meant(&g)
	all := 0
	for i := range w.records {
		if k := &w.records[i]; !k.gone && k.User == g.user {
			all++
		}
	}
	r := trail.ForgetRequest{User: g.user, Reason: "asked for it", ExceptHeld: w.rng.IntN(3) > 0}
	f, err := w.tr.Forget(context.Background(), r, otto)
	w.note("  %s, %d records of %d, but for what is held: %v: %v", g.user, len(certain), all, r.ExceptHeld, err)
	switch {
	case err == nil:
		if len(w.pending) > 0 {
			w.fail("%s is forgotten while others are, %v", g.user, w.pending)
		}
		if f.Records < len(certain) || f.Records > len(certain)+len(perhaps) || f.Records+f.Held != all {
			w.fail("%d records are forgotten and %d held, of %d, %d of them certainly not held", f.Records, f.Held, all, len(certain))
		}
		w.pending = []forgetting{g}
		w.know()
		if certain, _ := w.meant(&g); len(certain) > 0 {
			w.fail("%s is forgotten, but for record %d", g.user, certain[0].Seq)
		}
		w.pending = nil
	case errors.Is(err, trail.ErrNobody):
		if len(certain) > 0 && !w.faulty {
			w.fail("%d records are nobody's", len(certain))
		}
	case errors.Is(err, trail.ErrHeld):
		if r.ExceptHeld || len(certain) == all {
			w.fail("no hold keeps a record of %s, or none was asked for", g.user)
		}
	default:
		w.may(err)
		if !errors.Is(err, trail.ErrForgetting) {
			w.pending = append(w.pending, g)
		}
	}
}

// settle finds out what became of what nobody was told of: as long as one is under way, no other can begin.
func (w *world) settle() {
	w.t.Helper()
	if len(w.pending) == 0 {
		return
	}
	_, err := w.tr.Forget(context.Background(), trail.ForgetRequest{User: "nobody has this name", Reason: "a question"}, otto)
	if errors.Is(err, trail.ErrForgetting) {
		return
	}
	if !errors.Is(err, trail.ErrNobody) {
		w.fail("forget nobody: %v", err)
	}
	for _, g := range w.pending {
		if certain, _ := w.meant(&g); g.began && len(certain) > 0 {
			w.fail("%s is forgotten, but for record %d", g.user, certain[0].Seq)
		}
	}
	w.pending = nil
}

// hasForgotten takes in that a record is forgotten, if that was asked for, no hold keeps it, and nothing but its hidden half is gone.
func (w *world) hasForgotten(k *known, now *counterfoil.Record) bool {
	if !now.IsForgotten() || *now != k.Forget(now.Hidden) {
		return false
	}
	for i := range w.pending {
		g := &w.pending[i]
		if certain, perhaps := w.meant(g); slices.Contains(certain, k) || slices.Contains(perhaps, k) {
			k.Record, g.began = *now, true
			return true
		}
	}
	return false
}
