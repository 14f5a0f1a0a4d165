package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

func newTail(env Env) *cobra.Command {
	var w where
	var a asking
	var format string
	var follow, shown bool
	c := &cobra.Command{
		Use:   "tail [QUERY]",
		Short: "Print the newest records, oldest first, and follow",
		Long: `Print the newest records that match, in the order they came, and with -f go on as records are committed until
interrupted. What is printed is durable: a record is shown only when it is in the trail for good. With --shown, which
asks a daemon, events that the policy keeps from the disk are printed too as they pass; they have no number, and
event_data.added.stored is false.

` + queryHelp,
		Example: `  counterfoil tail -f
  counterfoil tail -n 50 -f 'class = lo or success = false'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			q, err := a.parse(c, args, time.Now())
			if err != nil {
				return err
			}
			if q.shown = shown; shown && (!follow || w.server == "") {
				return misuse(c, "--shown is for -f with --server: only a running daemon sees what is not stored")
			}
			enc, err := newPrinter(c, env, env.Stdout, format)
			if err != nil {
				return err
			}
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			err = tail(c.Context(), t, q, enc, follow)
			if follow && errors.Is(err, context.Canceled) {
				err = nil // interrupted, as -f is ended
			}
			return errors.Join(err, enc.Close(), t.close())
		},
	}
	w.flags(c)
	a.flags(c)
	c.Flags().IntVarP(&a.limit, "lines", "n", 10, "how many records to begin with")
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on as records are committed")
	c.Flags().BoolVar(&shown, "shown", false, "with -f and --server: also what the policy shows and does not store")
	formatFlag(c, &format, formats(), tableFormat)
	notNegative(c, "lines")
	return c
}

func tail(ctx context.Context, t teller, q *question, enc dialect.Encoder, follow bool) error {
	size, err := t.size(ctx)
	if err != nil {
		return err
	}
	if q.limit > 0 && size > 0 {
		newest := *q
		newest.before = size
		if err := printNewest(ctx, t, &newest, enc); err != nil {
			return err
		}
	}
	if !follow {
		return nil
	}
	if err := flush(enc); err != nil {
		return err
	}
	var werr error
	err = t.follow(ctx, q, size, func(r *counterfoil.Record) bool {
		if _, werr = enc.Encode(r); werr == nil {
			werr = flush(enc)
		}
		return werr == nil
	})
	return errors.Join(err, werr)
}

// printNewest writes the newest records, the newest last.
func printNewest(ctx context.Context, t teller, q *question, enc dialect.Encoder) error {
	var newest []counterfoil.Record
	err := t.search(ctx, q, func(r *counterfoil.Record) bool {
		newest = append(newest, r.Clone())
		return true
	})
	if err != nil {
		return err
	}
	for i := len(newest) - 1; i >= 0; i-- {
		if _, err := enc.Encode(&newest[i]); err != nil {
			return err
		}
	}
	return nil
}

func flush(enc dialect.Encoder) error {
	switch e := enc.(type) {
	case *table:
		return e.w.Flush()
	case *bufferedEncoder:
		return e.w.Flush()
	}
	return nil
}
