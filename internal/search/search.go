// Package search answers questions about a trail: prune, scan, merge with the head, stop. CLI, API, web and export all
// use the same Run.
package search

import (
	"context"
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
	panic("search.Run: being built")
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
	panic("search.Count: being built")
}

// Get gives the record with a sequence number.
func Get(ctx context.Context, v *trail.View, seq uint64) (*counterfoil.Record, bool, error) {
	panic("search.Get: being built")
}
