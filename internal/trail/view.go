package trail

import (
	"errors"
	"fmt"
	"sort"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Source is what readers of a trail need: a *Trail, or a directory read without a daemon (see OpenReadOnly).
type Source interface {
	View() *View
	Changed() <-chan struct{}
}

// View is everything committed at one moment. It never changes; it may be used by many goroutines.
type View struct {
	ID       counterfoil.TrailID
	Segments []*Sealed       // in order; those with the same First were sealed together and share the range
	Head     []*segment.Rows // what is not sealed, in order behind the segments

	spans []*span
	cache *segment.Cache
}

// View gives what is committed now.
func (t *Trail) View() *View {
	t.mu.Lock()
	defer t.mu.Unlock()
	v := &View{ID: t.id.id, Segments: t.sealed, spans: t.spans, cache: t.cache}
	for _, p := range t.parts {
		if p.rows.Len() > 0 {
			v.Head = append(v.Head, p.rows)
		}
	}
	return v
}

// Size is the number of records.
func (v *View) Size() uint64 {
	if n := len(v.Head); n > 0 {
		h := v.Head[n-1]
		return h.Seq(h.Len()-1) + 1
	}
	if n := len(v.spans); n > 0 {
		return v.spans[n-1].Last + 1
	}
	return 0
}

// Close releases the view.
func (v *View) Close() {}

// Lend takes n bytes from the memory in which the trail keeps pages, or gives them back where n is negative.
func (v *View) Lend(n int64) { v.cache.Lend(n) }

// Said gives what the indexes of sealed files are remembered to have said of a key.
func (v *View) Said(k filter.Key) *segment.Said { return v.cache.Said(k) }

// Remember keeps what indexes of v's files said of a key.
func (v *View) Remember(k filter.Key, answers []segment.Answer) {
	oldest := v.Segments[0].Index // not always: a file of which something is forgotten is opened anew
	for _, s := range v.Segments {
		if s.Index.IsOlder(oldest) {
			oldest = s.Index
		}
	}
	v.cache.Remember(k, oldest, answers)
}

// Record reads the record with a sequence number below Size.
func (v *View) Record(seq uint64, rec *counterfoil.Record) error { return v.recordIn(seq, rec, nil) }

// recordIn is Record for who reads many, one after the other.
func (v *View) recordIn(seq uint64, rec *counterfoil.Record, scratch *segment.Scratch) error {
	for _, h := range v.Head {
		if first := h.Seq(0); seq >= first && seq-first < uint64(h.Len()) {
			return h.Record(int(seq-first), rec)
		}
	}
	i := sort.Search(len(v.spans), func(i int) bool { return v.spans[i].Last >= seq })
	if i == len(v.spans) {
		return fmt.Errorf("there is no record %d: the trail has %d", seq, v.Size())
	}
	sp := v.spans[i]
	for _, s := range sp.files {
		r, err := s.Reader()
		if err != nil {
			return err
		}
		page, row, found, err := r.RowOf(seq)
		if found {
			err = r.BlockIn(page, scratch).Record(row, rec)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		} else if found {
			return nil
		}
	}
	if sp.gone == nil {
		return fmt.Errorf("%s: record %d is missing", sp.base(), seq)
	}
	return &ExpiredError{seq, sp.gone.files}
}

// ExpiredError says that a record was there and has expired.
type ExpiredError struct {
	Seq   uint64
	Files []Expired // one of them held it
}

func isExpired(err error) bool {
	_, ok := errors.AsType[*ExpiredError](err)
	return ok
}

func (e *ExpiredError) Error() string {
	s := fmt.Sprintf("record %d has expired: ", e.Seq)
	for i := range e.Files {
		if i > 0 {
			s += "; "
		}
		s += e.Files[i].String()
	}
	return s
}

// Expired lists the sealed files that were deleted by a rule, in order of their records.
func (v *View) Expired() (list []Expired) {
	for _, sp := range v.spans {
		if sp.gone != nil {
			list = append(list, sp.gone.files...)
		}
	}
	return list
}

// Gone counts the records from number from on and before to that have expired, and gives the first and the last of them.
func (v *View) Gone(from, to uint64) (count, first, last uint64, err error) {
	for _, sp := range v.spans {
		lo, hi := max(from, sp.First), min(to, sp.Last+1)
		if sp.gone == nil || lo >= hi {
			continue
		}
		there := make([]bool, hi-lo)
		for _, s := range sp.files {
			if err := s.numbers(func(seq uint64) {
				if seq >= lo && seq < hi {
					there[seq-lo] = true
				}
			}); err != nil {
				return 0, 0, 0, err
			}
		}
		for i, is := range there {
			if is {
				continue
			}
			if last = lo + uint64(i); count == 0 {
				first = last
			}
			count++
		}
	}
	return count, first, last, nil
}

// numbers calls f with the numbers of a file's records.
func (s *Sealed) numbers(f func(seq uint64)) error {
	r, err := s.Reader()
	if err != nil {
		return err
	}
	for p := range r.Pages() {
		seqs, err := r.Block(p).Seq()
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
		for _, seq := range seqs {
			f(uint64(seq))
		}
	}
	return nil
}
