package web

import (
	"bufio"
	"context"
	"fmt"
	"html"
	"html/template"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"plain /a b":                "plain /a b",
		"<b>&\"'":                   "&lt;b&gt;&amp;&#34;&#39;",
		"a\u202eb":                  `a<span class="esc">\u202e</span>b`,
		`a\u202eb`:                  `a\u202eb`,
		"\x00\x1b\x7f":              `<span class="esc">\x00</span><span class="esc">\x1b</span><span class="esc">\x7f</span>`,
		"\xffé\xfe":                 `<span class="esc">\xff</span>é<span class="esc">\xfe</span>`,
		"\ufffd":                    "\ufffd",
		"a\u00a0\u200b":             `a<span class="esc">\u00a0</span><span class="esc">\u200b</span>`,
		"e\u0301":                   "e\u0301",
		"e\u0301\u0301\u0301\u0301": "e\u0301\u0301\u0301" + `<span class="esc">\u0301</span>`,
		"\U000e0041":                `<span class="esc">\U000e0041</span>`,
		"日本語":                       "日本語",
		"a\nb\t":                    `a<span class="esc">\n</span>b<span class="esc">\t</span>`,
	} {
		if got := asHTML(in); got != template.HTML(want) {
			t.Errorf("asHTML(%q) = %s, want %s", in, got, want)
		}
	}
	if got := blockHTML("a\nb\r\tc"); got != "a\nb<span class=\"esc\">\\r</span>\tc" {
		t.Errorf("blockHTML = %q", got)
	}
}

// FuzzVisible: whatever goes in, no markup and nothing that cannot be seen comes out, and clipping keeps its bounds.
func FuzzVisible(f *testing.F) {
	for _, s := range []string{"<script>", "\u202e\xff\x00", strings.Repeat("\u0301", 99), "a&b"} {
		f.Add(s)
	}
	tags := regexp.MustCompile(`<span class="esc">[^<]*</span>|<mark>|</mark>`)
	f.Fuzz(func(t *testing.T, s string) {
		out := tags.ReplaceAllString(string(markedHTML(s, false, marker{"a", "b"})), "")
		if strings.ContainsAny(out, "<>\"'") {
			t.Fatalf("%q becomes markup: %q", s, out)
		}
		for _, r := range visible.Text(s) {
			if !visible.HasLook(r) {
				t.Fatalf("%q still shows %q", s, r)
			}
		}
		if c := visible.Text(clip(s, 60)); len(c) > 60*7 {
			t.Fatalf("%q is clipped to %d bytes", s, len(c))
		}
		if e, err := clauseFinds(s); err != nil || !e {
			t.Fatalf("the clause %q does not find %q: %v", clause("user", s), s, err)
		}
	})
}

func clauseFinds(s string) (bool, error) {
	a := readAsk(url.Values{"q": {clause("user", s)}}, morning)
	if a.wrong != nil {
		return false, fmt.Errorf("%s", a.wrong.Reason)
	}
	r := counterfoil.Record{Event: deletion(0, s, "/x")}
	return s == "" || matches(a, &r), nil
}

func TestCompose(t *testing.T) {
	for _, c := range []struct{ text, clause, want string }{
		{"", "user = anna", "user = anna"},
		{"*", "user = anna", "user = anna"},
		{"since 2h", "user = anna", "since 2h and user = anna"},
		{"a or b", "user = anna", "(a or b) and user = anna"},
		{"since 2h (a or b)", "user = anna", "since 2h (a or b) and user = anna"},
		{"(a or b) and since 2h", "user = anna", "(a or b) and since 2h and user = anna"},
		{"(a or b) and (c or d) or e", "user = anna", "((a or b) and (c or d) or e) and user = anna"},
		{"user = anna and a or b", "user = anna", "(user = anna and a or b) and user = anna"},
		{"user = anna", "user = anna", "user = anna"},
		{"host = a and user = anna", "user = anna", "host = a and user = anna"},
		{`object.name = "x and y"`, "not user = anna", `object.name = "x and y" and not user = anna`},
		{`mongo:{ host: "a" }`, "user = anna", `mongo:{"host":"a","user":"anna"}`},
		{`mongo:{ user: "anna" }`, "user = anna", `mongo:{"user":"anna"}`},
		{`mongo:{ $or: [{seq: 1}, {seq: 2}] }`, "not user = anna", `mongo:{"$or":[{"seq":1},{"seq":2}],"user":{"$ne":"anna"}}`},
		{`mongo:{ host: "a" }`, "not (", `mongo:{ host: "a" } and not (`},
		{`truenas:[["event","=","READ"]]`, "class = fr", `truenas:[["event","=","READ"],["class","rin","fr"]]`},
	} {
		if got := with(c.text, c.clause); got != c.want {
			t.Errorf("with(%q, %q) = %q, want %q", c.text, c.clause, got, c.want)
		}
	}
	for _, c := range []struct {
		text, clause, want string
		found              bool
	}{
		{"user = anna", "user = anna", "", true},
		{"a and user = anna and b", "user = anna", "a and b", true},
		{`object.name = "x and user = anna"`, "user = anna", `object.name = "x and user = anna"`, false},
		{"(a and user = anna)", "user = anna", "(a and user = anna)", false},
		{"not user = anna", "user = anna", "not user = anna", false},
		{"user = anna and a or b", "user = anna", "user = anna and a or b", false},
		{"a or b and user = anna", "user = anna", "a or b and user = anna", false},
		{"since 2h (a or b) and user = anna", "user = anna", "since 2h (a or b)", true},
		{`mongo:{ host: "a", user: "anna" }`, "user = anna", `mongo:{"host":"a"}`, true},
		{`mongo:{ $or: [{user: "anna"}, {seq: 2}] }`, "user = anna", `mongo:{ $or: [{user: "anna"}, {seq: 2}] }`, false},
		{`truenas:[["username","=","anna"]]`, "user = anna", `truenas:[]`, true},
	} {
		if got, found := without(c.text, c.clause); got != c.want || found != c.found {
			t.Errorf("without(%q, %q) = %q %v, want %q %v", c.text, c.clause, got, found, c.want, c.found)
		}
	}
}

var rowSeq = regexp.MustCompile(`data-seq="(\d+)"`)

func seqs(text string) (all []string) {
	for _, m := range rowSeq.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

func TestPaging(t *testing.T) {
	var events []counterfoil.Event
	for i := range 2*pageRows + 10 {
		events = append(events, deletion(i, "ben", fmt.Sprint("/", i)))
	}
	d := newDesk(t, events...)
	d.login("anna", secret)
	href := regexp.MustCompile(`href="([^"]+)" rel="(next|prev)"`)
	var got []string
	path := "/?q=user+%3D+ben"
	for range 4 {
		_, text := d.get(path)
		got = append(got, seqs(text)...)
		path = ""
		for _, m := range href.FindAllStringSubmatch(text, -1) {
			if m[2] == "next" {
				path = html.UnescapeString(m[1])
			}
		}
		if path == "" {
			break
		}
	}
	for i, seq := range got {
		if seq != fmt.Sprint(len(events)-1-i) {
			t.Fatalf("row %d is event %s", i, seq)
		}
	}
	if len(got) != len(events) || path != "" {
		t.Errorf("%d rows on all pages, want %d; then %q", len(got), len(events), path)
	}
	if _, text := d.get("/?q=user+%3D+ben&after=50"); !slices.Equal(seqs(text)[:1], []string{"149"}) || len(seqs(text)) != pageRows {
		t.Errorf("after=50 begins with %q", seqs(text)[:1])
	}
}

func TestGaps(t *testing.T) {
	gap := act.New(counterfoil.TimeOf(morning.Add(5*time.Minute)), act.Who{Host: "audit1"}, act.Gap, counterfoil.AuditGap, true,
		counterfoil.Object{Kind: "input", Name: "smb"}, func(b *counterfoil.Builder) {
			b.String("from", counterfoil.TimeOf(morning.Add(2*time.Minute)).String())
			b.String("to", counterfoil.TimeOf(morning.Add(4*time.Minute)).String())
			b.Int("count", 7)
			b.String("unit", "records")
		})
	d := newDesk(t, deletion(0, "ben", "/a"), deletion(1, "anna", "/b"), gap, deletion(6, "ben", "/c"))
	d.login("anna", secret)
	_, text := d.get("/?q=user+%3D+ben")
	if got := seqs(text); !slices.Equal(got, []string{"3", "2", "0"}) {
		t.Errorf("rows %q, want the gap between ben's two events", got)
	}
	for _, want := range []string{`class="r gap"`, "09:02:00 – 09:04:00 · 7 records lost", `<rect class="gap"`, "2 events", "1 gap"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// A time that is counted back from now means the same on every page, however late one turns it.
func TestPagesOfAMoment(t *testing.T) {
	var events []counterfoil.Event
	for i := range 2*pageRows + 20 {
		events = append(events, deletion(i, "ben", fmt.Sprint("/", i)))
	}
	older := regexp.MustCompile(`href="([^"]+)" rel="next"`)
	for _, question := range []string{"q=user+%3D+ben+since+105m", "q=user+%3D+ben+and+time+%3E%3D+105m"} {
		d := newDesk(t, events...)
		now := morning.Add((2*pageRows + 20) * time.Minute)
		d.clock = func() time.Time { return now }
		d.login("anna", secret)
		var got []string
		for path := "/?" + question; path != ""; now = now.Add(20 * time.Minute) {
			_, text := d.get(path)
			got, path = append(got, seqs(text)...), ""
			if m := older.FindStringSubmatch(text); m != nil {
				path = html.UnescapeString(m[1])
			}
		}
		if len(got) != 105 || got[104] != fmt.Sprint(len(events)-105) {
			t.Errorf("%s: %d rows, want the newest 105: the last are %q", question, len(got), got[max(0, len(got)-3):])
		}
	}
}

// A gap that lies where one page ends and the next begins is on one of them, whichever way one goes.
func TestGapsBetweenPages(t *testing.T) {
	gap := func(minute int) counterfoil.Event {
		return act.New(counterfoil.TimeOf(morning.Add(time.Duration(minute)*time.Minute)), act.Who{Host: "audit1"}, act.Gap, counterfoil.AuditGap, true,
			counterfoil.Object{Kind: "input", Name: "smb"}, func(b *counterfoil.Builder) { b.Int("count", 7) })
	}
	var events []counterfoil.Event
	for i := range 2*pageRows + 10 {
		if i == 10 || i == pageRows || i == pageRows+10 {
			events = append(events, gap(i))
		}
		events = append(events, deletion(i, "ben", fmt.Sprint("/", i)))
	}
	d := newDesk(t, events...)
	d.login("anna", secret)
	href := regexp.MustCompile(`href="([^"]+)" rel="(next|prev)"`)
	walk := func(path, rel string) (pages [][]string, last string) {
		for path != "" {
			_, text := d.get(path)
			pages = append(pages, seqs(text))
			last, path = path, ""
			for _, m := range href.FindAllStringSubmatch(text, -1) {
				if m[2] == rel {
					path = html.UnescapeString(m[1])
				}
			}
		}
		return pages, last
	}
	down, last := walk("/?q=user+%3D+ben", "next")
	up, _ := walk(last, "prev")
	slices.Reverse(up)
	for i, pages := range [][][]string{down, up} {
		var got []string
		for _, p := range pages {
			got = append(got, p...)
		}
		for j, seq := range got {
			if seq != fmt.Sprint(len(events)-1-j) {
				t.Fatalf("way %d: row %d of all pages is event %s, want %d", i, j, seq, len(events)-1-j)
			}
		}
		if len(got) != len(events) {
			t.Errorf("way %d: %d rows, want %d", i, len(got), len(events))
		}
	}
	if _, text := d.get("/?q=user+%3D+nobody&before=50"); !slices.Equal(seqs(text), []string{"10"}) {
		t.Errorf("an empty page has the gaps %q, want the one that lies in it", seqs(text))
	}
}

func TestUnparsed(t *testing.T) {
	u := dialect.Unparsed(&dialect.Dialect{Name: "linux", Version: 1}, dialect.Frame{Data: []byte("type=<b>\xff"), Received: counterfoil.TimeOf(morning)}, "no header")
	d := newDesk(t, u)
	d.login("anna", secret)
	if _, text := d.get("/?q=event+%3D+UNPARSED"); !strings.Contains(text, `not understood</span> <code class="verbatim">type=&lt;b&gt;<span class="esc">\xff</span></code>`) {
		t.Errorf("the record is not shown as it came")
	}
}

func TestEvent(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	d.login("anna", secret)
	resp, text := d.get("/event/0/json")
	r, err := counterfoil.ParseRecord(strings.TrimSpace(text))
	if err != nil || r.Object.Name != "/a" || resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the event as JSON is %q: %v", text, err)
	}
	if _, text = d.get("/event/0/text"); !strings.HasPrefix(text, "ben deleted /a on nas1 from 10.0.0.7\n") || !strings.Contains(text, "As it came:\nraw of /a\n") {
		t.Errorf("the event as text is\n%s", text)
	}
	d.wantActs("SHOW success anna record 0", "SHOW success anna record 0")
	if _, text = d.get("/event/0?pane=1"); strings.Contains(text, "<html") || !strings.Contains(text, "Metadata") {
		t.Errorf("the pane is\n%.300s", text)
	}
	for path, status := range map[string]int{"/event/99": 404, "/event/x": 404, "/event/18446744073709551616": 404, "/nowhere": 404} {
		if resp, text := d.get(path); resp.StatusCode != status || !strings.Contains(text, "To the Audit page") {
			t.Errorf("%s gives %s", path, resp.Status)
		}
	}
	if resp, _ := d.send("PUT", "/", nil); resp.StatusCode != 405 || resp.Header.Get("Allow") != "GET" {
		t.Errorf("PUT gives %s", resp.Status)
	}
}

func TestMistakes(t *testing.T) {
	d := newDesk(t)
	d.login("anna", secret)
	resp, text := d.get("/?q=" + url.QueryEscape("user = anna and (<b>"))
	if resp.StatusCode != 400 || !strings.Contains(text, "user = anna and (&lt;b&gt;\n                 ^") {
		t.Errorf("a mistake gives %s:\n%.200s", resp.Status, text[strings.Index(text, `id="wrong"`):])
	}
	for _, q := range []string{"from=soon", "from=2026-11-22&to=2026-11-21", "q=since+1h&to=2020-01-01"} {
		if resp, _ := d.get("/?" + q); resp.StatusCode != 400 {
			t.Errorf("%s gives %s", q, resp.Status)
		}
	}
}

func TestRefine(t *testing.T) {
	d := newDesk(t)
	d.login("anna", secret)
	resp, _ := d.get("/?q=a+or+b&last=1h&not=" + url.QueryEscape("user = ben"))
	if q := resp.Request.URL.Query(); q.Get("q") != "(a or b) and not user = ben" || q.Get("last") != "1h" || q.Has("not") {
		t.Errorf("the address becomes %s", resp.Request.URL)
	}
}

// The form sends the range with the next query: it must not be another one, least of all one that holds nothing.
func TestDateFields(t *testing.T) {
	d := newDesk(t)
	d.login("anna", secret)
	field := regexp.MustCompile(`step="([^"]+)" name="(?:from|to)" value="([^"]+)"`)
	for q, want := range map[string][]string{
		"from=2026-11-22T09:00:00Z&to=2026-11-22T10:00:00Z":                 {"1 2026-11-22T09:00:00", "1 2026-11-22T10:00:00"},
		"from=2026-11-22T09:00:00.1Z&to=2026-11-22T09:00:00.2Z":             {"0.001 2026-11-22T09:00:00.1", "0.001 2026-11-22T09:00:00.2"},
		"from=2026-11-22T09:00:00.0000015Z&to=2026-11-22T09:00:00.0000016Z": {"0.001 2026-11-22T09:00:00", "0.001 2026-11-22T09:00:00.001"},
	} {
		_, text := d.get("/?" + q)
		var got []string
		for _, m := range field.FindAllStringSubmatch(text, -1) {
			got = append(got, m[1]+" "+m[2])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: the fields are %q, want %q", q, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"), deletion(0, "be<b", "/a"), deletion(0, "be\u202e", "/a"))
	d.login("anna", secret)
	if _, text := d.get("/complete?q=" + url.QueryEscape("é us")); !strings.HasPrefix(text, `[{"from":2,"to":4,"text":"user"`) {
		t.Errorf("completing a field gives %s", text)
	}
	if _, text := d.get("/complete?q=" + url.QueryEscape("user = be")); !strings.Contains(text, `"text":"ben"`) || strings.Contains(text, "\u202e") {
		t.Errorf("completing a value gives %s", text)
	}
	d.get("/complete?q=" + url.QueryEscape("user = ben"))
	d.get("/complete?q=" + url.QueryEscape("host = n"))
	d.wantActs("COUNT success anna host", "COUNT success anna user", "SEARCH success anna")
	d.web.opts.Append = func(context.Context, string, []counterfoil.Event) (trail.Receipt, error) {
		return trail.Receipt{}, trail.ErrSuspended
	}
	for range 2 {
		if resp, text := d.get("/complete?q=" + url.QueryEscape("addr = 1")); resp.StatusCode != 503 || strings.Contains(text, "10.0.0.7") {
			t.Errorf("values that cannot be recorded: %s %s", resp.Status, text)
		}
	}
}

func TestLive(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	d.login("anna", secret)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- d.web.Run(ctx) }()
	resp, err := d.client.Get(d.server.URL + "/live?q=user+%3D+ben&after=1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	if _, err := d.trail.Append(t.Context(), "in", []counterfoil.Event{deletion(1, "anna", "/no"), deletion(2, "ben", "/<yes>")}); err != nil {
		t.Fatal(err)
	}
	until := func(want string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), "/no") {
				t.Fatalf("what does not match came: %s", lines.Text())
			}
			if strings.Contains(lines.Text(), want) {
				return
			}
		}
		t.Fatalf("the stream ended before %s", want)
	}
	until("/&lt;yes&gt;")
	cancel() // as at a stop of the daemon: the stream ends by itself
	for lines.Scan() {
	}
	if err := <-done; err != nil || lines.Err() != nil {
		t.Errorf("the end: %v, %v", err, lines.Err())
	}
	d.wantActs("SEARCH success anna user = ben")
}

func TestHistogram(t *testing.T) {
	a := readAsk(url.Values{}, morning)
	at := func(m int) counterfoil.Time { return counterfoil.TimeOf(morning.Add(time.Duration(m) * time.Minute)) }
	h := a.draw([]search.Bucket{{Start: at(0), Count: 100, Failures: 1}, {Start: at(10), Count: 50, Failures: 50}}, at(0), at(20), 5*time.Minute)
	if len(h.Bars) != 4 || h.Total != 150 || h.Failed != 51 {
		t.Fatalf("%d bars, %d events, %d failures", len(h.Bars), h.Total, h.Failed)
	}
	if b := h.Bars[0]; b.FailH != 2 || b.Y+b.H != histHeight || b.FailY+b.FailH != b.Y || b.FailY < 0 {
		t.Errorf("the first bar is %+v: want a small failure on top of the rest, inside the box", b)
	}
	if b := h.Bars[2]; b.H != 0 || b.FailH != 30 {
		t.Errorf("the third bar is %+v: want half the height, all failures", b)
	}
	for span, want := range map[time.Duration]time.Duration{time.Second: 100 * time.Millisecond, time.Hour: time.Minute, day: 30 * time.Minute, 365 * day: 7 * day, 200 * 365 * day: 3 * 364 * day} {
		if got := step(0, counterfoil.Time(span)); got != want || span/got > maxBars {
			t.Errorf("step(%s) = %s, want %s", span, got, want)
		}
	}
}

func matches(a *ask, r *counterfoil.Record) bool { return filter.Eval(a.query.Filter, r) }

// Times at the beginning of 1970 and before it bound a question as any other, or are refused.
func TestTimesOfLongAgo(t *testing.T) {
	sixties := counterfoil.TimeOf(time.Date(1965, 1, 1, 0, 0, 0, 0, time.UTC))
	for query, want := range map[string]counterfoil.Time{
		"from=1965-01-01":                       sixties,
		"q=since+1965-01-01":                    sixties,
		"from=1965-01-01&q=since+1960-01-01":    sixties,
		"from=1960-01-01&q=since+1965-01-01":    sixties,
		"from=1965-01-01&q=user+%3D+anna":       sixties,
		"from=1965-01-01T00:00:00Z&q=user=anna": sixties,
	} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if a := readAsk(v, morning); a.wrong != nil || a.query.From != want {
			t.Errorf("%s: from %s, want %s (%v)", query, a.query.From, want, a.wrong)
		}
	}
	for _, query := range []string{"to=1970-01-01", "to=1970-01-01T00:00", "from=1970-01-01T00:00:00Z"} {
		v, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		if a := readAsk(v, morning); a.wrong == nil {
			t.Errorf("%s is taken for no bound", query)
		}
	}
}
