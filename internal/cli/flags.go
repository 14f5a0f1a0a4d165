package cli

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/config"
)

// exactly checks that a command is given the arguments named.
func exactly(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return fmt.Errorf("%s is missing", strings.Join(names[len(args):], " and "))
		case len(args) > len(names):
			return fmt.Errorf("%q is one argument too many", args[len(names)])
		}
		return nil
	}
}

// atLeastOne checks that a command is given an argument; of several words people make one text.
func atLeastOne(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return fmt.Errorf("%s is missing", name)
		}
		return nil
	}
}

// need makes flags mandatory, with a message of ours.
func need(c *cobra.Command, names ...string) {
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, n := range names {
			if !c.Flags().Changed(n) {
				return misuse(c, "--%s is missing", n)
			}
		}
		return inner(c, args)
	}
}

// notNegative refuses values below 0 of flags that count.
func notNegative(c *cobra.Command, names ...string) {
	inner := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		for _, n := range names {
			if v, err := c.Flags().GetInt(n); err != nil {
				return err // the flag is not defined so: a mistake in this package
			} else if v < 0 {
				return misuse(c, "--%s %d: want 0 or more", n, v)
			}
		}
		return inner(c, args)
	}
}

// badValue words a value that a flag cannot have: the library quotes its parsers.
func badValue(err error) error {
	var bad *pflag.InvalidValueError
	if !errors.As(err, &bad) {
		return err
	}
	want, ok := map[string]string{"int": "a whole number", "duration": "a duration such as 30s, 15m or 24h", "bool": "true or false"}[bad.GetFlag().Value.Type()]
	if !ok {
		return err
	}
	return fmt.Errorf("--%s %q: want %s", bad.GetFlag().Name, bad.GetValue(), want)
}

func dataDirFlag(c *cobra.Command, dir *string) {
	c.Flags().StringVar(dir, "data-dir", config.Default().DataDir, "directory of the trail")
	complete(c, "data-dir", nil, cobra.ShellCompDirectiveFilterDirs)
}

func roleFlag(c *cobra.Command, role *string) {
	c.Flags().StringVar(role, "role", "", strings.Join(roleNames(), ", "))
	complete(c, "role", roleNames(), cobra.ShellCompDirectiveNoFileComp)
}

func roleNames() (names []string) {
	for _, r := range access.Roles() {
		names = append(names, string(r))
	}
	return names
}

// complete gives the values of a flag to the shell.
func complete(c *cobra.Command, flag string, values []string, d cobra.ShellCompDirective) {
	err := c.RegisterFlagCompletionFunc(flag, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) { return values, d })
	if err != nil {
		panic(err) // the flag was not defined before: a mistake in this package
	}
}

// localUser says who runs this program: a login name, or UID:<n>.
func localUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return fmt.Sprintf("UID:%d", os.Getuid())
}

// accessError words what access says of a name that was given on the command line.
func accessError(c *cobra.Command, err error, kind, name string) error {
	var input *access.InputError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &input):
		return misuse(c, "%w", err)
	case errors.Is(err, access.ErrTaken):
		return misuse(c, "there is %s %s %q already", article(kind), kind, name)
	case errors.Is(err, access.ErrNotFound):
		return &exit{exitNo, fmt.Errorf("there is no %s %q", kind, name)}
	}
	return err
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an"
	}
	return "a"
}
