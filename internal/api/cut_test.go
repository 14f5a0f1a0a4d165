package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/access"
)

// An answer that breaks off in the middle does not look whole, in no version of HTTP.
func TestCutAnswer(t *testing.T) {
	f := newFixture(t, nil)
	broken := func(c *call) error {
		s := &stream{w: c.w}
		if _, err := s.Write(bytes.Repeat([]byte("x\n"), headBuffer)); err != nil {
			return err
		}
		return errors.New("a damaged file")
	}
	s := httptest.NewServer(Server(f.methods("/", []route{{method: "GET", path: "/", open: true, handle: broken}})).Handler)
	defer s.Close()
	for _, version := range []string{"HTTP/1.0", "HTTP/1.1"} {
		c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "GET / %s\r\nHost: h\r\n\r\n", version)
		answer, err := io.ReadAll(c)
		if whole := err == nil && (version == "HTTP/1.0" || bytes.HasSuffix(answer, []byte("0\r\n\r\n"))); whole {
			t.Errorf("%s: %d bytes that look whole", version, len(answer))
		}
	}
}

// revoking is a caller who has a token revoked as soon as the first piece of an answer has come.
type revoking struct {
	http.ResponseWriter
	revoke func() error
	err    error
}

func (r *revoking) Write(p []byte) (int, error) {
	if r.revoke != nil {
		r.err, r.revoke = r.revoke(), nil
	}
	return r.ResponseWriter.Write(p)
}

// An answer that is under way ends with the token, as a live tail does, and does not look whole.
func TestAnswerEndsWithTheToken(t *testing.T) {
	for _, path := range []string{"/api/v1/events?limit=0", "/api/v1/events?limit=0&format=csv", "/api/v1/events?limit=500"} {
		f := newFixture(t, nil)
		f.put(slices.Repeat([]string{"OPEN"}, 500)...)
		role := access.Auditor
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("Authorization", "Bearer "+f.tokens[role])
		got := httptest.NewRecorder()
		w := &revoking{ResponseWriter: got, revoke: func() error { return f.opts.Access.RevokeToken("t-" + string(role)) }}
		func() {
			defer func() {
				if x := recover(); x != http.ErrAbortHandler {
					t.Errorf("%s: the answer is not cut: %v", path, x)
				}
			}()
			f.ServeHTTP(w, r)
		}()
		if n := got.Body.Len(); w.err != nil || n == 0 || n > 2*headBuffer {
			t.Errorf("%s: %d bytes came (%v), want the first piece", path, n, w.err)
		}
	}
}
