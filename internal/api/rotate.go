package api

import (
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// Rotated is one thing that was asked to rotate.
type Rotated struct {
	Kind    string `json:"kind"`              // "output", "trail"
	Name    string `json:"name"`              // of it
	From    string `json:"from"`              // what was put aside
	To      string `json:"to,omitempty"`      // its new name; absent: there was nothing to put aside
	Problem string `json:"problem,omitempty"` // why it was not done
}

// rotate serves POST /api/v1/rotate.
func (c *call) rotate() error {
	if c.opts.Rotate == nil {
		return notServed("anything to rotate")
	}
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	if err := c.record(act.Rotate, counterfoil.AuditRotate, counterfoil.Object{Kind: "trail", Name: "trail and outputs"}, nil); err != nil {
		return err
	}
	list := c.opts.Rotate(c.r.Context())
	if list == nil {
		list = []Rotated{}
	}
	return c.json(http.StatusOK, map[string][]Rotated{"rotated": list})
}
