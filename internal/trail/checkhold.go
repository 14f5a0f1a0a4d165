package trail

import (
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// heldSaid is what the records say of holds: who can write the directory, but has not the trail's secret, could end one by putting
// back the file as it was before.
type heldSaid struct {
	Made  map[uint64]counterfoil.JSON `json:"made,omitempty"`  // by the number of the record that says that a hold was made, and that none says has ended: the hold
	Blank []uint64                    `json:"blank,omitempty"` // numbers of the records that say that one has ended, and of which it is forgotten which
}

func saysOfHold(r *counterfoil.Record) bool {
	return r.Via == act.Via && r.Service == act.Service && (r.Name == act.Hold || r.Name == act.Release) && r.Action == counterfoil.AuditHold && r.Outcome != counterfoil.Failure
}

// noted reports whether a record is one for [checker.note].
func noted(r *counterfoil.Record) bool { return Notable(r) || saysOfHold(r) }

// take takes a record that [saysOfHold].
func (h *heldSaid) take(r *counterfoil.Record) {
	switch {
	case r.Name == act.Hold && !r.IsForgotten():
		if h.Made == nil {
			h.Made = map[uint64]counterfoil.JSON{}
		}
		h.Made[r.Seq] = counterfoil.JSON(strings.Clone(string(r.EventData)))
	case r.Name == act.Release && r.IsForgotten():
		h.Blank = append(h.Blank, r.Seq)
	case r.Name == act.Release:
		maps.DeleteFunc(h.Made, func(_ uint64, made counterfoil.JSON) bool { return made.Member("id").Text() == r.Object.Name })
	}
}

// missing gives the record of a hold that was made, is not among those in force, and of which no record can say that it has ended:
// each that has expired since may have done so, and each of which that is forgotten for one.
func (h *heldSaid) missing(inForce []Hold, expired []ExpiredRange) (seq uint64, is bool) {
	made := maps.Clone(h.Made)
	for i := range inForce {
		data := inForce[i].json()
		maps.DeleteFunc(made, func(_ uint64, m counterfoil.JSON) bool { return m == data })
	}
	n := 0
	for _, seq := range slices.Backward(slices.Sorted(maps.Keys(made))) {
		if slices.ContainsFunc(expired, func(e ExpiredRange) bool { return e.Last > seq }) {
			continue
		}
		n++
		ended := 0
		for _, b := range h.Blank {
			if b > seq {
				ended++
			}
		}
		if n > ended {
			return seq, true
		}
	}
	return 0, false
}

// heldStill compares the holds in force with what the records say of them.
func (c *checker) heldStill() error {
	if seq, is := c.held.missing(c.holds, c.report.Expired); is {
		return problem(holdsFile, &seq, "does not have the hold that this record says was made, and no record says that it has ended")
	}
	return nil
}

// holdsMore reports whether other holds are in force than were when the verification began.
func (c *checker) holdsMore() bool {
	holds, err := readHolds(c.fs, &c.id)
	return err == nil && holdsText(c.id.origin, holds) != holdsText(c.id.origin, c.holds)
}
