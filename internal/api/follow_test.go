package api

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

func readAll(t *testing.T, w *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// tail opens a live tail on a real connection.
func (f *fixture) tail(query string, header ...string) (lines *bufio.Reader, stop func()) {
	f.t.Helper()
	s := httptest.NewServer(f.API)
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", s.URL+"/api/v1/follow?"+query, nil)
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.tokens[access.Viewer])
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil || w.StatusCode != 200 {
		f.t.Fatalf("follow: %v, %v", w, err)
	}
	return bufio.NewReader(w.Body), func() { cancel(); w.Body.Close(); s.Close() }
}

func line(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	s, err := r.ReadString('\n')
	if err != nil {
		t.Fatalf("%q, %v", s, err)
	}
	return strings.TrimSuffix(s, "\n")
}

func TestFollow(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OLD")
	r, stop := f.tail("q=svc%3DSMB")
	defer stop()
	f.put("OPEN", "CLOSE")
	for _, want := range []string{`"event":"OPEN"`, `"event":"CLOSE"`} {
		if got := line(t, r); !strings.Contains(got, want) {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if e := f.acts()[0]; e.Name != act.Search || !strings.Contains(string(e.EventData), `"follow":true`) {
		t.Errorf("recorded as %s %s", e.Name, e.EventData)
	}
}

func TestFollowFromThePast(t *testing.T) {
	for query, want := range map[string]string{"after=-1": "ONE", "after=0": "TWO", "q=user%3Dbert&after=-1": "THREE"} {
		f := newFixture(t, nil)
		f.put("ONE", "TWO", "bert:THREE")
		r, stop := f.tail(query)
		if got := line(t, r); !strings.Contains(got, `"event":"`+want+`"`) {
			t.Errorf("%s begins with %s", query, got)
		}
		stop()
	}
}

func TestFollowAsEvents(t *testing.T) {
	f := newFixture(t, nil)
	f.put("ONE", "TWO")
	r, stop := f.tail("", "Accept", "text/event-stream", "Last-Event-ID", "0")
	defer stop()
	if got := line(t, r) + "|" + line(t, r); got != "id: 1|event: record" {
		t.Errorf("got %s", got)
	}
	if got := line(t, r); !strings.HasPrefix(got, `data: {"aid":`) || line(t, r) != "" {
		t.Errorf("got %s", got)
	}
}

func TestFollowHead(t *testing.T) {
	f := newFixture(t, nil)
	if w := f.do(access.Viewer, "HEAD", "/api/v1/follow", ""); w.Code != 200 || w.Body.Len() > 0 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestFollowEndsWithItsToken(t *testing.T) {
	f := newFixture(t, nil)
	r, stop := f.tail("q=svc%3DSMB")
	defer stop()
	if err := f.opts.Access.RevokeToken("t-viewer"); err != nil {
		t.Fatal(err)
	}
	f.put("ONE")
	// What was committed before the look at the token may still come; then the answer ends.
	rest, err := io.ReadAll(r)
	if err != nil || strings.Count(string(rest), "\n") > 1 {
		t.Errorf("%q, %v", rest, err)
	}
}

func TestFollowEndsWithTheServer(t *testing.T) {
	f := newFixture(t, nil)
	r, stop := f.tail("")
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := f.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err != nil {
		t.Errorf("the tail is cut, not ended: %v", err)
	}
}

func TestFollowingAllOfItIsAnExport(t *testing.T) {
	f := newFixture(t, nil)
	close(f.closing)
	names := make([]string, searchMost+1)
	for i := range names {
		names[i] = "OPEN"
	}
	f.put(names...)
	f.refused(f.do(access.Viewer, "GET", "/api/v1/follow?after=-1", ""), KindForbidden)
	if w := f.do(access.Viewer, "GET", "/api/v1/follow?after=100", ""); w.Code != 200 {
		t.Errorf("after=100: %d %s", w.Code, w.Body)
	}
	if w := f.do(access.Auditor, "GET", "/api/v1/follow?after=-1", ""); w.Code != 200 {
		t.Errorf("as auditor: %d %s", w.Code, w.Body)
	}
	for _, after := range []string{"-2", "x", "1e3"} {
		f.refused(f.do(access.Viewer, "GET", "/api/v1/follow?after="+after, ""), KindParameter)
	}
}

// What a policy keeps from the disk is sent to those who ask for it, as messages without a number.
func TestFollowShown(t *testing.T) {
	f := newFixture(t, nil)
	one := preselect.Spec{Filters: []preselect.Filter{{Name: "hush", Then: preselect.Stream, Expr: filter.All{}}}}
	gate := intake.NewGate(f.trail, f.shown, f.clock.now)
	if err := gate.Change(t.Context(), preselect.New(one, nil), 1, intake.Writer{}, nil); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"shown=true&q=svc+!%3D+COUNTERFOIL": `{"vers":`, "shown=true&format=sse&q=svc+!%3D+COUNTERFOIL": "event: shown",
		"q=svc+!%3D+COUNTERFOIL": "", "shown=true&q=user+%3D+eve": ""} {
		lines, stop := f.tail(query)
		e := counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(start), Service: "APP", Name: "HUSH", User: "anna"}
		if r, err := gate.Append(t.Context(), "in", []counterfoil.Event{e}); err != nil || r.LeftOut != 1 {
			t.Fatal(r, err)
		}
		if want == "" {
			f.put("eve:LATER") // so that something comes
		}
		line, err := lines.ReadString('\n')
		if err != nil || strings.Contains(line, "HUSH") != strings.HasPrefix(want, "{") || !strings.HasPrefix(line, want) || strings.HasPrefix(want, "{") && !strings.Contains(line, `"event_data":{"added":{"stored":false}}`) || want != "" && strings.Contains(line, `"seq"`) {
			t.Errorf("%q: %q, %v", query, line, err)
		}
		stop()
	}
}

// Which rule kept a record, and what would be decided on an event; both are acts.
func TestExplain(t *testing.T) {
	f := newFixture(t, nil)
	f.put("eve:OPEN")
	for _, c := range []struct{ method, url, body, want string }{
		{"GET", "/api/v1/events/0/policy", "", `"policy":7,"keep":false,"persist":false,"decision":"refused by lists.nas.limit"`},
		{"POST", "/api/v1/explain?via=smb-1", message, `"policy":8,"keep":false,"persist":false,"decision":"refused by lists.nas.limit","rule":"lists.nas.limit","place":"built in","text":"limit users eve","steps":[{"rule":"lists.nas.limit","place":"built in","verdict":"refuse","words":"eve is on the limit list"}]`},
		{"POST", "/api/v1/explain", message, `"policy":8,"keep":true,"persist":true,"decision":"kept by rest"`},
	} {
		if w := f.do(access.Viewer, c.method, c.url, c.body); w.Code != 200 || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s\nwant %s", c.method, c.url, w.Code, w.Body, c.want)
		}
	}
	acts := f.acts()
	if len(acts) != 3 || acts[0].Name != act.Show || acts[1].Name != act.Explain || acts[1].User != "t-viewer" {
		t.Errorf("%+v", acts)
	}
	e := f.refused(f.do(access.Viewer, "POST", "/api/v1/explain", `{"svc":"A"}`), KindBody)
	if e.Parameter != "time" {
		t.Errorf("%+v", e)
	}
}

func TestFollowIsBounded(t *testing.T) {
	f := newFixture(t, nil)
	var stops []func()
	for range maxTails {
		_, stop := f.tail("")
		stops = append(stops, stop)
	}
	f.refused(f.do(access.Viewer, "GET", "/api/v1/follow", ""), KindUnavailable)
	for _, stop := range stops {
		stop()
	}
	_, stop := f.tail("")
	stop()
}
