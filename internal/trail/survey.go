package trail

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// ForgetPlan says what forgetting a user would do, and what it cannot.
type ForgetPlan struct {
	Records int           `json:"records"` // whose hidden half would go
	First   string        `json:"first,omitempty"`
	Last    string        `json:"last,omitempty"` // times of the earliest and the latest of them
	Head    int           `json:"head"`           // of them, those that are not sealed yet
	Ranges  []ForgetRange `json:"ranges"`
	Held    int           `json:"held"`              // more records, which holds keep
	Holds   []uint64      `json:"holds,omitempty"`   // those holds
	Author  []uint64      `json:"author,omitempty"`  // holds in force that the user made: who made them stays in the file
	Damaged []string      `json:"damaged,omitempty"` // files that a repair left beside, which nobody can look into
}

// ForgetRange is records that were sealed together, some of which are a user's.
type ForgetRange struct {
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Records int    `json:"records"` // of the range, those to be forgotten
}

// survey finds the records of a user before a number.
type survey struct {
	ForgetPlan
	from, to counterfoil.Time
	holds    []Hold
	held     []counterfoil.Record // number and user only
}

// surveyOf looks at all of a view. Holds keep what fits them.
func surveyOf(v *View, user string, before uint64, holds []Hold) (*survey, error) {
	s := &survey{holds: holds}
	for _, sp := range v.spans {
		n := s.Records
		for _, x := range sp.files {
			if err := x.eachOf(user, before, s.take); err != nil {
				return nil, err
			}
		}
		if s.Records > n {
			s.Ranges = append(s.Ranges, ForgetRange{sp.First, sp.Last, s.Records - n})
		}
	}
	n := s.Records
	for _, h := range v.Head {
		if err := eachOfUser(h, user, before, s.take); err != nil {
			return nil, err
		}
	}
	s.Head = s.Records - n
	for i := range holds {
		if holds[i].Author == user {
			s.Author = append(s.Author, holds[i].ID)
		}
	}
	if s.Records > 0 {
		s.First, s.Last = s.from.String(), s.to.String()
	}
	slices.Sort(s.Holds)
	return s, nil
}

// take counts a record of the user.
func (s *survey) take(r *counterfoil.Record) error {
	if id, held := holding(s.holds, r); held {
		s.Held++
		s.held = append(s.held, counterfoil.Record{Seq: r.Seq, Event: counterfoil.Event{User: strings.Clone(r.User)}})
		if !slices.Contains(s.Holds, id) {
			s.Holds = append(s.Holds, id)
		}
		return nil
	}
	if s.Records++; s.Records == 1 {
		s.from, s.to = r.Time, r.Time
	}
	s.from, s.to = min(s.from, r.Time), max(s.to, r.Time)
	return nil
}

// holding gives a hold that keeps a record.
func holding(holds []Hold, r *counterfoil.Record) (id uint64, held bool) {
	for i := range holds {
		if holds[i].fits(r) {
			return holds[i].ID, true
		}
	}
	return 0, false
}

// eachOf calls f with the records of a user before a number.
func (s *Sealed) eachOf(user string, before uint64, f func(*counterfoil.Record) error) error {
	r, err := s.alone()
	if err == nil {
		err = eachOfUser(r, user, before, f)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name(), err)
	}
	return nil
}

// alone reads the columns without the index: one that somebody changed must not keep a record from being forgotten.
func (s *Sealed) alone() (*segment.Reader, error) {
	if _, err := s.Reader(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return segment.Open(s.file, s.Bytes, segment.NewCache(8<<20))
}

// eachOfUser calls f with the records of a user before a number.
func eachOfUser(r blocks, user string, before uint64, f func(*counterfoil.Record) error) error {
	var rec counterfoil.Record
	for p := range r.Pages() {
		b := r.Block(p)
		users, err := b.Text(filter.ColUser)
		if err != nil {
			return err
		}
		inexact, err := b.AnyInexact()
		if err != nil {
			return err
		}
		for i := range b.Rows() {
			if !inexact && users.At(i) != user {
				continue
			}
			if err := b.Record(i, &rec); err != nil {
				return err
			}
			if rec.User != user || rec.Seq >= before {
				continue
			}
			if err := f(&rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasUser reports whether a record of a head is a user's.
func hasUser(rows *segment.Rows, user string) (found bool, err error) {
	err = eachOfUser(rows, user, ^uint64(0), func(*counterfoil.Record) error { found = true; return nil })
	return found, err
}

// damaged lists the files that repairs left beside those that they damaged.
func (ps places) damaged() (names []string, err error) {
	for _, p := range ps {
		if p.absent != nil {
			continue
		}
		all, err := p.contents()
		if err != nil {
			return nil, err
		}
		for n := range all {
			if strings.HasSuffix(n, damagedSuffix) {
				names = append(names, p.show(n))
			}
		}
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names, nil
}

// noDamaged gives an error that names such files, if there are any.
func (ps places) noDamaged() error {
	names, err := ps.damaged()
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("%w: %s", ErrDamaged, strings.Join(names, ", "))
	}
	return err
}

// PlanForget says what [Trail.Forget] would do with the records of a user. It changes nothing.
func (t *Trail) PlanForget(user string) (*ForgetPlan, error) {
	v := t.View()
	defer v.Close()
	return planForget(v, user, t.Holds(), t.places)
}

// PlanForget is that of a trail, from the directory alone.
func (d *Directory) PlanForget(user string) (*ForgetPlan, error) {
	holds, err := d.Holds()
	if err != nil {
		return nil, err
	}
	ps, err := openPlaces(d.fs, &d.id, nil, false)
	if err != nil {
		return nil, err
	}
	return planForget(d.View(), user, holds, ps)
}

func planForget(v *View, user string, holds []Hold, ps places) (*ForgetPlan, error) {
	s, err := surveyOf(v, user, ^uint64(0), holds)
	if err != nil {
		return nil, err
	}
	s.Damaged, err = ps.damaged()
	return &s.ForgetPlan, err
}
