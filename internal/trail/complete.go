package trail

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// Completeness is the second verdict: what of the sources is known not to be in the trail. Integrity says that what is
// here is what was written; this says what was not written, by whom or by which rule. It is taken from the records
// themselves: every loss is one. Lists are cut at [maxListed] entries, and More counts the rest.
type Completeness struct {
	Complete  bool       `json:"complete"` // no loss, nothing refused, not stored, expired or forgotten, no number of a source missing
	From      string     `json:"from,omitempty"`
	To        string     `json:"to,omitempty"` // received times of the first and the last record
	Losses    []Loss     `json:"losses,omitempty"`
	Refused   []Refusal  `json:"refused,omitempty"`
	Shown     uint64     `json:"shown,omitempty"` // events that a policy handed on and did not store
	Expired   []Expiry   `json:"expired,omitempty"`
	Forgotten []Erasure  `json:"forgotten,omitempty"`
	Unparsed  uint64     `json:"unparsed"` // records kept as the bytes that came, because no dialect understood them
	Policies  []InForce  `json:"policies,omitempty"`
	Down      []Interval `json:"down,omitempty"` // when the program did not run
	Inputs    []Input    `json:"inputs,omitempty"`
	More      int        `json:"more,omitempty"`
}

// Loss is one gap event: something is missing, or may be.
type Loss struct {
	Record uint64 `json:"record"`
	Time   string `json:"time"`
	Input  string `json:"input"`
	Source string `json:"source,omitempty"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Count  string `json:"count,omitempty"` // how many are missing, in decimal; "unknown"
	Unit   string `json:"unit,omitempty"`
	Reason string `json:"reason,omitempty"`
}

// Refusal is how many events a rule of a policy kept out.
type Refusal struct {
	Rule   string `json:"rule"`
	Policy string `json:"policy,omitempty"` // its number
	Count  uint64 `json:"count"`
	Share  string `json:"share,omitempty"` // of all events that came, kept or not: "12.0 %"
}

// Expiry is records that retention removed.
type Expiry struct {
	Record uint64 `json:"record"` // the event that says so
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Time   string `json:"time"`
	Reason string `json:"reason,omitempty"`
}

// Erasure is hidden halves of one user's records that were forgotten: open halves are there, and what was in the others is not.
type Erasure struct {
	Record  uint64 `json:"record"` // the event that says so
	Time    string `json:"time"`
	Records string `json:"records,omitempty"` // how many, in decimal
}

// InForce is a policy, in force from a record on.
type InForce struct {
	Record uint64 `json:"record"`
	Time   string `json:"time"`
	Number string `json:"number,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// Interval is a time in which something ran, or did not.
type Interval struct {
	From  string `json:"from"`
	To    string `json:"to,omitempty"` // empty: still so at the last record
	Clean bool   `json:"clean"`        // it ended as asked, and not by a crash or a kill
}

// Input is the story of one way in.
type Input struct {
	Name     string     `json:"name"`
	Records  uint64     `json:"records"`
	Unparsed uint64     `json:"unparsed,omitempty"`
	First    string     `json:"first,omitempty"` // received times
	Last     string     `json:"last,omitempty"`
	Errors   uint64     `json:"errors,omitempty"`
	Ran      []Interval `json:"ran,omitempty"`
	Numbers  *Numbers   `json:"numbers,omitempty"`
}

// maxListed bounds each list of a Completeness.
const maxListed = 1000

// Notable reports whether a record says something about what is not in the trail.
func Notable(r *counterfoil.Record) bool {
	return r.Action == counterfoil.AuditGap || r.Service == act.Service && slices.Contains(NotableNames, r.Name)
}

// NotableNames are the program's own events that say something about what is not in the trail, beside gaps.
var NotableNames = []string{act.Start, act.Stop, act.InputStart, act.InputStop, act.InputError, act.Policy, act.Refused, act.Expire, act.Forget}

// UnparsedName is the event name of what no dialect understood.
const UnparsedName = "UNPARSED"

// Tally gathers a Completeness from records. Take counts records in any order; Note takes the notable ones, and Serial
// the numbers of a source, in the order of the trail. Its exported fields are what is kept from one incremental
// verification to the next.
type Tally struct {
	First    counterfoil.Time        `json:"first"` // received
	Last     counterfoil.Time        `json:"last"`
	Inputs   map[string]*inputTally  `json:"inputs"`
	Serials  map[source]*serialTally `json:"serials"` // by input and host
	Refused  map[string]*Refusal     `json:"refused"`
	Known    Completeness            `json:"known"`    // what needs no further counting
	Unlisted uint64                  `json:"unlisted"` // losses beyond those listed
	Up       bool                    `json:"up"`       // the program runs
	Since    counterfoil.Time        `json:"since"`    // when it stopped, or was last heard
	Clean    bool                    `json:"clean"`    // and whether as asked
	memo     struct {
		via   string
		input *inputTally
	}
}

type inputTally struct {
	Records  uint64           `json:"records"`
	Unparsed uint64           `json:"unparsed"`
	First    counterfoil.Time `json:"first"`
	Last     counterfoil.Time `json:"last"`
	Errors   uint64           `json:"errors"`
	Ran      []Interval       `json:"ran"`
}

// NewTally gives an empty one.
func NewTally() *Tally {
	return &Tally{Inputs: map[string]*inputTally{}, Serials: map[source]*serialTally{}, Refused: map[string]*Refusal{}}
}

// Take counts a record.
func (t *Tally) Take(r *counterfoil.Record) {
	if t.First == 0 || r.Received < t.First {
		t.First = r.Received
	}
	t.Last = max(t.Last, r.Received)
	in := t.input(r.Via)
	in.Records++
	if in.First == 0 || r.Received < in.First {
		in.First = r.Received
	}
	in.Last = max(in.Last, r.Received)
	if r.Name == UnparsedName {
		in.Unparsed++
	}
}

// Counted takes the number of records of an input, and how many of them no dialect understood, instead of the records.
func (t *Tally) Counted(via string, records, unparsed uint64) {
	in := t.input(via)
	in.Records += records
	in.Unparsed += unparsed
}

func (t *Tally) input(via string) *inputTally {
	if t.memo.input == nil || t.memo.via != via {
		in := t.Inputs[via]
		if in == nil {
			via = strings.Clone(via) // it is a piece of a page
			in = &inputTally{}
			t.Inputs[via] = in
		}
		t.memo.via, t.memo.input = via, in
	}
	return t.memo.input
}

// add takes what another tally, of records that come later, has counted with Take.
func (t *Tally) add(o *Tally) {
	if t.First == 0 || o.First != 0 && o.First < t.First {
		t.First = o.First
	}
	t.Last = max(t.Last, o.Last)
	for via, in := range o.Inputs {
		to := t.input(via)
		to.Records += in.Records
		to.Unparsed += in.Unparsed
		if to.First == 0 || in.First < to.First {
			to.First = in.First
		}
		to.Last = max(to.Last, in.Last)
	}
}

// Note takes a notable record; before is when the record before it was received, 0 if there is none.
func (t *Tally) Note(r *counterfoil.Record, before counterfoil.Time) {
	d := r.EventData
	switch {
	case r.Action == counterfoil.AuditGap && len(t.Known.Losses) >= maxListed:
		t.Unlisted++
		t.Known.More++
	case r.Action == counterfoil.AuditGap:
		t.Known.Losses = listed(t, t.Known.Losses, Loss{Record: r.Seq, Time: r.Time.String(), Input: strings.Clone(r.Via), Source: textAt(d, "source"),
			From: textAt(d, "from"), To: textAt(d, "to"), Count: textAt(d, "count"), Unit: textAt(d, "unit"), Reason: textAt(d, "reason")})
	case r.Name == act.Start && r.Via == act.Via:
		t.started(r.Received, before)
	case r.Name == act.Stop && r.Via == act.Via:
		t.Up, t.Since, t.Clean = false, r.Received, true
	case r.Name == act.InputStart:
		in := t.input(r.Via)
		if textAt(d, "reason") != "" && len(in.Ran) > 0 && in.Ran[len(in.Ran)-1].To == "" {
			break // it goes on after a trouble
		}
		t.inputEnds(in, before, false)
		in.Ran = listed(t, in.Ran, Interval{From: r.Received.String()})
	case r.Name == act.InputStop:
		t.inputEnds(t.input(r.Via), r.Received, true)
	case r.Name == act.InputError:
		t.input(r.Via).Errors++
	case r.Name == act.Policy && r.Via == act.Via && r.Outcome != counterfoil.Failure:
		t.Known.Policies = listed(t, t.Known.Policies, InForce{Record: r.Seq, Time: r.Time.String(), Number: textAt(d, "number"), SHA256: textAt(d, "sha256")})
	case r.Name == act.Refused:
		t.refused(d)
	case r.Name == act.Forget && r.Via == act.Via:
		t.Known.Forgotten = listed(t, t.Known.Forgotten, Erasure{Record: r.Seq, Time: r.Time.String(), Records: textAt(d, "records")})
	case r.Name == act.Expire && r.Via == act.Via:
		first, err1 := strconv.ParseUint(textAt(d, "first"), 10, 64)
		last, err2 := strconv.ParseUint(textAt(d, "last"), 10, 64)
		if err1 == nil && err2 == nil {
			t.Known.Expired = listed(t, t.Known.Expired, Expiry{Record: r.Seq, First: first, Last: last, Time: r.Time.String(), Reason: textAt(d, "why")})
		}
	}
}

// started closes the time in which the program did not run. One that was killed says nothing: it ran until the last
// record before.
func (t *Tally) started(at, before counterfoil.Time) {
	if t.Up {
		t.Since, t.Clean = before, false
		for _, in := range t.Inputs {
			t.inputEnds(in, before, false)
		}
	}
	if t.Since != 0 {
		t.Known.Down = listed(t, t.Known.Down, Interval{From: t.Since.String(), To: at.String(), Clean: t.Clean})
	}
	t.Up = true
}

func (t *Tally) inputEnds(in *inputTally, at counterfoil.Time, clean bool) {
	if n := len(in.Ran); n > 0 && in.Ran[n-1].To == "" {
		in.Ran[n-1].To, in.Ran[n-1].Clean = at.String(), clean
	}
}

// refused adds up what each rule kept out, and what was handed on and not stored.
func (t *Tally) refused(d counterfoil.JSON) {
	if n, err := strconv.ParseUint(textAt(d, "shown"), 10, 64); err == nil {
		t.Known.Shown += n
	}
	policy := textAt(d, "policy")
	for e := range d.Member("rules").Elements() {
		rule := textAt(e, "rule")
		n, err := strconv.ParseUint(textAt(e, "count"), 10, 64)
		if err != nil {
			continue // not an event of this program
		}
		key := policy + "\x00" + rule
		r := t.Refused[key]
		if r == nil {
			r = &Refusal{Rule: rule, Policy: policy}
			t.Refused[key] = r
		}
		r.Count += n
	}
}

// Completeness gives the verdict on what was taken.
func (t *Tally) Completeness() *Completeness {
	c := t.Known
	if t.Last != 0 {
		c.From, c.To = t.First.String(), t.Last.String()
	}
	all := c.Shown
	for _, in := range t.Inputs {
		all += in.Records
	}
	for _, r := range t.Refused {
		all += r.Count
	}
	for _, r := range t.Refused {
		r := *r
		r.Share = fmt.Sprintf("%.1f %%", 100*float64(r.Count)/float64(all))
		c.Refused = append(c.Refused, r)
	}
	slices.SortFunc(c.Refused, func(a, b Refusal) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Policy, b.Policy), cmp.Compare(a.Rule, b.Rule))
	})
	missing := false
	for via, in := range t.Inputs {
		story := Input{Name: via, Records: in.Records, Unparsed: in.Unparsed, Errors: in.Errors, Ran: in.Ran}
		if in.Last != 0 {
			story.First, story.Last = in.First.String(), in.Last.String()
		}
		for key, s := range t.Serials {
			if name, _, _ := strings.Cut(key.name, "\x00"); name == via {
				n := s.numbers()
				if story.Numbers == nil {
					story.Numbers = &Numbers{}
				}
				story.Numbers.Seen += n.Seen
				story.Numbers.Forgotten += n.Forgotten
				story.Numbers.Missing += n.Missing
				story.Numbers.Starts += n.Starts
				missing = missing || n.Missing > 0
			}
		}
		c.Unparsed += in.Unparsed
		c.Inputs = append(c.Inputs, story)
	}
	slices.SortFunc(c.Inputs, func(a, b Input) int { return cmp.Compare(a.Name, b.Name) })
	c.Complete = len(c.Losses)+len(c.Refused)+len(c.Expired)+len(c.Forgotten) == 0 && c.Shown == 0 && !missing
	return &c
}

// listed appends to a list of bounded length.
func listed[T any](t *Tally, list []T, v T) []T {
	if len(list) >= maxListed {
		t.Known.More++
		return list
	}
	return append(list, v)
}

// textAt gives a member of event_data as text of its own memory.
func textAt(d counterfoil.JSON, key string) string { return strings.Clone(d.Member(key).Text()) }
