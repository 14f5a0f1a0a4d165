package simulate

import (
	"slices"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// compiled is a question, ready to be asked of pages.
type compiled struct {
	*Question
	leaves  [filter.NumColumns][]filter.Expr // what rules and uses ask of a column by itself
	suppose [][]string
	nextOf  *preselect.Policy // for the names and places of rules
}

func compile(q *Question) *compiled {
	c := &compiled{Question: q, suppose: supposed(&q.Now, &q.Next), nextOf: preselect.New(q.Next, nil)}
	for _, s := range []*preselect.Spec{&q.Now, &q.Next} {
		for _, f := range s.Filters {
			c.collect(f.Expr)
		}
	}
	for _, u := range q.Uses {
		c.collect(u.Filter)
	}
	return c
}

// collect finds the leaves of an expression that [filter.Given] decides where their column is known.
func (c *compiled) collect(x filter.Expr) {
	switch x := x.(type) {
	case filter.And:
		for _, y := range x.X {
			c.collect(y)
		}
	case filter.Or:
		for _, y := range x.X {
			c.collect(y)
		}
	case filter.Not:
		c.collect(x.X)
	default:
		if f, ok := filter.FieldOf(x); ok && !filter.MayBeUndecided(x) {
			c.leaves[f.Column] = append(c.leaves[f.Column], x)
		}
	}
}

// byValue are the columns whose values are told apart one by one: the rules ask for them in many ways, and they are few.
var byValue = []filter.Column{filter.ColVia, filter.ColDialect, filter.ColService, filter.ColEvent, filter.ColClass, filter.ColCategory}

// columns gives those that may be known of a record without looking at the record itself: all that rules look at and
// that can have a dictionary.
func (c *compiled) columns() (list []filter.Column) {
	list = append(slices.Clone(byValue), filter.ColUser, filter.ColLoginID)
	for col := range filter.NumColumns {
		switch col {
		case filter.ColAID, filter.ColSeq, filter.ColTime, filter.ColReceived, filter.ColPID, filter.ColSuccess, filter.ColSvcData, filter.ColEventData, filter.ColRaw:
		default:
			if len(c.leaves[col]) > 0 && !slices.Contains(list, col) {
				list = append(list, col)
			}
		}
	}
	return list
}
