package daemon

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
)

// PolicyOf reads the policy that a POLICY record put in force, and its number; nil where it withdrew one.
func PolicyOf(r *counterfoil.Record) (*config.Policy, uint64, error) {
	w, err := readWritten(r)
	if err != nil || w.digest == "" {
		return nil, w.number, err
	}
	p, err := w.origin.Read()
	return p, w.number, err
}
