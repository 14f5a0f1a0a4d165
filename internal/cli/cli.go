// Package cli is the command line: one file per command, each a constructor that is given its [Env]. It owns flags,
// help, how results look on a terminal, and exit codes. Everything else it asks of the rooms below.
package cli

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Env is what a command touches of the world outside its arguments.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string
	Version        string
}

// Main runs the command line and gives its exit code: 0 yes, 1 no, 2 misuse, 3 trouble.
func Main(args []string, env Env) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot(env)
	out := &heard{w: env.Stdout}
	root.SetOut(out)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return exitCode(env.Stderr, cmp.Or(err, out.err))
}

// heard remembers the first error of writing: cobra, which writes help, version and completions, does not look at any.
type heard struct {
	w   io.Writer
	err error
}

func (h *heard) Write(b []byte) (int, error) {
	n, err := h.w.Write(b)
	h.err = cmp.Or(h.err, err)
	return n, err
}

func newRoot(env Env) *cobra.Command {
	root := &cobra.Command{
		Use:   "counterfoil",
		Short: "An audit trail with provable completeness",
		Long: `counterfoil keeps an audit trail with provable completeness: it takes in audit records, understands them as one kind of
event, keeps them so that nobody can change, drop or reorder them unnoticed, and lets you find, read and prove what happened.

  counterfoil run                                   the daemon; trail in ./var, page on http://127.0.0.1:8470
  counterfoil search 'user = anna and success = false' --since 2h
  counterfoil verify                                is the trail what was written?

Reading commands work on a data directory, beside a running daemon or without one, or ask a daemon with --server.

Exit codes: 0 yes, 1 no (verification failed, nothing found), 2 misuse, 3 trouble.`,
		Version:           env.Version,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDescriptions: false},
	}
	root.SetIn(env.Stdin)
	root.SetErr(env.Stderr)
	root.SetVersionTemplate("counterfoil {{.Version}}\n")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return misuse(c, "%w", badValue(err)) })
	root.AddCommand(
		newRun(env),
		newSearch(env), newCount(env), newTail(env), newShow(env),
		newLog(env),
		newVerify(env), newProve(env), newCheckpoint(env), newWitness(env),
		newExport(env), newExplain(env), newPolicy(env), newSimulate(env), newCoverage(env), newConvert(env), newFilter(env), newDialects(env),
		newPraudit(env), newAuditreduce(env),
		newTrail(env), newHold(env), newForget(env),
		newConfig(env), newToken(env), newAccount(env),
		newStatus(env), newRotate(env),
	)
	checkArgs(root)
	return root
}

// checkArgs makes every complaint about arguments a misuse: cobra's own validators give plain errors.
func checkArgs(c *cobra.Command) {
	validate := c.Args
	if validate == nil && c.HasSubCommands() {
		validate = noSuchCommand
	} else if validate == nil {
		validate = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := validate(c, args); err != nil {
			return misuse(c, "%w", err)
		}
		return nil
	}
	if c.HasSubCommands() && c.RunE == nil {
		c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	for _, sub := range c.Commands() {
		checkArgs(sub)
	}
}
