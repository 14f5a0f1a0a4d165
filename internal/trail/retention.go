package trail

import (
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Retention says how long records are kept: by the first rule that fits, else by Default. The zero value keeps
// everything for ever.
type Retention struct {
	Rules   []RetentionRule
	Default ExpireAfter
}

// RetentionRule is for records of a category, of an input, or of both.
type RetentionRule struct {
	Category counterfoil.Category // 0: any
	Input    string               // "": any
	After    ExpireAfter
}

// ExpireAfter says when what is sealed may go: when its newest record is older than Age, when all of its kind that is
// sealed has more than Bytes, or with Both only when both are so. The zero value means never.
type ExpireAfter struct {
	Age   time.Duration
	Bytes int64
	Both  bool
}

func (e ExpireAfter) isNever() bool { return e.Age == 0 && e.Bytes == 0 }

// String is how the configuration writes it.
func (e ExpireAfter) String() string {
	var s []string
	if e.Age > 0 {
		s = append(s, ageText(e.Age))
	}
	if e.Bytes > 0 {
		s = append(s, sizeText(e.Bytes))
	}
	switch {
	case len(s) == 0:
		return "never"
	case e.Both:
		return strings.Join(s, " AND ")
	}
	return strings.Join(s, " OR ")
}

func ageText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

func sizeText(n int64) string {
	for i, unit := range []string{"T", "G", "M", "K"} {
		if k := int64(1) << (10 * (4 - i)); n%k == 0 {
			return fmt.Sprintf("%d%s", n/k, unit)
		}
	}
	return fmt.Sprintf("%dB", n)
}

// rule gives the place of the rule for records of a kind; that of Default is behind those of Rules.
func (r *Retention) rule(c counterfoil.Category, via string) int {
	for i := range r.Rules {
		if x := &r.Rules[i]; (x.Category == 0 || x.Category == c) && (x.Input == "" || x.Input == via) {
			return i
		}
	}
	return len(r.Rules)
}

func (r *Retention) after(rule int) ExpireAfter {
	if rule < len(r.Rules) {
		return r.Rules[rule].After
	}
	return r.Default
}

// class gives what a rule's records are sealed together with: with those of the first rule of the same period, unless the
// period depends on how many bytes there are of the kind.
func (r *Retention) class(rule int) int {
	a := r.after(rule)
	for i := range rule {
		if b := r.after(i); a == b && a.Bytes == 0 {
			return i
		}
	}
	return rule
}

// split sorts the records of a segment by when they expire. Each group is in order of number.
func (r *Retention) split(id counterfoil.TrailID, rows *segment.Rows) ([]*segment.Rows, error) {
	if len(r.Rules) == 0 {
		return []*segment.Rows{rows}, nil
	}
	tables, recs := make([]*segment.Table, len(r.Rules)+1), make([][]counterfoil.Record, len(r.Rules)+1)
	var rec counterfoil.Record
	for p := range rows.Pages() {
		b := rows.Block(p)
		for i := range b.Rows() {
			if err := b.Record(i, &rec); err != nil {
				return nil, err
			}
			k := r.class(r.rule(rec.Category, rec.Via))
			if tables[k] == nil {
				tables[k] = segment.NewTable(id)
			}
			if recs[k] = append(recs[k], rec); len(recs[k]) == segment.Together {
				tables[k].Append(recs[k]...)
				recs[k] = recs[k][:0]
			}
		}
	}
	var groups []*segment.Rows
	for k, t := range tables {
		if t != nil {
			t.Append(recs[k]...)
			groups = append(groups, t.Rows())
		}
	}
	if len(groups) == 1 {
		return []*segment.Rows{rows}, nil
	}
	return groups, nil
}
