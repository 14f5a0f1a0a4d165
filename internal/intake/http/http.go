// Package http owns the taking of events over HTTP: POST of JSON Lines, plain, gzip or zstd. It answers only after the
// events are durable. Who may send is decided before it is reached; it never authenticates.
//
// A body is taken in batches of up to [intake.MaxLines] lines or about 4 MiB. The first line that is refused ends the
// taking; lines before it are kept, and the answer says which. Nothing of a body is kept twice if its events carry aids.
//
//	200 {"first":100,"last":105,"taken":6,"retried":0}
//	200 {"first":100,"last":103,"taken":6,"retried":0,"left_out":2}: the policy did not let two of them in; first and last are
//	    absent where it let none in
//	400 {"error":{"kind":"bad_field","message":"line 7: field \"svc\" is missing","line":7,"field":"svc"},"taken":{"lines":6,"first":100,"last":105}}
//	405 413 415 500 503: the same shape without line and field; 503 says in Retry-After when to try again
package http

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	nethttp "net/http"
	"strconv"
	"sync"

	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Options say how events are taken.
type Options struct {
	Name    string // of the input: events carry Name/sender as via, or Name where no sender is known; default "http"
	Trail   intake.Appender
	Parser  func() intake.Parser // makes one
	MaxBody int64                // bytes of a body after decompression; default 1 GiB
}

// Handler takes the events of POST requests.
type Handler struct {
	intake.Counter
	opts    Options
	buffers sync.Pool // of *buffers
}

// New makes the handler.
func New(o Options) *Handler {
	if o.Name == "" {
		o.Name = "http"
	}
	if o.MaxBody == 0 {
		o.MaxBody = 1 << 30
	}
	h := &Handler{opts: o}
	h.buffers.New = func() any {
		return &buffers{intake.Lines{Trail: o.Trail, Parser: o.Parser(), Counter: &h.Counter}, make([]byte, firstChunk)}
	}
	return h
}

type senderKey struct{}

// WithSender says who sends: the name of the token that the request showed.
func WithSender(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, senderKey{}, name)
}

func (h *Handler) via(ctx context.Context) string {
	if name, _ := ctx.Value(senderKey{}).(string); name != "" {
		return h.opts.Name + "/" + name
	}
	return h.opts.Name
}

func (h *Handler) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	if r.Method != nethttp.MethodPost {
		w.Header().Set("Allow", "POST")
		answer(w, nethttp.StatusMethodNotAllowed, refusal{Error: problem{Kind: "method", Message: "events are sent with POST"}})
		return
	}
	body, done, err := decompress(r)
	if err != nil {
		w.Header().Set("Accept-Encoding", "zstd, gzip")
		answer(w, nethttp.StatusUnsupportedMediaType, refusal{Error: problem{Kind: "encoding", Message: err.Error()}})
		return
	}
	defer done()
	b := h.buffers.Get().(*buffers)
	defer func() { // not before the answer is written: an error may name a piece of the body
		if cap(b.chunk) <= maxChunk {
			h.buffers.Put(b)
		}
	}()
	var taken intake.Taken
	if err := h.take(r, body, b, &taken); err != nil {
		refuse(w, err, taken)
		return
	}
	if taken.Lines == 0 {
		refuse(w, errEmpty, taken)
		return
	}
	text := append(make([]byte, 0, 96), '{')
	if taken.Kept > 0 {
		text = strconv.AppendUint(append(text, `"first":`...), taken.First, 10)
		text = append(strconv.AppendUint(append(text, `,"last":`...), taken.Last, 10), ',')
	}
	text = strconv.AppendInt(append(text, `"taken":`...), int64(taken.Lines), 10)
	text = strconv.AppendInt(append(text, `,"retried":`...), int64(taken.Retried), 10)
	if taken.LeftOut > 0 {
		text = strconv.AppendInt(append(text, `,"left_out":`...), int64(taken.LeftOut), 10)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(append(text, '}', '\n'))
}

// refusal is the body of every answer but 200.
type refusal struct {
	Error problem `json:"error"`
	Taken kept    `json:"taken"`
}

type problem struct {
	Kind    string `json:"kind"`
	Message string `json:"message"`
	Line    int    `json:"line,omitempty"`
	Field   string `json:"field,omitempty"`
}

type kept struct {
	Lines   int     `json:"lines"`
	First   *uint64 `json:"first,omitempty"`
	Last    *uint64 `json:"last,omitempty"`
	LeftOut int     `json:"left_out,omitempty"`
}

// Errors that are the sender's.
var (
	errEmpty   = errors.New("the body holds no event")
	errTooLong = errors.New("the body is longer than this server takes at once")
)

// bodyError is trouble in reading or decompressing the body.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "read the body: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// refuse answers an error. This is the one place that gives errors their status.
func refuse(w nethttp.ResponseWriter, err error, taken intake.Taken) {
	f := refusal{Error: problem{Message: err.Error()}, Taken: kept{Lines: taken.Lines, LeftOut: taken.LeftOut}}
	if taken.Kept > 0 {
		f.Taken.First, f.Taken.Last = &taken.First, &taken.Last
	}
	status := nethttp.StatusInternalServerError
	var line *intake.LineError
	var body *bodyError
	switch {
	case errors.As(err, &line):
		status, f.Error.Kind, f.Error.Line, f.Error.Field = nethttp.StatusBadRequest, line.Kind, line.Line, line.Field
	case errors.Is(err, errEmpty):
		status, f.Error.Kind = nethttp.StatusBadRequest, "empty"
	case errors.Is(err, errTooLong):
		status, f.Error.Kind = nethttp.StatusRequestEntityTooLarge, "too_large"
	case errors.As(err, &body):
		status, f.Error.Kind = nethttp.StatusBadRequest, "body"
	case errors.Is(err, trail.ErrSuspended):
		status, f.Error.Kind = nethttp.StatusServiceUnavailable, "suspended"
		w.Header().Set("Retry-After", "5")
	case errors.Is(err, trail.ErrDropped):
		status, f.Error.Kind = nethttp.StatusServiceUnavailable, "dropped"
	case errors.Is(err, trail.ErrClosed):
		status, f.Error.Kind = nethttp.StatusServiceUnavailable, "closing"
		w.Header().Set("Retry-After", "5")
	case errors.Is(err, trail.ErrBroken):
		f.Error.Kind = "broken"
	default:
		f.Error.Kind = "internal"
	}
	answer(w, status, f)
}

func answer(w nethttp.ResponseWriter, status int, f refusal) {
	b, err := json.Marshal(f)
	if err != nil {
		panic(fmt.Sprintf("intake/http: a refusal is always JSON: %v", err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(append(b, '\n'))
}
