package cli

import (
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
	var dir, key string
	var asJSON bool
	c := &cobra.Command{
		Use:   "verify [--data-dir DIR | BUNDLE]",
		Short: "Say whether a trail, or an evidence bundle, is what was written",
		Long: `Verify a whole trail, or the evidence bundle in a file ("-" for standard input).

Of a trail: every file's digest and signature, dense numbers, the canonical form of every record, every leaf, the
tree, the chain of signed roots, the write-ahead log to its end, and the derived files. It needs no daemon, takes no lock and
writes nothing; beside a running daemon it verifies what was committed when it began. If something is wrong it says
where the first difference is. Derived files (index, tiles) that are missing or damaged are named; opening the trail
makes them again, and the verdict does not depend on them.

Of a bundle: that the record is the one the signed tree has, from the bundle's bytes alone. Whose tree that is, the key
says: pass the trail's key, got by another way than with the bundle, as --key.

Integrity is not completeness: the number of gap events in the trail is printed beside the verdict.

Exit code 0: yes, it is; 1: no; 3: it could not be looked at.`,
		Example: `  counterfoil verify --data-dir var
  counterfoil verify evidence.txt --key 'nas1.example+1a2b3c4d+AQ…'
  counterfoil verify --data-dir var --json`,
		Args: atMostOne("BUNDLE"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 1 {
				if c.Flags().Changed("data-dir") {
					return misuse(c, "a bundle and --data-dir exclude each other")
				}
				return verifyBundle(env, args[0], key, asJSON)
			}
			if key != "" {
				return misuse(c, "--key is for a bundle; compare the key that is printed for a trail")
			}
			return verifyTrail(c.Context(), env, dir, asJSON)
		},
	}
	dataDirFlag(c, &dir)
	c.Flags().StringVar(&key, "key", "", "verifier key of the trail that a bundle must come from")
	c.Flags().BoolVar(&asJSON, "json", false, "print the verdict as JSON")
	complete(c, "key", nil, cobra.ShellCompDirectiveNoFileComp)
	return c
}

func verifyTrail(ctx context.Context, env Env, dir string, asJSON bool) error {
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	var progress func(done, of uint64)
	if isTerminal(env.Stderr) {
		progress = func(done, of uint64) { fmt.Fprintf(env.Stderr, "\r%d of %d records", done, of) }
		defer fmt.Fprint(env.Stderr, "\r\x1b[K")
	}
	r, err := trail.Check(ctx, dir, progress)
	if err != nil {
		return err
	}
	if err := access.Check(dir); err != nil && r.OK {
		r.OK, r.Problem = false, &trail.Problem{File: "access", Reason: err.Error()}
	}
	if asJSON {
		err = printJSON(env.Stdout, r)
	} else {
		err = printReport(env.Stdout, r)
	}
	if err == nil && !r.OK {
		err = no()
	}
	return err
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
		line("known gaps", "%d", r.Gaps)
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

func verifyBundle(env Env, name, key string, asJSON bool) error {
	doc, err := readFileOrStdin(env, name)
	if err != nil {
		return err
	}
	r, verr := proof.Verify(doc, proof.Options{TrustedKey: key})
	if asJSON {
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
