package csv

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// decoder reads the rows below a header row. The header is held as long as the stream lasts, since it says what the rows
// are, and stands in the raw of the first event behind it; a row equal to it is a header again, that of the next file.
type decoder struct {
	mapper    *mapper
	separator byte

	header  *header  // nil: the next row is one
	pending *header  // the header, until an event has it in raw
	pos     [1]int64 // of the header
	record  counterfoil.Record
	cells   []string
}

// header is a header row.
type header struct {
	frame dialect.Frame // without its data
	raw   string
	names []string // no two alike
	keys  map[string]bool
	twice map[string]int // how many more columns had a name
	own   bool           // all columns are ours
	whole bool           // and raw is one of them: the event is the message, and has the raw it had
	takes []take
}

func newDecoder(o Options) (*decoder, error) {
	d := &decoder{separator: ','}
	switch o.Separator {
	case "", ",":
	case ";":
		d.separator = ';'
	case "tab", "\t":
		d.separator = '\t'
	default:
		return nil, fmt.Errorf("csv: option %q: %q is none of , ; and tab", "separator", o.Separator)
	}
	var err error
	d.mapper, err = newMapper(o)
	return d, err
}

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	row := string(f.Data)
	if d.header != nil && row == d.header.raw {
		dst = d.give(dst)
		d.hold(f, d.header)
		return dst, nil
	}
	var err error
	if d.cells, err = cells(d.cells[:0], row, d.separator); err != nil {
		if d.header == nil { // the rows behind it are no header either
			d.hold(f, &header{raw: row})
			d.pending = nil
		}
		return d.unparsed(dst, f, err)
	}
	if d.header == nil {
		h, err := d.mapper.plan(row, d.cells)
		d.hold(f, h)
		if err != nil {
			d.pending = nil
			return d.unparsed(dst, f, err)
		}
		return dst, nil
	}
	d.record = counterfoil.Record{}
	e := &d.record.Event
	e.Major, e.Time, e.Host, e.Dialect, e.Service, e.Name = 1, f.Received, f.Host, "csv/1", service, "ROW"
	if d.header.own {
		err = d.header.message(&d.record, d.cells)
	} else {
		err = d.mapper.row(d.header, &d.record, d.cells)
	}
	if err != nil {
		return d.unparsed(dst, f, err)
	}
	if !d.header.whole {
		e.Raw = row
		if d.pending != nil {
			e.Raw = d.pending.raw + "\n" + row
		}
	}
	d.pending = nil
	return append(dst, *e), nil
}

func (d *decoder) unparsed(dst []counterfoil.Event, f dialect.Frame, err error) ([]counterfoil.Event, error) {
	return append(dst, dialect.Unparsed(Dialect, f, err.Error())), fmt.Errorf("csv at %d: %w", f.Pos, err)
}

func (d *decoder) hold(f dialect.Frame, h *header) {
	h.frame = f
	h.frame.Data = nil
	d.header, d.pending, d.pos[0] = h, h, f.Pos
	if h.whole {
		d.pending = nil
	}
}

// give appends the event of a header that no row follows.
func (d *decoder) give(dst []counterfoil.Event) []counterfoil.Event {
	h := d.pending
	d.pending = nil
	if h == nil {
		return dst
	}
	var b counterfoil.Builder
	b.Object("")
	b.Array("columns")
	for _, name := range h.names {
		b.String("", name)
	}
	b.End()
	b.End()
	return append(dst, counterfoil.Event{Major: 1, Time: h.frame.Received, Dialect: "csv/1", Host: h.frame.Host, Service: service, Name: "HEADER",
		Class: counterfoil.ClassOther, Category: counterfoil.CategorySystem, EventData: b.JSON(), Raw: h.raw})
}

func (d *decoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	if d.header != nil && (now.IsZero() || !now.Before(dialect.Never)) {
		dst = d.give(dst)
		d.header = nil
	}
	return dst
}

func (d *decoder) Held() dialect.Held {
	if d.header == nil {
		return dialect.Held{}
	}
	return dialect.Held{Any: true, Pos: d.pos[0], Deadline: dialect.Never, Frames: d.pos[:]}
}

// mandatory columns may not be empty.
var mandatory = []string{"time", "svc", "event"}

// message reads a row of our own columns.
func (h *header) message(r *counterfoil.Record, row []string) error {
	if len(row) != len(h.names) {
		return fmt.Errorf("%d cells under %d columns", len(row), len(h.names))
	}
	for i, cell := range row {
		c := h.takes[i].column
		if cell == "" && !slices.Contains(mandatory, c.name) || c.read == nil {
			continue
		}
		if err := c.read(r, strings.TrimPrefix(cell, "'")); err != nil { // a cell that begins so was given one
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	if r.Received != 0 {
		r.EventData = dialect.Insert(r.EventData, "origin", dialect.Origin(r.Seq, r.Received, r.Via))
	}
	return r.Check()
}
