package api

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Options are what the interface stands on.
type Options struct {
	Source trail.Source
	// Append records what people do here; (*trail.Trail).Append.
	Append func(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error)
	Access *access.Store

	// Events takes POST /api/v1/events once the sender is known, and WithSender tells it who that is. nil: 501; nobody
	// is told.
	Events     http.Handler
	WithSender func(ctx context.Context, name string) context.Context
	// Prove makes the evidence bundle of record seq, which exists. nil: 501.
	Prove func(ctx context.Context, seq uint64) ([]byte, error)
	// Prover gives what the evidence for a query is made of, and MadeBy names this program in it. nil: 501.
	Prover func() (*trail.Prover, error)
	MadeBy string
	// Checkpoint gives the newest signed checkpoint, or nothing if there is none yet. nil: 501.
	Checkpoint func() ([]byte, error)
	// Rotate rotates everything that can be rotated and says what became of it. nil: 501.
	Rotate func(ctx context.Context) []Rotated
	// Holder keeps legal holds. nil: 501.
	Holder Holder
	// Forgetter forgets people. nil: 501.
	Forgetter Forgetter
	// KeptBy explains a record by the policy under which it came, WouldBe an event, which Parse reads, by the one in
	// force. nil: 501.
	KeptBy  func(ctx context.Context, r *counterfoil.Record) (*preselect.Told, error)
	WouldBe func(via string, e *counterfoil.Event) *preselect.Told
	Parse   func(message string) (counterfoil.Event, error)
	// Shown are the events that a policy keeps from the disk, for live tails that ask for them. nil: there are none.
	Shown *intake.Shown
	// Status is what GET /api/v1/status answers, as encoding/json writes it. nil: only the trail's size.
	Status func() any
	// Health says why the daemon does not do its work, or nil. nil: it always does.
	Health func() error
	// Session recognises a login to the web in a request, for reading only; a live tail asks it again and again, so it
	// looks with PeekSession. nil: bearer tokens only.
	Session func(r *http.Request) (access.Session, bool)

	Registry *prometheus.Registry // what /metrics shows, and where this room counts; default: one of its own
	Log      *slog.Logger         // default: discard
	Now      func() time.Time     // default time.Now
	Host     string               // this machine's name, for the events of what people do here
}

// API is the interface. It serves as soon as it is made; Run does the rest.
type API struct {
	opts    Options
	mux     *http.ServeMux
	metrics metrics
	denials denials
	tails   access.Seats
	closing chan struct{} // closed when followers must go
	once    sync.Once     // closes it
}

// New makes the interface.
func New(o Options) *API {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Shown == nil {
		o.Shown = &intake.Shown{}
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	a := &API{opts: o, mux: http.NewServeMux(), metrics: newMetrics(o.Registry), tails: access.Seats{Most: maxTails}, closing: make(chan struct{})}
	byPath := map[string][]route{}
	for _, r := range routes {
		byPath[r.path] = append(byPath[r.path], r)
	}
	for path, rs := range byPath {
		a.mux.Handle(path, a.methods(path, rs))
	}
	a.mux.Handle("/", a.methods("other", nil))
	return a
}

// Run notices changes of access by other processes, writes down how many refusals were not recorded one by one, and
// blocks until ctx is done; then it ends every follower, so that the server can be shut down.
func (a *API) Run(ctx context.Context) error {
	defer a.once.Do(func() { close(a.closing) })
	refresh, flush := time.NewTicker(2*time.Second), time.NewTicker(denialWindow)
	defer refresh.Stop()
	defer flush.Stop()
	for {
		select {
		case <-ctx.Done():
			a.flushDenials()
			return nil
		case <-flush.C:
			a.flushDenials()
		case <-refresh.C:
			if err := a.opts.Access.Refresh(); err != nil {
				a.opts.Log.Error("nobody can be let in", "error", err)
			}
		}
	}
}

// route is one method of one path.
type route struct {
	method, path string
	open         bool // no token wanted
	right        access.Right
	handle       func(*call) error
}

var routes = []route{
	{"POST", "/api/v1/events", false, access.Send, (*call).send},
	{"GET", "/api/v1/events", false, access.Read, (*call).search},
	{"GET", "/api/v1/events/{seq}", false, access.Read, (*call).show},
	{"GET", "/api/v1/events/{seq}/proof", false, access.Export, (*call).prove},
	{"GET", "/api/v1/evidence", false, access.Export, (*call).evidence},
	{"GET", "/api/v1/events/{seq}/policy", false, access.Read, (*call).keptBy},
	{"POST", "/api/v1/explain", false, access.Read, (*call).explain},
	{"GET", "/api/v1/follow", false, access.Read, (*call).follow},
	{"GET", "/api/v1/count", false, access.Read, (*call).count},
	{"GET", "/api/v1/fields", false, access.Read, (*call).fields},
	{"GET", "/api/v1/status", false, access.Read, (*call).status},
	{"GET", "/api/v1/checkpoint", false, access.Read, (*call).checkpoint},
	{"GET", "/api/v1/tokens", false, access.Change, (*call).tokens},
	{"POST", "/api/v1/tokens", false, access.Change, (*call).createToken},
	{"DELETE", "/api/v1/tokens/{name}", false, access.Change, (*call).revokeToken},
	{"POST", "/api/v1/rotate", false, access.Change, (*call).rotate},
	{"GET", "/api/v1/holds", false, access.Change, (*call).holds},
	{"POST", "/api/v1/holds", false, access.Change, (*call).addHold},
	{"DELETE", "/api/v1/holds/{id}", false, access.Change, (*call).releaseHold},
	{"POST", "/api/v1/forget", false, access.Change, (*call).forget},
	{"GET", "/api/v1/openapi.json", true, 0, (*call).openapi},
	{"GET", "/healthz", true, 0, (*call).health},
	{"GET", "/metrics", true, 0, (*call).showMetrics},
}

// call is one request under way.
type call struct {
	*API
	route   route
	w       http.ResponseWriter
	r       *http.Request
	who     access.Identity
	session string // public id of the web session, if it came by one
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	a.mux.ServeHTTP(w, r)
}

// methods serves one path: it finds the method's route, lets the caller in, and answers what goes wrong.
func (a *API) methods(path string, routes []route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{API: a, w: w, r: r}
		var allow []string
		for _, x := range routes {
			if x.method == r.Method || x.method == "GET" && r.Method == "HEAD" {
				c.route = x
			}
			allow = append(allow, x.method)
		}
		// The label of a request that fits no route is not what a stranger typed.
		method := c.route.method
		if method == "" {
			method = "other"
		}
		c.w = a.metrics.watch(w, path, method)
		defer c.w.(*watched).done()
		switch {
		case len(routes) == 0:
			c.fail(&Error{Kind: KindNotFound, Message: "there is nothing at this address; /api/v1/openapi.json lists what there is"})
		case c.route.handle == nil:
			w.Header().Set("Allow", strings.Join(allow, ", "))
			c.fail(&Error{Kind: KindMethod, Message: "this address knows " + strings.Join(allow, " and ") + " only"})
		default:
			if err := c.serve(); err != nil {
				c.fail(err)
			}
		}
	})
}

func (c *call) serve() error {
	if !c.route.open {
		if err := c.letIn(); err != nil {
			return err
		}
	}
	return c.route.handle(c)
}
