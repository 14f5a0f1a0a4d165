// Package hangup ends answers over HTTP that have begun and cannot be finished.
package hangup

import (
	"net"
	"net/http"
)

// Cut ends an answer so that nobody takes it for whole; it does not return. In HTTP/1.1 and later its end is missing. In HTTP/1.0, which
// proxies still speak to what is behind them, the end of the connection is the end of an answer: it is reset, so that it has none.
func Cut(w http.ResponseWriter, r *http.Request) {
	if !r.ProtoAtLeast(1, 1) {
		if c, _, err := http.NewResponseController(w).Hijack(); err == nil {
			reset(c)
		}
	}
	panic(http.ErrAbortHandler)
}

// reset closes a connection as one that failed, and whatever runs over it without a farewell.
func reset(c net.Conn) {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = t.NetConn()
	}
	if t, ok := c.(interface{ SetLinger(sec int) error }); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
