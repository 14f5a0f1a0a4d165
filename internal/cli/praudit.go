package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/text"
	"github.com/counterfoil/counterfoil/internal/visible"
)

func newPraudit(env Env) *cobra.Command {
	var form text.Form
	var numeric, partial, utc bool
	c := &cobra.Command{
		Use:   "praudit [-lnprsx] [-d DELIM] [FILE…|-]",
		Short: "Show a BSM audit trail as text or XML, as praudit(1) does",
		Long: `Show the records of BSM audit trails (FreeBSD, macOS, Solaris) as OpenBSM's praudit(1) shows them, byte for byte, but where that
can be forged or is no XML: in texts of others a backslash is written \\, and as \ooo what is a control character, not
UTF-8, or a delimiter before another field. Without a file, or for "-", standard input is read.

What is damaged is skipped to where records begin again, and told on standard error with its place.

Exit code 0: all was shown; 1: some of it is damaged; 2: misuse; 3: a file cannot be read.`,
		Example: `  counterfoil praudit -l /var/audit/20261122120000.20261122130000
  tail -F /var/audit/current | counterfoil praudit -lpx`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if form.Raw && form.Short {
				return misuse(c, "-r and -s exclude each other: numbers or names")
			}
			if form.Delim == "" {
				return misuse(c, "-d needs a delimiter that is not empty")
			}
			form.Zone = time.Local
			if utc {
				form.Zone = time.UTC
			}
			if !numeric {
				form.User, form.Group = cached(userName), cached(groupName)
			}
			return praudit(env, form, partial, args)
		},
	}
	f := c.Flags()
	f.StringVarP(&form.Delim, "delimiter", "d", ",", "what stands between fields")
	f.BoolVarP(&form.OneLine, "line", "l", false, "a record is one line")
	f.BoolVarP(&numeric, "numeric", "n", false, "users and groups as numbers; names are those of this machine")
	f.BoolVarP(&partial, "partial", "p", false, "the input may begin inside a record: that is no damage")
	f.BoolVarP(&form.Raw, "raw", "r", false, "everything as numbers")
	f.BoolVarP(&form.Short, "short", "s", false, "events by their names: AUE_EXECVE")
	f.BoolVarP(&form.XML, "xml", "x", false, "as XML")
	f.BoolVar(&utc, "utc", false, "times in UTC, not in the zone of this machine")
	return c
}

func praudit(env Env, form text.Form, partial bool, files []string) error {
	out := make([]byte, 0, 2*prauditBuffer)
	if form.XML {
		out = append(out, text.Prologue...)
	}
	flush := func() error {
		if len(out) == 0 {
			return nil
		}
		_, err := env.Stdout.Write(out)
		out = out[:0]
		return err
	}
	p := text.NewPrinter(form)
	t := trails{stderr: env.Stderr, flush: flush, partial: partial}
	err := t.each(env.Stdin, files, func(r *bsm.Record, _ []byte) error {
		if out = p.Append(out, r); len(out) < prauditBuffer {
			return nil
		}
		return flush()
	})
	if err != nil {
		return err
	}
	if form.XML {
		out = append(out, text.Epilogue...)
	}
	if err := flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return t.verdict()
}

// prauditBuffer is how many bytes of output are written at a time.
const prauditBuffer = 64 << 10

// trails reads BSM trails record by record and tells what of them is damaged.
type trails struct {
	stderr  io.Writer
	flush   func() error // called before the input is waited for
	partial bool
	damaged bool
	missing error // of the last file that could not be read
}

// each calls f for every record and file token of the files, in their order; none means standard input.
func (t *trails) each(stdin io.Reader, files []string, f func(r *bsm.Record, raw []byte) error) error {
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		in := stdin
		if name != "-" {
			file, err := os.Open(name)
			if err != nil {
				fmt.Fprintf(t.stderr, "counterfoil: %v\n", err)
				t.missing = err
				continue
			}
			defer file.Close()
			in = file
		}
		if err := t.one(name, in, f); err != nil {
			return err
		}
	}
	return nil
}

func (t *trails) one(name string, in io.Reader, f func(r *bsm.Record, raw []byte) error) error {
	s := bufio.NewScanner(flushing{in, t.flush})
	s.Buffer(make([]byte, 256<<10), 2<<20)
	s.Split(bsm.Split)
	var r bsm.Record
	for pos := int64(0); s.Scan(); pos += int64(len(s.Bytes())) {
		err := r.Parse(s.Bytes())
		switch {
		case err != nil && t.partial && pos == 0 && !bsm.IsHeader(s.Bytes()[0]):
			continue
		case err != nil:
			t.damaged = true
			fmt.Fprintf(t.stderr, "%s: byte %d: %d bytes are no record: %v\n", visible.Text(name), pos, len(s.Bytes()), err)
			continue
		case r.Flaw == bsm.HeaderSize || r.Flaw == bsm.WrongTrailer:
			t.damaged = true
			fmt.Fprintf(t.stderr, "%s: byte %d: flaw of a record: %s\n", visible.Text(name), pos, r.Flaw)
		}
		if err := f(&r, s.Bytes()); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := s.Err(); err != nil {
		fmt.Fprintf(t.stderr, "counterfoil: read %s: %v\n", visible.Text(name), err)
		t.missing = err
	}
	return nil
}

// verdict is what the exit code says. The reasons have been told.
func (t *trails) verdict() error {
	switch {
	case t.missing != nil:
		return &exit{exitTrouble, errSaid}
	case t.damaged:
		return no()
	}
	return nil
}

// flushing writes what is due before it reads: who reads a trail that grows sees each record when it comes.
type flushing struct {
	in    io.Reader
	flush func() error
}

func (f flushing) Read(p []byte) (int, error) {
	if err := f.flush(); err != nil {
		return 0, err
	}
	return f.in.Read(p)
}

// cached keeps the names of ids, "" for those that have none.
func cached(name func(id string) string) func(uint32) string {
	known := map[uint32]string{}
	return func(id uint32) string {
		n, ok := known[id]
		if !ok {
			n = name(strconv.FormatUint(uint64(id), 10))
			known[id] = n
		}
		return n
	}
}

func userName(id string) string {
	if u, err := user.LookupId(id); err == nil {
		return u.Username
	}
	return ""
}

func groupName(id string) string {
	if g, err := user.LookupGroupId(id); err == nil {
		return g.Name
	}
	return ""
}
