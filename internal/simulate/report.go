package simulate

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report says what would be kept, and what would not.
type Report struct {
	Records uint64 `json:"records"` // of the span, all in the trail
	Now     Counts `json:"now"`     // by the policy in force
	Next    Counts `json:"next"`    // by the other one
	Changes
	Bytes    *Bytes    `json:"bytes"`   // nil: nothing is sealed
	PerDay   *Bytes    `json:"per_day"` // of receiving; nil: it was received within a minute
	Days     float64   `json:"days"`    // from the first receipt of a sealed record to the last
	Sealed   uint64    `json:"sealed"`  // records that the bytes are of
	Rules    []Rule    `json:"rules"`   // of the other policy, that leave out what is kept now
	Classes  []Group   `json:"classes"`
	Services []Group   `json:"services"`
	Users    []Group   `json:"users"` // those with a change
	Refused  []Refusal `json:"refused"`
	Uses     []Missed  `json:"uses"`
}

// Changes count records of which the policies do not say the same.
type Changes struct {
	Lost   uint64 `json:"lost"`   // kept now, and not then
	Won    uint64 `json:"won"`    // not kept now, though the trail has them, and kept then
	Unsure uint64 `json:"unsure"` // one or neither, by groups of the user that the record does not tell; in the counts as if there were none
}

// Counts are records by what a policy makes of them.
type Counts struct {
	Kept    uint64 `json:"kept"`
	Shown   uint64 `json:"shown"` // and not stored
	Refused uint64 `json:"refused"`
}

// Bytes are what records take in sealed files.
type Bytes struct {
	Now  int64 `json:"now"`
	Next int64 `json:"next"`
	Lost int64 `json:"lost"`
}

// Rule is one that leaves out what is kept now.
type Rule struct {
	Rule     string   `json:"rule"`
	Place    string   `json:"place"`
	Text     string   `json:"text"`
	Lost     uint64   `json:"lost"`
	Bytes    int64    `json:"bytes"`    // in sealed files
	Examples []uint64 `json:"examples"` // numbers of records
}

// Group is the records of a class, a user or a service.
type Group struct {
	Name    string `json:"name"` // "": of none
	Records uint64 `json:"records"`
	Now     Counts `json:"now"`
	Next    Counts `json:"next"`
	Changes
}

// report words what was counted.
func (t *total) report(c *compiled) *Report {
	r := &Report{Changes: t.all.changes(), Rules: []Rule{}, Bytes: t.bytes(1), PerDay: t.bytes(t.days()), Days: t.days(), Sealed: t.sealed}
	r.Now, r.Next = t.all.counts()
	r.Classes, r.Services, r.Users = t.classes.list(false), t.services.list(false), t.users.list(true)
	rules := c.nextOf.Rules()
	for _, n := range slices.Sorted(maps.Keys(t.rules)) {
		l := t.rules[n]
		r.Rules = append(r.Rules, Rule{rules[n].Name, rules[n].Place.String(), rules[n].Text, l.records, int64(l.bytes), l.examples})
	}
	slices.SortStableFunc(r.Rules, func(a, b Rule) int { return cmp.Compare(b.Lost, a.Lost) })
	return r
}

// counts adds up a tally for each of the policies.
func (t *tally) counts() (now, next Counts) {
	of := func(c *Counts) [outcomes]*uint64 { return [outcomes]*uint64{&c.Kept, &c.Shown, &c.Refused} }
	a, b := of(&now), of(&next)
	for v, i := range verdicts {
		*a[v.now] += t[i].records
		*b[v.next] += t[i].records
	}
	return now, next
}

func (t *tally) changes() (c Changes) {
	for v, i := range verdicts {
		switch n := t[i].records; {
		case v.unsure:
			c.Unsure += n
		case v.change() == lost:
			c.Lost += n
		case v.change() == won:
			c.Won += n
		}
	}
	return c
}

// bytes adds up what is kept and lost, in days; nil where these are none.
func (t *total) bytes(days float64) *Bytes {
	if t.sealed == 0 || days == 0 {
		return nil
	}
	var now, next, gone float64
	for v, i := range verdicts {
		n := t.all[i].bytes / days
		if v.now == kept {
			now += n
		}
		if v.next == kept {
			next += n
		}
		if v.loses() {
			gone += n
		}
	}
	return &Bytes{int64(now), int64(next), int64(gone)}
}

// days gives 0 where all was received within a minute: too little to tell what a day takes.
func (t *total) days() float64 {
	over := time.Duration(t.last - t.first)
	if over < time.Minute {
		return 0
	}
	return over.Hours() / 24
}

// list gives the groups, those first that lose most; changed: only those with a change.
func (g grouped) list(changed bool) []Group {
	list := []Group{}
	for name, t := range g {
		x := Group{Name: name, Changes: t.changes()}
		if changed && x.Changes == (Changes{}) {
			continue
		}
		x.Now, x.Next = t.counts()
		for _, c := range t {
			x.Records += c.records
		}
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.Lost, a.Lost), cmp.Compare(b.Unsure, a.Unsure), cmp.Compare(b.Won, a.Won), cmp.Compare(b.Records, a.Records), cmp.Compare(a.Name, b.Name))
	})
	return list
}
