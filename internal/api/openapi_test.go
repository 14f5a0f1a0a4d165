package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// document is openapi.json, as far as the tests look at it.
type document struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Security    *[]any
		Parameters  []struct {
			Ref  string `json:"$ref"`
			Name string
			In   string
		}
		Responses map[string]struct {
			Ref         string `json:"$ref"`
			Description string
			Content     map[string]any
		}
	}
	Components struct {
		Parameters map[string]struct{ Name, In string }
		Responses  map[string]struct{ Content map[string]any }
		Schemas    map[string]any
	}
}

func readDocument(t *testing.T) (d document) {
	t.Helper()
	if err := json.Unmarshal(description, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDocumentHasTheRoutes(t *testing.T) {
	d := readDocument(t)
	ids := map[string]bool{}
	n := 0
	for path, methods := range d.Paths {
		for method, op := range methods {
			n++
			i := slices.IndexFunc(routes, func(r route) bool { return r.path == path && strings.EqualFold(r.method, method) })
			if i < 0 {
				t.Errorf("%s %s is described and not served", method, path)
				continue
			}
			if open := op.Security != nil && len(*op.Security) == 0; open != routes[i].open {
				t.Errorf("%s %s: described as open to all: %v", method, path, open)
			}
			if op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s %s: operationId %q", method, path, op.OperationID)
			}
			ids[op.OperationID] = true
		}
	}
	if n != len(routes) {
		t.Errorf("%d routes are described, %d are served", n, len(routes))
	}
}

func TestDocumentRefersToWhatItHas(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(description, &root); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range regexp.MustCompile(`"\$ref": ?"#/([^"]*)"`).FindAllStringSubmatch(string(description), -1) {
		n++
		var at any = root
		for _, key := range strings.Split(m[1], "/") {
			at, _ = at.(map[string]any)[key]
		}
		if at == nil {
			t.Errorf("#/%s is not there", m[1])
		}
	}
	if n < 50 {
		t.Errorf("only %d references are seen", n)
	}
}

// The parameters that are described are those that are taken: a request with each is not refused as unknown, and a
// refusal lists no other.
func TestDocumentHasTheParameters(t *testing.T) {
	d := readDocument(t)
	f := newFixture(t, nil)
	listed := regexp.MustCompile(`there are (.*)$`)
	for path, methods := range d.Paths {
		op, ok := methods["get"]
		if !ok || op.Security != nil {
			continue
		}
		var want []string
		for _, p := range op.Parameters {
			if ref, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
				p.Name, p.In = d.Components.Parameters[ref].Name, d.Components.Parameters[ref].In
			}
			if p.In == "query" {
				want = append(want, p.Name)
			}
		}
		e := f.refused(f.do(access.Admin, "GET", strings.ReplaceAll(path, "{seq}", "0")+"?nonsense=1", ""), KindParameter)
		var got []string
		if m := listed.FindStringSubmatch(e.Message); m != nil && m[1] != "" {
			got = strings.Split(m[1], ", ")
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s takes %v, described are %v", path, got, want)
		}
	}
}

// stub answers as the intake does with this status.
func stub(status int) func(*fixture, *Options) {
	return func(_ *fixture, o *Options) {
		o.Events = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
		})
	}
}

func broken(f *fixture, _ *Options) { f.full = trail.ErrBroken }

func without(_ *fixture, o *Options) {
	o.Events, o.Prove, o.Prover, o.Checkpoint, o.Rotate, o.Holder, o.Forgetter, o.KeptBy, o.WouldBe = nil, nil, nil, nil, nil, nil, nil, nil, nil
}

// stuck is a trail that takes nothing in.
type stuck struct{ Holder }

func (stuck) AddHold(context.Context, string, string, act.Who) (trail.Hold, error) {
	return trail.Hold{}, trail.ErrSuspended
}
func (stuck) ReleaseHold(context.Context, uint64, string, act.Who) error { return trail.ErrBroken }

func (stuck) PlanForget(string) (*trail.ForgetPlan, error) { return &trail.ForgetPlan{}, nil }
func (stuck) Forget(context.Context, trail.ForgetRequest, act.Who) (*trail.Forgotten, error) {
	return nil, trail.ErrSuspended
}

// full is a trail that can be read only.
func full(f *fixture, o *Options) {
	f.full, o.Holder, o.Forgetter = trail.ErrSuspended, stuck{}, stuck{}
}

// annas is a trail with a record of anna's.
func annas(f *fixture, _ *Options) {
	e := counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(f.clock.now()), Service: "SMB", Name: "OPEN", User: "anna"}
	if _, err := f.trail.Append(context.Background(), "test", []counterfoil.Event{e}); err != nil {
		f.t.Fatal(err)
	}
}

// annasHeld is one with a hold on it.
func annasHeld(f *fixture, o *Options) {
	annas(f, o)
	if _, err := f.trail.AddHold(context.Background(), "user = anna", "case 17", act.Who{User: "olga"}); err != nil {
		f.t.Fatal(err)
	}
}

// held is a trail with a hold, of number 2.
func held(f *fixture, _ *Options) {
	f.put("ONE", "TWO")
	if _, err := f.trail.AddHold(context.Background(), "user = anna", "case 17", act.Who{User: "olga"}); err != nil {
		f.t.Fatal(err)
	}
}

// expired is a trail whose record 0 has expired.
func expired(f *fixture, o *Options) {
	if err := f.trail.Close(); err != nil {
		f.t.Fatal(err)
	}
	var err error
	f.trail, err = trail.Open(filepath.Join(f.dir, "trail"), trail.Options{Now: f.clock.now, Retention: trail.Retention{Default: trail.ExpireAfter{Age: time.Hour}}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { f.trail.Close() })
	f.put("GONE")
	err = f.trail.Rotate(context.Background())
	f.clock.advance(2 * time.Hour)
	if err := errors.Join(err, f.trail.Expire(context.Background())); err != nil {
		f.t.Fatal(err)
	}
	o.Source = f.trail
	o.Prove = func(_ context.Context, seq uint64) ([]byte, error) {
		_, err := f.trail.Prove(seq, "test")
		return nil, err
	}
}

func failing(_ *fixture, o *Options) {
	o.Prover = func() (*trail.Prover, error) { return nil, errors.New("a bad block") }
	o.Prove = func(context.Context, uint64) ([]byte, error) { return nil, errors.New("a bad block") }
	o.Checkpoint = func() ([]byte, error) { return nil, errors.New("a bad block") }
	o.KeptBy = func(context.Context, *counterfoil.Record) (*preselect.Told, error) {
		return nil, errors.New("a bad block")
	}
}

// Requests that bring about every status that is described, and none that is not. Those without a tweak share a trail
// that begins with two records.
var conformity = []struct {
	route  string
	url    string // below the path's directory; empty: the path itself
	role   access.Role
	body   string
	tweak  func(*fixture, *Options)
	status int
}{
	{"POST /api/v1/events", "", "sender", "{}", stub(200), 200},
	{"POST /api/v1/events", "", "sender", "{}", stub(400), 400},
	{"POST /api/v1/events", "/api/v1/events?dry_run=true", "sender", "{}", stub(200), 400},
	{"POST /api/v1/events", "", "", "{}", stub(200), 401},
	{"POST /api/v1/events", "", "viewer", "{}", stub(200), 403},
	{"POST /api/v1/events", "", "sender", "{}", stub(413), 413},
	{"POST /api/v1/events", "", "sender", "{}", stub(415), 415},
	{"POST /api/v1/events", "", "sender", "{}", stub(500), 500},
	{"POST /api/v1/events", "", "sender", "{}", without, 501},
	{"POST /api/v1/events", "", "sender", "{}", stub(503), 503},
	{"GET /api/v1/events", "", "viewer", "", nil, 200},
	{"GET /api/v1/events", "/api/v1/events?format=csv", "auditor", "", nil, 200},
	{"GET /api/v1/events", "/api/v1/events?limit=x", "viewer", "", nil, 400},
	{"GET /api/v1/events", "", "", "", nil, 401},
	{"GET /api/v1/events", "", "sender", "", nil, 403},
	{"GET /api/v1/events", "", "viewer", "", broken, 503},
	{"GET /api/v1/events/{seq}", "/api/v1/events/1", "viewer", "", nil, 200},
	{"GET /api/v1/events/{seq}", "/api/v1/events/one", "viewer", "", nil, 400},
	{"GET /api/v1/events/{seq}", "/api/v1/events/1", "", "", nil, 401},
	{"GET /api/v1/events/{seq}", "/api/v1/events/1", "sender", "", nil, 403},
	{"GET /api/v1/events/{seq}", "/api/v1/events/9999", "viewer", "", nil, 404},
	{"GET /api/v1/events/{seq}", "/api/v1/events/1", "viewer", "", broken, 503},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/1/proof", "auditor", "", nil, 200},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/one/proof", "auditor", "", nil, 400},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/1/proof", "", "", nil, 401},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/1/proof", "viewer", "", nil, 403},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/9999/proof", "auditor", "", nil, 404},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/1/proof", "auditor", "", failing, 500},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/1/proof", "auditor", "", without, 501},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/1/proof", "auditor", "", broken, 503},
	{"GET /api/v1/evidence", "/api/v1/evidence?q=event+%3D+OPEN", "auditor", "", nil, 200},
	{"GET /api/v1/evidence", "/api/v1/evidence?q=(", "auditor", "", nil, 400},
	{"GET /api/v1/evidence", "", "", "", nil, 401},
	{"GET /api/v1/evidence", "", "viewer", "", nil, 403},
	{"GET /api/v1/evidence", "/api/v1/evidence?q=user+%3D+nobody", "auditor", "", nil, 404},
	{"GET /api/v1/evidence", "", "auditor", "", failing, 500},
	{"GET /api/v1/evidence", "", "auditor", "", without, 501},
	{"GET /api/v1/evidence", "", "auditor", "", broken, 503},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/1/policy", "viewer", "", nil, 200},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/one/policy", "viewer", "", nil, 400},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/1/policy", "", "", nil, 401},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/1/policy", "sender", "", nil, 403},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/9999/policy", "viewer", "", nil, 404},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/1/policy", "viewer", "", failing, 500},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/1/policy", "viewer", "", without, 501},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/1/policy", "viewer", "", broken, 503},
	{"POST /api/v1/explain", "/api/v1/explain?via=smb-1", "viewer", message, nil, 200},
	{"POST /api/v1/explain", "", "viewer", "{}", nil, 400},
	{"POST /api/v1/explain", "/api/v1/explain?x=1", "viewer", message, nil, 400},
	{"POST /api/v1/explain", "", "", message, nil, 401},
	{"POST /api/v1/explain", "", "sender", message, nil, 403},
	{"POST /api/v1/explain", "", "viewer", strings.Repeat(" ", counterfoil.MaxMessage+1), nil, 413},
	{"POST /api/v1/explain", "", "viewer", message, without, 501},
	{"POST /api/v1/explain", "", "viewer", message, broken, 503},
	{"GET /api/v1/follow", "", "viewer", "", nil, 200},
	{"GET /api/v1/follow", "/api/v1/follow?format=sse", "viewer", "", nil, 200},
	{"GET /api/v1/follow", "/api/v1/follow?after=x", "viewer", "", nil, 400},
	{"GET /api/v1/follow", "", "", "", nil, 401},
	{"GET /api/v1/follow", "", "sender", "", nil, 403},
	{"GET /api/v1/follow", "", "viewer", "", broken, 503},
	{"GET /api/v1/count", "/api/v1/count?by=user&by=1h", "viewer", "", nil, 200},
	{"GET /api/v1/count", "/api/v1/count?by=x", "viewer", "", nil, 400},
	{"GET /api/v1/count", "", "", "", nil, 401},
	{"GET /api/v1/count", "", "sender", "", nil, 403},
	{"GET /api/v1/count", "", "viewer", "", broken, 503},
	{"GET /api/v1/fields", "", "viewer", "", nil, 200},
	{"GET /api/v1/fields", "/api/v1/fields?x=1", "viewer", "", nil, 400},
	{"GET /api/v1/fields", "", "", "", nil, 401},
	{"GET /api/v1/fields", "", "sender", "", nil, 403},
	{"GET /api/v1/status", "", "viewer", "", nil, 200},
	{"GET /api/v1/status", "/api/v1/status?x=1", "viewer", "", nil, 400},
	{"GET /api/v1/status", "", "", "", nil, 401},
	{"GET /api/v1/status", "", "sender", "", nil, 403},
	{"GET /api/v1/checkpoint", "", "viewer", "", nil, 200},
	{"GET /api/v1/checkpoint", "/api/v1/checkpoint?x=1", "viewer", "", nil, 400},
	{"GET /api/v1/checkpoint", "", "", "", nil, 401},
	{"GET /api/v1/checkpoint", "", "sender", "", nil, 403},
	{"GET /api/v1/checkpoint", "", "viewer", "", func(_ *fixture, o *Options) { o.Checkpoint = func() ([]byte, error) { return nil, nil } }, 404},
	{"GET /api/v1/checkpoint", "", "viewer", "", failing, 500},
	{"GET /api/v1/checkpoint", "", "viewer", "", without, 501},
	{"GET /api/v1/tokens", "", "admin", "", nil, 200},
	{"GET /api/v1/tokens", "/api/v1/tokens?x=1", "admin", "", nil, 400},
	{"GET /api/v1/tokens", "", "", "", nil, 401},
	{"GET /api/v1/tokens", "", "auditor", "", nil, 403},
	{"GET /api/v1/tokens", "", "admin", "", broken, 503},
	{"POST /api/v1/tokens", "", "admin", `{"name":"ci","role":"sender"}`, nil, 201},
	{"POST /api/v1/tokens", "", "admin", `{"name":"ci","role":"king"}`, nil, 400},
	{"POST /api/v1/tokens", "", "", `{"name":"ci","role":"sender"}`, nil, 401},
	{"POST /api/v1/tokens", "", "auditor", `{"name":"ci","role":"sender"}`, nil, 403},
	{"POST /api/v1/tokens", "", "admin", `{"name":"t-admin","role":"sender"}`, nil, 409},
	{"POST /api/v1/tokens", "", "admin", strings.Repeat(" ", maxTokenBody+1), nil, 413},
	{"POST /api/v1/tokens", "", "admin", `{"name":"ci","role":"sender"}`, broken, 503},
	{"DELETE /api/v1/tokens/{name}", "/api/v1/tokens/t-viewer", "admin", "", nil, 204},
	{"DELETE /api/v1/tokens/{name}", "/api/v1/tokens/t-viewer?x=1", "admin", "", nil, 400},
	{"DELETE /api/v1/tokens/{name}", "/api/v1/tokens/t-viewer", "", "", nil, 401},
	{"DELETE /api/v1/tokens/{name}", "/api/v1/tokens/t-viewer", "auditor", "", nil, 403},
	{"DELETE /api/v1/tokens/{name}", "/api/v1/tokens/nobody", "admin", "", nil, 404},
	{"DELETE /api/v1/tokens/{name}", "/api/v1/tokens/t-viewer", "admin", "", broken, 503},
	{"POST /api/v1/rotate", "", "admin", "", nil, 200},
	{"POST /api/v1/rotate", "/api/v1/rotate?x=1", "admin", "", nil, 400},
	{"POST /api/v1/rotate", "", "", "", nil, 401},
	{"POST /api/v1/rotate", "", "auditor", "", nil, 403},
	{"POST /api/v1/rotate", "", "admin", "", without, 501},
	{"POST /api/v1/rotate", "", "admin", "", broken, 503},
	{"GET /api/v1/events/{seq}", "/api/v1/events/0", "viewer", "", expired, 410},
	{"GET /api/v1/events/{seq}/proof", "/api/v1/events/0/proof", "auditor", "", expired, 410},
	{"GET /api/v1/events/{seq}/policy", "/api/v1/events/0/policy", "viewer", "", expired, 410},
	{"GET /api/v1/holds", "", "admin", "", nil, 200},
	{"GET /api/v1/holds", "/api/v1/holds?x=1", "admin", "", nil, 400},
	{"GET /api/v1/holds", "", "", "", nil, 401},
	{"GET /api/v1/holds", "", "auditor", "", nil, 403},
	{"GET /api/v1/holds", "", "admin", "", without, 501},
	{"GET /api/v1/holds", "", "admin", "", full, 503},
	{"POST /api/v1/holds", "", "admin", `{"query":"user = anna","reason":"case 17"}`, nil, 201},
	{"POST /api/v1/holds", "", "admin", `{"query":"user = (","reason":"case 17"}`, nil, 400},
	{"POST /api/v1/holds", "", "admin", `{"query":"user = anna","reason":""}`, nil, 400},
	{"POST /api/v1/holds", "", "", `{"query":"user = anna","reason":"case 17"}`, nil, 401},
	{"POST /api/v1/holds", "", "auditor", `{"query":"user = anna","reason":"case 17"}`, nil, 403},
	{"POST /api/v1/holds", "", "admin", strings.Repeat(" ", maxTokenBody+1), nil, 413},
	{"POST /api/v1/holds", "", "admin", `{"query":"user = anna","reason":"case 17"}`, without, 501},
	{"POST /api/v1/holds", "", "admin", `{"query":"user = anna","reason":"case 17"}`, full, 503},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/999?reason=x", "admin", "", nil, 404},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/one", "admin", "", nil, 400},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/1", "", "", nil, 401},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/1", "auditor", "", nil, 403},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/1?reason=x", "admin", "", without, 501},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/1?reason=x", "admin", "", full, 503},
	{"DELETE /api/v1/holds/{id}", "/api/v1/holds/2?reason=x", "admin", "", held, 204},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","dry_run":true}`, nil, 200},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17"}`, annas, 200},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":""}`, nil, 400},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"Anna asked"}`, nil, 400},
	{"POST /api/v1/forget", "/api/v1/forget?dry_run=true", "admin", `{"user":"anna","reason":"request 17"}`, annas, 400},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17","dry_run":true,"dry_run":false}`, annas, 400},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17","dry_run":true,"Dry_Run":false}`, annas, 400},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17","dry_run":true,"dry_\u0072un":false}`, annas, 400},
	{"POST /api/v1/tokens", "", "admin", `{"name":"ci","role":"sender","Role":"admin"}`, nil, 400},
	{"POST /api/v1/holds", "", "admin", `{"query":"user = anna","reason":"case 17","rea\u017fon":"x"}`, nil, 400},
	{"POST /api/v1/tokens", "/api/v1/tokens?role=viewer", "admin", `{"name":"ci","role":"admin"}`, nil, 400},
	{"POST /api/v1/holds", "/api/v1/holds?reason=x", "admin", `{"query":"user = anna","reason":"case 17"}`, nil, 400},
	{"POST /api/v1/forget", "", "", `{"user":"anna","reason":"request 17"}`, nil, 401},
	{"POST /api/v1/forget", "", "auditor", `{"user":"anna","reason":"request 17"}`, nil, 403},
	{"POST /api/v1/forget", "", "admin", `{"user":"nobody","reason":"request 17"}`, nil, 404},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17"}`, annasHeld, 409},
	{"POST /api/v1/forget", "", "admin", strings.Repeat(" ", maxTokenBody+1), nil, 413},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17"}`, without, 501},
	{"POST /api/v1/forget", "", "admin", `{"user":"anna","reason":"request 17"}`, full, 503},
	{"GET /api/v1/openapi.json", "", "", "", nil, 200},
	{"GET /healthz", "", "", "", nil, 200},
	{"GET /healthz", "", "", "", func(_ *fixture, o *Options) { o.Health = func() error { return errors.New("unwell") } }, 503},
	{"GET /metrics", "", "", "", nil, 200},
}

func TestDocumentHasTheStatuses(t *testing.T) {
	d := readDocument(t)
	got := map[string]bool{}
	try := func(route, url string, role access.Role, body string, f *fixture) int {
		method, path, _ := strings.Cut(route, " ")
		if url == "" {
			url = path
		}
		w := f.do(role, method, url, body)
		got[route+" "+strconv.Itoa(w.Code)] = true
		op := d.Paths[path][strings.ToLower(method)]
		answer, ok := op.Responses[strconv.Itoa(w.Code)]
		if !ok {
			t.Errorf("%s answers %d, which is not described: %s", route, w.Code, w.Body)
			return w.Code
		}
		content := answer.Content
		if ref, ok := strings.CutPrefix(answer.Ref, "#/components/responses/"); ok {
			content = d.Components.Responses[ref].Content
		}
		kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
		if _, ok := content[kind]; !ok && len(content) > 0 {
			t.Errorf("%s answers %d as %q, described are %v", route, w.Code, kind, content)
		}
		return w.Code
	}
	fresh := func(tweak func(*fixture, *Options)) *fixture {
		f := newFixture(t, tweak)
		close(f.closing) // live tails end at once
		f.put("OPEN", "CLOSE")
		return f
	}
	small := fresh(nil)
	for _, c := range conformity {
		f := small
		if c.tweak != nil {
			f = fresh(c.tweak)
		}
		if code := try(c.route, c.url, c.role, c.body, f); code != c.status {
			t.Errorf("%s %s as %q: %d, want %d", c.route, c.url, c.role, code, c.status)
		}
	}
	// Trouble inside: the access files cannot be read.
	if err := os.WriteFile(filepath.Join(small.dir, "access", "tokens.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	small.clock.advance(time.Minute)
	for _, r := range routes {
		if r.open {
			continue
		}
		if code := try(r.method+" "+r.path, "", access.Admin, "", small); code != 500 {
			t.Errorf("%s %s with unreadable access: %d", r.method, r.path, code)
		}
	}
	for path, methods := range d.Paths {
		for method, op := range methods {
			for status := range op.Responses {
				if key := strings.ToUpper(method) + " " + path + " " + status; !got[key] {
					t.Errorf("%s %s: %s is described and never seen", method, path, status)
				}
			}
		}
	}
}

func TestDocumentIsServed(t *testing.T) {
	f := newFixture(t, nil)
	w := f.serve(httptest.NewRequest("GET", "/api/v1/openapi.json", nil))
	if w.Body.String() != string(description) || !json.Valid(w.Body.Bytes()) {
		t.Error("another document is served")
	}
}

// Every kind of error has the status of its group and stands in the document.
func TestKindsAreDescribed(t *testing.T) {
	kinds := []Kind{KindParameter, KindQuery, KindBody, KindUnauthenticated, KindForbidden, KindNotFound, KindExpired, KindMethod, KindTaken, KindConflict,
		KindTooLarge, KindUnaudited, KindUnavailable, KindNotServed, KindInternal}
	var d struct {
		Components struct {
			Schemas struct {
				Refusal struct {
					Properties struct {
						Error struct {
							Properties struct{ Kind struct{ Enum []Kind } }
						}
					}
				}
			}
		}
	}
	if err := json.Unmarshal(description, &d); err != nil {
		t.Fatal(err)
	}
	if got := d.Components.Schemas.Refusal.Properties.Error.Properties.Kind.Enum; !slices.Equal(got, kinds) {
		t.Errorf("described are %v", got)
	}
	for err, want := range map[error]Kind{errors.New("x"): KindInternal, context.DeadlineExceeded: KindUnavailable, trail.ErrClosed: KindUnavailable, access.ErrNotFound: KindNotFound} {
		if got := asError(err).Kind; got != want {
			t.Errorf("%v becomes %s, want %s", err, got, want)
		}
	}
}
