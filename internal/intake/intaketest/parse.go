package intaketest

import "github.com/counterfoil/counterfoil"

// Parse reads a canonical event as the dialect jsonl does.
func Parse(line string) (counterfoil.Event, error) {
	e, err := counterfoil.ParseEvent(line)
	if e.Dialect == "" {
		e.Dialect = "jsonl/1"
	}
	return e, err
}
