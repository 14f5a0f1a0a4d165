package web_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/proof"
)

// hostileStory has what happened, and names that a careless report would run or show as something else.
func hostileStory() []counterfoil.Event {
	events := story(time.Now().UTC())
	for _, name := range append([]string{"</script><script>document.title='ran'</script>", "<!--", "&amp;lt;", "{{.}}"}, hostile...) {
		one := teller{now: time.Now()}
		e := *one.smb(time.Now(), "anna", "UNLINK", counterfoil.FileDelete, counterfoil.ClassFileDelete, "/"+name, "NT_STATUS_OK")
		e.Host, e.Addr, e.Raw = name, name, name
		events = append(events, e)
	}
	return events
}

// TestEvidence takes the evidence for a query from the page, opens its report from the file, and spoils it.
func TestEvidence(t *testing.T) {
	s := newSite(t, hostileStory())
	b := newTab(t, s, "anna")
	dir := t.TempDir()
	b.do(chromedp.ActionFunc(func(ctx context.Context) error {
		return browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(dir).Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
	}))
	b.search(`user = anna and action = file.delete`)
	n := len(b.texts(".r:not(.gap)"))
	b.click(".export summary")
	b.press(`.export li:nth-child(3) a`)
	doc := []byte(download(t, dir, "*.zip"))
	r, err := proof.VerifyEvidence(doc, proof.Options{TrustedKey: s.trail.VerifierKey()})
	if err != nil || r.Records != n || r.Context == 0 {
		t.Fatalf("the evidence is of %+v, want %d records and their context: %v", r, n, err)
	}
	if acts := s.acts(1); len(acts) != 1 || acts[0] != "PROVE user = anna and action = file.delete" {
		t.Errorf("the trail says %q", acts)
	}
	report := reportOf(t, doc)
	b.quiet()
	for _, own := range []bool{false, true} {
		if own { // as in a browser that has no cryptography for files
			b.do(chromedp.ActionFunc(func(ctx context.Context) error {
				_, err := page.AddScriptToEvaluateOnNewDocument(`Object.defineProperty(globalThis, "crypto", { value: undefined });`).Do(ctx)
				return err
			}))
		}
		openReport(b, dir, report)
		if checked := js[string](b, `document.body.dataset.checked`); checked != "yes" {
			t.Fatalf("own %v: %s\n%s", own, checked, js[string](b, `document.getElementById("verdict").innerText`))
		}
		for what, change := range spoilings {
			spoilt := change(report)
			if bytes.Equal(spoilt, report) {
				t.Errorf("%s: nothing was changed", what)
			}
			openReport(b, dir, spoilt)
			if checked := js[string](b, `document.body.dataset.checked`); checked != "no" {
				t.Errorf("own %v, %s: %s", own, what, checked)
			}
		}
	}
	b.picture("evidence-spoilt")
	openReport(b, dir, report)
	if title := js[string](b, `document.title`); !strings.HasPrefix(title, "Evidence from ") {
		t.Errorf("a name ran as a script: the title is %q", title)
	}
	if n := js[int](b, `document.querySelectorAll("#page script, #page img").length`); n != 0 {
		t.Errorf("%d elements were made from names", n)
	}
	b.fill("#trusted", s.trail.VerifierKey())
	b.until(`document.getElementById("compared").textContent === "It is this key."`)
	b.picture("evidence")
	var pdf []byte
	b.do(chromedp.ActionFunc(func(ctx context.Context) (err error) { pdf, _, err = page.PrintToPDF().Do(ctx); return err }))
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		t.Error("the report cannot be printed")
	}
	b.quiet()
}

// spoilings change a byte of what matters in a report.
var spoilings = map[string]func([]byte) []byte{
	"a user in what people read": func(b []byte) []byte { return bytes.Replace(b, []byte("anna"), []byte("otto"), 1) },
	"a time in what people read": func(b []byte) []byte {
		return bytes.Replace(b, []byte(`<td class="t">20`), []byte(`<td class="t">21`), 1)
	},
	"a record":        spoilData("records.jsonl", 300),
	"the context":     spoilData("context.jsonl", 300),
	"a salt":          spoilData("proof", 60),
	"the tree's root": spoilData("checkpoint", 60),
	"the signature":   spoilData("checkpoint", 190),
	"the statement":   spoilData("statement", 400),
	"the key":         spoilData("key", 60),
	// What says the same to whoever reads loosely, and counterfoil verify refuses.
	"a line behind the signature": inData("statement", func(b []byte) []byte { return append(b, "and more\n"...) }),
	"a signature by somebody else": inData("statement", func(b []byte) []byte {
		return append(b, "\u2014 somebody AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"...)
	}),
	"a signature without padding": inData("statement", func(b []byte) []byte { return append(bytes.TrimRight(b, "=\n"), '\n') }),
	"no context": func(b []byte) []byte {
		return bytes.Replace(b, []byte(`data-name="context.jsonl"`), []byte(`data-nam="context.jsonl"`), 1)
	},
}

// inData changes a file in a report.
func inData(name string, change func([]byte) []byte) func([]byte) []byte {
	return func(b []byte) []byte {
		before, rest, _ := bytes.Cut(b, []byte(`data-name="`+name+`">`))
		data, rest, _ := bytes.Cut(rest, []byte("<"))
		raw, err := base64.StdEncoding.DecodeString(string(data))
		if err != nil {
			panic(err)
		}
		return slices.Concat(before, []byte(`data-name="`+name+`">`+base64.StdEncoding.EncodeToString(change(raw))+"<"), rest)
	}
}

// spoilData changes a character of a file in a report.
func spoilData(name string, at int) func([]byte) []byte {
	return func(b []byte) []byte {
		b = bytes.Clone(b)
		i := bytes.Index(b, []byte(`data-name="`+name+`">`)) + len(`data-name="`+name+`">`) + at
		if b[i] == 'A' {
			b[i] = 'B'
		} else {
			b[i] = 'A'
		}
		return b
	}
}

func openReport(b *tab, dir string, report []byte) {
	b.t.Helper()
	name := filepath.Join(dir, "report.html")
	if err := os.WriteFile(name, report, 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Navigate("file://" + name))
	b.until(`document.body && document.body.dataset.checked`)
}

func reportOf(t *testing.T, doc []byte) []byte {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open("report.html")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	report, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(report, []byte("http:")) || bytes.Contains(report, []byte("https:")) || !regexp.MustCompile(`default-src 'none'`).Match(report) {
		t.Error("the report names an address of a network, or lets itself be sent somewhere")
	}
	return report
}
