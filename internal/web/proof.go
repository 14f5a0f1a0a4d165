package web

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// proofView is the box that says how well an event is proved.
type proofView struct {
	State string // pending, covered, verified or broken
	Text  string
	Sub   string
	Check string // address that checks it; empty if there is nothing to check with
}

// proofOf says what is known without a check: whether a checkpoint covers the record.
func (s *site) proofOf(seq uint64) proofView {
	covered := s.covered()
	if seq >= covered {
		return proofView{State: "pending", Text: "Waiting for the next checkpoint", Sub: "Records are covered by a signed checkpoint within a second or so."}
	}
	p := proofView{State: "covered", Text: "In checkpoint " + thousands(covered)}
	if s.Check != nil {
		p.Check = fmt.Sprintf("/event/%d/check", seq)
		p.Sub = "Not checked yet."
	}
	return p
}

// check proves one event here and now.
func (s *site) check(w http.ResponseWriter, r *http.Request, v visitor) error {
	seq, err := seqOf(r)
	if err != nil {
		return err
	}
	if s.Check == nil {
		return problem(http.StatusNotFound, "This server cannot check proofs.")
	}
	if err := s.exists(seq); err != nil {
		return err
	}
	p, cause := s.Check(r.Context(), seq)
	var view proofView
	switch {
	case errors.Is(cause, ErrPending):
		view = s.proofOf(seq)
		cause = nil
	case cause != nil && r.Context().Err() != nil:
		return cause
	case cause != nil:
		s.Log.Error("check a proof", "seq", seq, "err", cause)
		view = proofView{State: "broken", Text: "The proof failed", Sub: visibleText(cause.Error()), Check: r.URL.Path}
		err = s.looked(r, v, act.Verify, counterfoil.AuditVerify, seq, cause)
	default:
		view = proofView{State: "verified", Text: "In checkpoint " + thousands(p.Size) + ", checked",
			Sub: "signed by " + visibleText(p.Key) + " · leaf " + shortHash(p.Leaf) + " · root " + shortHash(p.Root)}
		err = s.looked(r, v, act.Verify, counterfoil.AuditVerify, seq, nil)
	}
	if err != nil {
		return err
	}
	if r.URL.Query().Get("pane") != "" {
		return s.write(w, http.StatusOK, "proof", view)
	}
	return s.write(w, http.StatusOK, "check", s.page(v, "Proof of event "+thousands(seq), checked{seq, thousands(seq), view}))
}

type checked struct {
	Seq    uint64
	Number string
	Proof  proofView
}

func shortHash(h counterfoil.Hash) string {
	x := hex.EncodeToString(h[:])
	return x[:8] + "…" + x[len(x)-8:]
}

func (s *site) exists(seq uint64) error {
	view := s.Source.View()
	defer view.Close()
	if seq >= view.Size() {
		return problem(http.StatusNotFound, "There is no event "+thousands(seq)+" in this trail.")
	}
	return nil
}

// evidence sends the bundle that proves an event to somebody who does not trust us.
func (s *site) evidence(w http.ResponseWriter, r *http.Request, v visitor) error {
	seq, err := seqOf(r)
	if err != nil {
		return err
	}
	if s.Evidence == nil {
		return problem(http.StatusNotFound, "This server makes no evidence bundles.")
	}
	if err := s.exists(seq); err != nil {
		return err
	}
	var b bytes.Buffer
	cause := s.Evidence(r.Context(), seq, &b)
	if errors.Is(cause, ErrPending) {
		w.Header().Set("Retry-After", "1")
		return problem(http.StatusServiceUnavailable, "No checkpoint covers this event yet, so there is no evidence of it. Try again in a second.")
	}
	if err := s.looked(r, v, act.Prove, counterfoil.AuditProve, seq, cause); err != nil {
		return err
	}
	if cause != nil {
		return trouble(http.StatusInternalServerError, "The evidence could not be put together. The log of counterfoil says why.", cause)
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="evidence-%d.json"`, seq))
	return s.plain(w, "application/json", b.Bytes())
}
