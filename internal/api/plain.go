package api

import (
	_ "embed"
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed openapi.json
var description []byte

// openapi serves GET /api/v1/openapi.json.
func (c *call) openapi() error { return c.bytes(200, "application/json", description) }

// health serves GET /healthz: 200 ok, or 503 and the reason.
func (c *call) health() error {
	if c.opts.Health != nil {
		if err := c.opts.Health(); err != nil {
			c.w.Header().Set("Retry-After", "5")
			return c.bytes(http.StatusServiceUnavailable, "text/plain; charset=utf-8", []byte(err.Error()+"\n"))
		}
	}
	return c.bytes(200, "text/plain; charset=utf-8", []byte("ok\n"))
}

// showMetrics serves GET /metrics.
func (c *call) showMetrics() error {
	promhttp.HandlerFor(c.opts.Registry, promhttp.HandlerOpts{Registry: nil, MaxRequestsInFlight: 4}).ServeHTTP(c.w, c.r)
	return nil
}

// status serves GET /api/v1/status.
func (c *call) status() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	if c.opts.Status != nil {
		return c.json(200, c.opts.Status())
	}
	v := c.opts.Source.View()
	defer v.Close()
	return c.json(200, map[string]uint64{"records": v.Size()})
}

// checkpoint serves GET /api/v1/checkpoint: a signed note, as C2SP has it.
func (c *call) checkpoint() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	if c.opts.Checkpoint == nil {
		return notServed("checkpoints")
	}
	note, err := c.opts.Checkpoint()
	if err != nil {
		return fmt.Errorf("read the checkpoint: %w", err)
	}
	if len(note) == 0 {
		return &Error{Kind: KindNotFound, Message: "there is no checkpoint yet: one is written a second after the first record"}
	}
	return c.bytes(200, "text/plain; charset=utf-8", note)
}

// send serves POST /api/v1/events, which has no parameters.
func (c *call) send() error {
	if p := readParams(c.r.URL.RawQuery); p.err != nil {
		return p.err
	}
	if c.opts.Events == nil {
		return notServed("the taking in of events")
	}
	ctx := c.r.Context()
	if c.opts.WithSender != nil {
		ctx = c.opts.WithSender(ctx, c.who.Name)
	}
	c.opts.Events.ServeHTTP(c.w, c.r.WithContext(ctx))
	return nil
}
