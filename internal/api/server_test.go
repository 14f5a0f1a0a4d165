package api

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener of connections that keep a test's time.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// conversation lets talk speak to a server of h.
func conversation(t *testing.T, h http.HandlerFunc, talk func(net.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{make(chan net.Conn), make(chan struct{})}
		s := Server(h)
		ended := make(chan error)
		go func() { ended <- s.Serve(p) }()
		ours, theirs := net.Pipe()
		p.conns <- theirs
		talk(ours)
		ours.Close()
		s.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

// Who promises a body and sends nothing is let go, whether the handler waits for it or not.
func TestStalledBody(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"read":   func(w http.ResponseWriter, r *http.Request) { io.ReadAll(r.Body) },
		"unread": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
	} {
		t.Run(name, func(t *testing.T) {
			conversation(t, h, func(c net.Conn) {
				io.WriteString(c, "POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nname=")
				c.SetReadDeadline(time.Now().Add(time.Hour))
				began := time.Now()
				if _, err := io.ReadAll(c); err != nil || time.Since(began) > 2*stallTime {
					t.Errorf("after %s: %v", time.Since(began), err)
				}
			})
		})
	}
}

// Who takes nothing of an answer is let go.
func TestStalledAnswer(t *testing.T) {
	var end error
	var took time.Duration
	conversation(t, func(w http.ResponseWriter, r *http.Request) {
		for began := time.Now(); end == nil; took = time.Since(began) {
			_, end = w.Write(make([]byte, 1<<20))
		}
	}, func(c net.Conn) {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		time.Sleep(time.Hour)
	})
	if !errors.Is(end, os.ErrDeadlineExceeded) || took > 2*stallTime {
		t.Errorf("after %s: %v", took, end)
	}
}

// Who is slow, but sends and takes, is waited for, and so is a handler.
func TestSlowIsNotStalled(t *testing.T) {
	const large = 1 << 20
	conversation(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		time.Sleep(10 * stallTime)
		if err != nil || string(body) != "slow" || r.Context().Err() != nil {
			t.Errorf("%q, %v, %v", body, err, r.Context().Err())
		}
		if _, err := w.Write(make([]byte, large)); err != nil {
			t.Error(err)
		}
	}, func(c net.Conn) {
		for range 2 { // the second on a connection whose deadlines are old
			io.WriteString(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
			for _, b := range strings.Split("slow", "") {
				time.Sleep(stallTime - time.Second)
				io.WriteString(c, b)
			}
			r, err := http.ReadResponse(bufio.NewReader(&lazy{c}), nil)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, r.Body); n != large || err != nil {
				t.Errorf("%d bytes of the answer: %v", n, err)
			}
			time.Sleep(stallTime + 30*time.Second)
		}
	})
}

// A tail that finds something, looks on for long and only then sends what it found has a caller who waited.
func TestFlushedLate(t *testing.T) {
	conversation(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "found\n")
		time.Sleep(10 * stallTime)
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
	}, func(c net.Conn) {
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Error(err)
			return
		}
		if text, err := io.ReadAll(r.Body); err != nil || string(text) != "found\n" {
			t.Errorf("%q, %v", text, err)
		}
	})
}

// lazy takes 4 KiB every 5 seconds.
type lazy struct{ r io.Reader }

func (l *lazy) Read(p []byte) (int, error) {
	time.Sleep(5 * time.Second)
	return l.r.Read(p[:min(len(p), 4<<10)])
}

// pieces notes how much each Write is given, and takes its time for some.
type pieces struct {
	http.ResponseWriter
	sizes []int
	slow  int // number of the write that is
}

func (p *pieces) Write(b []byte) (int, error) {
	if p.sizes = append(p.sizes, len(b)>>10); len(p.sizes) == p.slow {
		time.Sleep(2 * time.Second)
	}
	return len(b), nil
}

// Who takes much gets large pieces, until one takes long.
func TestPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &pieces{ResponseWriter: httptest.NewRecorder(), slow: 5}
		unstalled(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if n, err := w.Write(make([]byte, 1<<20)); n != 1<<20 || err != nil {
				t.Error(n, err)
			}
		})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if want := []int{32, 64, 128, 256, 256, 32, 64, 128, 64}; !slices.Equal(w.sizes, want) {
			t.Errorf("pieces of %v KiB, want %v", w.sizes, want)
		}
	})
}
