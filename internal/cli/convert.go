package cli

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

func newConvert(env Env) *cobra.Command {
	var from, to string
	c := &cobra.Command{
		Use:   "convert --from DIALECT --to DIALECT [FILE…|-]",
		Short: "Rewrite audit records from one dialect in another, without a trail",
		Long: `Read audit records in one dialect and write them in another. Nothing is kept and no daemon is asked. Without a
file, or for "-", standard input is read.

What a dialect cannot read becomes an event UNPARSED that holds the bytes as they came; what the other has no words for
is counted. Both are told on standard error at the end, so that you know what the result is worth.

Exit code 0: every record was understood; 1: some were not (they are in the output all the same).`,
		Example: `  counterfoil convert --from linux --to jsonl /var/log/audit/audit.log
  ausearch --raw -ts today | counterfoil convert --from linux --to csv > today.csv`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			in, err := lookUp(c, from)
			if err != nil {
				return err
			}
			out, err := lookUp(c, to)
			if err != nil {
				return err
			}
			switch {
			case in.Decode == nil || in.Split == nil:
				return misuse(c, "%s cannot be read from a file: want one of %s", in.Name, strings.Join(dialectNames(canRead), ", "))
			case out.Encode == nil:
				return misuse(c, "%s cannot be written: want one of %s", out.Name, strings.Join(dialectNames(canWrite), ", "))
			}
			return convert(env, in, out, args)
		},
	}
	c.Flags().StringVar(&from, "from", "", "dialect of the input: "+strings.Join(dialectNames(canRead), ", "))
	c.Flags().StringVar(&to, "to", "", "dialect of the output: "+strings.Join(dialectNames(canWrite), ", "))
	complete(c, "from", dialectNames(canRead), cobra.ShellCompDirectiveNoFileComp)
	complete(c, "to", dialectNames(canWrite), cobra.ShellCompDirectiveNoFileComp)
	need(c, "from", "to")
	return c
}

func convert(env Env, in, out *dialect.Dialect, files []string) error {
	w := bufio.NewWriterSize(env.Stdout, 1<<16)
	enc, err := out.Encode(w, nil)
	if err != nil {
		return err
	}
	cv := &converter{in: in, enc: enc, lost: map[string]int{}}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		if err := cv.file(env, name); err != nil {
			return err
		}
	}
	if err := enc.Close(); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return cv.report(env.Stderr)
}

// converter moves the events of one dialect to an encoder and counts.
type converter struct {
	in                       *dialect.Dialect
	enc                      dialect.Encoder
	frames, events, unparsed int
	lost                     map[string]int // events by the field that had no words
	why                      string         // of the first frame not understood
	batch                    []counterfoil.Event
}

func (cv *converter) file(env Env, name string) error {
	r := env.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		r = f
	}
	dec, err := cv.in.Decode(nil)
	if err != nil {
		return err
	}
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 1<<16), counterfoil.MaxMessage+1)
	pos := int64(0)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		n, token, err := cv.in.Split(data, atEOF)
		pos += int64(n)
		return n, token, err
	})
	for start := pos; s.Scan(); start = pos {
		cv.frames++
		// A record without a time of its own is given that of the conversion.
		f := dialect.Frame{Data: s.Bytes(), Pos: start, Received: counterfoil.TimeOf(time.Now())}
		var derr error
		if cv.batch, derr = dec.Decode(cv.batch[:0], f); derr != nil && cv.why == "" {
			cv.why = fmt.Sprintf("%s, byte %d: %v", name, start, derr)
		}
		if err := cv.write(); err != nil {
			return err
		}
	}
	if err := s.Err(); err != nil {
		return fmt.Errorf("read %s at byte %d: %w", name, pos, err)
	}
	cv.batch = dec.Flush(cv.batch[:0], time.Time{})
	return cv.write()
}

func (cv *converter) write() error {
	for i := range cv.batch {
		e := &cv.batch[i]
		if e.Service == dialect.UnparsedService && e.Name == dialect.UnparsedEvent {
			cv.unparsed++
		}
		loss, err := cv.enc.Encode(&counterfoil.Record{Event: *e, Seq: uint64(cv.events)})
		if err != nil {
			return fmt.Errorf("write event %d: %w", cv.events, err)
		}
		cv.events++
		for _, field := range loss {
			cv.lost[field]++
		}
	}
	return nil
}

// report says what the result is worth.
func (cv *converter) report(w io.Writer) error {
	fmt.Fprintf(w, "%d frames, %d events", cv.frames, cv.events)
	for i, field := range slices.Sorted(maps.Keys(cv.lost)) {
		if i == 0 {
			fmt.Fprint(w, "; not wholly expressed:")
		}
		fmt.Fprintf(w, " %s (%d)", field, cv.lost[field])
	}
	fmt.Fprintln(w)
	if cv.unparsed > 0 {
		fmt.Fprintf(w, "%d not understood and kept as they came; the first: %s\n", cv.unparsed, cv.why)
		return no()
	}
	return nil
}
