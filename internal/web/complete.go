package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// hint is a text that may stand where the cursor of the search box is. From and To are what it replaces, in UTF-16
// units, which browsers count in.
type hint struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Text string `json:"text"`
	Doc  string `json:"doc,omitempty"`
	More bool   `json:"more,omitempty"` // something must follow at once
}

const (
	maxHints     = 30
	maxHintValue = 80 // bytes
	hintTime     = 300 * time.Millisecond
)

// told remembers of which fields somebody was shown values, so that not every key typed is an event of its own.
type told struct {
	mu sync.Mutex              // guards at
	at map[[2]string]time.Time // by session and field
}

const toldWindow = 10 * time.Minute

// first reports whether it is the first time within toldWindow.
func (t *told) first(session, field string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.at, func(_ [2]string, at time.Time) bool { return now.Sub(at) >= toldWindow || now.Before(at) })
	key := [2]string{session, field}
	if _, ok := t.at[key]; ok {
		return false
	}
	if t.at == nil {
		t.at = map[[2]string]time.Time{}
	}
	t.at[key] = now
	return true
}

func (t *told) forget(session, field string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.at, [2]string{session, field})
}

// complete says what may stand at the end of q. It names values of the trail only where the page's own facets do.
func (s *Web) complete(w http.ResponseWriter, r *http.Request, v visitor) error {
	q := r.URL.Query().Get("q")
	if len(q) > maxForm {
		return problem(http.StatusBadRequest, "The query is too long.")
	}
	units := func(n int) int { return len(utf16.Encode([]rune(q[:n]))) }
	hints := []hint{}
	if name, _ := grammar.Split(q); name != "search" {
		return s.plain(w, "application/json", []byte("[]"))
	}
	for _, c := range searchq.Complete(q, len(q)) {
		hints = append(hints, hint{units(c.From), units(c.To), c.Text, c.Doc, c.More})
	}
	values, err := s.valueHints(r, v, q)
	if err != nil {
		return err
	}
	for _, h := range values {
		h.From, h.To = units(h.From), units(h.To)
		hints = append(hints, h)
	}
	body, err := json.Marshal(hints[:min(len(hints), maxHints)])
	if err != nil {
		return fmt.Errorf("write completions: %w", err)
	}
	return s.plain(w, "application/json", body)
}

// valueHints gives the most frequent values of the field whose value is being typed. That values of a field were read is
// recorded once in a while.
func (s *Web) valueHints(r *http.Request, v visitor, q string) ([]hint, error) {
	field, begun, from, ok := searchq.ValueAt(q, len(q))
	if !ok || len(field.Path) > 0 {
		return nil, nil
	}
	known := false
	for _, f := range facetFields {
		known = known || f.column == field.Column && f.name != "success" && f.name != "class" && f.name != "action"
	}
	if !known {
		return nil, nil
	}
	if s.told.first(v.ID, field.String(), s.opts.Now()) {
		if err := s.recordHints(r, v, field.String()); err != nil {
			s.told.forget(v.ID, field.String())
			return nil, err
		}
	}
	view := s.opts.Source.View()
	defer view.Close()
	ctx, cancel := context.WithTimeout(r.Context(), hintTime)
	defer cancel()
	groups, _, err := search.Count(ctx, view, search.Query{}, search.By{Field: field, Top: facetLong})
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, nil // too late to be of use to somebody who types
	}
	if err != nil {
		return nil, fmt.Errorf("count values of %s: %w", field, err)
	}
	begun = strings.TrimPrefix(begun, `"`)
	var hints []hint
	for _, b := range groups[0] {
		if b.Key == "" || len(b.Key) > maxHintValue || visible.Text(b.Key) != b.Key || !strings.HasPrefix(strings.ToLower(b.Key), strings.ToLower(begun)) {
			continue
		}
		hints = append(hints, hint{From: from, To: len(q), Text: valueText(b.Key), Doc: strconv.FormatUint(b.Count, 10)})
	}
	return hints, nil
}

// valueText writes a value as a query does: bare where it can stand so.
func valueText(v string) string {
	c := clause("user", v)
	_, text, _ := strings.Cut(c, "= ")
	if text == "" {
		return filter.Quote(v)
	}
	return text
}
