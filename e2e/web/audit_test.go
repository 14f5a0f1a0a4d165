package web_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/proof"
)

func TestLogin(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "")
	b.open("/?q=user+%3D+ben")
	b.fill("input[name=name]", "anna")
	b.fill("input[name=password]", "wrong")
	b.click("button.go")
	b.see(".problem")
	b.fill("input[name=password]", password)
	b.click("button.go")
	b.see("body.audit")
	if q := js[string](b, `document.getElementById("q").value`); q != "user = ben" {
		t.Errorf("after the login the search box has %q, want the query that was asked for", q)
	}
	if c := js[string](b, `document.cookie`); c != "" {
		t.Errorf("scripts can read the cookie: %q", c)
	}
	b.click(".user summary")
	b.click(".user button")
	b.see("form.login")
	b.open("/")
	b.see("form.login")
	want := []string{"LOGOUT", "SEARCH user = ben", "LOGIN", "LOGIN"}
	if got := s.acts(4); !slices.Equal(got, want) {
		t.Errorf("the trail has %q, want %q", got, want)
	}
}

func TestSearchAndFacets(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.search(`user = anna and success = false`)
	if says := b.texts(".r:not(.gap) .say"); len(says) == 0 || slices.ContainsFunc(says, func(x string) bool { return !strings.HasPrefix(x, "anna ") }) {
		t.Errorf("the list is %q, want what anna failed at", says)
	}
	b.click(`#facet-host li:nth-child(1) .only`)
	b.until(`document.getElementById("q").value.endsWith(" and host = nas1")`)
	if on := b.texts(`#facet-host .on bdi`); !slices.Equal(on, []string{"nas1"}) {
		t.Errorf("the facet shows %q as chosen, want nas1", on)
	}
	b.click(`#facet-host .on .only`)
	b.until(`document.getElementById("q").value === "user = anna and success = false"`)
	b.press(`#facet-svc .not`)
	b.until(`document.getElementById("q").value.endsWith("and not svc = SMB")`)
	if svc := b.texts(".r:not(.gap) .svc"); slices.Contains(svc, "SMB") {
		t.Errorf("services are %q after SMB was left out", svc)
	}
	b.search(`user = anna and (x`)
	b.see("#wrong pre")
	if text := js[string](b, `document.querySelector("#wrong pre").textContent`); !strings.HasSuffix(strings.TrimRight(text, "\n"), "\n"+strings.Repeat(" ", 16)+"^") {
		t.Errorf("the mistake is shown as %q, want a caret below column 17", text)
	}
	b.quietBut("400")
}

func TestCompletion(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.fill("#q", "us")
	b.until(`document.querySelector("#hints li")?.firstChild.textContent === "user"`)
	b.keys("\t")
	b.until(`document.getElementById("q").value === "user " && !document.getElementById("hints").hidden`)
	b.keys("= ca")
	b.until(`document.querySelector("#hints li")?.firstChild.textContent === "carla"`)
	b.keys(down)
	if a := js[string](b, `document.getElementById("q").getAttribute("aria-activedescendant")`); a != "hint-0" {
		t.Errorf("aria-activedescendant is %q", a)
	}
	b.keys("\t") // Enter takes it as well, but the protocol sends its character apart, which submits the form
	b.until(`document.getElementById("q").value === "user = carla "`)
	b.keys(escape + "\r")
	b.until(`new URLSearchParams(location.search).get("q")?.trim() === "user = carla"`)
	b.see(".r")
	b.quiet()
}

func TestBrush(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	type box struct{ X, Y, W, H float64 }
	plot := js[box](b, `(({x, y, width, height}) => ({X: x, Y: y, W: width, H: height}))(document.getElementById("plot").getBoundingClientRect())`)
	n := js[int](b, `document.querySelectorAll("#plot a[data-from]").length`)
	want := js[[]string](b, `((a) => [a[Math.floor(a.length / 4)].dataset.from, a[Math.floor(a.length / 2)].dataset.to])([...document.querySelectorAll("#plot a[data-from]")])`)
	at := func(i int) float64 { return plot.X + (float64(i)+0.5)*plot.W/float64(n) }
	b.do(chromedp.MouseEvent("mousePressed", at(n/4), plot.Y+30, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent("mouseMoved", at(n/3), plot.Y+30, chromedp.ButtonLeft), chromedp.MouseEvent("mouseMoved", at(n/2), plot.Y+30, chromedp.ButtonLeft))
	sum := b.texts("#brushed")[0]
	b.picture("brush")
	b.do(chromedp.MouseEvent("mouseReleased", at(n/2), plot.Y+30, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	b.until(`new URLSearchParams(location.search).has("from")`)
	got := js[[]string](b, `((q) => [q.get("from"), q.get("to")])(new URLSearchParams(location.search))`)
	for i := range got {
		g, err := counterfoil.ParseTime(got[i])
		w, _ := counterfoil.ParseTime(want[i])
		if err != nil || g != w {
			t.Errorf("the range is %q, want %q", got, want)
		}
	}
	_, count, _ := strings.Cut(sum, ": ")
	if total := b.texts("#sums")[0]; count == "" || !strings.HasPrefix(total, count) {
		t.Errorf("brushed %q, and then the page counts %q", sum, total)
	}
	// The same by keyboard: the last three bars.
	b.keys("t" + end)
	b.do(chromedp.KeyEvent(left, chromedp.KeyModifiers(8)), chromedp.KeyEvent(left, chromedp.KeyModifiers(8)))
	from := js[string](b, `[...document.querySelectorAll("#plot a[data-from]")].at(-3).dataset.from`)
	b.keys("\r")
	w, _ := counterfoil.ParseTime(from)
	b.until(fmt.Sprintf(`Date.parse(new URLSearchParams(location.search).get("from")) === %d`, w.Std().UnixMilli()))
	b.quiet()
}

func TestDetail(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.search(`action = file.rename and user = anna`)
	b.click(".r:not(.gap) > a")
	b.see("#pane h1")
	seq := js[string](b, `document.querySelector(".r.sel").dataset.seq`)
	if h := b.texts("#pane h3"); !slices.Equal(h, []string{"Metadata", "Event Data", "Service Data", "As it came"}) {
		t.Errorf("the pane has %q", h)
	}
	b.click("#copy-json")
	b.until(`document.getElementById("copy-json").textContent === "Copied"`)
	msg := js[string](b, `navigator.clipboard.readText()`)
	rec, err := counterfoil.ParseRecord(msg)
	if err != nil || rec.Object.To != "/hr/pay/2026-11.xlsx" {
		t.Errorf("Copy JSON gave %q: %v", msg, err)
	}
	if again, _ := counterfoil.AppendRecord(nil, &rec); string(again) != msg {
		t.Errorf("Copy JSON gave no canonical message:\n%s\n%s", msg, again)
	}
	b.click("#copy-text")
	b.until(`document.getElementById("copy-text").textContent === "Copied"`)
	if text := js[string](b, `navigator.clipboard.readText()`); !strings.HasPrefix(text, "anna renamed /hr/pay/old.xlsx to /hr/pay/2026-11.xlsx on nas1 from 10.0.0.7\n") {
		t.Errorf("Copy Text gave %q", text)
	}
	b.click("#check")
	b.see(".proof.verified")
	want := []string{"VERIFY record " + seq, "SHOW record " + seq, "SEARCH action = file.rename and user = anna"}
	if got := s.acts(3); !slices.Equal(got, want) {
		t.Errorf("the trail has %q, want %q", got, want)
	}
	// The address is a permalink: the same page opens with the same event.
	at := js[string](b, `location.pathname + location.search`)
	b.open(at)
	b.see("#pane h1")
	if again := js[string](b, `document.querySelector(".r.sel").dataset.seq`); again != seq {
		t.Errorf("the permalink opens event %s, want %s", again, seq)
	}
	b.keys(escape)
	b.until(`!document.querySelector("#pane h1") && !location.search.includes("sel=")`)
	b.do(chromedp.NavigateBack())
	b.see("#pane h1")
	b.quiet()
}

func TestDownloads(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	dir := t.TempDir()
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		return browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(dir).Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
	}))
	b.search(`user = anna and action = file.delete`)
	n := len(b.texts(".r:not(.gap)"))
	b.click(".export summary")
	b.click(".export li:nth-child(1) a")
	csv := download(t, dir, "*.csv")
	if rows := strings.Count(csv, "\n"); rows != n+1 || !strings.Contains(csv, "/hr/pay/2026-11.xlsx") {
		t.Errorf("the CSV has %d lines, want %d:\n%.500s", rows, n+1, csv)
	}
	b.press(`.export li:nth-child(2) a`)
	jsonl := download(t, dir, "*.jsonl")
	for line := range strings.Lines(jsonl) {
		if rec, err := counterfoil.ParseRecord(strings.TrimSpace(line)); err != nil || rec.User != "anna" || rec.Action != counterfoil.FileDelete {
			t.Errorf("the export has %q: %v", line, err)
		}
	}
	if rows := strings.Count(jsonl, "\n"); rows != n {
		t.Errorf("the JSON Lines have %d lines, want %d", rows, n)
	}
	b.click(".r:not(.gap) > a")
	b.see("#pane h1")
	b.click("#pane a[download]")
	report, err := proof.Verify([]byte(download(t, dir, "*.proof")), proof.Options{TrustedKey: s.trail.VerifierKey()})
	if err != nil || report.Record.User != "anna" {
		t.Errorf("the evidence proves %v: %v", report, err)
	}
}

// download waits for a file to be complete.
func download(t *testing.T, dir, pattern string) string {
	t.Helper()
	for range 200 {
		if names, _ := filepath.Glob(filepath.Join(dir, pattern)); len(names) == 1 {
			text, err := os.ReadFile(names[0])
			if err != nil {
				t.Fatal(err)
			}
			if len(text) > 0 {
				return string(text)
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no %s was downloaded", pattern)
	return ""
}

func TestLive(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.search(`svc = SMB`)
	top := func(user string) string {
		return `document.querySelector("#rows .r .say").textContent.startsWith(` + quoteJS(user+" deleted") + `)`
	}
	add := func(user string) {
		one := teller{now: time.Now()}
		s.add(*one.smb(time.Now(), user, "UNLINK", counterfoil.FileDelete, counterfoil.ClassFileDelete, "/x", "NT_STATUS_OK"))
	}
	b.click("#live")
	b.until(`document.getElementById("said").textContent === "Live is on"`)
	add("first")
	b.until(top("first"))
	add("second")
	b.until(top("second"))
	if days := b.texts(".day"); len(days) != 1 && !slices.Equal(days, slices.Compact(slices.Clone(days))) {
		t.Errorf("headings of days: %q", days)
	}
	// While the reader looks further down nothing moves.
	b.do(chromedp.Evaluate(`document.getElementById("list").scrollTop = 400`, nil))
	add("third")
	b.until(`!document.getElementById("fresh").hidden`)
	if !js[bool](b, top("second")) {
		t.Error("a row came in while the list was scrolled down")
	}
	b.picture("live")
	b.click("#fresh")
	b.until(top("third"))
	b.until(`document.querySelector("#rows .r .p").classList.contains("c")`)
	searches := 0
	for _, a := range s.acts(10) {
		if a == "SEARCH svc = SMB" {
			searches++
		}
	}
	if searches != 2 {
		t.Errorf("the trail has %d searches, want 2: the page and the beginning of the live tail", searches)
	}
	b.click("#live")
	b.until(`document.getElementById("live").getAttribute("aria-pressed") === "false"`)
	b.quiet()
}

func TestKeyboard(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.keys("/")
	b.until(`document.activeElement.id === "q"`)
	// The protocol's key events carry the character apart, so that the slash reaches the box; people's do not.
	b.fill("#q", "svc = SMB")
	b.keys("\r")
	b.until(`new URLSearchParams(location.search).get("q") === "svc = SMB"`)
	b.keys("jjk")
	b.until(`document.activeElement.parentElement === document.querySelector(".r")`)
	b.keys("\r")
	b.see("#pane h1")
	b.keys("p")
	b.see(".proof.verified")
	b.keys("C")
	b.until(`document.getElementById("copy-json").textContent === "Copied"`)
	b.keys(escape)
	b.until(`!document.querySelector("#pane h1")`)
	b.keys("ll")
	b.until(`document.querySelectorAll(".v.at").length === 1`)
	value := js[string](b, `document.querySelector(".v.at").dataset.c`)
	b.keys("f")
	b.until(`document.getElementById("q").value === "svc = SMB and " + ` + quoteJS(value))
	b.keys("jx")
	b.until(`document.getElementById("q").value.includes(" and not user = ")`)
	b.keys("?")
	b.see("dialog[open]")
	b.picture("keys")
	b.quiet()
}

// hostile are names that try to be something else than a name.
var hostile = []string{
	`<script>document.title='owned'</script>`, `"><img src=x onerror="document.title='owned'">`, `'-alert(1)-'`, "</textarea><script>document.title='owned'</script>",
	"a\u202egnp.exe", "nul\x00byte", "bad\xff\xfeutf8", "zero\u200bwidth", "line\nbreak", strings.Repeat("long/", 2000), "zalgo" + strings.Repeat("\u0301", 200),
	`javascript:document.title='owned'`, "{{.Token}}", "\u2028sep", "\U000e0041tag",
}

func TestHostileNames(t *testing.T) {
	var events []counterfoil.Event
	for _, name := range hostile {
		one := teller{now: time.Now()}
		e := *one.smb(time.Now(), "anna", "UNLINK", counterfoil.FileDelete, counterfoil.ClassFileDelete, "/"+name, "NT_STATUS_OK")
		e.User, e.Host, e.Addr, e.Raw = name, name, name, name
		events = append(events, e)
	}
	s := newSite(t, events)
	b := newTab(t, s, "anna")
	b.search("svc = SMB")
	b.picture("hostile")
	for i := range hostile {
		row := fmt.Sprintf(`document.querySelectorAll(".r")[%d]`, i)
		b.do(chromedp.Evaluate(row+`.firstElementChild.click()`, nil))
		b.until(row + `.classList.contains("sel") && document.querySelector("#pane h1")`)
		if title := js[string](b, `document.title`); title != "Audit · counterfoil" {
			t.Fatalf("a name ran as a script: the title is %q", title)
		}
	}
	if n := js[int](b, `document.querySelectorAll("#rows script, #rows img, #pane script, #pane img").length`); n != 0 {
		t.Errorf("%d elements were made from names", n)
	}
	for _, c := range []string{"\u202e", "\u200b", "\u2028", "\x00", "\ufffd"} {
		if js[bool](b, `document.body.innerText.includes(`+quoteJS(c)+`)`) {
			t.Errorf("the page shows the character %q as it is", c)
		}
	}
	// Each value that is shown whole can be searched for by a click, and finds its event. The rows are newest first.
	for i, clause := range js[[]string](b, `[...document.querySelectorAll(".r .say b:first-child")].map((v) => v.dataset.c || "")`) {
		if name := hostile[len(hostile)-1-i]; clause == "" && len(name) > 4096 {
			continue // shown in part
		}
		b.do(chromedp.Navigate(s.url + "/?" + query("add", clause, "q", "svc = SMB")))
		if n := len(b.texts(".r")); n != 1 {
			t.Errorf("%q (row %d) finds %d events, want 1", clause, i, n)
		}
	}
	b.quiet()
}

// TestWithoutScripts walks with forms and links alone.
func TestWithoutScripts(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "")
	b.scripts(false)
	b.open("/")
	b.fillPlain("input[name=name]", "anna")
	b.fillPlain("input[name=password]", password+"\r")
	b.see("body.audit")
	b.fillPlain("#q", "user = anna\r")
	b.until(`document.querySelector("#q")?.defaultValue === "user = anna"`) // the page before has facets, too
	b.click("#facet-action .only")
	b.see("#facet-action .on")
	b.click(".r:not(.gap) > a")
	b.see("#pane h1")
	b.click("#check")
	b.see(".proof.verified")
	b.picture("plain")
	b.click(`main a[href^="/event/"]`)
	b.see(".one #pane h1")
	b.click(`main a[href="/"]`)
	b.see("body.audit")
	b.click(".r > a")
	b.see("#pane h1")
	b.click("#shut")
	b.until(`!document.querySelector("#pane h1")`)
	b.click(".range summary")
	b.click(".range li:nth-child(2) a")
	b.until(`document.querySelector(".range summary").textContent.endsWith(": Last 15 minutes")`)
	b.quiet()
}

// TestNarrow looks at the page as on a telephone: nothing may be wider than the screen.
func TestNarrow(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	for _, width := range []int64{390, 900} {
		b.size(width, 844)
		b.open("/")
		b.search("user = anna")
		b.click(".r:not(.gap) > a")
		b.see("#pane h1")
		b.picture(fmt.Sprint("narrow-", width))
		if over := js[int](b, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
			t.Errorf("at %d pixels the page is %d too wide", width, over)
		}
	}
	b.quiet()
}

// TestOneScrollBar: on a wide screen the list and the facets scroll, and the page does not.
func TestOneScrollBar(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	b.size(1280, 500)
	b.open("/")
	b.see("#facet-host .only")
	if over := js[int](b, `document.documentElement.scrollHeight - innerHeight`); over > 0 {
		t.Errorf("the page is %d higher than the screen", over)
	}
	b.quiet()
}

// TestWeight holds the first load to what a slow line can bear, and to this server alone.
func TestWeight(t *testing.T) {
	s := newSite(t, story(time.Now().UTC()))
	b := newTab(t, s, "anna")
	type load struct {
		Name string
		Size int
	}
	loads := js[[]load](b, `performance.getEntriesByType("resource").map((e) => ({Name: e.name, Size: e.decodedBodySize}))`)
	total := 0
	for _, l := range loads {
		total += l.Size
		if !strings.HasPrefix(l.Name, s.url) {
			t.Errorf("the page loads %s from elsewhere", l.Name)
		}
		resp, err := http.Get(l.Name)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if c := resp.Header.Get("Cache-Control"); !strings.Contains(c, "immutable") {
			t.Errorf("%s may not be kept by the browser: Cache-Control is %q", l.Name, c)
		}
	}
	if len(loads) < 5 || total > 64<<10 {
		t.Errorf("the page loads %d files with %d bytes, want at most 64 KiB", len(loads), total)
	}
}
