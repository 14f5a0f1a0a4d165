package evidence

import (
	"context"
	"errors"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// reach is a query's time, and the numbers that records of it may have, from the first to the last.
type reach struct {
	first, last uint64
	from, to    counterfoil.Time // as those of a query
}

// reachOf gives the numbers that records of the query's time may have: those of the records that are there, and of what is not there beside
// them.
func reachOf(ctx context.Context, p *trail.Prover, q Query) (r reach, err error) {
	r = reach{last: p.Size() - 1, from: q.From, to: q.To}
	number := func(s search.Query) (seq uint64, found bool) {
		s.Limit = 1
		_, serr := search.Run(ctx, p.View, s, func(r *counterfoil.Record) bool {
			seq, found = r.Seq, true
			return false
		})
		err = errors.Join(err, serr)
		return seq, found
	}
	if first, found := number(search.Query{From: q.From, To: q.To, Before: p.Size(), Oldest: true}); found && first > 0 {
		if before, found := number(search.Query{Before: first}); found {
			r.first = before + 1
		}
	}
	if last, found := number(search.Query{From: q.From, To: q.To, Before: p.Size()}); found {
		if behind, found := number(search.Query{After: last + 1, Before: p.Size(), Oldest: true}); found {
			r.last = behind - 1
		}
	}
	return r, err
}

// concerns reports whether an event that says that records are not there, or lost their hidden half, may be about some of these, by their
// numbers or by the time in which it happened. One whose own hidden half is forgotten does not say about which.
func (r reach) concerns(e *counterfoil.Record) bool {
	if e.IsForgotten() {
		return e.Seq > r.first
	}
	if r.overlaps(e.EventData, "from", "to") || r.overlaps(e.EventData, "first", "last") {
		return true
	}
	ranges := []counterfoil.JSON{e.EventData}
	if e.Name == act.Forget {
		ranges = ranges[:0]
		for x := range e.EventData.Member("ranges").Elements() {
			ranges = append(ranges, x)
		}
	}
	for _, x := range ranges {
		first, err1 := strconv.ParseUint(x.Member("first").Text(), 10, 64) // of a gap it may be a time
		last, err2 := strconv.ParseUint(x.Member("last").Text(), 10, 64)
		if errors.Join(err1, err2) == nil && first <= r.last && last >= r.first {
			return true
		}
	}
	return false
}

// overlaps reports whether data tell of a time, between the moments of two keys, some of which is the query's.
func (r reach) overlaps(data counterfoil.JSON, from, to string) bool {
	begin, err1 := counterfoil.ParseTime(data.Member(from).Text())
	end, err2 := counterfoil.ParseTime(data.Member(to).Text())
	return errors.Join(err1, err2) == nil && (r.to == 0 || begin < r.to) && end >= r.from
}
