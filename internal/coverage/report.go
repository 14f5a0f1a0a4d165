package coverage

import (
	"fmt"
	"path"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Report says what is not audited.
type Report struct {
	At       string    `json:"at"`
	Records  uint64    `json:"records"`
	Policy   uint64    `json:"policy"` // number in the trail; 0: none, or one that is in a file only
	Missing  int       `json:"missing"`
	Findings []Finding `json:"findings"`
	Controls []Result  `json:"controls"`
	Notes    []string  `json:"notes"` // what could not be looked at, and what is so only for a time
}

// Finding is something that is not audited.
type Finding struct {
	ID       string   `json:"id"`     // "input.kernel.ex", "users.root.never", "kernel./etc/passwd"
	Reason   string   `json:"reason"` // "absent": it should be there and is not; "rule": a rule leaves it out
	What     string   `json:"what"`
	Place    string   `json:"place,omitempty"`   // of the rule
	Records  []uint64 `json:"records,omitempty"` // the evidence: numbers in the trail
	Remedy   string   `json:"remedy"`
	Accepted bool     `json:"accepted"`
}

// Reasons of findings.
const (
	absent = "absent"
	byRule = "rule"
)

// Verdicts on controls.
const (
	Met    = "met"
	NotMet = "not met"
	Unseen = "not seen from here" // nothing in a trail can tell
)

// Result is what the trail says to a control.
type Result struct {
	ID       string   `json:"id"`
	Where    string   `json:"where"`
	Title    string   `json:"title"`
	Verdict  string   `json:"verdict"`
	Why      string   `json:"why"`
	Records  []uint64 `json:"records,omitempty"`
	Rule     string   `json:"rule,omitempty"`  // that kept the evidence
	Place    string   `json:"place,omitempty"` // of the rule
	Remedy   string   `json:"remedy,omitempty"`
	Accepted bool     `json:"accepted"`
}

// Report judges what was gathered. accept are identifiers of findings and of controls ("control.accounts") that do not
// count as missing, with * and ? as in file names; unused has those that are none.
func (f *Facts) Report(accept []string) (r *Report, unused []string) {
	r = &Report{At: f.Now.String(), Records: f.Records, Policy: f.Policy.Number, Findings: []Finding{}, Controls: []Result{}, Notes: []string{}}
	r.Findings = slices.Concat(r.Findings, f.inputs(), f.losses(), f.rules(), f.kernel(r))
	if p := f.Policy.Compiled; p != nil && p.Observing(f.Now) {
		r.Notes = append(r.Notes, fmt.Sprintf("until %v the policy only observes: its rules leave out only what is not to be stored, and mark the rest", p.ObservesUntil()))
	}
	for _, c := range Checklist {
		r.Controls = append(r.Controls, f.judge(c))
	}
	used := make([]bool, len(accept))
	accepted := func(id string) (is bool) {
		for i, pattern := range accept {
			if ok, err := path.Match(pattern, id); ok && err == nil || pattern == id {
				is, used[i] = true, true
			}
		}
		return is
	}
	for i := range r.Findings {
		x := &r.Findings[i]
		if x.Accepted = accepted(x.ID); !x.Accepted {
			r.Missing++
		}
	}
	for i := range r.Controls {
		x := &r.Controls[i]
		if x.Verdict != NotMet {
			continue
		}
		if x.Accepted = accepted("control." + x.ID); !x.Accepted {
			r.Missing++
		}
	}
	for i, pattern := range accept {
		if !used[i] {
			unused = append(unused, pattern)
		}
	}
	return r, unused
}

// judge says whether the trail supports a control, with the evidence.
func (f *Facts) judge(c Control) Result {
	r := Result{ID: c.ID, Where: c.Where, Title: c.Title, Verdict: NotMet, Remedy: c.Remedy}
	if c.Judge != nil {
		r.Verdict, r.Why, r.Records = c.Judge(f)
	} else if a := f.answers[c.Query]; a.Count == 0 {
		r.Why = "there is no record of " + c.Needs
	} else if age := f.Now.Std().Sub(a.Newest.Time.Std()); c.Within > 0 && age > c.Within {
		r.Why, r.Records = fmt.Sprintf("the newest record of %s is of %s", c.Needs, moment(a.Newest.Time)), []uint64{a.Newest.Seq}
	} else {
		r.Verdict, r.Records = Met, []uint64{a.Newest.Seq}
		r.Why = fmt.Sprintf("%s of %s, the newest of %s", plural(a.Count, "record"), c.Needs, moment(a.Newest.Time))
		r.Rule, r.Place = f.keptBy(a.Newest)
	}
	if r.Verdict == Met {
		r.Remedy = ""
	}
	return r
}

// keptBy gives the rule by which the policy keeps a record.
func (f *Facts) keptBy(r *counterfoil.Record) (rule, place string) {
	if f.Policy.Compiled == nil {
		return "", ""
	}
	d := f.Policy.Compiled.Input(r.Via).Judge(&r.Event)
	by := f.Policy.Compiled.Rules()[d.Rule]
	return by.Name, by.Place.String()
}

// moment gives a time to the second: the record itself tells the rest.
func moment(t counterfoil.Time) string { return t.Std().UTC().Format(time.RFC3339) }

func plural(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
