package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

// record gives a copy of record seq.
func (f *fixture) record(v *trail.View, seq uint64) counterfoil.Record {
	f.t.Helper()
	r, ok, err := search.Get(context.Background(), v, seq)
	if err != nil || !ok {
		f.t.Fatalf("record %d: %v, %v", seq, ok, err)
	}
	return *r
}

// seqs gives the numbers of the records in a JSON Lines answer.
func seqs(t *testing.T, text string) (all []uint64) {
	t.Helper()
	for line := range strings.Lines(text) {
		var r struct{ Seq *uint64 }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Seq == nil {
			t.Fatalf("%q is no record: %v", line, err)
		}
		all = append(all, *r.Seq)
	}
	return all
}

func TestSearch(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "bert:OPEN", "FAIL", "CLOSE", "bert:CLOSE")
	for query, want := range map[string][]uint64{
		"":                             {4, 3, 2, 1, 0},
		"order=oldest":                 {0, 1, 2, 3, 4},
		"order=newest":                 {4, 3, 2, 1, 0},
		"limit=2":                      {4, 3},
		"limit=2&before=3":             {2, 1},
		"limit=2&after=1&order=oldest": {2, 3},
		"after=3":                      {4},
		"after=4":                      nil,
		"before=0":                     nil,
		"before=00":                    nil,
		"q=user%3Danna":                {3, 2, 0},
		"q=success%3Dfalse":            {2},
		"q=mongo:{success:false}":      {2},
		"q=truenas:[[%22success%22,%22=%22,false]]":            {2},
		"from=2026-11-22T12:02:00Z":                            {4, 3, 2},
		"to=2026-11-22T12:01:00Z":                              {0},
		"from=2026-11-22T13:03:00+01:00":                       {4, 3},
		"from=2026-11-22T13:03:00%2B01:00":                     {4, 3},
		"from=2026-11-23":                                      {},
		"q=since+%222026-11-22+12:02%22&from=2026-11-22+12:01": {4, 3, 2},
		"q=until+%222026-11-22+12:02%22&to=2026-11-22+12:01":   {0},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/api/v1/events?before=5&"+query, nil)
		if strings.Contains(query, "before") {
			r = httptest.NewRequest("GET", "/api/v1/events?"+query, nil)
		}
		r.Header.Set("Authorization", "Bearer "+f.tokens[access.Viewer])
		f.ServeHTTP(w, r)
		if got := seqs(t, w.Body.String()); w.Code != 200 || !slices.Equal(got, want) {
			t.Errorf("%s: %d %v, want %v", query, w.Code, got, want)
		}
		if got := w.Header().Get("X-Counterfoil-Records"); got != fmt.Sprint(len(want)) {
			t.Errorf("%s: X-Counterfoil-Records: %s", query, got)
		}
	}
}

// What is given is the canonical message, and a search does not find itself.
func TestSearchGivesCanonicalMessages(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN\xff"[:4], "CLOSE")
	w := f.do(access.Viewer, "GET", "/api/v1/events", "")
	v := f.trail.View()
	defer v.Close()
	var want []byte
	for _, seq := range []uint64{1, 0} {
		r := f.record(v, seq)
		want, _ = counterfoil.AppendRecord(want, &r)
		want = append(want, '\n')
	}
	if got := w.Body.String(); got != string(want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := w.Header().Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("Content-Type: %s", got)
	}
}

func TestSearchMistakes(t *testing.T) {
	f := newFixture(t, nil)
	for query, want := range map[string]Error{
		"q=user+%3D":                    {Kind: KindQuery, Parameter: "q", Column: 7},
		"q=usr+%3D+anna":                {Kind: KindQuery, Parameter: "q", Column: 1},
		"limit=-1":                      {Kind: KindParameter, Parameter: "limit"},
		"limit=ten":                     {Kind: KindParameter, Parameter: "limit"},
		"limit=99999999999":             {Kind: KindParameter, Parameter: "limit"},
		"order=up":                      {Kind: KindParameter, Parameter: "order"},
		"before=x":                      {Kind: KindParameter, Parameter: "before"},
		"after=18446744073709551615":    {Kind: KindParameter, Parameter: "after"},
		"from=never":                    {Kind: KindParameter, Parameter: "from"},
		"from=%22":                      {Kind: KindParameter, Parameter: "from"},
		"to=2026-13-01":                 {Kind: KindParameter, Parameter: "to"},
		"from=2026-11-22&to=2026-11-21": {Kind: KindParameter, Parameter: "to"},
		"format=pdf":                    {Kind: KindParameter, Parameter: "format"},
		"query=x":                       {Kind: KindParameter, Parameter: "query"},
		"q=a&q=b":                       {Kind: KindParameter, Parameter: "q"},
		"q=%zz":                         {Kind: KindParameter},
	} {
		e := f.refused(f.do(access.Auditor, "GET", "/api/v1/events?"+query, ""), want.Kind)
		if e.Parameter != want.Parameter || want.Kind == KindQuery && (e.Column == 0 || !strings.Contains(e.Text, "^")) {
			t.Errorf("%s: %+v, want %+v", query, e, want)
		}
		if want.Column > 0 && e.Column != want.Column {
			t.Errorf("%s: column %d, want %d", query, e.Column, want.Column)
		}
	}
	if n := len(f.acts()); n != 0 {
		t.Errorf("%d events for requests that read nothing", n)
	}
}

func TestSearchIsRecorded(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN")
	f.do(access.Viewer, "GET", "/api/v1/events?q=user%3Danna&from=2026-11-22&limit=7&order=oldest&after=2", "")
	acts := f.acts()
	if len(acts) != 1 {
		t.Fatalf("%d events", len(acts))
	}
	e := acts[0]
	const data = `{"after":2,"credential":"token","format":"jsonl","from":"2026-11-22T00:00:00.000000000Z","limit":7,"order":"oldest","query":"user=anna","role":"viewer","surface":"api"}`
	if e.Name != act.Search || e.Action != counterfoil.AuditSearch || e.User != "t-viewer" || e.Addr != "192.0.2.1" || e.Host != "here" || string(e.EventData) != data {
		t.Errorf("recorded as %s", counterfoil.AppendEvent(nil, &e))
	}
	if got, want := e.SentenceText(), "t-viewer searched the trail for user=anna from 192.0.2.1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// What cannot be recorded is not read.
func TestNothingIsReadUnrecorded(t *testing.T) {
	for name, cause := range map[string]error{"disk is full": trail.ErrSuspended, "cannot be written": trail.ErrBroken} {
		f := newFixture(t, nil)
		close(f.closing)
		f.put("OPEN")
		f.full = cause
		for _, c := range []struct{ method, url, body string }{
			{"GET", "/api/v1/events", ""}, {"GET", "/api/v1/events?format=csv", ""}, {"GET", "/api/v1/events/0", ""},
			{"GET", "/api/v1/events/0/proof", ""}, {"GET", "/api/v1/count?by=user", ""}, {"GET", "/api/v1/follow?after=-1", ""},
			{"GET", "/api/v1/tokens", ""}, {"POST", "/api/v1/tokens", `{"name":"new","role":"viewer"}`}, {"DELETE", "/api/v1/tokens/t-viewer", ""},
		} {
			w := f.do(access.Admin, c.method, c.url, c.body)
			e := f.refused(w, KindUnaudited)
			if !strings.Contains(e.Message, name) || strings.Contains(w.Body.String(), "anna") || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: %s", c.method, c.url, w.Body)
			}
		}
		if all, err := f.opts.Access.Tokens(); err != nil || len(all) != 4 {
			t.Errorf("tokens changed unrecorded: %v, %v", all, err)
		}
	}
}

func TestExportNeedsTheRight(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN")
	for _, query := range []string{"limit=0", "limit=10001", "format=csv"} {
		f.refused(f.do(access.Viewer, "GET", "/api/v1/events?"+query, ""), KindForbidden)
		if w := f.do(access.Auditor, "GET", "/api/v1/events?"+query, ""); w.Code != 200 {
			t.Errorf("%s as auditor: %d %s", query, w.Code, w.Body)
		}
		acts := f.acts()
		if denied, export := acts[len(acts)-2], acts[len(acts)-1]; denied.Name != act.Denied || denied.EventData.Member("request").Text() != "/api/v1/events?"+query || export.Name != act.Export || export.Action != counterfoil.AuditExport {
			t.Errorf("%s: recorded as %s, %s", query, denied.Name, export.Name)
		}
	}
	if w := f.do(access.Viewer, "GET", "/api/v1/events?limit=10000", ""); w.Code != 200 {
		t.Errorf("limit=10000 as viewer: %d", w.Code)
	}
}

func TestCSV(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "=cmd():CLOSE")
	w := f.do(access.Auditor, "GET", "/api/v1/events?format=csv", "")
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v, %v", rows, err)
	}
	user := slices.Index(rows[0], "user")
	if rows[1][user] != "'=cmd()" || rows[2][user] != "anna" {
		t.Errorf("users %q, %q", rows[1][user], rows[2][user])
	}
	h := w.Header()
	if h.Get("Content-Type") != "text/csv; charset=utf-8; header=present" || h.Get("Content-Disposition") != `attachment; filename="counterfoil-20261122T120000Z.csv"` {
		t.Errorf("%v", h)
	}
}

// Following the links gives every record once, whatever is appended meanwhile.
func TestPages(t *testing.T) {
	for _, order := range []string{"newest", "oldest"} {
		f := newFixture(t, nil)
		for range 10 {
			f.put("OPEN", "CLOSE")
		}
		next := "/api/v1/events?q=event%3DOPEN+until+2h&from=&limit=3&order=" + order
		f.clock.advance(5 * time.Hour)
		var got []uint64
		for pages := 0; next != ""; pages++ {
			if pages > 5 {
				t.Fatal("the pages do not end")
			}
			w := f.do(access.Viewer, "GET", next, "")
			if w.Code != 200 {
				t.Fatalf("%s: %d %s", next, w.Code, w.Body)
			}
			got = append(got, seqs(t, w.Body.String())...)
			link := w.Header().Get("Link")
			next, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
			if link != "" {
				u, err := url.Parse(next)
				if err != nil || !strings.HasSuffix(u.Query().Get("to"), "Z") || !strings.HasSuffix(link, `; rel="next"`) {
					t.Fatalf("Link: %s (%v)", link, err)
				}
			}
		}
		want := []uint64{0, 2, 4, 6, 8, 10, 12, 14, 16, 18}
		if order == "newest" {
			slices.Reverse(want)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", order, got, want)
		}
	}
}

// A time in q, counted back from now, means the same on every page, too, however late the next one is asked for.
func TestPagesOfAMomentInTheQuery(t *testing.T) {
	for _, q := range []string{"event = A since 5m", "event = A and time >= 5m", "event = A and (user = nobody or time >= 5m)"} {
		f := newFixture(t, nil)
		f.put("A", "A", "B", "A", "A", "A", "A") // a minute apart
		f.clock.advance(6 * time.Minute)
		next := "/api/v1/events?limit=2&q=" + url.QueryEscape(q)
		var got []uint64
		for next != "" {
			w := f.do(access.Viewer, "GET", next, "")
			if w.Code != 200 {
				t.Fatalf("%s: %d %s", next, w.Code, w.Body)
			}
			got = append(got, seqs(t, w.Body.String())...)
			next, _, _ = strings.Cut(strings.TrimPrefix(w.Header().Get("Link"), "<"), ">")
			f.clock.advance(2 * time.Minute)
		}
		if want := []uint64{6, 5, 4, 3, 1}; !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", q, got, want)
		}
	}
}

// A long answer is streamed, with its facts in trailers.
func TestLongAnswer(t *testing.T) {
	f := newFixture(t, nil)
	names := make([]string, 1000)
	for i := range names {
		names[i] = "OPEN"
	}
	f.put(names...)
	s := httptest.NewServer(f.API)
	defer s.Close()
	r, err := http.NewRequest("GET", s.URL+"/api/v1/events?limit=1000", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+f.tokens[access.Viewer])
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	var b strings.Builder
	if _, err := fmt.Fprint(&b, readAll(t, w)); err != nil {
		t.Fatal(err)
	}
	if n := len(seqs(t, b.String())); n != 1000 || w.Trailer.Get("X-Counterfoil-Records") != "1000" || !strings.Contains(w.Trailer.Get("Link"), "before=0&") {
		t.Errorf("%d records, trailers %v", n, w.Trailer)
	}
}

// The evidence for a query proves what the query finds, and who asked for it is in the trail before anything is given.
func TestEvidence(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "CLOSE", "OPEN")
	before := len(f.acts())
	w := f.do(access.Auditor, "GET", "/api/v1/evidence?q=event+%3D+OPEN", "")
	r, err := proof.VerifyEvidence(w.Body.Bytes(), proof.Options{TrustedKey: f.trail.VerifierKey()})
	if err != nil || r.Records != 2 || !strings.Contains(w.Header().Get("Content-Disposition"), ".zip") {
		t.Fatalf("%+v, %v", r, err)
	}
	acts := f.acts()[before:]
	if len(acts) != 1 || acts[0].Name != act.Prove || acts[0].User != "t-auditor" || acts[0].Object.Name != "event = OPEN" {
		t.Errorf("the trail says %+v", acts)
	}
	f.full = errors.New("no space")
	f.refused(f.do(access.Auditor, "GET", "/api/v1/evidence?q=event+%3D+OPEN", ""), KindUnaudited)
}

func TestShowAndProve(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "CLOSE")
	w := f.do(access.Viewer, "GET", "/api/v1/events/1", "")
	if got := seqs(t, w.Body.String()); w.Code != 200 || !slices.Equal(got, []uint64{1}) || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("show: %d %s", w.Code, w.Body)
	}
	w = f.do(access.Auditor, "GET", "/api/v1/events/1/proof", "")
	if w.Code != 200 || w.Body.String() != "bundle 1" || w.Header().Get("Content-Disposition") != `attachment; filename="record-1.proof"` {
		t.Errorf("prove: %d %s %v", w.Code, w.Body, w.Header())
	}
	acts := f.acts()
	if len(acts) != 2 || acts[0].Name != act.Show || acts[1].Name != act.Prove || acts[0].Object.ID != "1" || acts[1].SentenceText() != "t-auditor took evidence of record 1 from 192.0.2.1" {
		t.Errorf("recorded as %v", acts)
	}
	for _, url := range []string{"/api/v1/events/99", "/api/v1/events/99/proof"} {
		if e := f.refused(f.do(access.Auditor, "GET", url, ""), KindNotFound); !strings.Contains(e.Message, "99") {
			t.Errorf("%s: %s", url, e.Message)
		}
	}
	for _, seq := range []string{"x", "-1", "1.0", "18446744073709551616"} {
		f.refused(f.do(access.Auditor, "GET", "/api/v1/events/"+seq, ""), KindParameter)
	}
}

func TestCount(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "bert:OPEN", "FAIL")
	w := f.do(access.Viewer, "GET", "/api/v1/count?q=svc%3DSMB&by=user,1m&by=success", "")
	var got struct {
		Records uint64
		Groups  []struct {
			By      string
			Buckets []struct {
				Key             string
				Count, Failures uint64
			}
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Records != 3 || len(got.Groups) != 3 {
		t.Fatalf("%d %s (%v)", w.Code, w.Body, err)
	}
	if g := got.Groups[0]; g.By != "user" || fmt.Sprint(g.Buckets) != "[{anna 2 1} {bert 1 0}]" {
		t.Errorf("by user: %v", g)
	}
	if g := got.Groups[1]; g.By != "1m" || len(g.Buckets) != 3 || !strings.HasPrefix(g.Buckets[2].Key, "2026-11-22T12:02:00") || g.Buckets[2].Failures != 1 {
		t.Errorf("by minute: %v", g)
	}
	if e := f.acts()[0]; e.Name != act.Count || !strings.Contains(string(e.EventData), `"by":["user","1m","success"]`) {
		t.Errorf("recorded as %s %s", e.Name, e.EventData)
	}
	if w := f.do(access.Viewer, "GET", "/api/v1/count?q=user%3Danna", ""); !strings.Contains(w.Body.String(), `"groups":[],"records":2,`) {
		t.Errorf("without groups: %s", w.Body)
	}
	for _, by := range []string{"usr", "", "0s", "1y", "user,", "nope", strings.Repeat("user,", 16) + "user", "99999999999h"} {
		f.refused(f.do(access.Viewer, "GET", "/api/v1/count?by="+by, ""), KindParameter)
	}
}

func TestSpans(t *testing.T) {
	for text, want := range map[string]time.Duration{"90s": 90 * time.Second, "60s": time.Minute, "24h": 24 * time.Hour, "2w": 14 * 24 * time.Hour} {
		d, ok := parseSpan(text)
		if !ok || d != want {
			t.Errorf("%s: %s, %v", text, d, ok)
		}
		if back, _ := parseSpan(byText(search.By{Every: d})); back != d {
			t.Errorf("%s is written as %s", text, byText(search.By{Every: d}))
		}
	}
}

func TestFields(t *testing.T) {
	f := newFixture(t, nil)
	f.put("OPEN", "CLOSE")
	w := f.do(access.Viewer, "GET", "/api/v1/fields", "")
	var got struct {
		Fields []struct {
			Name, Kind string
			Values     []string
			Seen       int
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, x := range got.Fields {
		seen[x.Name] = fmt.Sprint(x.Kind, len(x.Values), x.Seen)
	}
	for name, want := range map[string]string{"user": "string0 0", "success": "bool2 0", "class": "list18 0", "event_data.file.path": "data0 2", "event_data.list.n": "data0 2"} {
		if seen[name] != want {
			t.Errorf("%s: %q, want %q", name, seen[name], want)
		}
	}
	if strings.Contains(w.Body.String(), "pay.xlsx") {
		t.Error("it gives values")
	}
}

// Whatever the parameters are, the answer is 200, or 400 with the parameter's name.
func FuzzParameters(f *testing.F) {
	for _, s := range []string{"q=user=anna&from=2h", "limit=0&format=csv", "by=1h,user&top=3", "after=-1&format=sse", "from=2026-11-22T12:00:00+01:00", "q=%ff", "before=9223372036854775808", "order=", ";"} {
		f.Add(s)
	}
	x := newFixture(f, nil)
	f.Fuzz(func(t *testing.T, query string) {
		x.t = t
		for _, path := range []string{"/api/v1/events", "/api/v1/count", "/api/v1/fields"} {
			r := httptest.NewRequest("GET", path, nil)
			r.URL.RawQuery = query
			r.Header.Set("Authorization", "Bearer "+x.tokens[access.Admin])
			w := x.serve(r)
			if w.Code != 200 {
				x.refused(w, asKind(w))
				if w.Code != 400 {
					t.Errorf("%s?%s: %d %s", path, query, w.Code, w.Body)
				}
			}
		}
	})
}

func asKind(w *httptest.ResponseRecorder) Kind {
	if strings.Contains(w.Body.String(), `"kind":"query"`) {
		return KindQuery
	}
	return KindParameter
}

// brokenEncoder cannot write the third record.
type brokenEncoder struct{ n int }

var errBroken = errors.New("cannot write this")

func (e *brokenEncoder) Encode(*counterfoil.Record) (dialect.Loss, error) {
	if e.n++; e.n == 3 {
		return nil, errBroken
	}
	return nil, nil
}

func (e *brokenEncoder) Close() error { return nil }

// TestEncoderFails: an answer that ends because a record could not be written is not taken for whole.
func TestEncoderFails(t *testing.T) {
	f := newFixture(t, nil)
	d := &dialect.Dialect{Name: "broken", Encode: func(io.Writer, any) (dialect.Encoder, error) { return &brokenEncoder{}, nil }}
	w := httptest.NewRecorder()
	c := &call{API: f.API, w: w, r: httptest.NewRequest("GET", "/api/v1/search", nil)}
	given := 0
	err := c.give(d, search.Query{}, answer{records: func(yield func(*counterfoil.Record) bool) (search.Stats, error) {
		for yield(&counterfoil.Record{}) {
			given++
		}
		return search.Stats{}, nil
	}}, nil)
	if !errors.Is(err, errBroken) || given != 2 || w.Header().Get("X-Counterfoil-Records") != "" {
		t.Errorf("%v after %d records, %v", err, given, w.Header())
	}
}

// A count by a field of which each record has another value gives what an export would: it takes the right to.
func TestCountOfManyValues(t *testing.T) {
	f := newFixture(t, nil)
	f.put(slices.Repeat([]string{"OPEN"}, searchMost+1)...)
	q := "q=" + url.QueryEscape("event = OPEN")
	f.refused(f.do(access.Viewer, "GET", "/api/v1/count?by=seq&"+q, ""), KindForbidden)
	f.refused(f.do(access.Viewer, "GET", "/api/v1/count?by=seq&top=9000&by=aid&"+q, ""), KindForbidden)
	for role, path := range map[access.Role]string{access.Viewer: "/api/v1/count?by=seq&top=9000&by=1s&" + q, access.Auditor: "/api/v1/count?by=seq&by=aid&" + q} {
		if w := f.do(role, "GET", path, ""); w.Code != 200 {
			t.Errorf("%s as %s: %d %.200s", path, role, w.Code, w.Body)
		}
	}
}
