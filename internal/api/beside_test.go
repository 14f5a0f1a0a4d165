package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// earlyWriter tells what leaves before the request is recorded.
type earlyWriter struct {
	*httptest.ResponseRecorder
	recorded *atomic.Bool
	early    atomic.Bool
}

func (w *earlyWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.ResponseRecorder.Write(b)
}

func (w *earlyWriter) WriteHeader(code int) {
	if !w.recorded.Load() {
		w.early.Store(true)
	}
	w.ResponseRecorder.WriteHeader(code)
}

var beside = []string{
	"/api/v1/events", "/api/v1/events?format=csv&limit=0", "/api/v1/events?limit=1", "/api/v1/events?q=user+%3D+nobody", "/api/v1/count?by=user", "/api/v1/count?q=user+%3D+nobody",
}

func besideFixture(t *testing.T) *fixture {
	f := newFixture(t, nil)
	f.put(slices.Repeat([]string{"OPEN"}, 500)...)
	if w := f.do(access.Auditor, "GET", beside[0], ""); w.Body.Len() <= headBuffer {
		t.Fatalf("%s: %d bytes, all of which are held back", beside[0], w.Body.Len())
	}
	return f
}

// Nothing of an answer leaves before the question is on the disk, though it is looked for meanwhile.
func TestNothingLeavesUnrecorded(t *testing.T) {
	f := besideFixture(t)
	var recorded atomic.Bool
	f.opts.Append = func(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
		time.Sleep(30 * time.Millisecond) // a slow disk
		r, err := f.trail.Append(ctx, via, events)
		recorded.Store(err == nil)
		return r, err
	}
	for _, url := range beside {
		recorded.Store(false)
		r := httptest.NewRequest("GET", url, nil)
		r.Header.Set("Authorization", "Bearer "+f.tokens[access.Auditor])
		w := &earlyWriter{ResponseRecorder: httptest.NewRecorder(), recorded: &recorded}
		f.ServeHTTP(w, r)
		if w.early.Load() {
			t.Errorf("%s: answered before it was recorded", url)
		}
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %.200s", url, w.Code, w.Body)
		}
	}
}

// Where the disk refuses the record of a question when the answer is found, nothing of it is told.
func TestRefusedWhenFound(t *testing.T) {
	f := besideFixture(t)
	f.opts.Append = func(context.Context, string, []counterfoil.Event) (trail.Receipt, error) {
		time.Sleep(30 * time.Millisecond)
		return trail.Receipt{}, trail.ErrSuspended
	}
	for _, url := range beside {
		w := f.do(access.Auditor, "GET", url, "")
		f.refused(w, KindUnaudited)
		for name := range w.Header() {
			if strings.HasPrefix(name, "X-Counterfoil") || name == "Content-Disposition" || name == "Link" {
				t.Errorf("%s: refused, with %s: %s", url, name, w.Header().Get(name))
			}
		}
		if len(w.Body.Bytes()) > 1000 {
			t.Errorf("%s: refused with %d bytes", url, w.Body.Len())
		}
	}
}
