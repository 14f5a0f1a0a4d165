package router

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// A table of alarms as show events alarm prints it: a head of three lines, then rows. A text that is too long for its
// column goes on below, in lines whose first column is blank:
//
//	======== ======= ============ ====================== ========== …
//	 Router   Node    Event Type   Time                   Severity
//	======== ======= ============ ====================== ========== …
//	 lisbon   edge1   add          2026-05-01T08:00:00Z   major

// table is the layout that the rows of a stream follow.
type table struct {
	columns []column
	// The head waits for the first row, whose raw it becomes part of.
	held     bool
	head     string
	host     string
	pos      int64
	received counterfoil.Time
}

type column struct {
	from, to int // of its rule
	name     string
}

// maxColumns bounds what a head may ask for; the table of alarms has nine.
const maxColumns = 64

// columnsOf finds the columns in a rule.
func columnsOf(rule []byte) (cols []column) {
	for i := 0; i < len(rule) && len(cols) < maxColumns; {
		if rule[i] != '=' {
			i++
			continue
		}
		c := column{from: i}
		for i < len(rule) && rule[i] == '=' {
			i++
		}
		c.to = i
		cols = append(cols, c)
	}
	return cols
}

func (t *table) isHead(data []byte) bool {
	return data[0] == '=' && printedKind(data) == printedTable
}

func (t *table) isRow(data []byte) bool {
	return len(t.columns) > 0 && len(data) > 1 && data[0] == ' ' && (isLetter(data[1]) || data[1]-'0' <= 9)
}

// open takes the layout from a head and holds it.
func (t *table) open(f dialect.Frame) {
	*t = table{held: true, head: string(f.Data), host: f.Host, pos: f.Pos, received: f.Received}
	rule, rest, _ := strings.Cut(t.head, "\n")
	names, _, _ := strings.Cut(rest, "\n")
	t.columns = columnsOf([]byte(rule))
	for i := range t.columns {
		t.columns[i].name = t.cell(names, i)
	}
}

// cell gives what a line has in a column.
func (t *table) cell(line string, i int) string {
	c := t.columns[i]
	to := len(line)
	if i+1 < len(t.columns) {
		to = min(to, t.columns[i+1].from)
	}
	if c.from >= to {
		return ""
	}
	return strings.Trim(line[c.from:to], " \r")
}

// row reads a row with its continuation lines. Of a text that was broken at a space only one space is known.
func (d *decoder) row(e *counterfoil.Event, f dialect.Frame) (problem string) {
	t := &d.table
	var r ssr
	var cells [maxColumns]string
	for line := range strings.SplitSeq(string(f.Data), "\n") {
		for i := range t.columns {
			if v := t.cell(line, i); v != "" && cells[i] != "" {
				cells[i] += " " + v
			} else if v != "" {
				cells[i] = v
			}
		}
	}
	b := &d.b
	b.Reset()
	b.Object("")
	for i, c := range t.columns {
		b.String(c.name, cells[i])
		r.set(c.name, cells[i])
	}
	b.End()
	if !r.has[ssrSubtype] || r.time == 0 {
		return "a row without time or event type"
	}
	r.set("type", "alarm")
	if problem := r.event(e); problem != "" {
		return problem
	}
	e.EventData = b.JSON()
	return ""
}
