package web

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

const secret = "correct horse battery staple"

// desk is a trail, the pages in front of it, and a browser without scripts.
type desk struct {
	t      *testing.T
	trail  *trail.Trail
	web    *Web
	server *httptest.Server
	client *http.Client
	clock  func() time.Time
}

func newDesk(t *testing.T, events ...counterfoil.Event) *desk {
	t.Helper()
	tr, err := trail.Open(t.TempDir(), trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	if len(events) > 0 {
		if _, err := tr.Append(t.Context(), "in", events); err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{t: t, trail: tr, clock: time.Now}
	now := func() time.Time { return d.clock() }
	accounts, err := access.Open(t.TempDir(), access.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	for name, role := range map[string]access.Role{"anna": access.Auditor, "viktor": access.Viewer, "sam": access.Sender} {
		if err := accounts.CreateAccount(t.Context(), name, role, secret, ""); err != nil {
			t.Fatal(err)
		}
	}
	d.web = New(Options{Source: tr, Append: tr.Append, Access: accounts, Host: "audit1", Key: tr.VerifierKey(), Now: now,
		Prove: func(_ context.Context, seq uint64) ([]byte, error) {
			b, err := tr.Prove(seq, "test")
			if err != nil {
				return nil, err
			}
			return b.Marshal(), nil
		}})
	d.server = httptest.NewServer(d.web)
	t.Cleanup(d.server.Close)
	t.Cleanup(d.server.CloseClientConnections)
	jar, _ := cookiejar.New(nil)
	d.client = &http.Client{Jar: jar}
	return d
}

// get follows redirects, as a browser does.
func (d *desk) get(path string, header ...string) (*http.Response, string) {
	d.t.Helper()
	return d.send("GET", path, nil, header...)
}

func (d *desk) send(method, path string, form url.Values, header ...string) (*http.Response, string) {
	d.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.server.URL+path, body)
	if err != nil {
		d.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp, string(text)
}

var tokenField = regexp.MustCompile(`name="token" value="([^"]+)"`)

func (d *desk) token(path string) string {
	d.t.Helper()
	_, text := d.get(path)
	m := tokenField.FindStringSubmatch(text)
	if m == nil {
		d.t.Fatalf("no form with a token at %s:\n%.400s", path, text)
	}
	return m[1]
}

func (d *desk) login(name, password string, header ...string) (*http.Response, string) {
	d.t.Helper()
	return d.send("POST", "/login", url.Values{"name": {name}, "password": {password}, "token": {d.token("/login")}}, header...)
}

// acts gives the program's own newest events, newest first.
func (d *desk) acts(n int) (acts []string) {
	d.t.Helper()
	v := d.trail.View()
	defer v.Close()
	if _, err := search.Run(d.t.Context(), v, search.Query{}, func(r *counterfoil.Record) bool {
		if r.Via == "counterfoil" {
			acts = append(acts, strings.TrimSpace(r.Name+" "+r.Outcome.String()+" "+r.User+" "+r.Object.Name))
		}
		return len(acts) < n
	}); err != nil {
		d.t.Fatal(err)
	}
	return acts
}

func (d *desk) wantActs(want ...string) {
	d.t.Helper()
	if got := d.acts(len(want)); !slices.Equal(got, want) {
		d.t.Errorf("the trail ends with (newest first)\n%q, want\n%q", got, want)
	}
}

var morning = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// deletion is an event at a number of minutes after nine.
func deletion(minute int, user, path string) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: counterfoil.TimeOf(morning.Add(time.Duration(minute) * time.Minute)), Dialect: "samba/1", Host: "nas1",
		Service: "SMB", Name: "UNLINK", Class: counterfoil.ClassFileDelete, Category: counterfoil.CategoryData, Action: counterfoil.FileDelete,
		Outcome: counterfoil.Success, Addr: "10.0.0.7", User: user, Object: counterfoil.Object{Kind: "file", Name: path},
		EventData: `{"file":{"path":"x"}}`, Raw: "raw of " + path}
}

func TestHeaders(t *testing.T) {
	d := newDesk(t)
	for _, path := range []string{"/login", "/nowhere", d.web.assets.prefix + "main.js", d.web.assets.prefix + "none.js"} {
		resp, text := d.get(path)
		csp := resp.Header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || resp.Header.Get("X-Content-Type-Options") != "nosniff" || resp.Header.Get("Cross-Origin-Opener-Policy") != "same-origin" || resp.Header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers %v", path, resp.Header)
		}
		if regexp.MustCompile(`(?i)<script>|\son\w+=|\sstyle=|<style`).MatchString(text) && !strings.HasSuffix(path, ".js") {
			t.Errorf("%s has something inline", path)
		}
	}
}

func TestLogin(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/x"))
	if resp, _ := d.get("/event/0"); resp.Request.URL.Path != "/login" || resp.Request.URL.Query().Get("next") != "/event/0" {
		t.Errorf("a stranger is sent to %s, want to log in and come back", resp.Request.URL)
	}
	resp, text := d.login("anna", "wrong")
	if resp.StatusCode != 401 || !strings.Contains(text, "Name or password is wrong") || !strings.Contains(text, `value="anna"`) {
		t.Errorf("a wrong password gives %s", resp.Status)
	}
	if resp, _ = d.login("anna", secret); resp.StatusCode != 200 || resp.Request.URL.Path != "/" {
		t.Fatalf("the login gives %s at %s", resp.Status, resp.Request.URL)
	}
	d.wantActs("SEARCH success anna", "LOGIN success anna", "LOGIN failure anna")
	// Logout wants the token, and ends the session.
	if resp, _ := d.send("POST", "/logout", url.Values{"token": {"guess"}}); resp.StatusCode != 403 {
		t.Errorf("a logout without the token gives %s", resp.Status)
	}
	if resp, _ := d.send("POST", "/logout", url.Values{"token": {d.token("/")}}); resp.Request.URL.Path != "/login" {
		t.Errorf("after the logout the visitor stands at %s", resp.Request.URL)
	}
	d.wantActs("LOGOUT success anna")
	if resp, _ := d.get("/"); resp.Request.URL.Path != "/login" {
		t.Errorf("after the logout / is still shown")
	}
}

func TestThrottle(t *testing.T) {
	d := newDesk(t)
	start := time.Now()
	d.clock = func() time.Time { return start } // a password takes long to check on a busy machine
	var resp *http.Response
	for range 12 {
		if resp, _ = d.login("anna", "wrong"); resp.StatusCode == http.StatusTooManyRequests {
			break
		}
	}
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") == "" {
		t.Fatalf("the twelfth wrong password gives %s, Retry-After %q", resp.Status, resp.Header.Get("Retry-After"))
	}
	if resp, text := d.login("anna", secret); resp.StatusCode != 429 || !strings.Contains(text, "Too many failed logins") {
		t.Errorf("the right password while slowed down gives %s", resp.Status)
	}
	for range 3 * refusalsOfOne {
		d.login("anna", "wrong")
	}
	n := 0
	for _, a := range d.acts(1000) {
		if strings.HasPrefix(a, "LOGIN failure") {
			n++
		}
	}
	if n != refusalsOfOne {
		t.Errorf("%d failed logins are recorded one by one, want %d", n, refusalsOfOne)
	}
	d.web.flushRefusals()
	d.wantActs("DENIED failure  refusals that were not recorded one by one")
}

func TestCrossSite(t *testing.T) {
	d := newDesk(t)
	form := url.Values{"name": {"anna"}, "password": {secret}, "token": {d.token("/login")}}
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		if resp, _ := d.send("POST", "/login", form, header...); resp.StatusCode != 403 {
			t.Errorf("a login from elsewhere (%s) gives %s", header, resp.Status)
		}
	}
	form.Set("token", "guess")
	if resp, _ := d.send("POST", "/login", form); resp.StatusCode != 403 {
		t.Errorf("a login with a wrong token gives %s", resp.Status)
	}
	form.Set("token", d.token("/login"))
	resp, text := d.send("POST", "/login", form, "Host", "nas1.example:8470", "Origin", "http://nas1.example:8470", "Sec-Fetch-Site", "same-origin")
	if resp.StatusCode != 403 || !strings.Contains(text, "not encrypted") {
		t.Errorf("a login in clear over a network gives %s", resp.Status)
	}
	// A link from elsewhere comes without the cookie; the page asks again from here.
	_, text = d.get("/event/1?pane=1", "Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate")
	if !strings.Contains(text, `content="0;url=/event/1?pane=1"`) {
		t.Errorf("a link from elsewhere gives\n%s", text)
	}
	if resp, _ := d.get("/complete?q=u", "Sec-Fetch-Mode", "cors"); resp.StatusCode != 401 {
		t.Errorf("a script of a stranger gets %s", resp.Status)
	}
}

func TestCookies(t *testing.T) {
	d := newDesk(t)
	for host, want := range map[string]bool{"127.0.0.1:1": false, "localhost:1": false, "[::1]:1": false, "nas1.example": true, "10.0.0.1:8470": true} {
		r := httptest.NewRequest("GET", "/login", nil)
		r.Host = host
		w := httptest.NewRecorder()
		d.web.ServeHTTP(w, r)
		c := w.Result().Cookies()[0]
		if c.Secure != want || strings.HasPrefix(c.Name, "__Host-") != want || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("at %s the cookie is %s, want Secure and __Host-: %v", host, c.Raw, want)
		}
	}
}

func TestNext(t *testing.T) {
	for next, want := range map[string]string{"/?q=a": "/?q=a", "": "/", "//evil.example": "/", "https://evil.example/": "/", `/\evil.example`: "/",
		"/login": "/", "/logout": "/", "javascript:alert(1)": "/", "/event/7": "/event/7", "/\nx": "/"} {
		if got := local(next); got != want {
			t.Errorf("local(%q) = %q, want %q", next, got, want)
		}
	}
}

func TestRoles(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/x"))
	d.login("viktor", secret)
	if _, text := d.get("/?sel=0"); strings.Contains(text, "/export") || strings.Contains(text, "evidence") {
		t.Error("a viewer is offered what only auditors may do")
	}
	for _, path := range []string{"/export?as=csv", "/event/0/evidence"} {
		if resp, text := d.get(path); resp.StatusCode != 403 || !strings.Contains(text, "viewer") {
			t.Errorf("%s gives a viewer %s", path, resp.Status)
		}
		d.wantActs("DENIED failure viktor " + strings.SplitN(path, "?", 2)[0])
	}
	if resp, _ := d.get("/event/0"); resp.StatusCode != 200 {
		t.Errorf("an event gives a viewer %s", resp.Status)
	}
	jar, _ := cookiejar.New(nil)
	d.client.Jar = jar
	if resp, _ := d.login("sam", secret); resp.StatusCode != 403 {
		t.Errorf("a sender gets %s at the Audit page", resp.Status)
	}
}

func TestUnrecorded(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/secret"))
	d.login("anna", secret)
	d.web.opts.Append = func(context.Context, string, []counterfoil.Event) (trail.Receipt, error) {
		return trail.Receipt{}, trail.ErrSuspended
	}
	for _, path := range []string{"/", "/?sel=0", "/event/0", "/event/0/json", "/event/0/check", "/event/0/evidence", "/export?as=jsonl", "/live"} {
		if resp, text := d.get(path); resp.StatusCode != 503 || strings.Contains(text, "/secret") {
			t.Errorf("%s answers %s though it cannot be recorded", path, resp.Status)
		}
	}
}

func TestExport(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"), deletion(1, "anna", "/b"), deletion(2, "ben", "/c"), deletion(3, "ben", "/d"))
	d.login("anna", secret)
	resp, text := d.get("/export?as=jsonl&q=user+%3D+ben&to=2026-11-22T09:03")
	var paths []string
	for line := range strings.Lines(text) {
		r, err := counterfoil.ParseRecord(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, r.Object.Name)
	}
	if !slices.Equal(paths, []string{"/c", "/a"}) || !strings.HasPrefix(resp.Header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the export has %q", paths)
	}
	d.wantActs("EXPORT success anna user = ben")
	if _, text = d.get("/export?as=csv&q=user+%3D+ben"); strings.Count(text, "\n") != 4 {
		t.Errorf("the CSV is\n%s", text)
	}
	for _, path := range []string{"/export?as=pdf", "/export?as=csv&q=(", "/export?as=csv&from=yesterdayish"} {
		if resp, _ := d.get(path); resp.StatusCode != 400 {
			t.Errorf("%s gives %s", path, resp.Status)
		}
	}
}

func TestProof(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	d.login("anna", secret)
	if _, text := d.get("/event/0/check"); !strings.Contains(text, "checked") || !strings.Contains(text, "verified") {
		t.Errorf("the check gives\n%s", text)
	}
	d.wantActs("VERIFY success anna record 0")
	_, bundle := d.get("/event/0/evidence")
	if r, err := proof.Verify([]byte(bundle), proof.Options{TrustedKey: d.trail.VerifierKey()}); err != nil || r.Record.Object.Name != "/a" {
		t.Errorf("the evidence proves %v: %v", r, err)
	}
	d.wantActs("PROVE success anna record 0")
	// A proof that does not hold is said to fail.
	whole := d.web.opts.Prove
	d.web.opts.Prove = func(ctx context.Context, seq uint64) ([]byte, error) {
		b, err := whole(ctx, seq)
		return []byte(strings.Replace(string(b), "ben", "eva", 1)), err
	}
	if _, text := d.get("/event/0/check"); !strings.Contains(text, "The proof failed") || strings.Contains(text, "verified") {
		t.Errorf("the check of a changed record gives\n%s", text)
	}
	d.wantActs("VERIFY failure anna record 0")
}
