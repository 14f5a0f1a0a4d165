package daemon

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// pipes is a listener in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error { close(p); return nil }

func (p pipes) Addr() net.Addr { return &net.UnixAddr{} }

// TestStopInTheMiddle: a request that does not end takes all the time that requests under way are given; what was refused is
// counted and the stop is recorded all the same, so that the next start does not speak of a crash.
func TestStopInTheMiddle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := openObserve(t, t.TempDir())
		b.opts.Out = io.Discard
		b.config.Load().Policy = b.policyOf("  flags: fd\n  naflags: fd\n")
		if err := b.policy.start(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.inputs, b.outputs = newInputs(b.daemon), newOutputs(b.daemon)
		b.server = &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.ReadAll(r.Body) })}
		listen, served := make(pipes), make(chan error)
		go func() { served <- b.server.Serve(listen) }()
		client, server := net.Pipe()
		listen <- server
		if _, err := io.WriteString(client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nhalf"); err != nil {
			t.Fatal(err)
		}
		refused := counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "READ", User: "eve", Class: counterfoil.ClassFileRead, Outcome: counterfoil.Success}
		if _, err := b.policy.gate.Append(t.Context(), "in", []counterfoil.Event{refused}); err != nil {
			t.Fatal(err)
		}
		if err := b.stop(func() {}); err != nil {
			t.Error(err)
		}
		if err := <-served; err != http.ErrServerClosed {
			t.Error(err)
		}
		v := b.trail.View()
		var names []string
		own := filter.Compare{Field: filter.Field{Column: filter.ColService}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: act.Service}}
		if _, err := search.Run(t.Context(), v, search.Query{Filter: own, Oldest: true}, func(r *counterfoil.Record) bool {
			names = append(names, r.Name)
			return true
		}); err != nil {
			t.Fatal(err)
		}
		v.Close()
		if n := len(names); n < 2 || names[n-2] != act.Refused || names[n-1] != act.Stop {
			t.Errorf("the trail has %q, want REFUSED and STOP at its end", names)
		}
		if err := b.trail.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestStopBeforeReady: a daemon that is asked to stop while it starts does so as one that runs.
func TestStopBeforeReady(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	text := fmt.Sprintf("data-dir: %s/trail\nlisten: 127.0.0.1:0\npolicy: {flags: fd, naflags: fd}\n", dir)
	err := Run(ctx, Options{Out: io.Discard, Log: io.Discard, Getenv: func(string) string { return "" },
		Load: func() (*config.Config, []byte, error) {
			c, err := config.Parse("c.yaml", []byte(text))
			return c, []byte(text), err
		}})
	if err != nil {
		t.Error(err)
	}
	tr, err := trail.OpenReadOnly(dir + "/trail")
	if err != nil {
		t.Fatal(err)
	}
	v := tr.View()
	defer v.Close()
	names := ""
	if _, err := search.Run(t.Context(), v, search.Query{Filter: filter.Or{X: []filter.Expr{filter.And{X: ownEvents(act.Start)}, filter.And{X: ownEvents(act.Stop)}}}, Oldest: true}, func(r *counterfoil.Record) bool {
		names += r.Name + " "
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if names != "START STOP " {
		t.Errorf("the trail has %q", names)
	}
}
