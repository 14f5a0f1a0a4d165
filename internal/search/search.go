// Package search answers questions about a trail: prune, scan, merge with the head, stop. CLI, API, web and export all
// use the same Run.
package search

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Query is a question.
type Query struct {
	Filter filter.Expr      // nil: everything
	From   counterfoil.Time // records whose time is at or after From; 0: no bound
	To     counterfoil.Time // and before To; 0: no bound
	After  uint64           // records with Seq >= After (paging and following, oldest first)
	Before uint64           // records with Seq < Before (paging, newest first); 0: no bound
	Limit  int              // at most so many; 0: all
	Oldest bool             // oldest first; default newest first. Order is by sequence number.
}

// Stats say what answering cost.
type Stats struct {
	Records uint64 // records that matched (as far as was read)
	Scanned uint64 // records whose columns were looked at
	Blocks  int    // blocks (pages) read
	Skipped int    // blocks that could not match and were not read
	Elapsed time.Duration
}

// Run calls yield with each record that matches, in order, until it returns false, the limit is reached or ctx is
// done. The record is valid only during the call.
func Run(ctx context.Context, v *trail.View, q Query, yield func(*counterfoil.Record) bool) (Stats, error) {
	var st Stats
	for i := range v.Head {
		r := &v.Head[len(v.Head)-1-i]
		if q.Oldest {
			r = &v.Head[i]
		}
		st.Scanned++
		if !match(q, r) {
			continue
		}
		st.Records++
		if !yield(r) || q.Limit > 0 && st.Records == uint64(q.Limit) {
			break
		}
	}
	return st, ctx.Err()
}

// By is one way to group what matches.
type By struct {
	Every time.Duration // by time, in buckets of this length from the Unix epoch; 0: by Field
	Field filter.Field
	Top   int // by Field: only the largest so many; 0: all
}

// Bucket is one group.
type Bucket struct {
	Key      string           // the value as text; for time buckets the RFC 3339 start
	Start    counterfoil.Time // of a time bucket
	Count    uint64
	Failures uint64 // how many of them failed
}

// Count groups what matches in several ways in one pass. Time buckets come in order of time without the empty ones,
// others by falling count, then key. Limit, After, Before bound the records counted as in Run (Limit does not apply).
func Count(ctx context.Context, v *trail.View, q Query, by ...By) ([][]Bucket, Stats, error) {
	out := make([][]Bucket, len(by))
	var st Stats
	for i, b := range by {
		groups := map[string]*Bucket{}
		for j := range v.Head {
			r := &v.Head[j]
			if !match(q, r) {
				continue
			}
			key, start := r.User, counterfoil.Time(0)
			if b.Every > 0 {
				start = r.Time / counterfoil.Time(b.Every) * counterfoil.Time(b.Every)
				key = start.String()
			}
			if groups[key] == nil {
				groups[key] = &Bucket{Key: key, Start: start}
			}
			groups[key].Count++
			if r.Outcome == counterfoil.Failure {
				groups[key].Failures++
			}
		}
		for _, g := range groups {
			out[i] = append(out[i], *g)
		}
		slices.SortFunc(out[i], func(x, y Bucket) int {
			return cmp.Or(cmp.Compare(x.Start, y.Start), cmp.Compare(y.Count, x.Count), cmp.Compare(x.Key, y.Key))
		})
	}
	return out, st, ctx.Err()
}

// Get gives the record with a sequence number.
func Get(ctx context.Context, v *trail.View, seq uint64) (*counterfoil.Record, bool, error) {
	if seq >= v.Size() {
		return nil, false, nil
	}
	return &v.Head[seq], true, nil
}

func match(q Query, r *counterfoil.Record) bool {
	return (q.From == 0 || r.Time >= q.From) && (q.To == 0 || r.Time < q.To) && r.Seq >= q.After &&
		(q.Before == 0 || r.Seq < q.Before) && (q.Filter == nil || filter.Eval(q.Filter, r))
}
