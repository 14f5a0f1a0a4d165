package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
)

func newDialects(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "dialects [NAME]",
		Short: "List the ways of writing audit records that are understood, or explain one",
		Long: `A dialect is a foreign way to write audit records. The list says of each whether it is read (so that an input or
` + "`convert --from`" + ` may name it) and written (` + "`convert --to`, `export --format`" + `). With a name, say what is known of it.`,
		Example: `  counterfoil dialects
  counterfoil dialects linux`,
		Args: atMostOne("NAME"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return dialectNames(nil), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				d, err := lookUp(c, args[0])
				if err != nil {
					return err
				}
				fmt.Fprintf(env.Stdout, "%s (version %d): %s\n", d.Name, d.Version, d.Doc)
				return nil
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
			for _, d := range all.Dialects {
				first, _, _ := strings.Cut(d.Doc, "\n")
				fmt.Fprintf(w, "%s\t%s\t%s\n", d.Name, ways(d), first)
			}
			return w.Flush()
		},
	}
}

func ways(d *dialect.Dialect) string {
	switch {
	case d.Decode != nil && d.Encode != nil:
		return "read, written"
	case d.Decode != nil:
		return "read"
	}
	return "written"
}

func dialectNames(fit func(*dialect.Dialect) bool) (names []string) {
	for _, d := range all.Dialects {
		if fit == nil || fit(d) {
			names = append(names, d.Name)
		}
	}
	return names
}

func canRead(d *dialect.Dialect) bool  { return d.Decode != nil }
func canWrite(d *dialect.Dialect) bool { return d.Encode != nil }

func lookUp(c *cobra.Command, name string) (*dialect.Dialect, error) {
	if d, ok := all.Lookup(name); ok {
		return d, nil
	}
	return nil, misuse(c, "there is no dialect %q: want one of %s", name, strings.Join(dialectNames(nil), ", "))
}

func atMostOne(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%q is one argument too many: at most one %s", args[1], name)
		}
		return nil
	}
}
