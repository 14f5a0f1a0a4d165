package simulate

import (
	"context"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Question is what to compare, and over what.
type Question struct {
	Now, Next preselect.Spec            // the policy in force, and the other one
	From, To  counterfoil.Time          // bounds of the records' times; 0: none
	Uses      []Use                     // what looks at records
	Was       map[uint64]preselect.Spec // policies that have refused, by their numbers
}

// Run judges every record by both policies.
func Run(ctx context.Context, v *trail.View, q Question) (*Report, error) {
	total := newTotal()
	c := compile(&q)
	bounds := search.Query{From: q.From, To: q.To}
	st, err := search.Fold(ctx, v, bounds,
		func(s *trail.Sealed) (*part, error) { return newPart(c, v, s) },
		(*part).page,
		func(p *part) error {
			p.flush()
			total.merge(p.total)
			return nil
		})
	if err != nil {
		return nil, err
	}
	r := total.report(c)
	r.Records = st.Records
	if r.Refused, err = refused(ctx, v, &q); err != nil {
		return nil, err
	}
	r.Uses, err = missed(ctx, v, &q, total.uses)
	return r, err
}
