package cli

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newStatus(env Env) *cobra.Command {
	var w where
	var asJSON bool
	c := &cobra.Command{
		Use:   "status",
		Short: "Say how a trail, its inputs and its outputs do",
		Long: `Say how many records a trail has, how many of them are sealed, what it takes on disk, and up to where it is signed.
With --server the daemon answers, and says how its inputs and outputs do as well.

Exit code 0: everything delivers; 1: an input or an output has a problem.`,
		Example: `  counterfoil status --data-dir var
  counterfoil status --server http://127.0.0.1:8470`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			st, err := t.status(c.Context())
			if err = errors.Join(err, t.close()); err != nil {
				return err
			}
			if asJSON {
				err = printJSON(env.Stdout, st)
			} else {
				err = printStatus(env, st)
			}
			if err != nil {
				return err
			}
			for _, in := range st.Inputs {
				if in.Problem != "" {
					return no()
				}
			}
			for _, o := range st.Outputs {
				if o.Problem != "" {
					return no()
				}
			}
			return nil
		},
	}
	w.flags(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

func printStatus(env Env, st *daemon.Status) error {
	w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, visible.Text(fmt.Sprintf(format, args...)))
	}
	line("trail", "%s", st.Origin)
	line("records", "%d, %d of them in %d sealed segments", st.Records, st.Records-st.Head, st.Segments)
	// Log and reserve are made in advance: divided by the records of a young trail they would say nothing of what a record takes.
	line("on disk", "%s in the data directory; counterfoil trail says what takes them", byteText(st.Bytes))
	if st.Checkpoint != nil && st.SignedAt != nil {
		line("signed", "up to record %d, at %s", int64(*st.Checkpoint)-1, st.SignedAt.UTC().Format(time.RFC3339))
	}
	if st.Started != nil {
		line("daemon", "%s, since %s", st.Version, st.Started.UTC().Format(time.RFC3339))
	}
	for _, in := range st.Inputs {
		state := "delivers"
		if in.Problem != "" {
			state = "PROBLEM: " + in.Problem
		}
		line("input "+in.Name, "%s: %d events (%d not understood, %d gaps); %s", strings.TrimSpace(in.Type+" "+in.Source), in.Events, in.Unparsed, in.Gaps, state)
	}
	for _, o := range st.Outputs {
		state := "delivers"
		if o.Problem != "" {
			state = "PROBLEM: " + o.Problem
		}
		if o.Passed+o.Dropped > 0 {
			state = fmt.Sprintf("%d of the sent are in no trail, %d such were lost; %s", o.Passed, o.Dropped, state)
		}
		line("output "+o.Name, "%s: %d sent, %d behind (%d refused, %d missed); %s", strings.TrimSpace(o.Type+" "+o.Target), o.Sent,
			st.Records-min(st.Records, o.Next), o.Refused, o.Missed, state)
	}
	return w.Flush()
}
