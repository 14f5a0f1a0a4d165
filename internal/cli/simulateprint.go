package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/counterfoil/counterfoil/internal/simulate"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// print writes a report for people, at most top lines of each table.
func (s *simulation) print(r *simulate.Report, top int) error {
	var b strings.Builder
	switch {
	case r.Lost > 0:
		fmt.Fprintf(&b, "NO: %d of %d records that are kept now would not be\n", r.Lost, r.Now.Kept)
	case r.Unsure > 0:
		fmt.Fprintf(&b, "UNSURE: of %d records groups decide that they do not tell; no other would be lost\n", r.Unsure)
	default:
		fmt.Fprintf(&b, "yes: all of %d records that are kept now would be\n", r.Now.Kept)
	}
	fmt.Fprintf(&b, "now: %s; then: %s\n\n", visible.Text(s.nowWords()), visible.Text(s.next))
	s.printCounts(&b, r)
	printRules(&b, r.Rules, s.shown, top)
	printGroups(&b, "CLASS", r.Classes, top)
	printGroups(&b, "SERVICE", r.Services, top)
	printGroups(&b, "USER WITH A CHANGE", r.Users, top)
	printRefused(&b, r.Refused, top)
	s.printMissed(&b, r.Uses, top)
	for _, n := range s.notes {
		fmt.Fprintf(&b, "\nNote: %s\n", visible.Text(n))
	}
	_, err := io.WriteString(s.env.Stdout, b.String())
	return err
}

func columns(b *strings.Builder) *tabwriter.Writer {
	return tabwriter.NewWriter(b, 0, 8, 2, ' ', tabwriter.AlignRight)
}

func (s *simulation) printCounts(b *strings.Builder, r *simulate.Report) {
	w := columns(b)
	fmt.Fprintf(w, "RECORDS\tNOW\tTHEN\t\n")
	fmt.Fprintf(w, "kept\t%d\t%d\t\n", r.Now.Kept, r.Next.Kept)
	fmt.Fprintf(w, "shown, not stored\t%d\t%d\t\n", r.Now.Shown, r.Next.Shown)
	fmt.Fprintf(w, "refused\t%d\t%d\t\n", r.Now.Refused, r.Next.Refused)
	if x := r.Bytes; x != nil {
		fmt.Fprintf(w, "bytes\t%s\t%s\t\n", byteText(x.Now), byteText(x.Next))
	}
	if x := r.PerDay; x != nil {
		fmt.Fprintf(w, "bytes a day\t%s\t%s\t\n", byteText(x.Now), byteText(x.Next))
	}
	w.Flush()
	fmt.Fprintf(b, "%d lost, %d won, %d unsure\n", r.Lost, r.Won, r.Unsure)
	switch {
	case r.Bytes == nil:
		b.WriteString("nothing is sealed yet: what it takes cannot be told\n")
	case r.PerDay == nil:
		fmt.Fprintf(b, "bytes are those of %d sealed records, received within a minute: too little to tell what a day takes\n", r.Sealed)
	default:
		fmt.Fprintf(b, "bytes are those of %d sealed records, received over %.1f days\n", r.Sealed, r.Days)
	}
}

// printRules lists the rules that lose records, with examples.
func printRules(b *strings.Builder, rules []simulate.Rule, shown map[uint64]string, top int) {
	if len(rules) > 0 {
		b.WriteString("\nLost by\n")
	}
	for _, r := range rules[:shownOf(rules, top)] {
		fmt.Fprintf(b, "  %d  %s (%s)  %s\n", r.Lost, visible.Text(r.Rule), visible.Text(r.Place), visible.Text(r.Text))
		for _, seq := range r.Examples {
			fmt.Fprintf(b, "      #%d  %s\n", seq, visible.Text(shown[seq]))
		}
	}
	more(b, len(rules)-shownOf(rules, top))
}

func printGroups(b *strings.Builder, title string, groups []simulate.Group, top int) {
	if len(groups) == 0 {
		return
	}
	b.WriteString("\n")
	w := columns(b)
	fmt.Fprintf(w, "LOST\tWON\tUNSURE\tKEPT NOW\tKEPT THEN\t  %s\n", title)
	for _, g := range groups[:shownOf(groups, top)] {
		name := visible.Text(g.Name)
		if g.Name == "" {
			name = "(none)"
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t  %s\n", g.Lost, g.Won, g.Unsure, g.Now.Kept, g.Next.Kept, name)
	}
	w.Flush()
	more(b, len(groups)-shownOf(groups, top))
}

func printRefused(b *strings.Builder, list []simulate.Refusal, top int) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\nRefused in the span: the events are gone, and only their counts are known\n")
	w := columns(b)
	fmt.Fprintf(w, "COUNT\tPOLICY\tTHEN\t  INPUT AND RULE\n")
	for _, r := range list[:shownOf(list, top)] {
		rule := fmt.Sprintf("%s (%s)", r.Rule, r.Place)
		if r.Rule == "" {
			rule = "shown and not stored; the rule is not counted"
		}
		fmt.Fprintf(w, "%d\t%d\t%s\t  %s: %s\n", r.Count, r.Policy, r.Next, visible.Text(r.Input), visible.Text(rule))
	}
	w.Flush()
	more(b, len(list)-shownOf(list, top))
}

var usesWords = map[string]string{"output": "outputs", "hold": "holds", "retention": "rules of retention", "control": "controls", "question": "questions"}

func (s *simulation) printMissed(b *strings.Builder, list []simulate.Missed, top int) {
	var counts []string
	for _, k := range s.looked {
		counts = append(counts, fmt.Sprintf("%d %s", k.Count, usesWords[k.Kind]))
	}
	fmt.Fprintf(b, "\nWho would miss records (looked at: %s)\n", strings.Join(counts, ", "))
	if len(list) == 0 {
		b.WriteString("  nobody\n")
	}
	for _, m := range list[:shownOf(list, top)] {
		what := fmt.Sprintf("%d of %d", m.Lost, m.Finds)
		if m.Lost == m.Finds {
			what = fmt.Sprintf("all of %d", m.Finds)
		}
		text := m.Text
		if text == "" {
			text = "everything"
		}
		fmt.Fprintf(b, "  %s  %s %s: %s\n", what, m.Kind, visible.Text(m.Name), visible.Text(text))
	}
	more(b, len(list)-shownOf(list, top))
}

// shownOf is how many of a list are shown.
func shownOf[T any](list []T, top int) int {
	if top == 0 {
		return len(list)
	}
	return min(top, len(list))
}

func more(b *strings.Builder, n int) {
	if n > 0 {
		fmt.Fprintf(b, "and %d more; --top says how many are shown\n", n)
	}
}
