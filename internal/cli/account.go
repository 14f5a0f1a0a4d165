package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/counterfoil/counterfoil/internal/access"
)

func newAccount(env Env) *cobra.Command {
	c := &cobra.Command{
		Use:   "account",
		Short: "Make, list, change and remove the accounts of the Audit page",
		Long: `An account is what a person logs in to the Audit page with. Roles are those of tokens: see ` + "`counterfoil token --help`" + `.
Passwords are kept as argon2id hashes in the data directory. Changing a password or removing an account ends its sessions.

A password is asked for on the terminal, or read as one line from standard input if that is none.`,
	}
	c.AddCommand(newAccountCreate(env), newAccountList(env), newAccountPassword(env), newAccountRole(), newAccountRemove())
	return c
}

func newAccountCreate(env Env) *cobra.Command {
	var dir, role string
	c := &cobra.Command{
		Use: "create NAME --role ROLE", Short: "Make an account", Args: exactly("NAME"),
		Example: `  counterfoil account create --data-dir var --role auditor anna`,
		RunE: func(c *cobra.Command, args []string) error {
			store, err := openAccess(dir)
			if err != nil {
				return err
			}
			if _, err := access.ParseRole(role); err != nil {
				return misuse(c, "%w", err)
			}
			password, err := readPassword(env, args[0])
			if err != nil {
				return err
			}
			return accessError(c, store.CreateAccount(c.Context(), args[0], access.Role(role), password, localUser()), "account", args[0])
		},
	}
	dataDirFlag(c, &dir)
	roleFlag(c, &role)
	need(c, "role")
	return c
}

func newAccountList(env Env) *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use: "list", Short: "List the accounts", Args: exactly(),
		RunE: func(*cobra.Command, []string) error {
			store, err := openAccess(dir)
			if err != nil {
				return err
			}
			list, err := store.Accounts()
			if err != nil {
				return err
			}
			return printEntries(env, list)
		},
	}
	dataDirFlag(c, &dir)
	return c
}

func newAccountPassword(env Env) *cobra.Command {
	return onAccount("password NAME", "Set an account's password", func(c *cobra.Command, store *access.Store, args []string) error {
		password, err := readPassword(env, args[0])
		if err != nil {
			return err
		}
		return store.SetPassword(c.Context(), args[0], password)
	}, "NAME")
}

func newAccountRole() *cobra.Command {
	return onAccount("role NAME ROLE", "Change what an account may do", func(c *cobra.Command, store *access.Store, args []string) error {
		return store.SetRole(args[0], access.Role(args[1]))
	}, "NAME", "ROLE")
}

func newAccountRemove() *cobra.Command {
	return onAccount("remove NAME", "Remove an account and end its sessions", func(c *cobra.Command, store *access.Store, args []string) error {
		return store.RemoveAccount(args[0])
	}, "NAME")
}

// onAccount makes a command that changes one account.
func onAccount(use, short string, change func(*cobra.Command, *access.Store, []string) error, args ...string) *cobra.Command {
	var dir string
	c := &cobra.Command{Use: use, Short: short, Args: exactly(args...)}
	c.RunE = func(c *cobra.Command, args []string) error {
		store, err := openAccess(dir)
		if err != nil {
			return err
		}
		return accessError(c, change(c, store, args), "account", args[0])
	}
	dataDirFlag(c, &dir)
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) == 1 {
			return roleNames(), cobra.ShellCompDirectiveNoFileComp
		}
		return entryNames(dir, (*access.Store).Accounts), cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

// readPassword asks twice on a terminal, without echo, or reads a line.
func readPassword(env Env, name string) (string, error) {
	if f, ok := env.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		first, err := ask(env, f, "Password for "+name+": ")
		if err != nil {
			return "", err
		}
		second, err := ask(env, f, "The same again: ")
		if err != nil {
			return "", err
		}
		if first != second {
			return "", errors.New("the two passwords differ; nothing was changed")
		}
		return first, nil
	}
	line, err := bufio.NewReader(env.Stdin).ReadString('\n')
	if err != nil && (err != io.EOF || line == "") {
		return "", fmt.Errorf("read the password from standard input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func ask(env Env, f *os.File, prompt string) (string, error) {
	fmt.Fprint(env.Stderr, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(env.Stderr)
	return string(b), err
}
