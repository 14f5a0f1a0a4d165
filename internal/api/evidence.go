package api

import (
	"errors"
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/evidence"
)

// evidence serves GET /api/v1/evidence: an archive that proves all that a query finds.
func (c *call) evidence() error {
	if c.opts.Prover == nil {
		return notServed("proofs")
	}
	p := readParams(c.r.URL.RawQuery, "q", "from", "to")
	q := p.question(c.opts.Now())
	if p.err != nil {
		return p.err
	}
	// What is proved is from before the record of this request.
	prover, err := c.opts.Prover()
	if err != nil {
		return fmt.Errorf("prove: %w", err)
	}
	defer prover.View.Close()
	text := p.values.Get("q")
	err = c.record(act.Prove, counterfoil.AuditProve, counterfoil.Object{Kind: "query", Name: text}, func(b *counterfoil.Builder) {
		asked(b, text, q)
		b.Uint("trail_size", prover.Size())
	})
	if err != nil {
		return err
	}
	now := c.opts.Now()
	doc, n, err := evidence.Make(c.r.Context(), prover, evidence.Query{Text: text, Filter: q.Filter, From: q.From, To: q.To, By: c.who.Name,
		MadeBy: c.opts.MadeBy, Now: counterfoil.TimeOf(now)})
	switch {
	case errors.Is(err, evidence.ErrNothing):
		return &Error{Kind: KindNotFound, Parameter: "q", Message: err.Error()}
	case errors.Is(err, evidence.ErrTooMany), errors.Is(err, evidence.ErrContext):
		return &Error{Kind: KindParameter, Parameter: "q", Message: err.Error()}
	case err != nil:
		return fmt.Errorf("prove: %w", err)
	}
	c.metrics.given.Add(float64(n))
	c.w.Header().Set("Content-Disposition", `attachment; filename="evidence-`+now.UTC().Format("20060102T150405Z")+`.zip"`)
	return c.bytes(200, "application/zip", doc)
}
