package api

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
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
