package filter_test

import (
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
)

func TestCases(t *testing.T) {
	filtertest.Run(t, func(t *testing.T, records []counterfoil.Record, query string) (found []uint64) {
		q, err := searchq.Parse(query, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		for i := range records {
			r := &records[i]
			if (q.From == 0 || r.Time >= q.From) && (q.To == 0 || r.Time < q.To) && filter.Eval(q.Expr, r) {
				found = append(found, r.Seq)
				if !filter.MayMatch(q.Expr, filtertest.Block(r)) {
					t.Errorf("MayMatch hides record %d", r.Seq)
				}
			}
		}
		return found
	})
}
