package api

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// keptBy serves GET /api/v1/events/{seq}/policy: which rule of the policy that was in force kept a record, and why.
func (c *call) keptBy() error {
	if c.opts.KeptBy == nil {
		return notServed("policies")
	}
	return c.read(func(r *counterfoil.Record) error {
		told, err := c.opts.KeptBy(c.r.Context(), r)
		if err != nil {
			return fmt.Errorf("explain record %d: %w", r.Seq, err)
		}
		return c.json(http.StatusOK, told)
	})
}

// explain serves POST /api/v1/explain: what the policy in force would decide on an event. The event is not kept; that
// it was asked is.
func (c *call) explain() error {
	if c.opts.WouldBe == nil {
		return notServed("policies")
	}
	p := readParams(c.r.URL.RawQuery, "via")
	if p.err != nil {
		return p.err
	}
	text, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, counterfoil.MaxMessage))
	if err != nil {
		return err
	}
	e, err := c.opts.Parse(string(text))
	if err == nil {
		err = e.Check()
	}
	var field *counterfoil.FieldError
	switch {
	case errors.As(err, &field):
		return &Error{Kind: KindBody, Parameter: field.Field, Message: err.Error()}
	case err != nil:
		return &Error{Kind: KindBody, Message: "the body is no event: " + err.Error()}
	}
	via := p.values.Get("via")
	if via == "" {
		via = "http"
	}
	object := counterfoil.Object{Kind: "event", Name: e.Service + " " + e.Name}
	if err := c.record(act.Explain, counterfoil.AuditSearch, object, func(b *counterfoil.Builder) { b.String("via", via) }); err != nil {
		return err
	}
	return c.json(http.StatusOK, c.opts.WouldBe(via, &e))
}
