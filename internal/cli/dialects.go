package cli

import (
	"fmt"
	"io"
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
` + "`convert --from`" + ` may name it) and written (` + "`convert --to`, `export --format`" + `). With a name, say what is known of it and
which options it has: they are set with ` + "`convert --from-opt NAME=VALUE` and `--to-opt`" + `, and under options of an input.`,
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
				return explain(env.Stdout, d)
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

func explain(out io.Writer, d *dialect.Dialect) error {
	fmt.Fprintf(out, "%s (version %d, %s): %s\n", d.Name, d.Version, ways(d), d.Doc)
	options := describe(d)
	if len(options) == 0 {
		return nil
	}
	fmt.Fprintln(out, "\nOptions:")
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	for _, o := range options {
		usual := "default " + o.Default
		if o.Default == "" {
			usual = "not set"
		}
		if o.Doc != "" {
			usual += "\t" + o.Doc
		}
		fmt.Fprintf(w, "  %s\t%s\t%s\n", o.Name, o.Type, usual)
	}
	return w.Flush()
}

func describe(d *dialect.Dialect) []dialect.Option {
	if d.Options == nil {
		return nil
	}
	return dialect.Describe(d.Options())
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
