package web

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/evidence"
)

// evidenceFor sends an archive that proves all that the question selects, as of this moment.
func (s *Web) evidenceFor(w http.ResponseWriter, r *http.Request, v visitor) error {
	a := readAsk(r.URL.Query(), s.opts.Now())
	switch {
	case s.opts.Prover == nil:
		return problem(http.StatusNotFound, "This server makes no proofs.")
	case a.wrong != nil:
		return problem(http.StatusBadRequest, "The query cannot be read: "+a.wrong.Reason)
	}
	p, err := s.opts.Prover()
	if err != nil {
		return trouble(http.StatusInternalServerError, "The evidence could not be put together. The log of counterfoil says why.", err)
	}
	defer p.View.Close()
	if err := s.searched(r, v, act.Prove, a, func(b *counterfoil.Builder) { b.Uint("trail_size", p.Size()) }); err != nil {
		return err
	}
	doc, _, err := evidence.Make(r.Context(), p, evidence.Query{Text: a.text, Filter: a.query.Filter, From: a.query.From, To: a.query.To, By: v.Name,
		MadeBy: s.opts.MadeBy, Now: s.now()})
	switch {
	case errors.Is(err, evidence.ErrNothing):
		return problem(http.StatusNotFound, "There is nothing to prove: the query finds no event that a checkpoint covers.")
	case errors.Is(err, evidence.ErrTooMany), errors.Is(err, evidence.ErrContext):
		return problem(http.StatusBadRequest, fmt.Sprintf("Evidence is for all that a query finds with what may be missing there, and holds at most %s events or %d MiB of each. Narrow the query or the time.",
			thousands(evidence.Most), evidence.MostBytes>>20))
	case err != nil:
		return trouble(http.StatusInternalServerError, "The evidence could not be put together. The log of counterfoil says why.", err)
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="evidence-%s.zip"`, s.opts.Now().UTC().Format("20060102-150405")))
	return s.plain(w, "application/zip", doc)
}
