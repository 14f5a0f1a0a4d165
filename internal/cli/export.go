package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

func newExport(env Env) *cobra.Command {
	var w where
	var a asking
	var format, out string
	c := &cobra.Command{
		Use:   "export [QUERY] [--format DIALECT] -o FILE",
		Short: "Write what a query selects to a file, oldest first",
		Long: `Write all records that match a query, oldest first, as any dialect that can be written. It gives exactly what search
finds. The file is there whole or not at all. Fields for which the dialect has no words are named on standard error.

` + queryHelp,
		Example: `  counterfoil export 'svc = SMB and user = anna' --since 2026-11-01 --format csv -o anna.csv
  counterfoil export --server http://127.0.0.1:8470 --format jsonl -o everything.jsonl`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			q, err := a.parse(c, args, time.Now())
			if err != nil {
				return err
			}
			q.oldest = true
			if d, err := lookUp(c, format); err != nil {
				return err
			} else if d.Encode == nil {
				return misuse(c, "%s cannot be written: want one of %s", format, strings.Join(dialectNames(canWrite), ", "))
			}
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			var loss dialect.Loss
			err = writeOut(env, out, func(w io.Writer) (err error) { loss, err = t.export(c.Context(), q, format, w); return err })
			if err == nil && len(loss) > 0 {
				fmt.Fprintf(env.Stderr, "not wholly expressed, since %s has no words for it: %s\n", format, strings.Join(loss, ", "))
			}
			return errors.Join(err, t.close())
		},
	}
	w.flags(c)
	a.flags(c)
	c.Flags().IntVar(&a.limit, "limit", 0, "at most so many records; 0: all")
	formatFlag(c, &format, dialectNames(canWrite), "jsonl")
	outFlag(c, &out)
	notNegative(c, "limit")
	return c
}
