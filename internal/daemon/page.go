package daemon

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/web"
)

// newPages makes the Audit page.
func (d *daemon) newPages() *web.Web {
	return web.New(web.Options{
		Source: d.trail, Append: d.trail.Append, Access: d.access, Log: d.log, Now: d.opts.Now, Host: d.host, Status: d.pageStatus,
		KeptBy: d.policy.keptBy, WouldBe: d.policy.wouldBe, Parse: jsonl.Parse, Shown: d.policy.shown,
		Prove: func(_ context.Context, seq uint64) ([]byte, error) { return d.bundle(seq) }, Key: d.trail.VerifierKey(),
		Prover: d.trail.Prover, MadeBy: d.madeBy(),
	})
}

// split sends what programs ask to the API, everything else to the pages.
func split(api, page http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := r.URL.Path; strings.HasPrefix(p, "/api/") || p == "/healthz" || p == "/metrics" {
			api.ServeHTTP(w, r)
			return
		}
		page.ServeHTTP(w, r)
	})
}

// madeBy names this program in evidence.
func (d *daemon) madeBy() string { return "counterfoil " + d.opts.Version }

// bundle makes the evidence of a record.
func (d *daemon) bundle(seq uint64) (doc []byte, err error) {
	b, err := d.trail.Prove(seq, d.madeBy())
	if err != nil {
		return nil, err
	}
	return b.Marshal(), nil
}

func (d *daemon) pageStatus() web.Status {
	_, size, at := d.trail.LastCheckpoint()
	s := web.Status{Covered: size}
	if at != 0 {
		s.CheckpointAt = at.Std()
	}
	d.inputs.each(func(in InputStatus, _ uint64, _ time.Duration) {
		s.Inputs = append(s.Inputs, web.Input{Name: in.Name, Problem: in.Problem})
	})
	return s
}
