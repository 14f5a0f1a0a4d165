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
	var follow bool
	c := &cobra.Command{
		Use:   "tail [QUERY]",
		Short: "Print the newest records, oldest first, and follow",
		Long: `Print the newest records that match, in the order they came, and with -f go on as records are committed until
interrupted. What is printed is durable: a record is shown only when it is in the trail for good.

` + queryHelp,
		Example: `  counterfoil tail -f
  counterfoil tail -n 50 -f 'class = lo or success = false'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			q, err := a.parse(c, args, time.Now())
			if err != nil {
				return err
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
	formatFlag(c, &format, formats(), tableFormat)
	return c
}

func tail(ctx context.Context, t teller, q *question, enc dialect.Encoder, follow bool) error {
	size, err := t.size(ctx)
	if err != nil {
		return err
	}
	if q.limit > 0 {
		if err := printNewest(ctx, t, q, enc); err != nil {
			return err
		}
	}
	for follow {
		if err := flush(enc); err != nil {
			return err
		}
		if err := t.changed(ctx, size); err != nil {
			return err
		}
		now, err := t.size(ctx)
		if err != nil {
			return err
		}
		next := *q
		next.after, next.limit, next.oldest = size, 0, true
		if err := printUntil(ctx, t, &next, enc, now); err != nil {
			return err
		}
		size = now
	}
	return nil
}

// printNewest writes the newest records, the newest last.
func printNewest(ctx context.Context, t teller, q *question, enc dialect.Encoder) error {
	var newest []counterfoil.Record
	err := t.search(ctx, q, func(r *counterfoil.Record) bool {
		newest = append(newest, clone(r))
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

// printUntil writes the records below a number; later ones are for the next turn.
func printUntil(ctx context.Context, t teller, q *question, enc dialect.Encoder, end uint64) (err error) {
	serr := t.search(ctx, q, func(r *counterfoil.Record) bool {
		if r.Seq >= end {
			return false
		}
		_, err = enc.Encode(r)
		return err == nil
	})
	return errors.Join(serr, err)
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

// clone gives a record that outlives the call it was lent for.
func clone(r *counterfoil.Record) counterfoil.Record {
	msg, _ := counterfoil.AppendRecord(nil, r)
	c, err := counterfoil.ParseRecord(string(msg))
	if err != nil {
		panic("cli: a record of the trail is not canonical: " + err.Error())
	}
	return c
}
