package coverage

import (
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
)

// inputs finds what inputs do not deliver.
func (f *Facts) inputs() (list []Finding) {
	if len(f.Inputs) == 0 {
		list = append(list, Finding{ID: "input", Reason: absent, What: "there is no input, and no record of anything but this program",
			Remedy: "inputs: in counterfoil.yaml; see inputs.md"})
	}
	for _, in := range f.Inputs {
		id := "input." + in.Name
		if in.unparsed.Count > 0 {
			list = append(list, Finding{ID: id + ".unparsed", Reason: absent, Records: []uint64{in.unparsed.Newest.Seq},
				What:   fmt.Sprintf("%s of %s not understood; the bytes are kept", plural(in.unparsed.Count, "message"), in.Name),
				Remedy: "look at the reason: counterfoil search 'event = UNPARSED'"})
		}
		switch refused := f.refusedOf(in.Name); {
		case in.Count == 0 && refused > 0:
			list = append(list, left(id, fmt.Sprintf("all that %s delivered was refused: %s", in.Name, plural(refused, "event")), ""))
			continue
		case in.Count == 0:
			list = append(list, Finding{ID: id, Reason: absent, What: in.Name + " has never delivered a record",
				Remedy: "counterfoil status --server says why an input does not deliver"})
			continue
		case f.quiet(in):
			list = append(list, Finding{ID: id + ".quiet", Reason: absent, Records: []uint64{in.Newest.Seq},
				What:   fmt.Sprintf("%s is quiet: its newest record came at %s", in.Name, moment(in.Newest.Received)),
				Remedy: "look whether the source still writes; --quiet says how long is too long"})
		}
		list = append(list, f.classes(in)...)
	}
	return list
}

// refusedOf adds up what was refused of an input.
func (f *Facts) refusedOf(input string) (n uint64) {
	for _, r := range f.Refusals {
		if r.Input == input {
			n += r.Count
		}
	}
	return n
}

// quiet reports whether an input has delivered nothing for too long.
func (f *Facts) quiet(in *Input) bool {
	return in.Newest != nil && f.Now.Std().Sub(in.Newest.Received.Std()) > f.Quiet
}

// classes finds the classes that an input should have told of and did not: those that a control asks for and that the
// mapping of its dialect names.
func (f *Facts) classes(in *Input) (list []Finding) {
	can := map[counterfoil.Class]string{} // the dialects that can tell of it
	for _, name := range in.dialects {
		if d, ok := all.Lookup(name); ok {
			for _, c := range each(d.Classes() & owed() &^ in.seen) {
				can[c] += ", " + d.Name
			}
		}
	}
	for _, c := range each(owed()) {
		dialects, missing := can[c]
		if !missing {
			continue
		}
		if f.refuses(in.Name, c) {
			continue // the rule is a finding of its own
		}
		list = append(list, Finding{ID: "input." + in.Name + "." + c.String(), Reason: absent,
			What: fmt.Sprintf("%s has never told of %s (%s), which its dialect (%s) can", in.Name, c, c.Doc(), strings.TrimPrefix(dialects, ", ")),
			Remedy: fmt.Sprintf("docs/dialects/%s.md says which records are of the class: have the source write them, or --accept this",
				strings.Split(strings.TrimPrefix(dialects, ", "), ", ")[0])})
	}
	return list
}

// refuses reports whether the policy refuses events of a class from a user who has no rules of their own.
func (f *Facts) refuses(via string, c counterfoil.Class) bool {
	if f.Policy.Compiled == nil {
		return false
	}
	e := counterfoil.Event{Major: 1, Service: "X", Name: "X", Class: c, User: "somebody", Subject: counterfoil.Subject{LoginID: "1"}}
	d := f.Policy.Compiled.Input(via).Judge(&e)
	return !d.Keep || !d.Persist
}

// each gives the classes of a set, one by one.
func each(set counterfoil.Class) (list []counterfoil.Class) {
	for c := counterfoil.Class(1); c <= counterfoil.AllClasses; c <<= 1 {
		if set&c != 0 {
			list = append(list, c)
		}
	}
	return list
}

// losses are gaps, which somebody has noticed.
func (f *Facts) losses() []Finding {
	a := f.answers[gaps]
	if a.Count == 0 {
		return nil
	}
	return []Finding{{ID: "gaps", Reason: absent, Records: []uint64{a.Newest.Seq}, What: fmt.Sprintf("%s: events are known or suspected to be missing", plural(a.Count, "gap")),
		Remedy: "each says its cause: counterfoil search 'event = GAP'"}}
}
