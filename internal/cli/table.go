package cli

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// tableFormat is what people read; other formats are dialects that can be written.
const tableFormat = "table"

func formats() []string { return append([]string{tableFormat}, dialectNames(canWrite)...) }

func formatFlag(c *cobra.Command, format *string, values []string, usual string) {
	c.Flags().StringVar(format, "format", usual, strings.Join(values, ", "))
	complete(c, "format", values, cobra.ShellCompDirectiveNoFileComp)
}

// newPrinter gives the encoder of a format. Its Close writes what is buffered.
func newPrinter(c *cobra.Command, env Env, w io.Writer, format string) (dialect.Encoder, error) {
	if format == tableFormat {
		return &table{w: bufio.NewWriter(w), color: isTerminal(w) && env.Getenv("NO_COLOR") == ""}, nil
	}
	d, ok := all.Lookup(format)
	if !ok || d.Encode == nil {
		return nil, misuse(c, "format %q: want one of %s", format, strings.Join(formats(), ", "))
	}
	buffered := bufio.NewWriterSize(w, 1<<16)
	enc, err := d.NewEncoder(buffered, nil)
	return &bufferedEncoder{enc, buffered}, err
}

type bufferedEncoder struct {
	dialect.Encoder
	w *bufio.Writer
}

func (e *bufferedEncoder) Close() error {
	if err := e.Encoder.Close(); err != nil {
		return err
	}
	return e.w.Flush()
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// table writes a line a record: number, time, service, sentence.
type table struct {
	w     *bufio.Writer
	color bool
}

// Escape sequences of the spans that have a look of their own.
var spanColors = map[counterfoil.SpanKind]string{
	counterfoil.SpanUser: "\x1b[1m", counterfoil.SpanObject: "\x1b[36m", counterfoil.SpanFailure: "\x1b[31m",
	counterfoil.SpanPlace: "\x1b[2m", counterfoil.SpanAddr: "\x1b[2m",
}

func (t *table) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	number := strconv.FormatUint(r.Seq, 10)
	if r.Received == 0 {
		number = "-" // it is in no trail
	}
	fmt.Fprintf(t.w, "%8s  %s  %-12s  ", number, tableTime(r.Time), visible.Text(r.Service))
	for _, s := range r.Sentence() {
		if code := spanColors[s.Kind]; t.color && code != "" {
			fmt.Fprint(t.w, code, visible.Text(s.Text), "\x1b[0m")
		} else {
			t.w.WriteString(visible.Text(s.Text))
		}
	}
	return nil, t.w.WriteByte('\n')
}

func (t *table) Close() error { return t.w.Flush() }

// tableTime gives a moment in UTC to the millisecond: what is in the trail, not what the reader's zone makes of it.
func tableTime(t counterfoil.Time) string { return t.Std().Format("2006-01-02 15:04:05.000Z") }

// printRecord writes one record whole, a field a line, data as indented JSON.
func printRecord(w io.Writer, r *counterfoil.Record) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%s\n\n", visible.Text(r.SentenceText()))
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(b, "%-17s %s\n", name, visible.Text(value))
		}
	}
	msg, _ := counterfoil.AppendRecord(nil, r)
	var data []string
	for key, v := range counterfoil.JSON(msg).Members() {
		switch {
		case slices.Contains([]string{"svc_data", "event_data"}, key) && v.Kind() == '{':
			data = append(data, key)
		case v.Kind() == '{':
			for sub, v := range v.Members() {
				line(key+"."+sub, v.Text())
			}
		case v.Kind() == '[':
			var all []string
			for e := range v.Elements() {
				all = append(all, e.Text())
			}
			line(key, strings.Join(all, " "))
		default:
			line(key, v.Text())
		}
	}
	for _, key := range data {
		fmt.Fprintf(b, "\n%s\n", key)
		printData(b, counterfoil.JSON(msg).Member(key), "  ")
	}
	return b.Flush()
}

// printData writes an object as indented lines, `key: value`.
func printData(b *bufio.Writer, v counterfoil.JSON, indent string) {
	item := func(label string, v counterfoil.JSON) {
		if k := v.Kind(); (k == '{' || k == '[') && len(v) > 2 {
			fmt.Fprintf(b, "%s%s\n", indent, label)
			printData(b, v, indent+"  ")
			return
		}
		fmt.Fprintf(b, "%s%s %s\n", indent, label, visible.Text(v.Text()))
	}
	for key, e := range v.Members() {
		item(visible.Text(key)+":", e)
	}
	for e := range v.Elements() {
		item("-", e)
	}
}
