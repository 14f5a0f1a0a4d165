package cli

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
)

func newShow(env Env) *cobra.Command {
	var w where
	var format string
	c := &cobra.Command{
		Use:   "show SEQ",
		Short: "Print one record whole",
		Long: `Print the record with a sequence number: its sentence, every field, and the event's data. search and tail print the
number in their first column. --format jsonl prints the canonical message instead.`,
		Example: `  counterfoil show 81231
  counterfoil show 81231 --format jsonl`,
		Args: exactly("SEQ"),
		RunE: func(c *cobra.Command, args []string) error {
			seq, err := parseSeq(c, args[0])
			if err != nil {
				return err
			}
			if format != textFormat {
				if !slices.Contains(formats(), format) {
					return misuse(c, "format %q: want one of %s, %s", format, textFormat, strings.Join(formats(), ", "))
				}
				if _, err := newPrinter(c, env, env.Stdout, format); err != nil {
					return err
				}
			}
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			r, err := t.record(c.Context(), seq)
			if err = errors.Join(err, t.close()); err != nil {
				return err
			}
			if format == textFormat {
				return printRecord(env.Stdout, r)
			}
			return printOne(c, env, r, format)
		},
	}
	w.flags(c)
	formatFlag(c, &format, append([]string{textFormat}, formats()...), textFormat)
	return c
}

const textFormat = "text"

func printOne(c *cobra.Command, env Env, r *counterfoil.Record, format string) error {
	enc, err := newPrinter(c, env, env.Stdout, format)
	if err != nil {
		return err
	}
	_, err = enc.Encode(r)
	return errors.Join(err, enc.Close())
}

func parseSeq(c *cobra.Command, s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, misuse(c, "%q is no sequence number", s)
	}
	return n, nil
}
