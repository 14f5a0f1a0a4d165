package daemon

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/web"
	"github.com/counterfoil/counterfoil/proof"
)

// newPage makes the Audit page.
func (d *daemon) newPage() http.Handler {
	return web.New(web.Options{
		Source: d.trail, Append: d.trail.Append, Access: d.access, Log: d.log, Now: d.opts.Now, Host: d.host,
		Check: d.checkProof, Evidence: d.writeEvidence, Status: d.pageStatus,
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

// bundle makes the evidence of a record and checks it as a stranger would.
func (d *daemon) bundle(seq uint64) (doc []byte, err error) {
	b, err := d.trail.Prove(seq, "counterfoil "+d.opts.Version)
	if err != nil {
		return nil, err
	}
	return b.Marshal(), nil
}

func (d *daemon) checkProof(_ context.Context, seq uint64) (p web.Proof, err error) {
	doc, err := d.bundle(seq)
	if err != nil {
		return p, err
	}
	r, err := proof.Verify(doc, proof.Options{TrustedKey: d.trail.VerifierKey()})
	if err != nil {
		return p, err
	}
	p.Size, p.Key = r.Size, r.Fingerprint
	return p, errors.Join(parseHash(&p.Root, r.Root), parseHash(&p.Leaf, r.Leaf))
}

func parseHash(h *counterfoil.Hash, text string) error {
	if hex.DecodedLen(len(text)) != len(h) {
		return fmt.Errorf("%q is no hash", text)
	}
	_, err := hex.Decode(h[:], []byte(text))
	return err
}

func (d *daemon) writeEvidence(_ context.Context, seq uint64, w io.Writer) error {
	doc, err := d.bundle(seq)
	if err != nil {
		return err
	}
	_, err = w.Write(doc)
	return err
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
