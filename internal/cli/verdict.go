package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
	"github.com/counterfoil/counterfoil/proof"
)

// verdict writes the lines under "yes" or "NO".
type verdict struct{ strings.Builder }

func (v *verdict) line(name, format string, args ...any) {
	fmt.Fprintf(v, "  %-11s %s\n", name, visible.Text(fmt.Sprintf(format, args...)))
}

// printReport prints both verdicts on a trail.
func printReport(w io.Writer, r *trail.Report) error {
	var v verdict
	if r.OK {
		fmt.Fprintf(&v, "yes: %d records, %d of them in %d sealed segments, are what was written\n", r.Records, r.Sealed, r.Segments)
	} else {
		fmt.Fprintf(&v, "NO: %s\n", visible.Text(r.Problem.Error()))
	}
	if r.Origin != "" {
		v.line("trail", "%s", r.Origin)
		v.line("key", "%s", r.Key)
	}
	if r.OK {
		v.line("root", "%s", r.Root)
		v.line("signed", "the newest checkpoint counts %d records", r.Checkpoint)
		if r.Passed > 0 {
			v.line("contains", "%d more checkpoints: those cosigned by witnesses, and given with --checkpoint", r.Passed)
		}
		v.line("known gaps", "%d", r.Gaps)
		for _, f := range r.Forgotten {
			v.line("forgotten", "%s", f.Text)
		}
	}
	if r.From > 0 {
		v.line("from", "record %d; of those before, verified earlier, the files' digests were compared", r.From)
	}
	if r.Full != "" {
		v.line("in full", "%s", r.Full)
	}
	if r.Torn != "" {
		v.line("torn end", "%s (never acknowledged)", r.Torn)
	}
	for _, f := range r.Derived {
		v.line("derived", "%s is missing or damaged; opening or searching the trail makes it again", f)
	}
	if r.Completeness != nil {
		v.completeness(r.Completeness, r.Expired)
	}
	_, err := io.WriteString(w, v.String())
	return err
}

// completeness prints the second verdict: a line for each thing that is known to be missing, and one for each input. What
// expired is worded from the files' notes, which know how many records of a range each held.
func (v *verdict) completeness(c *trail.Completeness, expired []trail.ExpiredRange) {
	if c.Complete {
		v.WriteString("complete: nothing is known to be missing\n")
	} else {
		v.WriteString("NOT complete: this is known to be missing\n")
	}
	if c.From != "" {
		v.line("received", "%s to %s", c.From, c.To)
	}
	for _, l := range c.Losses {
		v.line("loss", "record %d, input %s: %s", l.Record, l.Input, lossText(l))
	}
	for _, r := range c.Refused {
		v.line("refused", "%d (%s) by rule %s of policy %s", r.Count, r.Share, r.Rule, r.Policy)
	}
	if c.Shown > 0 {
		v.line("not stored", "%d that a policy handed on and kept from the disk", c.Shown)
	}
	const most = 20
	for _, e := range expired[:min(most, len(expired))] {
		v.line("expired", "%s", e.Text)
	}
	if n := len(expired); n > most {
		v.line("expired", "… and %d more files; --json lists them all", n-most)
	}
	for _, f := range c.Forgotten {
		v.line("forgotten", "who and what else in %s records, of which the open half is there: record %d", f.Records, f.Record)
	}
	for _, i := range c.Inputs {
		v.line("input", "%s", inputText(i))
	}
	for _, p := range c.Policies {
		v.line("policy", "%s from record %d on, SHA-256 %s", p.Number, p.Record, p.SHA256)
	}
	for _, d := range c.Down {
		how := "stopped as asked"
		if !d.Clean {
			how = "it was killed, or crashed"
		}
		v.line("not running", "%s to %s: %s", d.From, d.To, how)
	}
	if c.Unparsed > 0 {
		v.line("not parsed", "%d records are kept as the bytes that came", c.Unparsed)
	}
	if c.More > 0 {
		v.line("more", "%d entries are left out here", c.More)
	}
}

// printEvidence prints what an archive proves, and what its maker states.
func printEvidence(w io.Writer, r *proof.EvidenceReport) error {
	var v verdict
	fmt.Fprintf(&v, "yes: %d records, and %d that say what may be missing, are part of the tree of %d records of the trail %s\n",
		r.Records, r.Context, r.Size, visible.Text(r.Origin))
	v.line("root", "%s", r.Root)
	v.line("key", "%s", r.Fingerprint)
	for _, c := range r.Cosignatures {
		v.line("cosigned", "by %s at %s", c.Witness, c.Time.Format(time.RFC3339))
	}
	s := r.Statement
	v.line("query", "%s", s.Member("query").Text())
	v.line("made", "%s for %s by %s", s.Member("made").Text(), s.Member("by").Text(), s.Member("made_by").Text())
	complete := "nothing is known to be missing"
	if s.Member("completeness").Member("complete") != "true" {
		complete = "not all is there: report.html says what is known to be missing"
	}
	v.line("states", "%s", complete)
	for _, warning := range r.Warnings {
		fmt.Fprintf(&v, "warning: %s\n", visible.Text(warning))
	}
	_, err := io.WriteString(w, v.String())
	return err
}

func lossText(l trail.Loss) string {
	text := l.Reason
	if l.Count != "" {
		unit := l.Unit
		if l.Count == "1" {
			unit = strings.TrimSuffix(unit, "s")
		}
		text = fmt.Sprintf("%s %s: %s", l.Count, unit, l.Reason)
	}
	if l.From != "" {
		text += fmt.Sprintf(", from %s to %s", l.From, l.To)
	}
	return text
}

func inputText(i trail.Input) string {
	records := fmt.Sprintf("%d records", i.Records)
	if i.Records == 1 {
		records = "1 record"
	}
	text := fmt.Sprintf("%s: %s, %s to %s", i.Name, records, i.First, i.Last)
	unclean := 0
	for _, r := range i.Ran {
		if !r.Clean && r.To != "" {
			unclean++
		}
	}
	if len(i.Ran) > 0 {
		text += "; ran " + times(len(i.Ran))
	}
	if unclean > 0 {
		text += fmt.Sprintf(", %d of them ended without a word", unclean)
	}
	if i.Errors > 0 {
		text += "; in trouble " + times(int(i.Errors))
	}
	if n := i.Numbers; n != nil {
		text += fmt.Sprintf("; the source's own numbers: %d seen, ", n.Seen)
		if n.Forgotten > 0 {
			text += fmt.Sprintf("%d forgotten, ", n.Forgotten)
		}
		text += fmt.Sprintf("%d not there, begun %s", n.Missing, times(int(n.Starts)))
	}
	return text
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
