package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// record appends what somebody does here. What cannot be recorded is not done: the error is the answer.
func (s *Web) record(ctx context.Context, e counterfoil.Event) error {
	// Who leaves early must not keep the act out of the trail.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	_, err := s.opts.Append(ctx, act.Via, []counterfoil.Event{e})
	switch {
	case err == nil:
		return nil
	case errors.Is(err, trail.ErrSuspended):
		return trouble(http.StatusServiceUnavailable, "The trail takes nothing in at the moment, because its disk is full. What is done here must be recorded in it, so nothing is shown until there is space.", err)
	}
	return trouble(http.StatusServiceUnavailable, "The trail cannot be written to at the moment. What is done here must be recorded in it, so nothing is shown.", err)
}

func (s *Web) who(v visitor) act.Who {
	return act.Who{Host: s.opts.Host, User: v.Name, Addr: v.addr, Session: v.ID}
}

func (s *Web) now() counterfoil.Time { return counterfoil.TimeOf(s.opts.Now()) }

// maxTyped bounds what is kept of a text that a stranger typed.
const maxTyped = 256

func (s *Web) recordLogin(r *http.Request, name, session string, cause error) error {
	if len(name) > maxTyped {
		name = clip(name, maxTyped)
	}
	if cause != nil && !s.refused.take(remote(r), s.opts.Now()) {
		return nil
	}
	w := act.Who{Host: s.opts.Host, User: name, Addr: remote(r), Session: session}
	return s.record(r.Context(), act.New(s.now(), w, act.Login, counterfoil.SessionLogin, cause == nil, counterfoil.Object{},
		func(b *counterfoil.Builder) {
			b.String("surface", "web")
			if cause != nil {
				b.String("reason", cause.Error())
			}
			if agent := r.UserAgent(); agent != "" {
				b.String("user_agent", clip(agent, maxTyped))
			}
		}))
}

func (s *Web) recordLogout(r *http.Request, v visitor) error {
	return s.record(r.Context(), act.New(s.now(), s.who(v), act.Logout, counterfoil.SessionLogout, true, counterfoil.Object{},
		func(b *counterfoil.Builder) { b.String("surface", "web") }))
}

// denied records a request without the right to make it.
func (s *Web) denied(r *http.Request, v visitor, right access.Right) error {
	if !s.refused.take("account "+v.Name, s.opts.Now()) {
		return nil
	}
	return s.record(r.Context(), act.New(s.now(), s.who(v), act.Denied, counterfoil.AuthAuthorize, false,
		counterfoil.Object{Kind: "page", Name: clip(r.URL.Path, maxTyped)},
		func(b *counterfoil.Builder) {
			b.String("surface", "web")
			b.String("right", right.String())
			b.String("role", string(v.Role))
		}))
}

// searched records that a question was asked. name is act.Search, act.Export or act.Prove.
func (s *Web) searched(r *http.Request, v visitor, name string, a *ask, more func(*counterfoil.Builder)) error {
	action := counterfoil.AuditSearch
	switch name {
	case act.Export:
		action = counterfoil.AuditExport
	case act.Prove:
		action = counterfoil.AuditProve
	}
	return s.record(r.Context(), act.New(s.now(), s.who(v), name, action, a.wrong == nil,
		counterfoil.Object{Kind: "query", Name: a.text},
		func(b *counterfoil.Builder) {
			b.String("surface", "web")
			b.String("query", a.text)
			if a.query.From != 0 {
				b.String("from", a.query.From.String())
			}
			if a.query.To != 0 {
				b.String("to", a.query.To.String())
			}
			if a.wrong != nil {
				b.String("error", a.wrong.Reason)
			}
			more(b)
		}))
}

// recordHints records that the most frequent values of a field were read, as somebody typed a query.
func (s *Web) recordHints(r *http.Request, v visitor, field string) error {
	return s.record(r.Context(), act.New(s.now(), s.who(v), act.Count, counterfoil.AuditSearch, true,
		counterfoil.Object{Kind: "field", Name: field},
		func(b *counterfoil.Builder) {
			b.String("surface", "web")
			b.Array("by")
			b.String("", field)
			b.End()
			b.Int("top", facetLong)
		}))
}

// looked records that one event was shown, proved or taken as evidence.
func (s *Web) looked(r *http.Request, v visitor, name string, action counterfoil.Action, seq uint64, cause error) error {
	return s.record(r.Context(), act.New(s.now(), s.who(v), name, action, cause == nil,
		counterfoil.Object{Kind: "record", Name: "record " + strconv.FormatUint(seq, 10), ID: strconv.FormatUint(seq, 10)},
		func(b *counterfoil.Builder) {
			b.String("surface", "web")
			b.Uint("seq", seq)
			if cause != nil {
				b.String("error", cause.Error())
			}
		}))
}
