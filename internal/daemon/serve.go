package daemon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/intake"
	intakehttp "github.com/counterfoil/counterfoil/internal/intake/http"
)

// adminName is the account that the first start makes.
const adminName = "admin"

func newParser() intake.Parser { return new(jsonl.Parser) }

// buildSurfaces makes the inputs, the outputs, the API and the pages.
func (d *daemon) buildSurfaces() error {
	events := intakehttp.New(intakehttp.Options{Trail: d.policy.gate, Parser: newParser})
	d.inputs, d.outputs = newInputs(d), newOutputs(d)
	d.policy.gate.Pass = d.outputs.Pass
	d.inputs.fixed = append(d.inputs.fixed, fixedInput{"http", "http", "POST /api/v1/events", &events.Counter})
	registry := d.newRegistry()
	d.pages = d.newPages()
	d.api = api.New(api.Options{
		Source: d.trail, Append: d.trail.Append, Access: d.access,
		Events: events, WithSender: intakehttp.WithSender,
		Prove:  func(_ context.Context, seq uint64) ([]byte, error) { return d.bundle(seq) },
		Prover: d.trail.Prover, MadeBy: d.madeBy(),
		Checkpoint: func() ([]byte, error) {
			note, _, _ := d.trail.LastCheckpoint()
			return note, nil
		},
		Holder: d.trail, Forgetter: d.trail,
		KeptBy: d.policy.keptBy, WouldBe: d.policy.wouldBe, Parse: jsonl.Parse, Shown: d.policy.shown,
		Rotate: d.rotate, Status: func() any { return d.status() }, Health: d.trail.Health, Registry: registry, Log: d.log, Now: d.opts.Now, Host: d.host,
		Session: d.pages.Session,
	})
	d.server = api.Server(split(d.api, d.pages))
	return nil
}

func (d *daemon) serve() error {
	if err := d.server.Serve(d.listen); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", d.listen.Addr(), err)
	}
	return nil
}

// greet says where the page is and how to get in.
func (d *daemon) greet(password string, created bool) {
	address := d.listen.Addr().(*net.TCPAddr)
	host := "127.0.0.1"
	switch {
	case address.IP.IsLoopback():
		host = address.IP.String()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	case address.IP.IsUnspecified():
	default:
		host = address.IP.String()
	}
	fmt.Fprintf(d.opts.Out, "counterfoil %s keeps its trail in %s\n  page and API   http://%s:%d\n", d.opts.Version, d.config.Load().DataDir, host, address.Port)
	if created {
		fmt.Fprintf(d.opts.Out, "  log in as      %s with the password %s (shown this once)\n", adminName, password)
	} else {
		fmt.Fprintf(d.opts.Out, "  log in as      an account of `counterfoil account list --data-dir %s`\n", d.config.Load().DataDir)
	}
	if !address.IP.IsLoopback() {
		d.log.Warn("listening beyond this machine over plain HTTP: put a TLS proxy in front", "listen", d.config.Load().Listen)
	}
}
