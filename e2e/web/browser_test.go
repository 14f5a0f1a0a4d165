package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// tab is a page in the browser. Every step fails the test if it does not come true in time.
type tab struct {
	t        *testing.T
	s        *site
	ctx      context.Context
	problems chan string // what the console complained of
}

// newTab opens a browser on a site, logged in as name; "" for nobody.
func newTab(t *testing.T, s *site, name string) *tab {
	t.Helper()
	path := ""
	for _, x := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(x); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		peertest.Need(t, "chromium", errors.New("there is none in PATH: the pages are not looked at in a browser"))
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-component-update", true), chromedp.WSURLReadTimeout(60*time.Second))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { // ends the browser and waits until its profile is written
		if err := chromedp.Cancel(ctx); err != nil {
			t.Log(err)
		}
		cancel()
	})
	b := &tab{t: t, s: s, ctx: ctx, problems: make(chan string, 100)}
	chromedp.ListenTarget(ctx, func(e any) {
		text := ""
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			text = e.ExceptionDetails.Error()
		case *log.EventEntryAdded:
			if e.Entry.Level != log.LevelInfo && e.Entry.Level != log.LevelVerbose {
				text = fmt.Sprintf("%s: %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL)
			}
		case *runtime.EventConsoleAPICalled:
			text = fmt.Sprintf("console.%s", e.Type)
		}
		if text != "" {
			select {
			case b.problems <- text:
			default:
			}
		}
	})
	b.do(emulation.SetDeviceMetricsOverride(1440, 900, 1, false))
	b.dark(false)
	for _, p := range []string{"clipboard-read", "clipboard-write"} {
		b.do(chromedp.ActionFunc(func(ctx context.Context) error {
			return browser.SetPermission(&browser.PermissionDescriptor{Name: p}, browser.PermissionSettingGranted).WithOrigin(s.url).
				Do(cdp.WithExecutor(ctx, chromedp.FromContext(ctx).Browser))
		}))
	}
	if name != "" {
		b.open("/login")
		b.fill("input[name=name]", name)
		b.fill("input[name=password]", password)
		b.click("button.go")
		b.until(`document.querySelector("body.audit")`)
	}
	return b
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if b.ctx.Value(startedKey{}) == nil { // the first run starts the browser, whose life must not end with the timeout
		if err := chromedp.Run(b.ctx); err != nil {
			b.t.Fatal(err)
		}
		b.ctx = context.WithValue(b.ctx, startedKey{}, true)
	}
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.state())
	}
}

type startedKey struct{}

// state tells where a tab stands, for messages.
func (b *tab) state() string {
	var at, text string
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	if err := chromedp.Run(ctx, chromedp.Location(&at), chromedp.Evaluate(`document.body.innerText.slice(0, 300)`, &text)); err != nil {
		return err.Error()
	}
	return "at " + at + "\n" + text
}

func (b *tab) open(path string) { b.t.Helper(); b.do(chromedp.Navigate(b.s.url + path)) }

// see waits until something is shown.
func (b *tab) see(selector string) {
	b.t.Helper()
	b.until(`document.querySelector(` + quoteJS(selector) + `)?.getClientRects().length > 0`)
}

// click presses the mouse in the middle of the first thing that a selector finds.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.see(selector)
	at := js[[]float64](b, `((e) => {
		e.scrollIntoView({ block: "nearest" });
		const box = e.getClientRects()[0];
		return [box.x + box.width / 2, box.y + box.height / 2];
	})(document.querySelector(`+quoteJS(selector)+`))`)
	b.do(chromedp.MouseClickXY(at[0], at[1]))
}

// press clicks what need not be shown, such as an entry of a menu that is closed, by a script.
func (b *tab) press(selector string) {
	b.t.Helper()
	b.until(`document.querySelector(` + quoteJS(selector) + `)`)
	b.do(chromedp.Evaluate(`document.querySelector(`+quoteJS(selector)+`).click()`, nil))
}

func (b *tab) fill(selector, text string) {
	b.t.Helper()
	b.see(selector)
	b.do(chromedp.Evaluate(`((e) => { e.focus(); e.select() })(document.querySelector(`+quoteJS(selector)+`))`, nil),
		chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(text))
}

// keys presses keys once the page listens.
func (b *tab) keys(keys string) {
	b.t.Helper()
	b.until(`true`)
	b.do(chromedp.KeyEvent(keys))
}

// js evaluates an expression.
func js[T any](b *tab, expression string) (v T) {
	b.t.Helper()
	b.do(chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// until waits for an expression to become true on a page that is there as a whole, over any pages that load meanwhile:
// one that still loads has its search box before its facets.
func (b *tab) until(expression string) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(30 * time.Millisecond) {
		var ok bool
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
		err := chromedp.Run(ctx, chromedp.Evaluate(`document.readyState === "complete" && Boolean(`+expression+`)`, &ok))
		cancel()
		if ok {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("never came true: %s (%v)\n%s", expression, err, b.state())
		}
	}
}

// search asks a question through the box.
func (b *tab) search(q string) {
	b.t.Helper()
	b.fill("#q", q)
	b.do(chromedp.KeyEvent("\r"))
	b.until(`new URLSearchParams(location.search).get("q") === ` + quoteJS(q))
}

// texts gives the text of every element that a selector finds.
func (b *tab) texts(selector string) []string {
	b.t.Helper()
	return js[[]string](b, `[...document.querySelectorAll(`+quoteJS(selector)+`)].map((e) => e.textContent.trim())`)
}

// scripts switches scripts on and off. With them off a tab still evaluates what a test asks, but no page does.
func (b *tab) scripts(on bool) { b.t.Helper(); b.do(emulation.SetScriptExecutionDisabled(!on)) }

// size sets the size of the window in pixels.
func (b *tab) size(width, height int64) {
	b.t.Helper()
	b.do(emulation.SetDeviceMetricsOverride(width, height, 1, false))
}

// fillPlain types as a person does, without a script of ours.
func (b *tab) fillPlain(selector, text string) {
	b.t.Helper()
	b.click(selector)
	b.keys(text)
}

// quiet fails if the browser complained of anything so far: an error, a blocked script, a style that the policy refused.
func (b *tab) quiet() { b.t.Helper(); b.quietBut("") }

// quietBut lets complaints pass that have a word in them.
func (b *tab) quietBut(word string) {
	b.t.Helper()
	for {
		select {
		case p := <-b.problems:
			if word == "" || !strings.Contains(p, word) {
				b.t.Error("the browser complains: " + p)
			}
		default:
			return
		}
	}
}

const (
	down   = kb.ArrowDown
	left   = kb.ArrowLeft
	end    = kb.End
	escape = kb.Escape
)

// query encodes an address's parameters.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v.Encode()
}

// picture writes a screenshot to COUNTERFOIL_PICTURES, or else to a directory that goes with the test.
func (b *tab) picture(name string) []byte {
	b.t.Helper()
	var png []byte
	for try := 0; png == nil; try++ { // a headless browser now and then waits for a frame that nothing asks it to draw
		ctx, cancel := context.WithTimeout(b.ctx, 10*time.Second)
		err := chromedp.Run(ctx, chromedp.CaptureScreenshot(&png))
		cancel()
		if err != nil && try == 3 {
			b.t.Fatalf("take a picture: %v", err)
		}
	}
	dir := os.Getenv("COUNTERFOIL_PICTURES")
	if dir == "" {
		dir = b.t.TempDir()
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
	if !strings.HasPrefix(string(png), "\x89PNG") {
		b.t.Fatal("the screenshot is no PNG")
	}
	return png
}

// mouse says that there is one: what shows itself when it is pointed at need not be shown all the time.
var mouse = &emulation.MediaFeature{Name: "hover", Value: "hover"}

// dark switches between the looks.
func (b *tab) dark(on bool) {
	b.t.Helper()
	b.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: map[bool]string{true: "dark", false: "light"}[on]}, mouse}))
}
