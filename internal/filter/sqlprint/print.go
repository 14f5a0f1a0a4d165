package sqlprint

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// Print writes a filter as a condition of SQL in a dialect, one of [Names], and says what that has no words for.
func Print(dialect string, x filter.Expr) (text string, losses []filter.Loss) {
	p := printer{dialect: lookup(dialect)}
	text = p.condition(x, false)
	return text, p.losses
}

type printer struct {
	*dialect
	losses []filter.Loss
}

// What is true, and what is false, of every row.
const (
	always = "1 = 1"
	never  = "1 = 0"
)

// lose says that a part cannot be said. What stands in its place is never run.
func (p *printer) lose(x filter.Expr, why string) string {
	part := "a condition"
	if f, ok := filter.FieldOf(x); ok {
		part = f.String()
	} else if w, ok := x.(filter.Words); ok {
		part = filter.Quote(w.Text)
	}
	p.add(filter.Loss{Part: part, Why: why})
	return never
}

// nearly says that a field is asked nearly what the filter asks.
func (p *printer) nearly(f filter.Field, why string) {
	p.add(filter.Loss{Part: f.String(), Why: why, Nearly: true})
}

func (p *printer) add(l filter.Loss) {
	if !slices.Contains(p.losses, l) {
		p.losses = append(p.losses, l)
	}
}

// condition writes x; inner: as a part of a condition.
func (p *printer) condition(x filter.Expr, inner bool) string {
	switch x := x.(type) {
	case nil, filter.All:
		return always
	case filter.None:
		return never
	case filter.And:
		return p.list(x.X, "AND", always, inner)
	case filter.Or:
		return p.list(x.X, "OR", never, inner)
	case filter.Not:
		return "NOT " + p.bracketed(x.X)
	case filter.Words:
		return p.lose(x, "free words cannot be said; contains looks for text")
	}
	if filter.MayBeUndecided(x) {
		return p.lose(x, "the engine has no look-around and no back-references")
	}
	text := p.leaf(x)
	if inner && (strings.Contains(text, " AND ") || strings.Contains(text, " OR ")) && !strings.HasPrefix(text, "(") {
		return "(" + text + ")"
	}
	return text
}

func (p *printer) list(xs []filter.Expr, word, none string, inner bool) string {
	if len(xs) == 0 {
		return none
	}
	if len(xs) == 1 {
		return p.condition(xs[0], inner)
	}
	var parts []string
	for _, x := range xs {
		parts = append(parts, p.condition(x, true))
	}
	text := strings.Join(parts, " "+word+" ")
	if inner {
		return "(" + text + ")"
	}
	return text
}

// bracketed writes x in brackets.
func (p *printer) bracketed(x filter.Expr) string {
	return "(" + p.condition(x, false) + ")"
}

// leaf writes a condition about one field.
func (p *printer) leaf(x filter.Expr) string {
	f, _ := filter.FieldOf(x)
	if r, ok := x.(filter.Reach); ok {
		return p.reach(r)
	}
	switch f.Column {
	case filter.ColSvcData, filter.ColEventData:
		if len(f.Path) > 0 {
			return p.path(x, f)
		}
		return p.textOf(x, p.data(column(f.Column)), column(f.Column)+" <> ''")
	case filter.ColSuccess:
		return p.success(x)
	case filter.ColClass:
		return p.classes(x)
	case filter.ColSeq, filter.ColPID:
		return p.whole(x, f)
	case filter.ColTime, filter.ColReceived:
		return p.time(x, f)
	case filter.ColAID, filter.ColRaw:
		return p.opaque(x, f)
	}
	c := column(f.Column)
	return p.textOf(x, c, c+" <> ''")
}

// column gives the name of a column in sealed files.
func column(c filter.Column) string {
	name := strings.ReplaceAll(filter.ColumnNames[c], ".", "_")
	if c == filter.ColUser || c == filter.ColTime { // words of SQL
		return `"` + name + `"`
	}
	return name
}
