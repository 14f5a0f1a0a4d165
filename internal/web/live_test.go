package web

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
)

// A live tail ends with the right to read, and gives nothing that came behind it.
func TestLiveEndsWithTheRight(t *testing.T) {
	for name, end := range map[string]func(*desk) error{
		"role":    func(d *desk) error { return d.web.opts.Access.SetRole("anna", access.Sender) },
		"account": func(d *desk) error { return d.web.opts.Access.RemoveAccount("anna") },
		"password": func(d *desk) error {
			return d.web.opts.Access.SetPassword(t.Context(), "anna", "another good password")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, deletion(0, "ben", "/a"))
			d.login("anna", secret)
			resp, err := d.client.Get(d.server.URL + "/live?q=user+%3D+ben&after=1")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if err := end(d); err != nil {
				t.Fatal(err)
			}
			if _, err := d.trail.Append(t.Context(), "in", []counterfoil.Event{deletion(2, "ben", "/later")}); err != nil {
				t.Fatal(err)
			}
			var text strings.Builder
			time.AfterFunc(20*time.Second, d.server.CloseClientConnections) // where it does not end
			for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
				text.WriteString(lines.Text() + "\n")
			}
			if strings.Contains(text.String(), "/later") || !strings.Contains(text.String(), "event: end\n") {
				t.Errorf("the stream goes on:\n%s", text.String())
			}
		})
	}
}

// A tail, and programs that read with the visitor's cookie, keep nobody logged in.
func TestPeeking(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	now := time.Now()
	accounts, err := access.Open(t.TempDir(), access.Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.CreateAccount(t.Context(), "anna", access.Viewer, secret, ""); err != nil {
		t.Fatal(err)
	}
	d.web.opts.Access = accounts
	who, err := accounts.CheckPassword(t.Context(), "anna", secret, "10.0.0.7")
	if err != nil {
		t.Fatal(err)
	}
	cookieValue, _, err := accounts.StartSession(who)
	if err != nil {
		t.Fatal(err)
	}
	r := visit("/live", cookieValue)
	for range 4 {
		now = now.Add(20 * time.Minute)
		d.web.Session(r)
	}
	if _, ok := d.web.Session(r); ok {
		t.Error("a session that nobody used for 80 minutes goes on")
	}
}

// Nor does a tail that breaks now and then, as behind a proxy, and that the browser takes up again by itself.
func TestTakenUpAgain(t *testing.T) {
	d := newDesk(t, deletion(0, "ben", "/a"))
	d.login("anna", secret)
	began := time.Now()
	for i := range 4 {
		d.clock = func() time.Time { return began.Add(time.Duration(i+1) * 20 * time.Minute) }
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		r, err := http.NewRequestWithContext(ctx, "GET", d.server.URL+"/live", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Last-Event-ID", "1")
		r.Header.Set("Sec-Fetch-Mode", "cors")
		resp, err := d.client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if open := resp.StatusCode == http.StatusOK; open != (i < 2) {
			t.Errorf("after %d minutes without use: %s", 20*(i+1), resp.Status)
		}
		resp.Body.Close()
		cancel()
	}
}

// visit is a request of a browser on this machine that is logged in.
func visit(path, cookieValue string) *http.Request {
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "127.0.0.1:8470"
	r.AddCookie(&http.Cookie{Name: sessionCookie, Value: cookieValue})
	return r
}

// An export that is under way ends with the right to it, and does not look whole.
func TestExportEndsWithTheRight(t *testing.T) {
	for name, end := range map[string]func(*desk) error{
		"role":    func(d *desk) error { return d.web.opts.Access.SetRole("anna", access.Viewer) },
		"account": func(d *desk) error { return d.web.opts.Access.RemoveAccount("anna") },
	} {
		t.Run(name, func(t *testing.T) {
			var events []counterfoil.Event
			for i := range 500 {
				events = append(events, deletion(i, "ben", "/a"))
			}
			d := newDesk(t, events...)
			d.login("anna", secret)
			u, err := url.Parse(d.server.URL)
			if err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequestWithContext(t.Context(), "GET", d.server.URL+"/export?as=jsonl&q=user+%3D+ben", nil)
			for _, c := range d.client.Jar.Cookies(u) {
				r.AddCookie(c)
			}
			got := httptest.NewRecorder()
			w := &ending{ResponseWriter: got, end: func() error { return end(d) }}
			func() {
				defer func() {
					if x := recover(); x != http.ErrAbortHandler {
						t.Errorf("the answer is not cut: %v", x)
					}
				}()
				d.web.ServeHTTP(w, r)
			}()
			if n := got.Body.Len(); w.err != nil || n == 0 || n > 100<<10 {
				t.Errorf("%d bytes came (%v), want the first piece", n, w.err)
			}
		})
	}
}

// ending is a reader whose right ends as soon as the first piece of an answer has come.
type ending struct {
	http.ResponseWriter
	end func() error
	err error
}

func (e *ending) Write(p []byte) (int, error) {
	if e.end != nil {
		e.err, e.end = e.end(), nil
	}
	return e.ResponseWriter.Write(p)
}
