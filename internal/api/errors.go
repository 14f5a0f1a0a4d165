package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/hangup"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Kind says what went wrong, for programs. Kinds are never renamed.
type Kind string

const (
	KindParameter       Kind = "parameter"       // a parameter is wrong; which one is in "parameter"
	KindQuery           Kind = "query"           // q is wrong at "column"
	KindBody            Kind = "body"            // the body is wrong
	KindUnauthenticated Kind = "unauthenticated" // no token, or none that is known
	KindForbidden       Kind = "forbidden"       // the role lacks the right
	KindNotFound        Kind = "not_found"
	KindExpired         Kind = "expired" // the record was there and reached the end of its retention
	KindMethod          Kind = "method"
	KindTaken           Kind = "taken"     // the name is in use
	KindConflict        Kind = "conflict"  // something stands against it: a hold, another forgetting, damaged files
	KindTooLarge        Kind = "too_large" // the body
	KindUnaudited       Kind = "unaudited" // the request could not be recorded, so it was not served
	KindUnavailable     Kind = "unavailable"
	KindNotServed       Kind = "not_served" // this server is set up without it
	KindInternal        Kind = "internal"
)

// Error is the body of every refusal, under "error".
type Error struct {
	Kind      Kind   `json:"kind"`
	Message   string `json:"message"`             // for people
	Parameter string `json:"parameter,omitempty"` // name of the parameter or of the body's key
	Column    int    `json:"column,omitempty"`    // in the query, counted from 1, in characters
	Hint      string `json:"hint,omitempty"`      // what to write instead
	Text      string `json:"text,omitempty"`      // message, query, and a caret under the place
	cause     error
}

func (e *Error) Error() string { return e.Message }
func (e *Error) Unwrap() error { return e.cause }

// status maps kinds to statuses: nothing else does.
func (k Kind) status() int {
	switch k {
	case KindParameter, KindQuery, KindBody:
		return http.StatusBadRequest
	case KindUnauthenticated:
		return http.StatusUnauthorized
	case KindForbidden:
		return http.StatusForbidden
	case KindNotFound:
		return http.StatusNotFound
	case KindExpired:
		return http.StatusGone
	case KindMethod:
		return http.StatusMethodNotAllowed
	case KindTaken, KindConflict:
		return http.StatusConflict
	case KindTooLarge:
		return http.StatusRequestEntityTooLarge
	case KindUnaudited, KindUnavailable:
		return http.StatusServiceUnavailable
	case KindNotServed:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// asError words any error for the caller. What is wrong inside is told to the log, not to strangers.
func asError(err error) *Error {
	var own *Error
	var query *filter.SyntaxError
	var input *access.InputError
	var large *http.MaxBytesError
	var expired *trail.ExpiredError
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &query):
		return &Error{Kind: KindQuery, Message: query.Message, Parameter: "q", Column: query.Column, Hint: query.Hint, Text: query.Error()}
	case errors.As(err, &input):
		return &Error{Kind: KindBody, Message: input.Reason, Parameter: input.Field}
	case errors.As(err, &expired):
		return &Error{Kind: KindExpired, Message: expired.Error()}
	case errors.As(err, &large):
		return &Error{Kind: KindTooLarge, Message: fmt.Sprintf("the body is longer than %d bytes", large.Limit)}
	case errors.Is(err, errNoToken):
		return &Error{Kind: KindUnauthenticated, Message: "send a token: Authorization: Bearer cf_…; `counterfoil token create` makes one"}
	case errors.Is(err, access.ErrCredentials):
		return &Error{Kind: KindUnauthenticated, Message: "this token is not known; it may have been revoked"}
	case errors.Is(err, access.ErrTaken):
		return &Error{Kind: KindTaken, Message: err.Error(), Parameter: "name"}
	case errors.Is(err, access.ErrNotFound):
		return &Error{Kind: KindNotFound, Message: err.Error()}
	case errors.Is(err, trail.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &Error{Kind: KindUnavailable, Message: "the server is stopping, or the time for this request is over", cause: err}
	}
	return &Error{Kind: KindInternal, Message: "something is wrong with this server; its log says what", cause: err}
}

// unaudited is the answer where the act could not be recorded.
func unaudited(err error) *Error {
	reason := "the trail cannot be written to"
	if errors.Is(err, trail.ErrSuspended) {
		reason = "the trail takes nothing in, because its disk is full"
	}
	return &Error{Kind: KindUnaudited, Message: "what is done here must be recorded in the trail first, and " + reason + " at the moment: nothing was done", cause: err}
}

// fail answers err. If an answer is already under way, the connection is cut, so that nobody takes it for whole.
func (c *call) fail(err error) {
	e := asError(err)
	status := e.Kind.status()
	if cause := e.cause; cause != nil && c.r.Context().Err() == nil {
		c.opts.Log.Error("request refused", "method", c.r.Method, "path", c.r.URL.Path, "kind", e.Kind, "error", cause)
	}
	if c.w.(*watched).status != 0 {
		hangup.Cut(c.w, c.r)
	}
	h := c.w.Header()
	switch status {
	case http.StatusUnauthorized:
		challenge := `Bearer realm="counterfoil"`
		if errors.Is(err, access.ErrCredentials) {
			challenge += `, error="invalid_token"`
		}
		h.Set("WWW-Authenticate", challenge)
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "5")
	}
	for _, name := range []string{"Content-Disposition", "Link", "Trailer"} {
		h.Del(name)
	}
	c.json(status, map[string]*Error{"error": e})
}

// json answers v as encoding/json writes it: for what holds no bytes of the trail.
func (c *call) json(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	return c.bytes(status, "application/json", append(b, '\n'))
}

// bytes answers b whole. That the caller is gone is no error of ours.
func (c *call) bytes(status int, contentType string, b []byte) error {
	c.w.Header().Set("Content-Type", contentType)
	c.w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(b)
	return nil
}
