// Package truenasq is the grammar of TrueNAS's query-filters and query-options, all that is documented of them, and so more
// than its audit.query executes:
//
//	[["username", "=", "anna"], ["OR", [["event", "in", ["READ", "WRITE"]], [["event", "^", "SET_"], ["success", "=", false]]]]]
//
// json.go reads the text with the places of its parts, filter.go and field.go make filters of it, options.go reads
// query-options, print.go writes filters. Pure. docs/filters.md is the manual.
//
// A value that is missing meets no condition; one that is null meets = null, != and nothing else. An array is one value,
// unless the path has an index or * for it. Text and number are never equal.
package truenasq

import (
	"github.com/counterfoil/counterfoil/internal/filter"
)

const (
	maxDepth  = 3 // of OR in OR, as TrueNAS has it
	maxLength = 64 << 10
)

// Parse reads query-filters. Every error is a *[filter.SyntaxError].
func Parse(text string) (filter.Expr, error) {
	p := parser{text: text}
	v, err := p.read()
	if err != nil {
		return nil, err
	}
	if v.kind != '[' {
		return nil, p.fail(v.at, `such as [["username", "=", "anna"]]`, "query-filters are a list of conditions")
	}
	if v.isCondition() { // a lone OR, as the manual shows
		return p.condition(v, 0)
	}
	return p.all(v, 0)
}
