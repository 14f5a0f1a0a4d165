package cli

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/access"
)

func newToken(env Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "token",
		Short: "Make, list and revoke the tokens of the API",
		Long: `A token is what a program shows to the API: Authorization: Bearer TOKEN. It has a name, which stands in the trail
beside everything that is done with it, and a role:

  admin     everything
  auditor   read, export and prove; no change
  viewer    search and read
  sender    send events, nothing else

Tokens are kept in the data directory as hashes only. A running daemon notices a change within a second.`,
	}
	c.AddCommand(newTokenCreate(env), newTokenList(env), newTokenRevoke(env))
	return c
}

func newTokenCreate(env Env) *cobra.Command {
	var dir, name, role string
	c := &cobra.Command{
		Use:   "create --name NAME --role ROLE",
		Short: "Make a token and print it, this once",
		Long:  "Make a token and print it alone on standard output. It is kept nowhere: who loses it makes another.",
		Example: `  counterfoil token create --data-dir var --name backup-job --role sender
  export COUNTERFOIL_TOKEN=$(counterfoil token create --data-dir var --name anna --role auditor)`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			store, err := openAccess(dir)
			if err != nil {
				return err
			}
			secret, err := store.CreateToken(name, access.Role(role), localUser())
			if err != nil {
				return accessError(c, err, "token", name)
			}
			fmt.Fprintln(env.Stdout, secret)
			return nil
		},
	}
	dataDirFlag(c, &dir)
	c.Flags().StringVar(&name, "name", "", "who or what will use it; stands in the trail")
	roleFlag(c, &role)
	need(c, "name", "role")
	return c
}

func newTokenList(env Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "list", Short: "List the tokens, without their secrets", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			store, err := openAccess(dir)
			if err != nil {
				return err
			}
			list, err := store.Tokens()
			if err != nil {
				return err
			}
			return printEntries(env, list)
		},
	}
	dataDirFlag(c, &dir)
	return c
}

func newTokenRevoke(env Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "revoke NAME", Short: "End a token at once", Args: exactly("NAME"),
		Example: `  counterfoil token revoke --data-dir var backup-job`,
		RunE: func(c *cobra.Command, args []string) error {
			store, err := openAccess(dir)
			if err != nil {
				return err
			}
			return accessError(c, store.RevokeToken(args[0]), "token", args[0])
		},
	}
	dataDirFlag(c, &dir)
	c.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return entryNames(dir, (*access.Store).Tokens), cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

// openAccess opens the tokens and accounts of a data directory that is there: a slip in its name makes none.
func openAccess(dir string) (*access.Store, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("data directory %s is a file", dir)
	}
	return access.Open(dir, access.Options{})
}

func printEntries(env Env, list []access.Entry) error {
	if len(list) == 0 {
		fmt.Fprintln(env.Stderr, "there are none")
		return no()
	}
	w := tabwriter.NewWriter(env.Stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tCREATED\tBY")
	for _, e := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", e.Name, e.Role, e.Created.UTC().Format(time.RFC3339), e.By)
	}
	return w.Flush()
}

func entryNames(dir string, list func(*access.Store) ([]access.Entry, error)) (names []string) {
	store, err := openAccess(dir)
	if err != nil {
		return nil
	}
	entries, err := list(store)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return names
}
