// Package mongoq is the grammar of MongoDB's query documents, as auditLog.filter of Percona Server for MongoDB takes them:
//
//	{ atype: "authCheck", "param.command": { $in: ["find", "insert"] }, "users.user": { $not: /^app/ }, "param.ns": /^test\\./ }
//
// document.go and scalar.go read the text as the server's fromjson does, query.go, operator.go and field.go make filters of
// it, print.go writes filters as query documents. Pure. docs/filters.md is the manual.
//
// Names are those of the canonical event and of MongoDB's audit message. What is in an event of another system is below
// event_data. Refused are $expr, $jsonSchema, $where, $text and the geometric operators.
package mongoq

import (
	"github.com/counterfoil/counterfoil/internal/filter"
)

// MongoDB's codes of errors.
const (
	badValue       = 2
	failedToParse  = 9
	notAllowed     = 224 // QueryFeatureNotAllowed
	invalidPattern = 51091
	invalidOption  = 51108
	maxDepth       = 100
	maxLength      = 64 << 10
	maxRegexps     = 256
)

// Query is what a text means, and what in it is most likely not meant so.
type Query struct {
	Expr     filter.Expr
	Warnings []*filter.SyntaxError
	Behind   int // where text begins that stands behind the document and was ignored; 0: there is none
}

// Parse reads a query document. Text behind it is ignored, as the server does. Every error is a *[filter.SyntaxError].
func Parse(text string) (Query, error) {
	p := parser{text: text}
	if len(text) > maxLength {
		return Query{}, p.errorAt(0, "", failedToParse, "the filter is longer than %d bytes", maxLength)
	}
	doc, err := p.document()
	if err != nil {
		return Query{}, err
	}
	b := builder{parser: &p}
	x, err := b.query(&doc, false)
	if err != nil {
		return Query{}, err
	}
	return Query{x, p.warnings, p.behind}, nil
}
