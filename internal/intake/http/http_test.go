package http_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/http"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func line(i int) string {
	return fmt.Sprintf(`{"time":"2026-11-22T12:00:00Z","svc":"APP","event":"E%d","addr":"","user":"anna"}`, i)
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i) + "\n")
	}
	return b.String()
}

type reply struct {
	status int
	header nethttp.Header
	text   string
	body   map[string]any
}

// problem is what a refusal has under "error".
func (r reply) problem() map[string]any {
	p, _ := r.body["error"].(map[string]any)
	return p
}

func post(t *testing.T, tr *intaketest.Trail, body io.Reader, encoding string) reply {
	t.Helper()
	h := http.New(http.Options{Trail: tr, Parser: intaketest.NewParser})
	r := httptest.NewRequest("POST", "/api/v1/events", body)
	r.Header.Set("Content-Encoding", encoding)
	r = r.WithContext(http.WithSender(r.Context(), "web1"))
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	out := reply{w.Code, w.Header(), w.Body.String(), nil}
	if err := json.Unmarshal(w.Body.Bytes(), &out.body); err != nil {
		t.Fatalf("answer %q: %v", out.text, err)
	}
	return out
}

func TestPost(t *testing.T) {
	big := strings.Repeat("x", intake.MaxLine)
	tests := []struct {
		name, body string
		status     int
		answer     string
		kept       int
	}{
		{"three", lines(3), 200, `{"first":0,"last":2,"taken":3,"retried":0}`, 3},
		{"no final LF, blank lines, CR", "\n" + line(0) + "\r\n  \n" + line(1), 200, `{"first":0,"last":1,"taken":2,"retried":0}`, 2},
		{"many batches", lines(20000), 200, `{"first":0,"last":19999,"taken":20000,"retried":0}`, 20000},
		{"empty", "\n\n", 400, `{"error":{"kind":"empty","message":"the body holds no event"},"taken":{"lines":0}}`, 0},
		{"bad first", "{}\n" + lines(2), 400, `{"error":{"kind":"bad_field","message":"line 1: field \"time\" is missing","line":1,"field":"time"},"taken":{"lines":0}}`, 0},
		{"bad third", lines(1) + "\nnonsense\n" + lines(2), 400,
			`{"error":{"kind":"bad_line","message":"line 3: byte 1: found 'n' where '{' is expected","line":3},"taken":{"lines":1,"first":0,"last":0}}`, 1},
		{"bad in a later batch", lines(9000) + "{}\n" + lines(2), 400,
			`{"error":{"kind":"bad_field","message":"line 9001: field \"time\" is missing","line":9001,"field":"time"},"taken":{"lines":9000,"first":0,"last":8999}}`, 9000},
		{"line too long", lines(2) + big + "y\n" + lines(1), 400,
			`{"error":{"kind":"line_too_long","message":"line 3: is longer than 16777216 bytes","line":3},"taken":{"lines":2,"first":0,"last":1}}`, 2},
		{"line too long without end", lines(2) + big + big, 400,
			`{"error":{"kind":"line_too_long","message":"line 3: is longer than 16777216 bytes","line":3},"taken":{"lines":2,"first":0,"last":1}}`, 2},
	}
	for _, c := range tests {
		for _, encoding := range []string{"", "gzip", "zstd"} {
			t.Run(c.name+encoding, func(t *testing.T) {
				var tr intaketest.Trail
				body := compress(t, c.body, encoding)
				if len(c.body) < 1<<20 {
					body = iotest.OneByteReader(iotest.DataErrReader(body))
				}
				r := post(t, &tr, body, encoding)
				if r.status != c.status || strings.TrimSpace(r.text) != c.answer {
					t.Errorf("answer %d %s\nwant   %d %s", r.status, r.text, c.status, c.answer)
				}
				if got := tr.Records(); len(got) != c.kept {
					t.Fatalf("%d events kept, want %d", len(got), c.kept)
				}
				for i, x := range tr.Records() {
					if x.Via != "http/web1" || c.kept > 2 && c.kept != 20000 && i < 9000 && x.Name != fmt.Sprintf("E%d", i) {
						t.Fatalf("record %d is %s via %s", i, x.Name, x.Via)
					}
				}
			})
		}
	}
}

func compress(t *testing.T, body, encoding string) io.Reader {
	var b bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "":
		return strings.NewReader(body)
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	if _, err := io.WriteString(w, body); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &b
}

func TestTrouble(t *testing.T) {
	fail := func(err error) func(int) (bool, error) { return func(int) (bool, error) { return false, err } }
	tests := []struct {
		name     string
		fail     func(int) (bool, error)
		body     io.Reader
		encoding string
		status   int
		kind     string
	}{
		{"suspended", fail(trail.ErrSuspended), strings.NewReader(lines(1)), "", 503, "suspended"},
		{"broken", fail(trail.ErrBroken), strings.NewReader(lines(1)), "", 500, "broken"},
		{"closed", fail(trail.ErrClosed), strings.NewReader(lines(1)), "", 503, "closing"},
		{"other", fail(errors.New("odd")), strings.NewReader(lines(1)), "", 500, "internal"},
		{"encoding", nil, strings.NewReader(lines(1)), "br", 415, "encoding"},
		{"no gzip", nil, strings.NewReader(lines(1)), "gzip", 400, "body"},
		{"no zstd", nil, strings.NewReader(lines(1)), "zstd", 400, "body"},
		{"body breaks off", nil, io.MultiReader(strings.NewReader(lines(3)), iotest.ErrReader(io.ErrUnexpectedEOF)), "", 400, "body"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			tr := &intaketest.Trail{Fail: c.fail}
			r := post(t, tr, c.body, c.encoding)
			if r.status != c.status || r.problem()["kind"] != c.kind {
				t.Errorf("answer %d %s, want %d %s", r.status, r.text, c.status, c.kind)
			}
			if after := r.header.Get("Retry-After"); (after != "") != (c.status == 503) {
				t.Errorf("Retry-After is %q", after)
			}
			if n := len(tr.Records()); n > 0 {
				t.Errorf("%d events were kept", n)
			}
		})
	}
}

func TestTruncatedCompression(t *testing.T) {
	for _, encoding := range []string{"gzip", "zstd"} {
		whole, err := io.ReadAll(compress(t, lines(2000), encoding))
		if err != nil {
			t.Fatal(err)
		}
		var tr intaketest.Trail
		if r := post(t, &tr, bytes.NewReader(whole[:len(whole)-1]), encoding); r.status != 400 || r.problem()["kind"] != "body" {
			t.Errorf("%s: answer %d %s", encoding, r.status, r.text)
		}
	}
}

// The trail may refuse what the parser let through; the answer names the line all the same.
func TestTrailRefusesOne(t *testing.T) {
	tr := &intaketest.Trail{}
	tr.Fail = func(n int) (bool, error) {
		if n > 2 {
			return false, &trail.EventError{Index: 2, Err: errors.New("is odd")}
		}
		return false, nil
	}
	r := post(t, tr, strings.NewReader("\n"+lines(5)), "")
	if r.status != 400 || r.problem()["line"] != 4.0 || len(tr.Records()) != 2 || r.body["taken"].(map[string]any)["lines"] != 2.0 {
		t.Errorf("answer %d %s, %d kept", r.status, r.text, len(tr.Records()))
	}
}

func TestRetry(t *testing.T) {
	var tr intaketest.Trail
	body := `{"aid":"6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91",` + line(0)[1:] + "\n"
	post(t, &tr, strings.NewReader(body), "")
	if r := post(t, &tr, strings.NewReader(body+lines(1)), ""); strings.TrimSpace(r.text) != `{"first":0,"last":1,"taken":2,"retried":1}` {
		t.Errorf("answer %s", r.text)
	}
}

func TestLimit(t *testing.T) {
	var tr intaketest.Trail
	h := http.New(http.Options{Trail: &tr, Parser: intaketest.NewParser, MaxBody: int64(len(lines(2)))})
	for body, want := range map[string]int{lines(2): 200, lines(2) + "\n": 413} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(body)))
		if w.Code != want {
			t.Errorf("body of %d bytes: %d %s", len(body), w.Code, w.Body)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: %d", w.Code)
	}
}

// The API's description lists the kinds that this room answers, and requires of a refusal what every other has.
func TestRefusalsAreDescribed(t *testing.T) {
	text, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	type schema struct {
		Required   []string
		Properties struct {
			Error struct {
				Required   []string
				Properties struct{ Kind struct{ Enum []string } }
			}
		}
	}
	var d struct {
		Components struct {
			Schemas struct{ Refusal, RefusedEvents schema }
		}
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	events, every := d.Components.Schemas.RefusedEvents, d.Components.Schemas.Refusal
	want := []string{intake.KindLine, intake.KindField, intake.KindLong, "empty", "body", "method", "too_large", "encoding", "suspended", "closing", "broken", "internal"}
	if got := events.Properties.Error.Properties.Kind.Enum; !slices.Equal(got, want) {
		t.Errorf("described are the kinds %v, want %v", got, want)
	}
	if !slices.Equal(events.Required, []string{"error", "taken"}) || !slices.Equal(events.Properties.Error.Required, every.Properties.Error.Required) {
		t.Errorf("required are %v and in error %v; elsewhere %v", events.Required, events.Properties.Error.Required, every.Properties.Error.Required)
	}
}

// A line that is too long is counted as refused, whether its end is seen or not.
func TestRefusedCount(t *testing.T) {
	for _, end := range []string{"y\n", strings.Repeat("y", intake.MaxLine)} {
		h := http.New(http.Options{Trail: &intaketest.Trail{}, Parser: intaketest.NewParser})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(lines(2)+strings.Repeat("x", intake.MaxLine)+end)))
		if n := h.Counters(); w.Code != 400 || n.Refused != 1 || n.Events != 2 {
			t.Errorf("%d, %+v", w.Code, n)
		}
	}
}

// A client that says that it has sent all it has to, by closing its half of the connection, gets the answer that any other gets.
func TestHalfClosed(t *testing.T) {
	tr := &intaketest.Trail{}
	h := http.New(http.Options{Trail: tr, Parser: intaketest.NewParser})
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body := r.Body
		r.Body = io.NopCloser(io.MultiReader(body, readerFunc(func([]byte) (int, error) {
			<-r.Context().Done() // the server has seen that the client sends no more
			return 0, io.EOF
		})))
		h.ServeHTTP(w, r)
	}))
	defer server.Close()
	c, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	body := lines(3)
	if _, err := fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := nethttp.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if answer.StatusCode != 200 || err != nil || len(tr.Records()) != 3 {
		t.Errorf("%s %s (%v), %d events kept; want 200 and 3", answer.Status, text, err, len(tr.Records()))
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }
