package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// fixture is an interface over a real trail with one token of each role.
type fixture struct {
	*API
	t      testing.TB
	dir    string
	trail  *trail.Trail
	tokens map[access.Role]string
	clock  *clock
	shown  *intake.Shown
	full   error // what Append gives instead of appending
}

type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func newFixture(t testing.TB, tweak func(*fixture, *Options)) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir(), clock: &clock{t: start}, shown: &intake.Shown{}, tokens: map[access.Role]string{}}
	var err error
	if f.trail, err = trail.Open(filepath.Join(f.dir, "trail"), trail.Options{Node: "test", Now: f.clock.now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.trail.Close() })
	store, err := access.Open(f.dir, access.Options{Now: f.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range access.Roles() {
		if f.tokens[role], err = store.CreateToken("t-"+string(role), role, "test"); err != nil {
			t.Fatal(err)
		}
	}
	policy := preselect.New(preselect.Spec{Lists: []preselect.List{{Name: "nas", Inputs: []string{"smb-1"}, Limit: preselect.Members{Users: []string{"eve"}}}}}, nil)
	o := Options{
		Source: f.trail, Holder: f.trail, Forgetter: f.trail, Access: store, Now: f.clock.now, Host: "here",
		Append: func(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
			if f.full != nil {
				return trail.Receipt{}, f.full
			}
			return f.trail.Append(ctx, via, events)
		},
		Events: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Errorf("read the body: %v", err)
			}
			fmt.Fprintf(w, "%s sent %s", r.Context().Value(senderKey{}), body)
		}),
		WithSender: func(ctx context.Context, name string) context.Context {
			return context.WithValue(ctx, senderKey{}, name)
		},
		Prove:      func(_ context.Context, seq uint64) ([]byte, error) { return fmt.Appendf(nil, "bundle %d", seq), nil },
		Prover:     f.trail.Prover,
		Checkpoint: func() ([]byte, error) { return []byte("a note"), nil },
		Rotate: func(context.Context) []Rotated {
			return []Rotated{{Kind: "output", Name: "audit", From: "/a", To: "/a.1"}, {Kind: "output", Name: "b", From: "/b", Problem: "no"}}
		},
		Parse: counterfoil.ParseEvent, Shown: f.shown,
		KeptBy: func(_ context.Context, r *counterfoil.Record) (*preselect.Told, error) {
			return policy.Tell(7, r.Via, &r.Event, r.Received), nil
		},
		WouldBe: func(via string, e *counterfoil.Event) *preselect.Told { return policy.Tell(8, via, e, 0) },
	}
	if tweak != nil {
		tweak(f, &o)
	}
	f.API = New(o)
	return f
}

type senderKey struct{}

// put appends events of anna, or of who "user:" says, named after the words.
func (f *fixture) put(names ...string) {
	f.t.Helper()
	var events []counterfoil.Event
	for i, name := range names {
		user, name, ok := strings.Cut(name, ":")
		if !ok {
			user, name = "anna", user
		}
		events = append(events, counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(start.Add(time.Duration(i) * time.Minute)), Dialect: "jsonl/1",
			Host: "nas1", Service: "SMB", Name: name, User: user, Addr: "10.0.0.7", Outcome: counterfoil.OutcomeOf(name != "FAIL"),
			EventData: `{"file":{"path":"/hr/pay.xlsx"},"list":[{"n":1},{"n":2}]}`})
	}
	if _, err := f.trail.Append(context.Background(), "smb-1", events); err != nil {
		f.t.Fatal(err)
	}
}

// do asks; role "" sends no token.
func (f *fixture) do(role access.Role, method, url, body string) *httptest.ResponseRecorder {
	f.t.Helper()
	r := httptest.NewRequest(method, url, strings.NewReader(body))
	if role != "" {
		r.Header.Set("Authorization", "Bearer "+f.tokens[role])
	}
	return f.serve(r)
}

func (f *fixture) serve(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	return w
}

// refused checks an error's status and form and gives it.
func (f *fixture) refused(w *httptest.ResponseRecorder, kind Kind) Error {
	f.t.Helper()
	var body struct{ Error Error }
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body.Error.Kind != kind || w.Code != kind.status() || body.Error.Message == "" {
		f.t.Errorf("got %d %s, want kind %s (%v)", w.Code, w.Body, kind, err)
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		f.t.Errorf("an error is %s", got)
	}
	return body.Error
}

// acts gives the program's own events in the trail, oldest first.
func (f *fixture) acts() (events []counterfoil.Event) {
	v := f.trail.View()
	defer v.Close()
	for seq := range v.Size() {
		r := f.record(v, seq)
		if r.Service == act.Service {
			events = append(events, r.Event)
		}
	}
	return events
}

const message = `{"time":"2026-11-22T12:00:00Z","svc":"SMB","event":"UNLINK","addr":"","user":"eve"}`

// Who may what, on every route.
func TestRolesAndRoutes(t *testing.T) {
	f := newFixture(t, nil)
	close(f.closing) // live tails end at once
	f.put("OPEN")
	for _, r := range routes {
		url := strings.ReplaceAll(r.path, "{seq}", "0")
		url = strings.NewReplacer("{name}", "nobody", "{id}", "999999?reason=x").Replace(url)
		for _, role := range append(access.Roles(), "", "wrong") {
			body := ""
			if r.path == "/api/v1/tokens" && r.method == "POST" {
				body = `{"name":"new","role":"viewer"}`
			}
			if r.path == "/api/v1/holds" && r.method == "POST" {
				body = `{"query":"user = anna","reason":"case 17"}`
			}
			if r.path == "/api/v1/forget" {
				body = `{"user":"anna","dry_run":true}`
			}
			if r.path == "/api/v1/explain" {
				body = message
			}
			f.clock.advance(time.Hour) // a new window for refusals
			before := len(f.acts())
			w := f.do(role, r.method, url, body)
			switch {
			case r.open:
				if w.Code != 200 {
					t.Errorf("%s %s without token: %d %s", r.method, r.path, w.Code, w.Body)
				}
				continue
			case role == "" || role == "wrong":
				f.refused(w, KindUnauthenticated)
				if h := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(h, "Bearer") || strings.Contains(h, "invalid_token") != (role != "") {
					t.Errorf("%s %s: WWW-Authenticate: %s", r.method, r.path, h)
				}
			case role.May(r.right):
				if w.Code >= 400 && w.Code != 404 {
					t.Errorf("%s %s as %s: %d %s", r.method, r.path, role, w.Code, w.Body)
				}
				continue
			default:
				if e := f.refused(w, KindForbidden); !strings.Contains(e.Message, string(role)) || !strings.Contains(e.Message, r.right.String()) {
					t.Errorf("%s %s as %s: %s", r.method, r.path, role, e.Message)
				}
			}
			acts := f.acts()
			if len(acts) != before+1 {
				t.Fatalf("%s %s as %q: %d events, want one", r.method, r.path, role, len(acts)-before)
			}
			e := acts[before]
			if e.Name != act.Denied || e.Outcome != counterfoil.Failure || e.Object.Name != r.method+" "+r.path || e.Addr != "192.0.2.1" {
				t.Errorf("%s %s as %q: recorded as %s", r.method, r.path, role, counterfoil.AppendEvent(nil, &e))
			}
			if known := role != "" && role != "wrong"; known != (e.User != "") {
				t.Errorf("%s %s as %q: recorded as of %q", r.method, r.path, role, e.User)
			}
		}
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN")
	for _, url := range []string{"/healthz", "/api/v1/events", "/nowhere", "/api/v1/events/0", "/api/v1/events?q=%28"} {
		h := f.do(access.Viewer, "GET", url, "").Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") == "" || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %v", url, h)
		}
	}
}

func TestUnknownAddressAndMethod(t *testing.T) {
	f := newFixture(t, nil)
	f.refused(f.do("", "GET", "/api/v1/nothing", ""), KindNotFound)
	f.refused(f.do("", "GET", "/", ""), KindNotFound)
	w := f.do(access.Admin, "PATCH", "/api/v1/events", "")
	f.refused(w, KindMethod)
	if a := w.Header().Get("Allow"); a != "POST, GET" {
		t.Errorf("Allow: %s", a)
	}
	if w := f.do("", "HEAD", "/healthz", ""); w.Code != 200 {
		t.Errorf("HEAD: %d", w.Code)
	}
}

func TestTokenForms(t *testing.T) {
	f := newFixture(t, nil)
	for header, want := range map[string]int{
		"Bearer " + f.tokens[access.Viewer]:     200,
		"bearer  " + f.tokens[access.Viewer]:    200,
		"Basic " + f.tokens[access.Viewer]:      401,
		f.tokens[access.Viewer]:                 401,
		"Bearer":                                401,
		"Bearer " + f.tokens[access.Viewer][1:]: 401,
	} {
		r := httptest.NewRequest("GET", "/api/v1/status", nil)
		r.Header.Set("Authorization", header)
		if w := f.serve(r); w.Code != want {
			t.Errorf("%.12s…: %d, want %d", header, w.Code, want)
		}
	}
}

// A login to the web reads, and does not change.
func TestWebSession(t *testing.T) {
	f := newFixture(t, func(_ *fixture, o *Options) {
		o.Session = func(r *http.Request) (access.Session, bool) {
			_, err := r.Cookie("s")
			return access.Session{Identity: access.Identity{Name: "anna", Role: access.Admin, By: "account"}, ID: "6f"}, err == nil
		}
	})
	for _, c := range []struct {
		method string
		want   int
	}{{"GET", 200}, {"POST", 401}} {
		r := httptest.NewRequest(c.method, "/api/v1/tokens", strings.NewReader(`{"name":"x","role":"viewer"}`))
		r.AddCookie(&http.Cookie{Name: "s", Value: "1"})
		if w := f.serve(r); w.Code != c.want {
			t.Errorf("%s with a cookie: %d, want %d", c.method, w.Code, c.want)
		}
	}
	if e := f.acts()[0]; e.User != "anna" || e.Session != "6f" {
		t.Errorf("recorded as of %q in session %q", e.User, e.Session)
	}
}

func TestUnreadableAccessLetsNobodyIn(t *testing.T) {
	f := newFixture(t, nil)
	if err := os.WriteFile(filepath.Join(f.dir, "access", "tokens.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.clock.advance(time.Minute)
	e := f.refused(f.do(access.Admin, "GET", "/api/v1/status", ""), KindInternal)
	if strings.Contains(e.Message, "json") {
		t.Errorf("a stranger is told %q", e.Message)
	}
}

func TestPlainRoutes(t *testing.T) {
	var sick, broken error
	f := newFixture(t, func(_ *fixture, o *Options) {
		o.Health = func() error { return sick }
		o.Status = func() any { return map[string]string{"state": "well"} }
		o.Checkpoint = func() ([]byte, error) { return []byte("origin\n1\nroot\n"), broken }
	})
	for url, want := range map[string]string{"/healthz": "ok\n", "/api/v1/status": "{\"state\":\"well\"}\n", "/api/v1/checkpoint": "origin\n1\nroot\n"} {
		if w := f.do(access.Viewer, "GET", url, ""); w.Code != 200 || w.Body.String() != want {
			t.Errorf("%s: %d %q", url, w.Code, w.Body)
		}
	}
	sick, broken = errors.New("the trail is broken"), errors.New("secret detail")
	if w := f.do("", "GET", "/healthz", ""); w.Code != 503 || w.Body.String() != "the trail is broken\n" {
		t.Errorf("/healthz: %d %q", w.Code, w.Body)
	}
	if e := f.refused(f.do(access.Viewer, "GET", "/api/v1/checkpoint", ""), KindInternal); strings.Contains(e.Message, "secret") {
		t.Errorf("a caller is told %q", e.Message)
	}
}

func TestMetrics(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "bert:CLOSE")
	f.do(access.Viewer, "GET", "/api/v1/events?q=user%3Dbert", "")
	f.do("", "GET", "/api/v1/events", "")
	f.do("", "BREW", "/hr/pay.xlsx", "")
	text := f.do("", "GET", "/metrics", "").Body.String()
	for _, want := range []string{
		`counterfoil_http_requests_total{method="GET",route="/api/v1/events",status="200"} 1`,
		`counterfoil_http_requests_total{method="GET",route="/api/v1/events",status="401"} 1`,
		`counterfoil_http_requests_total{method="other",route="other",status="404"} 1`,
		`counterfoil_http_denied_total{action="auth.attempt"} 1`,
		`counterfoil_http_records_given_total 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("no %s", want)
		}
	}
	for _, personal := range []string{"bert", "anna", "pay.xlsx", "192.0.2.1", "t-viewer"} {
		if strings.Contains(text, personal) {
			t.Errorf("metrics hold %s", personal)
		}
	}
}

func TestSendersAreTold(t *testing.T) {
	f := newFixture(t, nil)
	if w := f.do(access.Sender, "POST", "/api/v1/events", "a line"); w.Code != 200 || w.Body.String() != "t-sender sent a line" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
