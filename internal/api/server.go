package api

import (
	"io"
	"net/http"
	"time"
)

// Server wraps a handler, this room's or one that leads to it, in a server with safe settings. It has no deadline for a
// whole body or a whole answer: imports and exports are long, and live tails endless. But who sends nothing of a body, or
// takes nothing of an answer, for stallTime is let go: an answer may hold a view of the trail, and a stranger could hold
// all connections.
func Server(h http.Handler) *http.Server {
	return &http.Server{Handler: unstalled(h), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
}

const stallTime = time.Minute

// unstalled moves the connection's deadlines along with body and answer. Connections of tests may have none.
func unstalled(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answering{w, http.NewResponseController(w), leastPiece}
		a.await()
		defer a.await() // what is left in the server's buffer
		if r.Body != nil && r.Body != http.NoBody {
			// Set at once, since the server reads by itself what the handler leaves.
			b := &patient{r.Body, a.control}
			b.await()
			copied := *r
			copied.Body, r = b, &copied
		}
		h.ServeHTTP(a, r)
	})
}

// patient reads a body of any length, as long as something comes.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
}

func (p *patient) await() { _ = p.control.SetReadDeadline(time.Now().Add(stallTime)) }

func (p *patient) Read(b []byte) (int, error) {
	p.await()
	n, err := p.ReadCloser.Read(b)
	if err == io.EOF { // from here on the server reads to learn whether the caller is there
		_ = p.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// answering writes an answer of any length, as long as it is taken.
type answering struct {
	http.ResponseWriter
	control *http.ResponseController
	piece   int // bytes that must be taken in stallTime
}

// A piece is small for who takes little, and large for who takes much: each costs two calls of the system.
const leastPiece, mostPiece = 32 << 10, 256 << 10

func (a *answering) await() { _ = a.control.SetWriteDeadline(time.Now().Add(stallTime)) }

func (a *answering) Write(p []byte) (n int, err error) {
	for {
		begin := time.Now()
		a.await()
		m, err := a.ResponseWriter.Write(p[n:min(len(p), n+a.piece)])
		if n += m; err != nil || n == len(p) {
			return n, err
		}
		if time.Since(begin) < time.Second {
			a.piece = min(2*a.piece, mostPiece)
		} else {
			a.piece = leastPiece
		}
	}
}

// FlushError sends what is in the server's buffer, which may have been written long ago: a live tail looks through the trail meanwhile.
func (a *answering) FlushError() error {
	a.await()
	return a.control.Flush()
}

// Unwrap lets a ResponseController reach the connection.
func (a *answering) Unwrap() http.ResponseWriter { return a.ResponseWriter }
