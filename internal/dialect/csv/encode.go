package csv

import (
	"io"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type encoder struct {
	w            io.Writer
	chosen, left []column
	begun        bool // the header row is in buf or written
	buf, cell    []byte
}

func newEncoder(w io.Writer, o Options) (*encoder, error) {
	chosen, left, err := choose(o.Columns)
	return &encoder{w: w, chosen: chosen, left: left}, err
}

// Encode writes a row, before the first one the header. Its loss names the columns that were left out and had values,
// and those whose cell does not say what the value was.
func (e *encoder) Encode(r *counterfoil.Record) (loss dialect.Loss, err error) {
	row := e.header(e.buf[:0])
	start := len(row)
	for i := range e.chosen {
		c := &e.chosen[i]
		if i > 0 {
			row = append(row, ',')
		}
		exact := true
		switch {
		case c.text != nil:
			row, exact = appendCell(row, readOnly(c.text(r)))
		case c.bare:
			row = c.append(row, r)
		default:
			e.cell = c.append(e.cell[:0], r)
			row, exact = appendCell(row, e.cell)
		}
		if !exact && c.read != nil || c.data && !readsBack(c.name, r) {
			loss = append(loss, c.name)
		}
	}
	if len(e.chosen) == 1 && len(row) == start {
		row = append(row, `""`...) // an empty line would be no row
	}
	e.buf = append(row, '\r', '\n')
	for i := range e.left {
		c := &e.left[i]
		if e.cell = c.cell(e.cell[:0], r); (len(e.cell) > 0 || !readsBack(c.name, r)) && !slices.Contains(notLost, c.name) {
			loss = append(loss, c.name)
		}
	}
	_, err = e.w.Write(e.buf)
	return loss, err
}

// notLost are columns that say nothing of the event itself.
var notLost = []string{"sentence", "seq", "received", "via"}

// readsBack reports whether a column of data is read as what it was: a text may look like an object, or be empty. An
// object is canonical, and stands in the cell as it is.
func readsBack(name string, r *counterfoil.Record) bool {
	data := r.EventData
	switch name {
	case "svc_data":
		data = r.SvcData
	case "event_data":
	default:
		return true
	}
	return data.Kind() != '"' || dataOf(data.Text()) == data
}

// Close writes the header row if there was no record.
func (e *encoder) Close() error {
	if e.begun {
		return nil
	}
	_, err := e.w.Write(e.header(nil))
	return err
}

func (e *encoder) header(dst []byte) []byte {
	if e.begun {
		return dst
	}
	e.begun = true
	for i, c := range e.chosen {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, c.name...)
	}
	return append(dst, '\r', '\n')
}
