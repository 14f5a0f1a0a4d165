package simulate

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// cell counts records and what they take in sealed files.
type cell struct {
	records uint64
	bytes   float64
}

// tally counts records by what both policies make of them.
type tally [places]cell

func (t *tally) add(place int, bytes float64) {
	t[place].records++
	t[place].bytes += bytes
}

func (t *tally) merge(o *tally) {
	for i := range t {
		t[i].records += o[i].records
		t[i].bytes += o[i].bytes
	}
}

func (t *tally) empty() bool {
	return !slices.ContainsFunc(t[:], func(c cell) bool { return c.records > 0 })
}

// grouped is tallies by the values of a field.
type grouped map[string]*tally

func (g grouped) add(value string, t *tally) {
	if g[value] == nil {
		value = strings.Clone(value) // what it is part of goes
		g[value] = new(tally)
	}
	g[value].merge(t)
}

// total is what was counted.
type total struct {
	all                      tally
	classes, users, services grouped
	rules                    map[int]*losing
	uses                     []uint64 // lost records, by use
	sealed                   uint64   // records whose bytes are known
	first, last              counterfoil.Time
}

// losing is what a rule of the other policy leaves out of what is kept now.
type losing struct {
	cell
	examples []uint64 // numbers of records
}

// mostExamples is how many records are shown for a rule.
const mostExamples = 3

func newTotal() *total {
	return &total{classes: grouped{}, users: grouped{}, services: grouped{}, rules: map[int]*losing{}}
}

// addGroup adds records of the same classes and service; their users come separately.
func (t *total) addGroup(r *counterfoil.Record, o *tally) {
	if o.empty() {
		return
	}
	t.all.merge(o)
	t.services.add(r.Service, o)
	if r.Class == 0 {
		t.classes.add("", o)
	}
	for _, name := range r.Class.Names() {
		t.classes.add(name, o)
	}
}

// add adds one record.
func (t *total) add(r *counterfoil.Record, place int, bytes float64) {
	var one tally
	one.add(place, bytes)
	t.addGroup(r, &one)
	t.users.add(r.User, &one)
}

// lose counts records that a rule leaves out, of which seq is one.
func (t *total) lose(rule int, seq, records uint64, bytes float64) {
	l := t.rules[rule]
	if l == nil {
		l = &losing{}
		t.rules[rule] = l
	}
	l.records += records
	l.bytes += bytes
	if records > 0 && len(l.examples) < mostExamples {
		l.examples = append(l.examples, seq)
	}
}

func (t *total) use(use int, records uint64) {
	for len(t.uses) <= use {
		t.uses = append(t.uses, 0)
	}
	t.uses[use] += records
}

func (t *total) received(at counterfoil.Time) {
	if t.first == 0 || at < t.first {
		t.first = at
	}
	t.last = max(t.last, at)
}

func (t *total) merge(o *total) {
	t.all.merge(&o.all)
	for _, m := range [][2]grouped{{t.classes, o.classes}, {t.users, o.users}, {t.services, o.services}} {
		for value, tally := range m[1] {
			m[0].add(value, tally)
		}
	}
	for rule, l := range o.rules {
		t.lose(rule, 0, 0, 0)
		mine := t.rules[rule]
		mine.records += l.records
		mine.bytes += l.bytes
		mine.examples = append(mine.examples, l.examples[:min(len(l.examples), mostExamples-len(mine.examples))]...)
	}
	for i, n := range o.uses {
		t.use(i, n)
	}
	t.sealed += o.sealed
	if o.first != 0 {
		t.received(o.first)
		t.received(o.last)
	}
}
