package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/hangup"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Options are what the pages are built from. Source, Append and Access must be given.
type Options struct {
	Source trail.Source
	// Append records what people do here; (*trail.Trail).Append.
	Append func(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error)
	Access *access.Store
	// Prove makes the evidence bundle of record seq, which exists. nil: there are no proofs, and the page says only
	// whether a checkpoint covers a record.
	Prove func(ctx context.Context, seq uint64) ([]byte, error)
	// Key is the trail's verifier key, which proofs are checked with. Given with Prove.
	Key string
	// Prover gives what the evidence for a query is made of, and MadeBy names this program in it. nil: there is none.
	Prover func() (*trail.Prover, error)
	MadeBy string
	// KeptBy explains a record by the policy under which it came, WouldBe an event, which Parse reads, by the one in
	// force. nil: the pages say nothing of policies.
	KeptBy  func(ctx context.Context, r *counterfoil.Record) (*preselect.Told, error)
	WouldBe func(via string, e *counterfoil.Event) *preselect.Told
	Parse   func(message string) (counterfoil.Event, error)
	// Shown are the events that a policy keeps from the disk, for live tails. nil: there are none.
	Shown *intake.Shown
	// Status is how the daemon does. nil: the header says nothing of it.
	Status func() Status
	Log    *slog.Logger     // default: discard
	Now    func() time.Time // default: time.Now
	Host   string           // this machine's name, for the events of what people do here
	// CountTimeout bounds the counting of facets and histogram; without them the list is shown all the same.
	// Default 5 s.
	CountTimeout time.Duration
}

// Status is how the daemon does.
type Status struct {
	Inputs       []Input
	Covered      uint64    // records that the newest signed checkpoint covers
	CheckpointAt time.Time // when it was signed; zero or 1970: not since the start
}

// Input is a configured way in.
type Input struct {
	Name    string
	Problem string // why it does not deliver; empty if it is well
}

// Web serves the pages.
type Web struct {
	opts    Options
	pages   pages
	assets  assets
	handler http.Handler
	refused refusals
	told    told
	tails   access.Seats
	closing chan struct{} // closed when live tails must go
	once    sync.Once     // closes it
}

// New makes the pages. It panics if a template of its own is broken.
func New(o Options) *Web {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Shown == nil {
		o.Shown = &intake.Shown{}
	}
	if o.CountTimeout == 0 {
		o.CountTimeout = 5 * time.Second
	}
	s := &Web{opts: o, assets: loadAssets(), tails: access.Seats{Most: maxTails}, closing: make(chan struct{})}
	s.pages = loadPages(s.assets)
	s.handler = s.guard(s.routes())
	return s
}

// ServeHTTP answers any request.
func (s *Web) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Run blocks until ctx is done; then it ends every live tail, so that the server can be shut down. Meanwhile it writes
// down how many refusals were not recorded one by one.
func (s *Web) Run(ctx context.Context) error {
	tick := time.NewTicker(refusalWindow)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			s.once.Do(func() { close(s.closing) })
			s.flushRefusals()
			return nil
		case <-tick.C:
			s.flushRefusals()
		}
	}
}

// Session recognises a login in a request, which is no use of it: a live tail asks again and again. For other surfaces on
// the same address, and for reading only: they do not check where a request comes from.
func (s *Web) Session(r *http.Request) (access.Session, bool) {
	v, ok := s.peek(r)
	return v.Session, ok
}

func (s *Web) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+s.assets.prefix, s.assets)
	mux.Handle("GET /login", s.open(s.loginForm))
	mux.Handle("POST /login", s.open(s.login))
	mux.Handle("POST /logout", s.open(s.logout))
	mux.Handle("GET /{$}", s.need(access.Read, s.audit))
	mux.Handle("GET /event/{seq}", s.need(access.Read, s.event))
	mux.Handle("GET /event/{seq}/json", s.need(access.Read, s.eventJSON))
	mux.Handle("GET /event/{seq}/text", s.need(access.Read, s.eventText))
	mux.Handle("GET /event/{seq}/check", s.need(access.Read, s.check))
	mux.Handle("GET /event/{seq}/evidence", s.need(access.Export, s.evidence))
	mux.Handle("GET /export", s.need(access.Export, s.export))
	mux.Handle("GET /evidence", s.need(access.Export, s.evidenceFor))
	mux.Handle("GET /policy", s.need(access.Read, s.policy))
	mux.Handle("GET /live", s.need(access.Read, s.live))
	mux.Handle("GET /complete", s.need(access.Read, s.complete))
	mux.Handle("/", s.open(func(w http.ResponseWriter, r *http.Request) error {
		if allow := allowed(r.URL.Path); allow != "" {
			w.Header().Set("Allow", allow)
			return problem(http.StatusMethodNotAllowed, "This address does not take "+r.Method+" requests.")
		}
		return problem(http.StatusNotFound, "There is no page at this address.")
	}))
	return mux
}

// allowed gives the methods of the addresses that a form may be sent to.
func allowed(path string) string {
	switch path {
	case "/", "/policy":
		return "GET"
	case "/login":
		return "GET, POST"
	case "/logout":
		return "POST"
	}
	return ""
}

// fault is an answer that is no success. Its text is meant for the reader.
type fault struct {
	status int
	text   string
	cause  error // ours: logged, not shown
}

func (f *fault) Error() string { return f.text }

func problem(status int, text string) error { return &fault{status: status, text: text} }

func trouble(status int, text string, cause error) error { return &fault{status, text, cause} }

// answer is a handler whose error becomes a page.
type answer func(w http.ResponseWriter, r *http.Request) error

// open serves an answer to anybody.
func (s *Web) open(f answer) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// fail shows an error. If the answer has begun already, the connection is cut, so that nobody takes a part for the whole.
func (s *Web) fail(w http.ResponseWriter, r *http.Request, err error) {
	var f *fault
	switch {
	case errors.Is(err, errCut):
		hangup.Cut(w, r)
	case r.Context().Err() != nil:
		return // nobody is there to read it
	case !errors.As(err, &f):
		f = &fault{http.StatusInternalServerError, "Something went wrong here. The log of counterfoil says what.", err}
	}
	if f.cause != nil {
		s.opts.Log.Error("answer a page", "path", r.URL.Path, "err", f.cause)
	}
	p := page{Title: http.StatusText(f.status), Body: failure{f.status, http.StatusText(f.status), f.text}}
	if v, ok := s.visitor(r); ok {
		p = s.page(v, p.Title, p.Body)
	}
	if err := s.write(w, f.status, "error", p); err != nil {
		s.opts.Log.Error("write an error page", "err", err)
	}
}

// errCut ends an answer that has begun and cannot be finished.
var errCut = errors.New("answer cut off")

type failure struct {
	Status       int
	Title, Cause string
}

// write renders a page as a whole before the first byte goes out.
func (s *Web) write(w http.ResponseWriter, status int, name string, data any) error {
	var b bytes.Buffer
	if err := s.pages.render(&b, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		s.opts.Log.Debug("send a page", "err", err)
	}
	return nil
}
