package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

func newCheckpoint(env Env) *cobra.Command {
	var dir, out, since string
	var cosigned bool
	c := &cobra.Command{
		Use:   "checkpoint [--cosigned | --since FILE] [-o FILE]",
		Short: "Print the newest checkpoint, to be kept elsewhere, or prove that the trail only grew since an older one",
		Long: `Print the trail's newest checkpoint: a signed statement of how many records there are and of the root of their tree. Who
keeps one where the trail's owner cannot reach it can tell later, with ` + "`verify --checkpoint`" + `, whether any of those records was
changed or dropped, the newest ones too.

With --cosigned, print the newest checkpoint that a quorum of witnesses cosigned (see ` + "`counterfoil witness`" + `).

With --since, print a consistency proof instead: that the newest checkpoint contains the tree of the older one in FILE.
` + "`counterfoil verify PROOF --checkpoint FILE --key KEY`" + ` checks it without the trail.`,
		Example: `  counterfoil checkpoint --data-dir var -o monday.checkpoint
  counterfoil checkpoint --data-dir var --since monday.checkpoint -o growth.txt
  counterfoil verify --data-dir var --checkpoint monday.checkpoint`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			if cosigned && since != "" {
				return misuse(c, "--cosigned and --since exclude each other")
			}
			d, err := trail.OpenReadOnly(dir)
			if err != nil {
				return err
			}
			doc, err := checkpointOf(env, d, cosigned, since)
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			return writeOut(env, out, func(w io.Writer) error { _, err := w.Write(doc); return err })
		},
	}
	dataDirFlag(c, &dir)
	c.Flags().BoolVar(&cosigned, "cosigned", false, "the newest one that a quorum of witnesses cosigned")
	c.Flags().StringVar(&since, "since", "", "prove that the trail only grew since the checkpoint in this file")
	outFlag(c, &out)
	return c
}

func checkpointOf(env Env, d *trail.Directory, cosigned bool, since string) ([]byte, error) {
	switch {
	case cosigned:
		note, err := d.Cosigned()
		if err == nil && note == nil {
			err = errors.New("no checkpoint of this trail has been cosigned: counterfoil.yaml names witnesses under witness.servers")
		}
		return note, err
	case since == "":
		g, _, err := d.Growth(0)
		if err != nil {
			return nil, err
		}
		return g.Checkpoint, nil
	}
	note, err := readFileOrStdin(env, since)
	if err != nil {
		return nil, err
	}
	old, err := proof.ParseCheckpoint(note, d.VerifierKey())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", since, err)
	}
	g, _, err := d.Growth(old.Size)
	if err != nil {
		return nil, err
	}
	if _, err := g.Verify(old, d.VerifierKey()); err != nil { // the trail may have been changed
		return nil, fmt.Errorf("%s: %w", since, err)
	}
	return g.Marshal(), nil
}
