// Package searchq is the grammar that people type: a text becomes a filter and a span of time, and a filter becomes a
// text again. It is pure: the present moment and the time zone are arguments. docs/search.md is its manual.
//
//	query   = and { "or" and }
//	and     = unary { [ "and" ] unary }                  since and until stand at the top level only
//	unary   = "not" unary | "(" query ")" | term
//	term    = field ( "=" | ":" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "=~" | "!~" ) value
//	        | field [ "not" ] ( "contains" | "icontains" | "startswith" ) value
//	        | field [ "not" ] "in" "(" value { "," value } ")"
//	        | field [ "not" ] "exists"
//	        | "since" moment | "until" moment
//	        | word [ "*" ] | quoted [ "*" ] | "*"
//	value   = bare | quoted | "#" bare | "#" quoted       # takes the literal as it is written, whatever the field
package searchq

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Query is what a text asks for.
type Query struct {
	Expr filter.Expr      // never nil
	From counterfoil.Time // since; 0: not told
	To   counterfoil.Time // until; 0: not told
}

// Error says what is wrong with a query, and where.
type Error = filter.SyntaxError
