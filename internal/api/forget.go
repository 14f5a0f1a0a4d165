package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Forgetter forgets people: a trail. It records what it is asked to do.
type Forgetter interface {
	PlanForget(user string) (*trail.ForgetPlan, error)
	Forget(ctx context.Context, r trail.ForgetRequest, who act.Who) (*trail.Forgotten, error)
}

// Forget is the body of POST /api/v1/forget.
type Forget struct {
	User       string `json:"user"`
	Reason     string `json:"reason,omitempty"`
	ExceptHeld bool   `json:"except_held,omitempty"`
	DryRun     bool   `json:"dry_run,omitempty"`
}

// forget serves POST /api/v1/forget. The answer comes when everything is done, which for a large trail takes minutes; who goes away
// meanwhile stops nothing.
func (c *call) forget() error {
	var f Forget
	if err := c.body(&f, `{"user":"…","reason":"…"}`); err != nil {
		return err
	}
	if c.opts.Forgetter == nil {
		return notServed("forgetting")
	}
	if f.DryRun {
		return c.planForget(f.User)
	}
	done, err := c.opts.Forgetter.Forget(context.WithoutCancel(c.r.Context()), trail.ForgetRequest{User: f.User, Reason: f.Reason, ExceptHeld: f.ExceptHeld}, c.whoever())
	switch {
	case err == nil:
		return c.json(http.StatusOK, done)
	case errors.Is(err, trail.ErrForget):
		return &Error{Kind: KindBody, Message: err.Error()}
	case errors.Is(err, trail.ErrNobody):
		return &Error{Kind: KindNotFound, Parameter: "user", Message: err.Error()}
	case errors.Is(err, trail.ErrHeld), errors.Is(err, trail.ErrForgetting), errors.Is(err, trail.ErrDamaged):
		return &Error{Kind: KindConflict, Message: err.Error()}
	case errors.Is(err, trail.ErrSuspended), errors.Is(err, trail.ErrBroken):
		return &Error{Kind: KindUnavailable, Message: err.Error(), cause: err}
	}
	return err
}

// planForget answers what forgetting somebody would do. That it was asked is recorded, and not about whom: the name would stay.
func (c *call) planForget(user string) error {
	object := counterfoil.Object{Kind: "records", Name: "what forgetting one user would do"}
	if err := c.record(act.Count, counterfoil.AuditSearch, object, func(b *counterfoil.Builder) { b.Bool("dry_run", true) }); err != nil {
		return err
	}
	plan, err := c.opts.Forgetter.PlanForget(user)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, plan)
}
