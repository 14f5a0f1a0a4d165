package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// queryHelp is the manual of the grammar in short, for every command that takes a query.
const queryHelp = `A query is made of terms; a blank between them means "and":

  user = anna                  also != < <= > >=; field names complete with the TAB key
  event ~ "^UNLINK"            a regular expression; !~ for its opposite
  event_data.file.path contains pay        also icontains, startswith, in (a, b), exists
  success = false
  since 2h  until 14:30        moments: 15m, yesterday, monday, 2026-11-22, RFC 3339
  pay.xlsx  "two words"  pay*  free words, looked for in every text of a record
  not …  … or …  ( … )

docs/search.md is the long form. Quote the query for your shell. Filters of other systems are taken as they are, with the
name of their grammar in front: mongo:{result: {$ne: 0}}, truenas:[["username", "=", "anna"]] (docs/filters.md).`

func newSearch(env Env) *cobra.Command {
	var w where
	var a asking
	var format string
	c := &cobra.Command{
		Use:   "search [QUERY]",
		Short: "Find records, newest first",
		Long: `Find the records that match a query, newest first, and print them: as a table (number, time, service, sentence),
or in any dialect that can be written, such as jsonl and csv. Without a query every record matches.

` + queryHelp + `

Exit code 0: something was found; 1: nothing was found.`,
		Example: `  counterfoil search 'user = anna and success = false' --since 2h
  counterfoil search 'event ~ "^UNLINK" and event_data.file.path contains pay' --format jsonl
  counterfoil search --server http://127.0.0.1:8470 --limit 20 'class = lo'`,
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
			n, err := printAll(c, t, q, enc)
			if err = errors.Join(err, enc.Close(), t.close()); err != nil {
				return err
			}
			if n == 0 {
				fmt.Fprintln(env.Stderr, "nothing found")
				return no()
			}
			if n == a.limit && !c.Flags().Changed("limit") {
				fmt.Fprintf(env.Stderr, "these are the newest %d; --limit 0 prints all that match\n", n)
			}
			return nil
		},
	}
	w.flags(c)
	a.flags(c)
	c.Flags().IntVar(&a.limit, "limit", 100, "at most so many records; 0: all")
	formatFlag(c, &format, formats(), tableFormat)
	notNegative(c, "limit")
	return c
}

// printAll writes what matches and gives how many there were.
func printAll(c *cobra.Command, t teller, q *question, enc dialect.Encoder) (n int, err error) {
	var werr error
	err = t.search(c.Context(), q, func(r *counterfoil.Record) bool {
		if _, werr = enc.Encode(r); werr != nil {
			return false
		}
		n++
		return true
	})
	return n, errors.Join(err, werr)
}
