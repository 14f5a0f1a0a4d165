package witness

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
)

// Handler serves the protocol:
//
//	POST /add-checkpoint          a proof.Growth; 200 and the cosignature, 400 403 404 409 422 as C2SP tlog-witness says
//	GET  /checkpoint?origin=NAME  the last checkpoint of a trail that was cosigned (ours, for auditors)
//	GET  /key                     the witness's verifier key (ours)
func (w *Witness) Handler(log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(rw http.ResponseWriter, r *http.Request) { w.serveAdd(rw, r, log) })
	mux.HandleFunc("GET /checkpoint", func(rw http.ResponseWriter, r *http.Request) {
		note := w.Last(r.FormValue("origin"))
		if note == nil {
			http.Error(rw, "this witness has cosigned no checkpoint of that origin", http.StatusNotFound)
			return
		}
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Write(note)
	})
	mux.HandleFunc("GET /key", func(rw http.ResponseWriter, r *http.Request) { fmt.Fprintln(rw, w.vkey) })
	return mux
}

// maxRequest bounds a request: a path, and a note of 64 KiB at most.
const maxRequest = 80 << 10

func (w *Witness) serveAdd(rw http.ResponseWriter, r *http.Request, log *slog.Logger) {
	doc, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, maxRequest))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	line, err := w.Add(doc)
	if err == nil {
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		rw.Write(line)
		return
	}
	status := statusOf(err)
	// Whoever can sign for a trail and asks for what cannot be is worth a line: it may be the trace of a rewritten trail.
	if status == http.StatusConflict || status == http.StatusUnprocessableEntity || status == http.StatusInternalServerError {
		log.Warn("refused to cosign", "status", status, "err", err, "from", r.RemoteAddr)
	}
	if conflict, ok := errors.AsType[*ConflictError](err); ok {
		rw.Header().Set("Content-Type", typeSize)
		rw.WriteHeader(status)
		fmt.Fprintf(rw, "%d\n", conflict.Size)
		return
	}
	http.Error(rw, err.Error(), status)
}

const typeSize = "text/x.tlog.size"

// statusOf is the one place that gives errors their status.
func statusOf(err error) int {
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		return http.StatusConflict
	case errors.Is(err, ErrMalformed):
		return http.StatusBadRequest
	case errors.Is(err, ErrUnknown):
		return http.StatusNotFound
	case errors.Is(err, ErrUnsigned):
		return http.StatusForbidden
	case errors.Is(err, ErrInconsistent):
		return http.StatusUnprocessableEntity
	}
	return http.StatusInternalServerError
}
