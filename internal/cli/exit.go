package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/trail"
)

// Exit codes. A script can tell "no" from "could not find out".
const (
	exitYes     = 0
	exitNo      = 1 // verification failed, nothing found, not durable
	exitMisuse  = 2 // the command line or the query is wrong
	exitTrouble = 3 // disk, network, permission
	exitHalted  = 4 // the disk is full, and the trail is to halt then
)

// exit is an error that knows its code. An empty message prints nothing: the output has said it already.
type exit struct {
	code int
	err  error
}

func (e *exit) Error() string { return e.err.Error() }
func (e *exit) Unwrap() error { return e.err }

var errSaid = errors.New("")

// no is the answer no, its reason having been printed.
func no() error { return &exit{exitNo, errSaid} }

// misuse is a mistake on the command line of c.
func misuse(c *cobra.Command, format string, args ...any) error {
	return &exit{exitMisuse, fmt.Errorf("%w\nrun `%s --help` for how it is used", fmt.Errorf(format, args...), c.CommandPath())}
}

func exitCode(stderr io.Writer, err error) int {
	if err == nil {
		return exitYes
	}
	code := exitTrouble
	var e *exit
	switch {
	case errors.As(err, &e):
		code = e.code
	case errors.Is(err, trail.ErrHalted):
		code = exitHalted
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintf(stderr, "counterfoil: %s\n", msg)
	}
	return code
}

// noSuchCommand serves commands that only have subcommands.
func noSuchCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := ""
	c.SuggestionsMinimumDistance = 2
	for _, s := range c.SuggestionsFor(args[0]) {
		hint = fmt.Sprintf("; did you mean %q?", s)
		break
	}
	return fmt.Errorf("there is no command %q below %q%s", args[0], c.CommandPath(), hint)
}
