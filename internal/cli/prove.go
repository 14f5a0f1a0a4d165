package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/evidence"
)

func newProve(env Env) *cobra.Command {
	var w where
	var a asking
	var out string
	c := &cobra.Command{
		Use:   "prove SEQ|QUERY -o FILE",
		Short: "Write the evidence for a record, or for all that a query finds, that anyone can verify offline",
		Long: `Write the evidence for one record, or for all that a query finds. ` + "`counterfoil verify FILE`" + ` checks it on any machine
without the trail and without a network, and fails after the change of any byte.

For a number: a text file with the record, the salt of its hidden half, the path from its leaf to the root of the tree, the
signed checkpoint of that root, and the public key.

For a query: a zip archive with the records, canonical and as they came, one proof of them all, the checkpoint with its cosignatures,
the policies in force, what is known to be missing in the query's time with the records that say so, and a report for people
(report.html), which is read, printed and checks itself in a browser. Evidence is for all that a query finds: where that is more than
` + fmt.Sprintf("%d records or %d MiB", evidence.Most, evidence.MostBytes>>20) + ` it is refused. The archive is signed with the trail's key, so that reading a directory wants the right to
read keys/. A query of digits alone is a number; write '"123"' to search for the word.

So that no file that somebody forged leaves a record out, the files of the trail are compared with their signed seals before they are
searched, and indexes made again which no ` + "`counterfoil verify --incremental`" + ` has found right: in a large trail run that first.

Evidence holds the whole records. Give it to whom you would give the records.

` + queryHelp,
		Example: `  counterfoil prove --data-dir var 81231 -o evidence.txt
  counterfoil prove 'user = anna and pay.xlsx' --since 2026-11-01 -o evidence.zip
  counterfoil verify evidence.zip --key 'nas1.example+1a2b3c4d+AQ…'`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && a.since == "" && a.until == "" {
				return misuse(c, "SEQ or QUERY is missing")
			}
			make, err := a.evidence(c, env, args)
			if err != nil {
				return err
			}
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			doc, err := make(t)
			if err = errors.Join(err, t.close()); err != nil {
				return err
			}
			return writeOut(env, out, func(w io.Writer) error {
				_, err := io.Copy(w, bytes.NewReader(doc))
				return err
			})
		},
	}
	w.flags(c)
	a.flags(c)
	outFlag(c, &out)
	return c
}

// evidence says how what the arguments name is proved.
func (a *asking) evidence(c *cobra.Command, env Env, args []string) (func(teller) ([]byte, error), error) {
	madeBy := "counterfoil " + env.Version
	if len(args) == 1 && strings.Trim(args[0], "0123456789") == "" && args[0] != "" {
		seq, err := parseSeq(c, args[0])
		if err == nil && a.since+a.until != "" {
			err = misuse(c, "--since and --until are for a query")
		}
		return func(t teller) ([]byte, error) { return t.prove(c.Context(), seq, madeBy) }, err
	}
	q, err := a.parse(c, args, time.Now())
	return func(t teller) ([]byte, error) {
		doc, err := t.evidence(c.Context(), q, madeBy)
		if errors.Is(err, evidence.ErrNothing) || errors.Is(err, evidence.ErrTooMany) || errors.Is(err, evidence.ErrContext) {
			err = &exit{exitNo, err}
		}
		return doc, err
	}, err
}

func outFlag(c *cobra.Command, out *string) {
	c.Flags().StringVarP(out, "output", "o", "-", `file to write; "-": standard output`)
}

// writeOut lets f write a file that is there whole or not at all, or standard output.
func writeOut(env Env, name string, f func(io.Writer) error) (err error) {
	if name == "-" {
		return f(env.Stdout)
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() { // a pipe or device is written to as it is
		w, err := os.OpenFile(name, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		return errors.Join(f(w), w.Close())
	}
	part := name + ".part"
	w, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err = errors.Join(f(w), w.Close()); err == nil {
		err = os.Rename(part, name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, os.Remove(part)))
	}
	return nil
}
