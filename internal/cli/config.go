package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/config"
)

func newConfig(env Env) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Look at configuration files"}
	c.AddCommand(newConfigCheck(env))
	return c
}

func newConfigCheck(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether a configuration file is right, and where it is not",
		Long: `Read a configuration file as the daemon would, and start nothing. Every mistake is shown with its line.
Exit code 0: the file is right; 1: it is not; 3: it cannot be read.

The keys, each explained in docs/config.md:

` + indent(config.Keys()),
		Example: `  counterfoil config check /etc/counterfoil.yaml`,
		Args:    exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := config.Load(args[0])
			var path *fs.PathError
			switch {
			case errors.As(err, &path):
				return err
			case err != nil:
				fmt.Fprintln(env.Stdout, err)
				return no()
			}
			fmt.Fprintf(env.Stdout, "%s is right: %d inputs, trail in %s, listening on %s\n", args[0], len(c.Inputs), c.DataDir, c.Listen)
			return nil
		},
	}
}

func indent(lines []string) (s string) {
	for _, l := range lines {
		s += "  " + l + "\n"
	}
	return s
}
