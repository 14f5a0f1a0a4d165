package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/visible"
	"github.com/counterfoil/counterfoil/proof"
)

// proofView is the box that says how well an event is proved.
type proofView struct {
	State string // pending, covered, verified or broken
	Text  string
	Sub   string
	Check string // address that checks it; empty if there is nothing to check with
}

// proofOf says what is known without a check: whether a checkpoint covers the record.
func (s *Web) proofOf(seq uint64) proofView {
	covered := s.covered()
	if seq >= covered {
		return proofView{State: "pending", Text: "Waiting for the next checkpoint", Sub: "Records are covered by a signed checkpoint within a second or so."}
	}
	p := proofView{State: "covered", Text: "In checkpoint " + thousands(covered)}
	if s.opts.Prove != nil {
		p.Check = fmt.Sprintf("/event/%d/check", seq)
		p.Sub = "Not checked yet."
	}
	return p
}

// check proves one event here and now: it makes the evidence as for somebody else and verifies that.
func (s *Web) check(w http.ResponseWriter, r *http.Request, v visitor) error {
	seq, bundle, err := s.proveAt(r)
	var f *fault
	if errors.As(err, &f) {
		return err
	}
	var report proof.Report
	if err == nil {
		report, err = proof.Verify(bundle, proof.Options{TrustedKey: s.opts.Key})
	}
	if err != nil && r.Context().Err() != nil {
		return err
	}
	if err := s.looked(r, v, act.Verify, counterfoil.AuditVerify, seq, err); err != nil {
		return err
	}
	var view proofView
	if err != nil {
		s.opts.Log.Error("check a proof", "seq", seq, "err", err)
		view = proofView{State: "broken", Text: "The proof failed", Sub: visible.Text(err.Error()), Check: r.URL.Path}
	} else {
		view = proofView{State: "verified", Text: "In checkpoint " + thousands(report.Size) + ", checked",
			Sub: "signed by " + visible.Text(report.Fingerprint) + " · leaf " + short(report.Leaf) + " · root " + short(report.Root)}
	}
	if r.URL.Query().Get("pane") != "" {
		return s.write(w, http.StatusOK, "proof", view)
	}
	return s.write(w, http.StatusOK, "check", s.page(v, "Proof of event "+thousands(seq), checked{seq, thousands(seq), view}))
}

// proveAt makes the evidence of the event that an address names. A *fault is about the address, any other error about
// the proof.
func (s *Web) proveAt(r *http.Request) (seq uint64, bundle []byte, err error) {
	if seq, err = seqOf(r); err != nil {
		return 0, nil, err
	}
	if s.opts.Prove == nil {
		return seq, nil, problem(http.StatusNotFound, "This server makes no proofs.")
	}
	view := s.opts.Source.View()
	size := view.Size()
	view.Close()
	if seq >= size {
		return seq, nil, noEvent(seq, size)
	}
	bundle, err = s.opts.Prove(r.Context(), seq)
	return seq, bundle, err
}

type checked struct {
	Seq    uint64
	Number string
	Proof  proofView
}

// short shows both ends of a hash.
func short(hash string) string { return hash[:8] + "…" + hash[len(hash)-8:] }

// evidence sends the bundle that proves an event to somebody who does not trust us.
func (s *Web) evidence(w http.ResponseWriter, r *http.Request, v visitor) error {
	seq, bundle, err := s.proveAt(r)
	var f *fault
	if errors.As(err, &f) {
		return err
	}
	if err := s.looked(r, v, act.Prove, counterfoil.AuditProve, seq, err); err != nil {
		return err
	}
	if err != nil {
		return trouble(http.StatusInternalServerError, "The evidence could not be put together. The log of counterfoil says why.", err)
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="record-%d.proof"`, seq))
	return s.plain(w, "application/octet-stream", bundle)
}
