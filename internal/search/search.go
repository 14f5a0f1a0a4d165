// Package search answers questions about a trail: prune, scan, merge with the head, stop. CLI, API, web and export all
// use the same Run. The meaning of a filter is filter.Eval's alone; what is here only skips what it cannot be true of and
// keeps Eval from being asked twice for the same value.
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
	Records uint64 // records that were given, or counted
	Scanned uint64 // records whose columns were looked at
	Blocks  int    // blocks (pages) read
	Skipped int    // blocks that could not match and were not read
	Elapsed time.Duration
}

func (s *Stats) add(o Stats) {
	s.Records += o.Records
	s.Scanned += o.Scanned
	s.Blocks += o.Blocks
	s.Skipped += o.Skipped
}

// Get gives the record with a sequence number; false if the trail is not so long.
func Get(ctx context.Context, v *trail.View, seq uint64) (*counterfoil.Record, bool, error) {
	if seq >= v.Size() {
		return nil, false, ctx.Err()
	}
	rec := new(counterfoil.Record)
	if err := v.Record(seq, rec); err != nil {
		return nil, false, err
	}
	return rec, true, ctx.Err()
}

// inTime reports whether t is within the query's bounds.
func (q *Query) inTime(t counterfoil.Time) bool {
	return (q.From == 0 || t >= q.From) && (q.To == 0 || t < q.To)
}

// inSeq reports whether seq is within the query's bounds.
func (q *Query) inSeq(seq uint64) bool {
	return seq >= q.After && (q.Before == 0 || seq < q.Before)
}

// timeOverlaps and timeCovers compare the query's times with those of a segment or page.
func (q *Query) timeOverlaps(least, greatest counterfoil.Time) bool {
	return (q.From == 0 || greatest >= q.From) && (q.To == 0 || least < q.To)
}

func (q *Query) timeCovers(least, greatest counterfoil.Time) bool {
	return q.inTime(least) && q.inTime(greatest)
}

func (q *Query) seqOverlaps(least, greatest uint64) bool {
	return greatest >= q.After && (q.Before == 0 || least < q.Before)
}

func (q *Query) seqCovers(least, greatest uint64) bool { return q.inSeq(least) && q.inSeq(greatest) }
