package convert

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Summary says what a result is worth.
type Summary struct {
	Frames, Events int            // read
	Written        int            // events; fewer than Events where a filter took some out
	Unparsed       int            // events that hold what was not understood
	First          string         // the place and the reason of the first of these
	Late           int            // events that --merge could not put in their place
	FirstLate      string         // the first of these
	Lost           map[string]int // events by the field that the other dialect had no words for
	Sniffed        []Guess        // which inputs were taken for what, in the order in which that was seen
}

// Guess is the inputs that were taken for a dialect.
type Guess struct {
	Dialect *dialect.Dialect
	Inputs  []string
}

func (s *Summary) guessed(d *dialect.Dialect, name string) {
	i := slices.IndexFunc(s.Sniffed, func(g Guess) bool { return g.Dialect == d })
	if i < 0 {
		i, s.Sniffed = len(s.Sniffed), append(s.Sniffed, Guess{Dialect: d})
	}
	s.Sniffed[i].Inputs = append(s.Sniffed[i].Inputs, name)
}

// Print writes the summary in words, a line for each thing that is worth one.
func (s *Summary) Print(w io.Writer) {
	for _, g := range s.Sniffed {
		names := g.Inputs
		if len(names) > 3 {
			names = append(slices.Clone(names[:3]), fmt.Sprintf("and %d more", len(names)-3))
		}
		fmt.Fprintf(w, "read as %s: %s\n", g.Dialect.Name, strings.Join(names, ", "))
	}
	fmt.Fprintf(w, "%d frames, %d events", s.Frames, s.Events)
	if s.Written != s.Events {
		fmt.Fprintf(w, ", %d written", s.Written)
	}
	for i, field := range slices.Sorted(maps.Keys(s.Lost)) {
		if i == 0 {
			fmt.Fprint(w, "; not wholly expressed:")
		}
		fmt.Fprintf(w, " %s (%d)", field, s.Lost[field])
	}
	fmt.Fprintln(w)
	if s.Late > 0 {
		fmt.Fprintf(w, "%d came too late to be put in their place; the first: %s\n", s.Late, s.FirstLate)
	}
	if s.Unparsed > 0 {
		fmt.Fprintf(w, "%d not understood and kept as they came; the first: %s\n", s.Unparsed, s.First)
	}
}
