package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

func newVerify(env Env) *cobra.Command {
	var v verification
	c := &cobra.Command{
		Use:   "verify [--data-dir DIR | BUNDLE | PROOF]",
		Short: "Say whether a trail, or an evidence bundle, is what was written",
		Long: `Verify a whole trail, or the evidence bundle in a file ("-" for standard input).

Of a trail: every file's digest and signature, dense numbers, the canonical form of every record, every leaf, the
tree, the chain of signed roots, the write-ahead log to its end, and the derived files. It needs no daemon, takes no lock and
writes nothing; beside a running daemon it verifies what was committed when it began. If something is wrong it says
where the first difference is. Derived files (index, tiles) that are missing or damaged are named; opening the trail
makes them again, and the verdict does not depend on them.

Of a bundle: that the record is the one the signed tree has, from the bundle's bytes alone. Whose tree that is, the key
says: pass the trail's key, got by another way than with the bundle, as --key.

With --checkpoint FILE, which somebody kept elsewhere, a trail must also contain that checkpoint's tree: the newest records
cannot be cut off then, not even by who has the trail's key. With --witness KEY, so many of the witnesses as --quorum says
(all, if it does not) must have cosigned that checkpoint, or without --checkpoint the one that the trail keeps.

Of a consistency proof (` + "`counterfoil checkpoint --since`" + `): that its checkpoint contains the tree of the one in --checkpoint. Both
must be signed by --key.

What has reached the end of its retention is not there any more, and said to be so: its records are named with the rule, which is an
event in the trail too. What is left of them still proves the tree.

Integrity is not completeness: the number of gap events in the trail is printed beside the verdict.

Exit code 0: yes, it is; 1: no; 3: it could not be looked at.`,
		Example: `  counterfoil verify --data-dir var
  counterfoil verify evidence.txt --key 'nas1.example+1a2b3c4d+AQ…'
  counterfoil verify --data-dir var --checkpoint monday.checkpoint
  counterfoil verify growth.txt --checkpoint monday.checkpoint --key 'nas1.example+1a2b3c4d+AQ…'
  counterfoil verify --data-dir var --json`,
		Args: atMostOne("BUNDLE"),
		RunE: func(c *cobra.Command, args []string) error {
			if v.quorum < 0 || v.quorum > len(v.witnesses) {
				return misuse(c, "--quorum %d of %d --witness keys", v.quorum, len(v.witnesses))
			}
			if len(args) == 0 {
				if v.key != "" {
					return misuse(c, "--key is for a bundle or a proof; compare the key that is printed for a trail")
				}
				return v.trail(c.Context(), env)
			}
			if c.Flags().Changed("data-dir") {
				return misuse(c, "a file and --data-dir exclude each other")
			}
			doc, err := readFileOrStdin(env, args[0])
			if err != nil {
				return err
			}
			if bytes.HasPrefix(doc, []byte("old ")) {
				return v.growth(c, env, doc)
			}
			if v.checkpoint != "" || len(v.witnesses) > 0 {
				return misuse(c, "--checkpoint and --witness are for a trail or a consistency proof")
			}
			return v.bundle(env, doc)
		},
	}
	dataDirFlag(c, &v.dir)
	c.Flags().StringVar(&v.key, "key", "", "verifier key of the trail that a bundle or a proof must come from")
	c.Flags().StringVar(&v.checkpoint, "checkpoint", "", "file with a checkpoint that the trail must contain")
	c.Flags().StringArrayVar(&v.witnesses, "witness", nil, "verifier key of a witness; may be given several times")
	c.Flags().IntVar(&v.quorum, "quorum", 0, "so many of the witnesses must have cosigned; 0: all")
	c.Flags().BoolVar(&v.asJSON, "json", false, "print the verdict as JSON")
	for _, flag := range []string{"key", "witness", "quorum"} {
		complete(c, flag, nil, cobra.ShellCompDirectiveNoFileComp)
	}
	return c
}

// verification is what the flags say.
type verification struct {
	dir, key, checkpoint string
	witnesses            []string
	quorum               int
	asJSON               bool
}

// trail verifies a data directory.
func (v *verification) trail(ctx context.Context, env Env) error {
	if _, err := os.Stat(v.dir); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	var against [][]byte
	if v.checkpoint != "" {
		note, err := readFileOrStdin(env, v.checkpoint)
		if err != nil {
			return err
		}
		against = append(against, note)
	}
	var progress func(done, of uint64)
	if isTerminal(env.Stderr) {
		progress = func(done, of uint64) { fmt.Fprintf(env.Stderr, "\r%d of %d records", done, of) }
		defer fmt.Fprint(env.Stderr, "\r\x1b[K")
	}
	r, err := trail.Check(ctx, v.dir, progress, against...)
	if err != nil {
		return err
	}
	if r.OK && len(v.witnesses) > 0 {
		if err := v.cosigned(r.Key, against); err != nil {
			r.OK, r.Problem = false, &trail.Problem{Reason: err.Error()}
		}
	}
	if err := access.Check(v.dir); err != nil && r.OK {
		r.OK, r.Problem = false, &trail.Problem{File: "access", Reason: err.Error()}
	}
	if v.asJSON {
		err = printJSON(env.Stdout, r)
	} else {
		err = printReport(env.Stdout, r)
	}
	if err == nil && !r.OK {
		err = no()
	}
	return err
}

// cosigned looks for the quorum on the checkpoint that was given, or else on the one that the trail keeps.
func (v *verification) cosigned(vkey string, against [][]byte) error {
	if len(against) > 0 {
		return v.enough(against[0], vkey)
	}
	d, err := trail.OpenReadOnly(v.dir)
	if err != nil {
		return err
	}
	note, err := d.Cosigned()
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	if note == nil {
		return errors.New("the trail keeps no cosigned checkpoint")
	}
	return v.enough(note, vkey)
}

// enough returns nil if a quorum of the witnesses has cosigned a checkpoint.
func (v *verification) enough(note []byte, vkey string) error {
	_, found, err := proof.Cosignatures(note, vkey, v.witnesses...)
	if err != nil {
		return err
	}
	if want := cmp.Or(v.quorum, len(v.witnesses)); len(found) < want {
		return fmt.Errorf("%d of %d witnesses have cosigned the checkpoint, %d are wanted", len(found), len(v.witnesses), want)
	}
	return nil
}

// growth verifies a consistency proof.
func (v *verification) growth(c *cobra.Command, env Env, doc []byte) error {
	if v.checkpoint == "" || v.key == "" {
		return misuse(c, "this is a consistency proof: give the older checkpoint as --checkpoint and the trail's key as --key")
	}
	note, err := readFileOrStdin(env, v.checkpoint)
	if err != nil {
		return err
	}
	verdict := struct {
		OK     bool   `json:"ok"`
		Reason string `json:"reason,omitempty"`
		Origin string `json:"origin,omitempty"`
		Old    uint64 `json:"old"`
		Size   uint64 `json:"size"`
	}{}
	old, newer, verr := v.grew(note, doc)
	if verr != nil {
		verdict.Reason = verr.Error()
	} else {
		verdict.OK, verdict.Origin, verdict.Old, verdict.Size = true, newer.Origin, old.Size, newer.Size
	}
	switch {
	case v.asJSON:
		err = printJSON(env.Stdout, verdict)
	case verr != nil:
		_, err = fmt.Fprintf(env.Stdout, "NO: %s\n", visible(verr.Error()))
	default:
		_, err = fmt.Fprintf(env.Stdout, "yes: the trail %s only grew, from %d records to %d\n", visible(newer.Origin), old.Size, newer.Size)
	}
	if err == nil && verr != nil {
		err = no()
	}
	return err
}

func (v *verification) grew(note, doc []byte) (old, newer proof.Checkpoint, err error) {
	if old, err = proof.ParseCheckpoint(note, v.key); err != nil {
		return old, newer, fmt.Errorf("%s: %w", v.checkpoint, err)
	}
	g, err := proof.ParseGrowth(doc)
	if err != nil {
		return old, newer, err
	}
	if newer, err = g.Verify(old, v.key); err != nil {
		return old, newer, err
	}
	if len(v.witnesses) > 0 {
		err = v.enough(g.Checkpoint, v.key)
	}
	return old, newer, err
}

func printReport(w io.Writer, r *trail.Report) error {
	var b strings.Builder
	if r.OK {
		fmt.Fprintf(&b, "yes: %d records, %d of them in %d sealed segments, are what was written\n", r.Records, r.Sealed, r.Segments)
	} else {
		fmt.Fprintf(&b, "NO: %s\n", visible(r.Problem.Error()))
	}
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-11s %s\n", name, visible(fmt.Sprintf(format, args...)))
	}
	if r.Origin != "" {
		line("trail", "%s", r.Origin)
		line("key", "%s", r.Key)
	}
	if r.OK {
		line("root", "%s", r.Root)
		line("signed", "the newest checkpoint counts %d records", r.Checkpoint)
		if r.Passed > 0 {
			line("contains", "%d more checkpoints: those cosigned by witnesses, and given with --checkpoint", r.Passed)
		}
		line("known gaps", "%d", r.Gaps)
	}
	const most = 20
	for _, e := range r.Expired[:min(most, len(r.Expired))] {
		line("expired", "%s", e.Text)
	}
	if n := len(r.Expired); n > most {
		line("expired", "… and %d more files; --json lists them all", n-most)
	}
	if r.Torn != "" {
		line("torn end", "%s (never acknowledged)", r.Torn)
	}
	for _, f := range r.Derived {
		line("derived", "%s is missing or damaged; opening the trail makes it again", f)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (v *verification) bundle(env Env, doc []byte) (err error) {
	r, verr := proof.Verify(doc, proof.Options{TrustedKey: v.key})
	if v.asJSON {
		verdict := struct {
			OK     bool          `json:"ok"`
			Reason string        `json:"reason,omitempty"`
			Report *proof.Report `json:"report,omitempty"`
		}{OK: verr == nil}
		if verr != nil {
			verdict.Reason = verr.Error()
		} else {
			verdict.Report = &r
		}
		err = printJSON(env.Stdout, verdict)
	} else if verr != nil {
		_, err = fmt.Fprintf(env.Stdout, "NO: %s\n", visible(verr.Error()))
	} else {
		_, err = fmt.Fprintf(env.Stdout, "yes: %s\n  %s\n", visibleLines(strings.TrimSpace(r.String())), visible(r.Record.SentenceText()))
	}
	if err == nil && verr != nil {
		err = no()
	}
	return err
}

// maxBundle bounds what is read as a bundle: a record, a path and a note.
const maxBundle = 64 << 20

func readFileOrStdin(env Env, name string) ([]byte, error) {
	r := env.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		r = f
	}
	doc, err := io.ReadAll(io.LimitReader(r, maxBundle+1))
	if err == nil && len(doc) > maxBundle {
		err = errors.New("it is longer than any evidence bundle")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return doc, nil
}

func printJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
