// Package grammar is the one front of all ways to write a filter. A prefix names the grammar; without one a text is meant
// as people type it:
//
//	user = anna and event ~ "^UNLINK"                            search
//	mongo:{"param.ns": /^test/, result: {$ne: 0}}                 MongoDB's query documents
//	truenas:[["username", "=", "anna"], ["success", "=", false]]  TrueNAS's query-filters
package grammar

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/filter/sqlprint"
	"github.com/counterfoil/counterfoil/internal/filter/truenasq"
)

// Names are the grammars, the one without a prefix first.
var Names = []string{"search", "mongo", "truenas"}

// Targets are the grammars that a filter can be written in: those that can be read, and SQL.
var Targets = slices.Concat(Names, sqlprint.Names)

// Query is what a text asks for. Only search has moments beside the filter.
type Query struct {
	searchq.Query
	Grammar  string
	Warnings []*filter.SyntaxError // what is most likely not meant as it is written
	behind   int                   // bytes that were ignored
}

// Split takes the prefix off a text. A text without the prefix of a grammar is search: host:nas1 is a condition of it.
func Split(text string) (grammar, rest string) {
	trimmed := strings.TrimLeft(text, " \t\r\n")
	for _, name := range Names {
		if rest, ok := strings.CutPrefix(trimmed, name+":"); ok {
			return name, rest
		}
	}
	return Names[0], text
}

// Parse reads a text of any grammar. Moments without a date or a zone are meant relative to now and in its location. Every
// error is a *[filter.SyntaxError] whose column is in the whole text.
//
// MongoDB ignores what stands behind a document. Here brackets too many are ignored; anything else would be a condition
// that somebody believes to hold, and is an error.
func Parse(text string, now time.Time) (Query, error) {
	name, rest := Split(text)
	q, err := ParseIn(name, rest, now)
	if behind := rest[len(rest)-q.behind:]; err == nil && strings.Trim(behind, "}] \t\r\n") != "" {
		err = filter.ErrorAt(rest, len(rest)-q.behind, "", "text follows the document")
	}
	prefix := utf8.RuneCountInString(text[:len(text)-len(rest)])
	for i, w := range q.Warnings {
		q.Warnings[i] = moved(w, text, prefix)
	}
	var wrong *filter.SyntaxError
	if errors.As(err, &wrong) {
		err = moved(wrong, text, prefix)
	}
	return q, err
}

// moved gives the mistake its place in the text with the prefix.
func moved(e *filter.SyntaxError, text string, prefix int) *filter.SyntaxError {
	out := *e
	out.Query, out.Column = text, e.Column+prefix
	return &out
}

// ParseIn reads a text of a grammar without its prefix.
func ParseIn(grammar, text string, now time.Time) (q Query, err error) {
	q.Grammar = grammar
	switch grammar {
	case "mongo":
		var m mongoq.Query
		if m, err = mongoq.Parse(text); err == nil {
			q.Expr, q.Warnings = m.Expr, m.Warnings
			if m.Behind > 0 {
				q.behind = len(text) - m.Behind
			}
		}
	case "truenas":
		q.Expr, err = truenasq.Parse(text)
	default:
		q.Query, err = searchq.Parse(text, now)
	}
	return q, err
}

// Print writes a query in one of [Targets], without the prefix, and says what that has no words for.
func Print(grammar string, q searchq.Query) (text string, losses []filter.Loss) {
	if grammar == "search" {
		text, losses = searchq.Translate(q.Expr)
		if expr, err := searchq.Parse(text, time.Unix(0, 0).UTC()); err == nil {
			q.Expr = expr.Expr
		}
		return q.String(), losses
	}
	x := q.Bounded()
	switch grammar {
	case "mongo":
		return mongoq.Print(x)
	case "truenas":
		return truenasq.Print(x)
	}
	return sqlprint.Print(grammar, x)
}
