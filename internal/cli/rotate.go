package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newRotate(env Env) *cobra.Command {
	var address, token string
	var asJSON bool
	c := &cobra.Command{
		Use:   "rotate [--server URL]",
		Short: "Have the running daemon seal its head, put its output files aside and begin new ones",
		Long: `Ask the running daemon to seal what its trail has, and to rotate its outputs to files: each file gets a name with the time in UTC
(auditLog.json.2026-11-22T12-00-00) and a new one begins; with rotate: reopen the file is closed and its name opened again.
It wants a token of role admin, and is an event in the trail.

Exit code 0: all were rotated, or were empty; 1: there was nothing to rotate, or something could not be.`,
		Example: `  counterfoil rotate
  counterfoil rotate --server http://127.0.0.1:8470 --json`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := newServer(address, token, env)
			if err != nil {
				return err
			}
			list, err := s.rotate(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(env.Stdout, list)
			} else {
				err = printRotated(env, list)
			}
			if err != nil {
				return err
			}
			for _, r := range list {
				if r.Problem != "" {
					return no()
				}
			}
			if len(list) == 0 {
				return no()
			}
			return nil
		},
	}
	c.Flags().StringVar(&address, "server", "http://"+config.Default().Listen, "the daemon's URL")
	c.Flags().StringVar(&token, "token", "", "token of role admin (default $COUNTERFOIL_TOKEN)")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	complete(c, "server", []string{"http://" + config.Default().Listen}, cobra.ShellCompDirectiveNoFileComp)
	complete(c, "token", nil, cobra.ShellCompDirectiveNoFileComp)
	return c
}

func printRotated(env Env, list []api.Rotated) error {
	if len(list) == 0 {
		fmt.Fprintln(env.Stderr, "there is nothing to rotate")
	}
	for _, r := range list {
		became := "there was nothing to put aside"
		switch {
		case r.Problem != "":
			became = "NOT rotated: " + r.Problem
		case r.To != "":
			became = r.To
		}
		if _, err := fmt.Fprintln(env.Stdout, visible.Text(fmt.Sprintf("%s %s  %s  %s", r.Kind, r.Name, r.From, became))); err != nil {
			return err
		}
	}
	return nil
}
