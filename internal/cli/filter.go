package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

// maxFilter bounds what is read from standard input; no grammar takes more.
const maxFilter = 64<<10 + 1

func newFilter(env Env) *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use:   "filter [--from GRAMMAR] [--to GRAMMAR] TEXT|-",
		Short: "Check a filter, and translate it into another grammar",
		Long: `Read a filter and write it in another grammar. The grammars are

  search    what search, count and the Audit page take: user = anna and success = false
  mongo     MongoDB's query documents, as auditLog.filter has them: {"param.ns": /^test/, result: 13}
  truenas   TrueNAS's query-filters: [["username", "=", "anna"], ["success", "=", false]]

and, to write only,

  clickhouse, duckdb   a condition of SQL: SELECT … FROM events WHERE …, events being the view of sealed files that counterfoil trail sql
                       makes in DuckDB, or a table with its columns

Wherever a filter is taken, mongo: or truenas: in front of it names the grammar; here --from does, too. With - the filter is
read from standard input. What is written has no prefix.

What the other grammar has no words for is listed on standard error, and nothing is written. What it says only nearly the
same is written, and listed. docs/filters.md has all operators side by side.

Exit code 0: the filter was translated; 1: it cannot be said; 2: it is wrong.`,
		Example: `  counterfoil filter --from mongo --to search '{ atype: "authCheck", "param.ns": /^test\\./ }'
  counterfoil filter --to truenas 'user = anna and event in (READ, WRITE)'
  counterfoil filter --to duckdb 'user = anna and event_data.file.path contains pay'
  counterfoil filter --from mongo - < audit-filter.json`,
		Args: atLeastOne("TEXT"),
		RunE: func(c *cobra.Command, args []string) error {
			text := strings.Join(args, " ")
			if text == "-" {
				b, err := io.ReadAll(io.LimitReader(env.Stdin, maxFilter))
				if err != nil {
					return fmt.Errorf("read standard input: %w", err)
				}
				text = strings.TrimSuffix(string(b), "\n")
			}
			return translate(c, env, from, to, text)
		},
	}
	c.Flags().StringVar(&from, "from", "", "grammar of TEXT, if no prefix names it: "+strings.Join(grammar.Names, ", "))
	c.Flags().StringVar(&to, "to", "search", "grammar to write: "+strings.Join(grammar.Targets, ", "))
	complete(c, "from", grammar.Names, cobra.ShellCompDirectiveNoFileComp)
	complete(c, "to", grammar.Targets, cobra.ShellCompDirectiveNoFileComp)
	return c
}

func translate(c *cobra.Command, env Env, from, to, text string) error {
	for _, flag := range [...]struct {
		name, value string
		known       []string
	}{{"from", from, grammar.Names}, {"to", to, grammar.Targets}} {
		if flag.value != "" && !slices.Contains(flag.known, flag.value) {
			return misuse(c, "--%s: there is no grammar %q: want one of %s", flag.name, flag.value, strings.Join(flag.known, ", "))
		}
	}
	if from != "" {
		if named, rest := grammar.Split(text); len(rest) == len(text) {
			text = from + ":" + text
		} else if named != from {
			return misuse(c, "--from is %s, and the filter begins with %s:", from, named)
		}
	}
	q, err := grammar.Parse(text, time.Now())
	if err != nil {
		return misuse(c, "%w", err)
	}
	for _, w := range q.Warnings {
		fmt.Fprintf(env.Stderr, "counterfoil: take care: %s\n", w)
	}
	said, losses := grammar.Print(to, q.Query)
	unsaid := false
	for _, l := range losses {
		if l.Nearly {
			fmt.Fprintf(env.Stderr, "said nearly: %s\n", l)
		} else {
			unsaid = true
			fmt.Fprintf(env.Stderr, "cannot be said in %s: %s\n", to, l)
		}
	}
	if unsaid {
		return no()
	}
	_, err = fmt.Fprintln(env.Stdout, said)
	return err
}
