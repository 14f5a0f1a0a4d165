package simulate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Refusal is what a rule left out of an input, as the trail has counted it, and what the other policy would do with it.
type Refusal struct {
	Input  string `json:"input"`
	Policy uint64 `json:"policy"` // number of the one that left it out
	Rule   string `json:"rule"`   // "": shown and not stored, of which the rule is not counted
	Place  string `json:"place"`
	Count  uint64 `json:"count"`
	Next   string `json:"next"` // "left out", "kept", "unknown"
}

var fates = map[preselect.Fate]string{preselect.Unknown: "unknown", preselect.Left: "left out", preselect.Kept: "kept"}

// refused adds up the counts of the span. The events themselves are gone: a count tells their input and the rule, and what
// would become of them is told only where it follows from these.
func refused(ctx context.Context, v *trail.View, q *Question) (list []Refusal, err error) {
	counted := search.Query{Filter: filter.And{X: []filter.Expr{is(filter.ColService, act.Service), is(filter.ColEvent, act.Refused)}}, From: q.From, To: q.To}
	of := map[Refusal]uint64{}
	var bad error
	_, err = search.Run(ctx, v, counted, func(r *counterfoil.Record) bool {
		if bad = addRefusals(of, r.EventData); bad != nil {
			bad = fmt.Errorf("record %d: what was refused: %w", r.Seq, bad)
		}
		return bad == nil
	})
	if err := errors.Join(err, bad); err != nil {
		return nil, err
	}
	list = []Refusal{}
	for r, n := range of {
		was := q.Was[r.Policy]
		r.Count, r.Next = n, fates[q.Next.FateOf(&was, r.Input, r.Rule)]
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Input, b.Input), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Place, b.Place))
	})
	return list, nil
}

// addRefusals adds the counts of a REFUSED event.
func addRefusals(of map[Refusal]uint64, data counterfoil.JSON) error {
	text := func(j counterfoil.JSON, key string) string { return strings.Clone(j.Member(key).Text()) } // the record is only lent
	number := func(j counterfoil.JSON, key string) (uint64, error) {
		return strconv.ParseUint(j.Member(key).Text(), 10, 64)
	}
	policy, err := number(data, "policy")
	if err != nil {
		return err
	}
	r := Refusal{Input: text(data, "input"), Policy: policy}
	if data.Member("shown") != "" {
		n, err := number(data, "shown")
		if err != nil {
			return err
		}
		of[r] += n
	}
	for rule := range data.Member("rules").Elements() {
		n, err := number(rule, "count")
		if err != nil {
			return err
		}
		r.Rule, r.Place = text(rule, "rule"), text(rule, "place")
		of[r] += n
	}
	return nil
}

func is(c filter.Column, text string) filter.Expr {
	return filter.Compare{Field: filter.Field{Column: c}, Value: filter.Value{Kind: filter.StringValue, Str: text}}
}
