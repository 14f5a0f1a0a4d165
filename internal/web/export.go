package web

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/csv"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/search"
)

// exports are the forms of an export.
var exports = map[string]struct {
	contentType string
	dialect     *dialect.Dialect
}{
	"csv":   {"text/csv; charset=utf-8", csv.Dialect},
	"jsonl": {"application/jsonl", jsonl.Dialect},
}

// export sends exactly what the question selects, newest first, as of this moment.
func (s *Web) export(w http.ResponseWriter, r *http.Request, v visitor) error {
	a := readAsk(r.URL.Query(), s.opts.Now())
	as := r.URL.Query().Get("as")
	form, ok := exports[as]
	switch {
	case !ok:
		return problem(http.StatusBadRequest, "An export is as=csv or as=jsonl.")
	case a.wrong != nil:
		return problem(http.StatusBadRequest, "The query cannot be read: "+a.wrong.Reason)
	}
	view := s.opts.Source.View()
	defer view.Close()
	if err := s.searched(r, v, act.Export, a, func(b *counterfoil.Builder) {
		b.String("format", as)
		b.Uint("trail_size", view.Size())
	}); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", form.contentType)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="counterfoil-%s.%s"`, s.opts.Now().UTC().Format("20060102-150405"), as))
	out := bufio.NewWriterSize(&download{s, w, r}, 64<<10)
	enc, err := form.dialect.NewEncoder(out, nil)
	if err != nil {
		return fmt.Errorf("export as %s: %w", as, err)
	}
	var failed error
	_, err = search.Run(r.Context(), view, a.query, func(rec *counterfoil.Record) bool {
		_, failed = enc.Encode(rec)
		return failed == nil
	})
	if err := cmp.Or(failed, err, enc.Close(), out.Flush()); err != nil {
		s.opts.Log.Error("export", "as", as, "err", err)
		return errCut
	}
	return nil
}

// download is an answer under way, which ends with the right to it: before each piece the session is looked at, and counts as used.
type download struct {
	s *Web
	w http.ResponseWriter
	r *http.Request
}

func (d *download) Write(p []byte) (int, error) {
	if v, ok := d.s.visitor(d.r); !ok || !v.Role.May(access.Export) {
		return 0, errNoLonger
	}
	return d.w.Write(p)
}

var errNoLonger = errors.New("the session or its right to export ended meanwhile")
