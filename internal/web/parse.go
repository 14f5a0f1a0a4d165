package web

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// parse reads the search box. Its moments and those of the range button both bound the question.
func (a *ask) parse(now time.Time) {
	q, err := grammar.Parse(a.text, now.UTC())
	var at *filter.SyntaxError
	switch {
	case errors.As(err, &at):
		a.wrong = mistakeAt(at)
		return
	case err != nil:
		a.wrong = &mistake{Reason: err.Error()}
		return
	}
	a.query.Filter = q.Expr
	if q.From != 0 && (a.query.From == 0 || q.From > a.query.From) { // 0 is no bound, and later than one before 1970
		a.query.From = q.From
	}
	if q.To != 0 && (a.query.To == 0 || q.To < a.query.To) {
		a.query.To = q.To
	}
	if a.wrong == nil && a.query.From != 0 && a.query.To != 0 && a.query.From >= a.query.To {
		a.wrong = &mistake{Reason: "the query and the time range have no time in common"}
	}
	a.marks = marksOf(q.Expr)
}

// caretContext is how much of a long query is shown before the mistake, in characters.
const caretContext = 60

// mistakeAt draws the line with the caret below it, one column a character.
func mistakeAt(e *filter.SyntaxError) *mistake {
	m := &mistake{Reason: e.Message}
	if e.Hint != "" {
		m.Reason += ": " + e.Hint
	}
	line := []rune(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !visible.HasLook(r) {
			return '·'
		}
		return r
	}, e.Query))
	at := min(e.Column-1, len(line))
	if at > caretContext {
		line, at = append([]rune("…"), line[at-caretContext:]...), caretContext+1
	}
	m.Text = string(line[:min(len(line), at+caretContext)])
	m.Caret = strings.Repeat(" ", at) + "^"
	return m
}

// marksOf collects the words that a query looks for in texts.
func marksOf(x filter.Expr) (m marker) {
	add := func(s string) {
		if len(s) > 1 {
			m = append(m, strings.ToLower(s))
		}
	}
	switch x := x.(type) {
	case filter.And:
		for _, y := range x.X {
			m = append(m, marksOf(y)...)
		}
	case filter.Or:
		for _, y := range x.X {
			m = append(m, marksOf(y)...)
		}
	case filter.Words:
		filter.Tokens(x.Text, false, func(t string) bool { add(t); return true })
	case filter.Contains:
		add(x.Text)
	case filter.Prefix:
		add(x.Text)
	}
	return m
}

// maxClause is the longest value in bytes of which a condition is made: written as an expression and escaped in an address it
// is up to 24 times as long, and a server takes 64 KiB.
const maxClause = 2 << 10

// clause words the condition that a field has a value; it is empty for one beyond maxClause. A value with characters that cannot be shown, or cannot stand
// in a search box, is worded as an expression that spells them out: "\Aanna\x{202e}\z". Bytes that are no UTF-8 all
// look alike to an expression, so that it may find a little more.
func clause(field, value string) string {
	f, err := filter.ParseField(field)
	if err != nil {
		panic("web: " + err.Error()) // the fields of the page are constants
	}
	if len(value) > maxClause {
		return ""
	}
	if visible.Text(value) == value {
		return searchq.Print(filter.Compare{Field: f, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: value}})
	}
	var re strings.Builder
	re.WriteString(`\A`)
	for _, r := range value {
		if visible.HasLook(r) && r != utf8.RuneError && !unicode.IsMark(r) {
			re.WriteString(regexp.QuoteMeta(string(r)))
		} else {
			fmt.Fprintf(&re, `\x{%x}`, r)
		}
	}
	re.WriteString(`\z`)
	return f.String() + " ~ " + filter.Quote(re.String())
}

// with gives the query that asks for text and clause both.
func with(text, clause string) string {
	if text == "" || text == clause {
		return clause
	}
	q, err := grammar.Parse(text, time.Unix(0, 0).UTC())
	switch {
	case err != nil:
		return text + " and " + clause
	case q.Grammar != "search":
		if _, err := searchq.Parse(clause, time.Unix(0, 0).UTC()); err != nil { // it came with the address: the page says what is wrong
			return text + " and " + clause
		}
		return joined(&q, clause)
	}
	switch q.Expr.(type) {
	case filter.Or:
		if q.From == 0 && q.To == 0 { // else it stands in parentheses already, since moments cannot stand beside it
			text = "(" + text + ")"
		}
	case filter.All:
		if q.From == 0 && q.To == 0 {
			return clause
		}
	}
	if _, on := without(text, clause); on {
		return text
	}
	return text + " and " + clause
}

// joined gives a query of another grammar with clause, in that grammar.
func joined(q *grammar.Query, clause string) string {
	xs, x := parts(q.Expr), clauseExpr(clause)
	if !slices.ContainsFunc(xs, func(y filter.Expr) bool { return filter.Equal(x, y) }) {
		xs = append(xs, x)
	}
	return printed(q.Grammar, xs)
}

func printed(name string, xs []filter.Expr) string {
	text, _ := grammar.Print(name, searchq.Query{Expr: filter.And{X: xs}})
	return name + ":" + text
}

// parts gives the conditions that hold together.
func parts(x filter.Expr) []filter.Expr {
	switch x := x.(type) {
	case filter.All:
		return nil
	case filter.And:
		return slices.Clone(x.X)
	}
	return []filter.Expr{x}
}

func clauseExpr(clause string) filter.Expr {
	q, err := searchq.Parse(clause, time.Unix(0, 0).UTC())
	if err != nil {
		panic("web: a clause is no query: " + err.Error())
	}
	return q.Expr
}

// without takes a condition out of those that text joins by and at its top level, and reports whether it was there.
func without(text, clause string) (rest string, found bool) {
	if name, _ := grammar.Split(text); name != "search" {
		q, err := grammar.Parse(text, time.Unix(0, 0).UTC())
		if err != nil {
			return text, false
		}
		x, all := clauseExpr(clause), parts(q.Expr)
		kept := slices.DeleteFunc(slices.Clone(all), func(y filter.Expr) bool { return filter.Equal(x, y) })
		if len(kept) == len(all) {
			return text, false
		}
		return printed(name, kept), true
	}
	q, err := searchq.Parse(text, time.Unix(0, 0).UTC())
	if _, or := q.Expr.(filter.Or); err != nil || or && q.From == 0 && q.To == 0 {
		return text, false // what an or joins at the top does not hold by itself
	}
	var kept []string
	for _, part := range conjuncts(text) {
		if part == clause {
			found = true
			continue
		}
		kept = append(kept, part)
	}
	if !found {
		return text, false
	}
	return strings.Join(kept, " and "), true
}

// conjuncts cuts a query at the ands that stand outside quotes and parentheses.
func conjuncts(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			if n := filter.QuotedLen(text[i:]); n > 0 {
				i += n - 1
			}
		case c == '\'':
			if n := strings.IndexByte(text[i+1:], '\''); n >= 0 {
				i += n + 1
			}
		case c == '(':
			depth++
		case c == ')':
			depth--
		case depth == 0 && len(text)-i >= 5 && strings.EqualFold(text[i:i+5], " and "):
			parts = append(parts, strings.TrimSpace(text[start:i]))
			start = i + 5
			i += 4
		}
	}
	return append(parts, strings.TrimSpace(text[start:]))
}
