package coverage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// rules finds what the rules of the policy leave out, and what rules that are not in force any more have left out.
func (f *Facts) rules() (list []Finding) {
	spec := &f.Policy.Spec
	for i := range counterfoil.Categories() {
		category := counterfoil.Category(i + 1)
		if s, told := spec.Categories[category]; told && !preselect.Implicit(category) {
			list = append(list, switched(category, s)...)
		}
	}
	for _, l := range spec.Lists {
		list = append(list, listed(l))
	}
	if spec.Masks != nil {
		list = append(list, masked(spec.Masks)...)
	}
	for _, x := range spec.Filters {
		what := map[preselect.Then]string{preselect.Only: "all but what matches is refused", preselect.Refuse: "what matches is refused",
			preselect.Stream: "what matches is shown and not stored"}[x.Then]
		if what != "" {
			list = append(list, left("filters."+x.Name, fmt.Sprintf("%s%s: %s", of(x.Inputs), what, x.Text), x.Place.String()))
		}
	}
	if slices.Contains(f.Policy.Words, "cnt") {
		list = append(list, left("policy.cnt", "on FreeBSD, cnt lets the kernel go on and drop records when they cannot be kept; this program never does", f.Policy.Place))
	}
	return f.counted(list)
}

// left is a finding of what a rule leaves out.
func left(id, what, place string) Finding {
	return Finding{ID: id, Reason: byRule, What: what, Place: place, Remedy: "change the rule, or --accept it"}
}

func of(inputs []string) string {
	if len(inputs) == 0 {
		return ""
	}
	return "by " + strings.Join(inputs, ", ") + " "
}

func switched(c counterfoil.Category, s preselect.Switch) []Finding {
	switch {
	case !s.Enabled:
		return []Finding{left("categories."+c.String(), fmt.Sprintf("the category %s is not enabled: its events are refused", c), s.Place.String())}
	case !s.Persist:
		return []Finding{left("categories."+c.String(), fmt.Sprintf("the category %s does not persist: its events are shown and not stored", c), s.Place.String())}
	}
	return nil
}

func listed(l preselect.List) Finding {
	if len(l.Watch.Users)+len(l.Watch.Groups) > 0 {
		return left("lists."+l.Name+".watch", of(l.Inputs)+"only the following are kept: "+l.Watch.String(), l.Place.String())
	}
	return left("lists."+l.Name+".limit", of(l.Inputs)+"the following are refused: "+l.Limit.String(), l.Place.String())
}

// masked finds classes that some control asks for and that flags or naflags leave out, and users who are never audited.
func masked(m *preselect.Masks) (list []Finding) {
	var wanted bsm.Mask
	for _, name := range owed().Names() {
		mask, _ := bsm.MaskOf(m.Classes, name)
		wanted |= mask
	}
	for _, x := range []struct {
		id, whose string
		preselect.Expr
	}{{"flags", "users", m.Flags}, {"naflags", "what nobody has logged in for", m.NaFlags}} {
		sides := outcomes(wanted&^x.Masks.Success, wanted&^x.Masks.Failure, m.Classes)
		if sides != "" {
			list = append(list, left(x.id, fmt.Sprintf("%s %q does not select, of %s: %s", x.id, x.Text, x.whose, sides), x.Place.String()))
		}
	}
	for _, u := range m.Users {
		if sides := outcomes(u.Never.Masks.Success, u.Never.Masks.Failure, m.Classes); sides != "" {
			list = append(list, left("users."+u.Name+".never", fmt.Sprintf("%s is never audited for %s", u.Name, sides), u.Never.Place.String()))
		}
	}
	return list
}

// outcomes names the classes of two masks, together where they are the same.
func outcomes(success, failure bsm.Mask, classes []bsm.Class) string {
	name := func(m bsm.Mask) string {
		if m == ^bsm.Mask(0) {
			return "all"
		}
		return preselect.ClassNames(m, classes)
	}
	s, f := name(success), name(failure)
	switch {
	case s == f:
		return s
	case s == "":
		return f + " (failures)"
	case f == "":
		return s + " (successes)"
	}
	return s + " (successes), " + f + " (failures)"
}

// counted adds what rules have refused to their findings. A rule without one is not in force any more, but what it
// refused is not in the trail all the same.
func (f *Facts) counted(list []Finding) []Finding {
	for _, r := range f.Refusals {
		i := slices.IndexFunc(list, func(x Finding) bool { return x.ID == r.Rule })
		if i < 0 {
			what := "a rule of an earlier policy, or one that refuses what no control asks for"
			list, i = append(list, left(r.Rule, what, r.Place)), len(list)
		}
		list[i].What += fmt.Sprintf("; refused %d of %s", r.Count, r.Input)
		for _, n := range []uint64{r.First, r.Last} {
			if !slices.Contains(list[i].Records, n) {
				list[i].Records = append(list[i].Records, n)
			}
		}
	}
	return list
}
