package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Holder keeps legal holds: a trail. It records what it is asked to change.
type Holder interface {
	Holds() []trail.Hold
	AddHold(ctx context.Context, query, reason string, who act.Who) (trail.Hold, error)
	ReleaseHold(ctx context.Context, id uint64, reason string, who act.Who) error
}

// Hold is a hold as it is told.
type Hold struct {
	ID     uint64 `json:"id"`
	Filter string `json:"filter"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Reason string `json:"reason"`
	Author string `json:"author"`
	At     string `json:"at"`
}

// HoldOf words a hold.
func HoldOf(h trail.Hold) Hold {
	moment := func(t counterfoil.Time) string {
		if t == 0 {
			return ""
		}
		return t.String()
	}
	return Hold{h.ID, h.Filter, moment(h.From), moment(h.To), h.Reason, h.Author, h.At.String()}
}

// holds serves GET /api/v1/holds.
func (c *call) holds() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	if c.opts.Holder == nil {
		return notServed("holds")
	}
	if err := c.record(act.Hold, counterfoil.ConfigRead, counterfoil.Object{Kind: "hold", Name: "the holds"}, nil); err != nil {
		return err
	}
	list := []Hold{}
	for _, h := range c.opts.Holder.Holds() {
		list = append(list, HoldOf(h))
	}
	return c.json(http.StatusOK, map[string][]Hold{"holds": list})
}

// addHold serves POST /api/v1/holds.
func (c *call) addHold() error {
	var h struct {
		Query  string `json:"query"`
		Reason string `json:"reason"`
	}
	if err := c.body(&h, `{"query":"…","reason":"…"}`); err != nil {
		return err
	}
	if c.opts.Holder == nil {
		return notServed("holds")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), appendTime)
	defer cancel()
	made, err := c.opts.Holder.AddHold(ctx, h.Query, h.Reason, c.whoever())
	if err != nil {
		return holdError(err)
	}
	return c.json(http.StatusCreated, HoldOf(made))
}

// releaseHold serves DELETE /api/v1/holds/{id}.
func (c *call) releaseHold() error {
	p := readParams(c.r.URL.RawQuery, "reason")
	if p.err != nil {
		return p.err
	}
	id, err := strconv.ParseUint(c.r.PathValue("id"), 10, 62)
	if err != nil {
		return &Error{Kind: KindParameter, Parameter: "id", Message: "id is no number of a hold"}
	}
	if c.opts.Holder == nil {
		return notServed("holds")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.r.Context()), appendTime)
	defer cancel()
	if err := c.opts.Holder.ReleaseHold(ctx, id, p.values.Get("reason"), c.whoever()); err != nil {
		return holdError(err)
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (c *call) whoever() act.Who {
	return act.Who{Host: c.opts.Host, User: c.who.Name, Addr: remote(c.r), Session: c.session}
}

func holdError(err error) error {
	switch {
	case errors.Is(err, trail.ErrNoHold):
		return &Error{Kind: KindNotFound, Parameter: "id", Message: err.Error()}
	case errors.Is(err, trail.ErrHold):
		return &Error{Kind: KindBody, Parameter: "reason", Message: err.Error()}
	case errors.Is(err, trail.ErrForgetting):
		return &Error{Kind: KindUnavailable, Message: err.Error()}
	case errors.Is(err, trail.ErrSuspended), errors.Is(err, trail.ErrBroken):
		return unaudited(err)
	}
	return err
}
