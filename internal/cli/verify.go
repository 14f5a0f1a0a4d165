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
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/visible"
	"github.com/counterfoil/counterfoil/proof"
)

func newVerify(env Env) *cobra.Command {
	var v verification
	c := &cobra.Command{
		Use:   "verify [--data-dir DIR | EVIDENCE | PROOF]",
		Short: "Say whether a trail, or evidence from one, is what was written",
		Long: `Verify a whole trail, or the evidence in a file ("-" for standard input).

Of a trail there are two verdicts. Integrity: every file's digest and signature, dense numbers, the canonical form of every
record, every leaf, the tree, the chain of signed roots, the write-ahead log to its end, and the derived files. It needs no
daemon, takes no lock and writes nothing; beside a running daemon it verifies what was committed when it began, with what
others leave of the processors and the disk (on Linux nice 19, idle I/O, and rests while it has to wait for a processor). If something is wrong it says where the first
difference is. Derived files (index, tiles) that are missing or damaged are named; opening or searching the trail makes them
again, and the verdict does not depend on them.

Completeness: what of the sources is known not to be in the trail. Gaps, events that a policy refused or did not store, expired records,
numbers of a source that are not there, when the program and each input ran, and records that no dialect understood. It is taken
from the records themselves. The exit code is that of integrity.

With --incremental the verification begins where the last one with --incremental ended: of segments that were verified then, only
the bytes are compared with their signed digests now. How far it came stands in the file "verified" of the directory, which is
authenticated with the trail's secret; where that is missing everything is verified, and the report says why.

Of evidence, which ` + "`counterfoil prove`" + ` writes: that the records are those that the signed tree has, from the file's bytes alone. Whose tree
that is, the key says: pass the trail's key, got by another way than with the evidence, as --key. With --witness, so many of the
witnesses as --quorum says must have cosigned the checkpoint in it.

With --checkpoint FILE, which somebody kept elsewhere, a trail must also contain that checkpoint's tree: the newest records
cannot be cut off then, not even by who has the trail's key. With --witness KEY, so many of the witnesses as --quorum says
(all, if it does not) must have cosigned that checkpoint, or without --checkpoint the one that the trail keeps.

Of a consistency proof (` + "`counterfoil checkpoint --since`" + `): that its checkpoint contains the tree of the one in --checkpoint. Both
must be signed by --key.

What has reached the end of its retention is not there any more, and said to be so: its records are named with the rule, which is an
event in the trail too. What is left of them still proves the tree.

Exit code 0: yes, it is; 1: no; 2: misuse; 3: it could not be looked at, which is no verdict.`,
		Example: `  counterfoil verify --data-dir var
  counterfoil verify evidence.txt --key 'nas1.example+1a2b3c4d+AQ…'
  counterfoil verify evidence.zip --key 'nas1.example+1a2b3c4d+AQ…'
  counterfoil verify --data-dir var --checkpoint monday.checkpoint
  counterfoil verify growth.txt --checkpoint monday.checkpoint --key 'nas1.example+1a2b3c4d+AQ…'
  counterfoil verify --data-dir var --incremental
  counterfoil verify --data-dir var --json`,
		Args: atMostOne("file"),
		RunE: func(c *cobra.Command, args []string) error {
			if v.quorum < 0 || v.quorum > len(v.witnesses) {
				return misuse(c, "--quorum %d of %d --witness keys", v.quorum, len(v.witnesses))
			}
			if err := v.keys(); err != nil {
				return misuse(c, "%w", err)
			}
			if len(args) == 0 {
				if v.key != "" {
					return misuse(c, "--key is for a bundle or a proof; compare the key that is printed for a trail")
				}
				inBackground()
				return v.trail(c.Context(), env)
			}
			if v.incremental {
				return misuse(c, "--incremental is for a trail")
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
			if v.checkpoint != "" {
				return misuse(c, "--checkpoint is for a trail or a consistency proof")
			}
			if bytes.HasPrefix(doc, []byte("PK\x03\x04")) {
				return v.evidence(env, doc)
			}
			if len(v.witnesses) > 0 {
				return misuse(c, "--witness is for a trail, a consistency proof, or the evidence for a query")
			}
			return v.bundle(env, doc)
		},
	}
	dataDirFlag(c, &v.dir)
	c.Flags().StringVar(&v.key, "key", "", "verifier key of the trail that a bundle or a proof must come from")
	c.Flags().StringVar(&v.checkpoint, "checkpoint", "", "file with a checkpoint that the trail must contain")
	c.Flags().StringArrayVar(&v.witnesses, "witness", nil, "verifier key of a witness; may be given several times")
	c.Flags().IntVar(&v.quorum, "quorum", 0, "so many of the witnesses must have cosigned; 0: all")
	c.Flags().BoolVar(&v.incremental, "incremental", false, "begin where the last incremental verification ended")
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
	asJSON, incremental  bool
}

// keys looks at the keys that were given: a slip in one is no verdict.
func (v *verification) keys() error {
	if v.key != "" {
		if err := proof.CheckKey(v.key); err != nil {
			return fmt.Errorf("--key: %w; `counterfoil verify` prints a trail's", err)
		}
	}
	for _, key := range v.witnesses {
		if _, err := proof.NewWitnessVerifier(key); err != nil {
			return fmt.Errorf("--witness: %w", err)
		}
	}
	return nil
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
	bar := newBar(env.Stderr, false, time.Now)
	r, err := trail.Check(ctx, v.dir, &trail.CheckOptions{Progress: bar.records, Against: against, Incremental: v.incremental,
		Rest: new(rests).rest, Now: counterfoil.TimeOf(time.Now())})
	bar.clear()
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
		_, err = fmt.Fprintf(env.Stdout, "NO: %s\n", visible.Text(verr.Error()))
	default:
		_, err = fmt.Fprintf(env.Stdout, "yes: the trail %s only grew, from %d records to %d\n", visible.Text(newer.Origin), old.Size, newer.Size)
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
		_, err = fmt.Fprintf(env.Stdout, "NO: %s\n", visible.Text(verr.Error()))
	} else {
		_, err = fmt.Fprintf(env.Stdout, "yes: %s\n  %s\n", visibleLines(strings.TrimSpace(r.String())), visible.Text(r.Record.SentenceText()))
	}
	if err == nil && verr != nil {
		err = no()
	}
	return err
}

// evidence verifies what proves a query.
func (v *verification) evidence(env Env, doc []byte) (err error) {
	r, verr := proof.VerifyEvidence(doc, proof.Options{TrustedKey: v.key}, v.witnesses...)
	if want := cmp.Or(v.quorum, len(v.witnesses)); verr == nil && len(r.Cosignatures) < want {
		verr = fmt.Errorf("%d of %d witnesses have cosigned the checkpoint, %d are wanted", len(r.Cosignatures), len(v.witnesses), want)
	}
	switch {
	case v.asJSON:
		verdict := struct {
			OK        bool                  `json:"ok"`
			Reason    string                `json:"reason,omitempty"`
			Report    *proof.EvidenceReport `json:"report,omitempty"`
			Statement json.RawMessage       `json:"statement,omitempty"` // signed by the trail's key, not proved
		}{OK: verr == nil}
		if verr != nil {
			verdict.Reason = verr.Error()
		} else {
			verdict.Report, verdict.Statement = r, json.RawMessage(r.Statement)
		}
		err = printJSON(env.Stdout, verdict)
	case verr != nil:
		_, err = fmt.Fprintf(env.Stdout, "NO: %s\n", visible.Text(verr.Error()))
	default:
		err = printEvidence(env.Stdout, r)
	}
	if err == nil && verr != nil {
		err = no()
	}
	return err
}

// maxBundle bounds what is read as evidence.
const maxBundle = 1 << 30

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
