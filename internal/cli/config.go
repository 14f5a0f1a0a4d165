package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/config"
)

func newConfig(env Env) *cobra.Command {
	c := &cobra.Command{Use: "config", Short: "Look at configuration files"}
	c.AddCommand(newConfigCheck(env), newConfigImport(env))
	return c
}

func newConfigCheck(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say whether a configuration file is right, and where it is not",
		Long: `Read a configuration file as the daemon would, and start nothing. Mistakes are shown with their lines: all
of them, unless one keeps the file from being read, such as a key that is not known, which is shown alone.
Exit code 0: the file is right; 1: it is not; 3: it cannot be read.

The keys, each explained in docs/config.md:

` + indent(config.Keys()),
		Example: `  counterfoil config check /etc/counterfoil.yaml`,
		Args:    exactly("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			c, err := config.Load(args[0])
			if err == nil {
				err = c.Policy.Timely(time.Now())
			}
			var path *fs.PathError
			switch {
			case errors.As(err, &path):
				return err
			case err != nil:
				fmt.Fprintln(env.Stdout, err)
				return no()
			}
			if c.Policy != nil {
				for _, w := range c.Policy.Warnings() {
					fmt.Fprintln(env.Stderr, w)
				}
			}
			fmt.Fprintf(env.Stdout, "%s is right: %d inputs, trail in %s, listening on %s\n", args[0], len(c.Inputs), c.DataDir, c.Listen)
			return nil
		},
	}
}

func newConfigImport(env Env) *cobra.Command {
	return &cobra.Command{
		Use:   "import DIR",
		Short: "Write FreeBSD's audit_control, audit_user, audit_class and audit_event as a policy",
		Long: `Read the files of FreeBSD's audit in a directory and print what they select as a policy file, for policy: {file: …} in
counterfoil.yaml. What libbsm drops or misreads without a word is an error or a warning with file and line. To have the
files themselves in force, say policy: {freebsd: DIR} instead.

Exit code 0: the policy is printed; 1: the files have errors; 3: they cannot be read.`,
		Example: `  counterfoil config import /etc/security > /etc/counterfoil/policy.yaml`,
		Args:    exactly("DIR"),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := config.LoadFreeBSD(args[0])
			if err != nil {
				return err
			}
			for _, p := range s.Problems {
				fmt.Fprintln(env.Stderr, p.Error())
			}
			if len(s.Errors()) > 0 {
				return no()
			}
			text, err := config.Import(args[0], s)
			if err != nil {
				fmt.Fprintln(env.Stderr, err)
				return no()
			}
			_, err = env.Stdout.Write(text)
			return err
		},
	}
}

func indent(lines []string) (s string) {
	for _, l := range lines {
		s += "  " + l + "\n"
	}
	return s
}
