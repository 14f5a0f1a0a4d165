package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil/internal/coverage"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// printCoverage writes findings, then controls, each with its evidence.
func printCoverage(w io.Writer, r *coverage.Report) error {
	var b strings.Builder
	if r.Missing == 0 {
		fmt.Fprintf(&b, "yes: nothing is missing but what is accepted; the trail has %d records\n", r.Records)
	} else {
		fmt.Fprintf(&b, "NO: %d things are missing; the trail has %d records\n", r.Missing, r.Records)
	}
	for _, part := range []struct{ reason, title string }{{"absent", "Absent"}, {"rule", "Left out by rules"}} {
		title := "\n" + part.title + "\n"
		for _, x := range r.Findings {
			if x.Reason == part.reason {
				b.WriteString(title)
				title = ""
				printFinding(&b, x)
			}
		}
	}
	b.WriteString("\nRequirements\n")
	for _, c := range r.Controls {
		fmt.Fprintf(&b, "  %-8s %s (%s)%s\n", verdictWord(c.Verdict), c.Title, c.ID, acceptedWord(c.Accepted))
		fmt.Fprintf(&b, "           %s\n", c.Where)
		fmt.Fprintf(&b, "           %s%s\n", visible.Text(c.Why), numbers(c.Records))
		if c.Rule != "" {
			fmt.Fprintf(&b, "           kept by %s (%s)\n", visible.Text(c.Rule), visible.Text(c.Place))
		}
		switch {
		case c.Verdict == coverage.Unseen:
			fmt.Fprintf(&b, "           look at: %s\n", c.Remedy)
		case c.Remedy != "":
			fmt.Fprintf(&b, "           would meet it: %s\n", c.Remedy)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&b, "\nNote: %s\n", visible.Text(n))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func printFinding(b *strings.Builder, x coverage.Finding) {
	fmt.Fprintf(b, "  %s%s\n           %s%s\n", visible.Text(x.ID), acceptedWord(x.Accepted), visible.Text(x.What), numbers(x.Records))
	if x.Place != "" {
		fmt.Fprintf(b, "           at %s\n", visible.Text(x.Place))
	}
	if !x.Accepted {
		fmt.Fprintf(b, "           %s\n", visible.Text(x.Remedy))
	}
}

func verdictWord(v string) string {
	if v == coverage.Unseen {
		return "unseen"
	}
	return v
}

func acceptedWord(accepted bool) string {
	if accepted {
		return ", accepted"
	}
	return ""
}

// numbers names the records that are the evidence.
func numbers(records []uint64) string {
	if len(records) == 0 {
		return ""
	}
	var list []string
	for _, n := range records {
		list = append(list, fmt.Sprintf("#%d", n))
	}
	return " [" + strings.Join(list, ", ") + "]"
}
