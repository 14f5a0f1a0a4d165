package cli

import (
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newCount(env Env) *cobra.Command {
	var w where
	var a asking
	var by string
	var top int
	var asJSON bool
	c := &cobra.Command{
		Use:   "count --by FIELD|DURATION [QUERY]",
		Short: "Count records by a field's values, or by time",
		Long: `Count the records that match a query: by the values of a field, the commonest first, or in spans of time such as
15m, 1h or 24h. The third column says how many of them failed. Queries are those of search.

Exit code 0: something was counted; 1: nothing was found.`,
		Example: `  counterfoil count --by user 'success = false' --since 24h
  counterfoil count --by 1h 'event = USER_LOGIN'
  counterfoil count --by event_data.file.path --top 20 'svc = SMB'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			q, err := a.parse(c, args, time.Now())
			if err != nil {
				return err
			}
			group, err := grouping(by)
			if err != nil {
				return misuse(c, "--by: %w", err)
			}
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			buckets, err := t.count(c.Context(), q, by)
			if err = errors.Join(err, t.close()); err != nil {
				return err
			}
			if top > 0 && group.Every == 0 && len(buckets) > top {
				buckets = buckets[:top]
			}
			if err := printBuckets(env, buckets, asJSON); err != nil {
				return err
			}
			if len(buckets) == 0 {
				fmt.Fprintln(env.Stderr, "nothing found")
				return no()
			}
			return nil
		},
	}
	w.flags(c)
	a.flags(c)
	c.Flags().StringVar(&by, "by", "", "a field, such as user or event_data.file.path, or a span of time, such as 1h")
	c.Flags().IntVar(&top, "top", 0, "only the commonest so many values; 0: all")
	c.Flags().BoolVar(&asJSON, "json", false, `print JSON Lines: {"key":…,"count":…,"failures":…}`)
	complete(c, "by", append([]string{"1m", "15m", "1h", "24h"}, filter.ColumnNames[:]...), cobra.ShellCompDirectiveNoFileComp)
	need(c, "by")
	notNegative(c, "top")
	return c
}

// grouping reads what --by says.
func grouping(by string) (search.By, error) {
	if by != "" && by[0] >= '0' && by[0] <= '9' {
		d, err := time.ParseDuration(by)
		if err != nil || d < time.Second {
			return search.By{}, fmt.Errorf("%q is no span of time such as 15m, 1h or 24h", by)
		}
		return search.By{Every: d}, nil
	}
	f, err := filter.ParseField(by)
	return search.By{Field: f}, err
}

func printBuckets(env Env, buckets []search.Bucket, asJSON bool) error {
	if asJSON {
		var text counterfoil.Builder // keys may be any bytes, which it carries
		for _, b := range buckets {
			text.Reset()
			text.String("", b.Key)
			if _, err := fmt.Fprintf(env.Stdout, `{"key":%s,"count":%d,"failures":%d}`+"\n", text.JSON(), b.Count, b.Failures); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', tabwriter.AlignRight)
	for _, b := range buckets {
		fmt.Fprintf(w, "%d\t%d failed\t  %s\n", b.Count, b.Failures, visible.Text(b.Key))
	}
	return w.Flush()
}
