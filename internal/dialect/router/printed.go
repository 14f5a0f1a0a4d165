package router

import (
	"bytes"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// What show events prints with detail is
//
//	=====================================================================
//	 2026-03-14T20:58:24.469Z Change to the running 128T configuration.
//	=====================================================================
//	 Type:               admin.running_config_change
//	 Description:        a long text goes on
//	 in the next line
//
//	config
//	    …
//
// and show events alarm prints a table: see table.go. Both are for people. A text in a record that itself holds a rule and a
// title, or a line of the form " Permitted:          True", cannot be told from the router's own; of two equal words the
// first counts.

// valueColumn is where the values of a printed record begin.
const valueColumn = 21

type printed uint8

const (
	printedNone printed = iota
	printedRecord
	printedTable
)

// printedKind says what three lines begin.
func printedKind(data []byte) printed {
	rule, rest, ok := bytes.Cut(data, []byte("\n"))
	second, third, ok2 := bytes.Cut(rest, []byte("\n"))
	third, _, _ = bytes.Cut(third, []byte("\n"))
	if !ok || !ok2 || !isRule(rule) || !isRule(third) {
		return printedNone
	}
	if _, _, ok := title(second); ok && bytes.IndexByte(rule, ' ') < 0 {
		return printedRecord
	}
	if len(columnsOf(rule)) > 1 && bytes.Equal(bytes.TrimRight(rule, " \r"), bytes.TrimRight(third, " \r")) {
		return printedTable
	}
	return printedNone
}

// isRule tells a line of '=', with spaces between the columns of a table.
func isRule(line []byte) bool {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.TrimRight(line, " \r")
	if len(line) < 4 || line[0] != '=' {
		return false
	}
	for _, c := range line {
		if c != '=' && c != ' ' {
			return false
		}
	}
	return true
}

// title reads " TIME TEXT".
func title(line []byte) (at counterfoil.Time, text string, ok bool) {
	if len(line) < 2 || line[0] != ' ' || line[1]-'0' > 9 {
		return 0, "", false
	}
	word, rest, _ := strings.Cut(strings.TrimRight(string(line[1:]), " \r"), " ")
	at, err := counterfoil.ParseTime(word)
	return at, rest, err == nil
}

// printed reads a record with its details.
func (d *decoder) printed(e *counterfoil.Event, f dialect.Frame) (problem string) {
	if printedKind(f.Data) != printedRecord {
		return "a rule that begins neither a record nor a table"
	}
	_, rest, _ := strings.Cut(e.Raw, "\n")
	head, rest, _ := strings.Cut(rest, "\n")
	_, rest, _ = strings.Cut(rest, "\n")
	var r ssr
	var text string
	r.time, text, _ = title([]byte(head))
	b := &d.b
	b.Reset()
	b.Object("")
	b.String("title", text)
	rest = r.details(b, rest)
	if body := strings.TrimRight(rest, "\n"); body != "" {
		b.String("body", body)
	}
	b.End()
	if problem := r.event(e); problem != "" {
		return problem
	}
	e.EventData = b.JSON()
	return ""
}

// details reads the words of a record up to the first line that is blank or does not begin with a space, and gives what
// is behind them.
func (r *ssr) details(b *counterfoil.Builder, rest string) string {
	key, value := "", ""
	flush := func() {
		if key != "" {
			b.String(key, value)
			r.set(key, value)
		}
	}
	for rest != "" && rest[0] == ' ' {
		line, after, _ := strings.Cut(rest, "\n")
		line = strings.TrimRight(line, " \r")
		if line == "" {
			break
		}
		if k, v, ok := detail(line); ok {
			flush()
			key, value = k, v
		} else if key == "" {
			return rest
		} else if value == "" {
			value = strings.TrimLeft(line, " ")
		} else {
			value += " " + strings.TrimLeft(line, " ")
		}
		rest = after
	}
	flush()
	if line, after, _ := strings.Cut(rest, "\n"); strings.TrimRight(line, " \r") == "" {
		return after
	}
	return rest
}

// detail reads " Key:      value", the value in its column.
func detail(line string) (key, value string, ok bool) {
	key, value, ok = strings.Cut(line[1:], ":")
	if !ok || key == "" || key[0] < 'A' || key[0] > 'Z' || len(key) > 40 {
		return "", "", false
	}
	for i := range len(key) {
		if !isLetter(key[i]) && key[i] != ' ' {
			return "", "", false
		}
	}
	at := len(line) - len(strings.TrimLeft(value, " "))
	if value != "" && at != max(valueColumn, len(key)+3) {
		return "", "", false
	}
	return key, strings.TrimLeft(value, " "), true
}
