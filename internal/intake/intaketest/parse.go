package intaketest

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Parser is a function as an intake.Parser whose events stay valid.
type Parser func(line string) (counterfoil.Event, error)

// NewParser gives Parse as a parser.
func NewParser() intake.Parser { return Parser(Parse) }

// Parse calls the function.
func (f Parser) Parse(line string) (counterfoil.Event, error) { return f(line) }

// Reset does nothing.
func (Parser) Reset() {}

// Parse reads a canonical event as the dialect jsonl does.
func Parse(line string) (counterfoil.Event, error) {
	e, err := counterfoil.ParseEvent(line)
	if e.Dialect == "" {
		e.Dialect = "jsonl/1"
	}
	return e, err
}
