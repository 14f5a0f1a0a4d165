package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

func newProve(env Env) *cobra.Command {
	var w where
	var out string
	c := &cobra.Command{
		Use:   "prove SEQ -o FILE",
		Short: "Write the evidence for one record: a bundle that anyone can verify offline",
		Long: `Write an evidence bundle: the record, the salt of its hidden half, the path from its leaf to the root of the tree, the
signed checkpoint of that root, and the public key. ` + "`counterfoil verify FILE`" + ` checks it on any machine without the
trail, and fails after the change of any byte.

The bundle holds the whole record. Give it to whom you would give the record.`,
		Example: `  counterfoil prove --data-dir var 81231 -o evidence.txt
  counterfoil verify evidence.txt`,
		Args: exactly("SEQ"),
		RunE: func(c *cobra.Command, args []string) error {
			seq, err := parseSeq(c, args[0])
			if err != nil {
				return err
			}
			t, err := w.open(c, env)
			if err != nil {
				return err
			}
			bundle, err := t.prove(c.Context(), seq, "counterfoil "+env.Version)
			if err = errors.Join(err, t.close()); err != nil {
				return err
			}
			return writeOut(env, out, func(w io.Writer) error {
				_, err := io.Copy(w, bytes.NewReader(bundle))
				return err
			})
		},
	}
	w.flags(c)
	outFlag(c, &out)
	return c
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
