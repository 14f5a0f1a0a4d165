package csv

import (
	"io"
	"slices"
	"unicode/utf8"

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
	e.buf = e.header(e.buf[:0])
	for i, c := range e.chosen {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.cell = c.append(e.cell[:0], r)
		var exact bool
		if e.buf, exact = appendCell(e.buf, e.cell); !exact && c.name != "sentence" || !readsBack(c.name, r) {
			loss = append(loss, c.name)
		}
	}
	if len(e.chosen) == 1 && len(e.cell) == 0 {
		e.buf = append(e.buf, `""`...) // an empty line would be no row
	}
	e.buf = append(e.buf, '\r', '\n')
	for _, c := range e.left {
		if e.cell = c.append(e.cell[:0], r); (len(e.cell) > 0 || !readsBack(c.name, r)) && !slices.Contains(notLost, c.name) {
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

const hexDigits = "0123456789abcdef"

// What a byte asks for in a cell.
const (
	doubled = 1 << iota // it is written twice
	parting             // the cell stands in quotes
	beyond              // it is no ASCII that can be seen
)

var asks = func() (t [256]byte) {
	for c := range t {
		if c < ' ' || c >= 0x7f {
			t[c] = beyond
		}
	}
	t['"'] = doubled | parting
	t[','], t['\t'], t['\r'], t['\n'] = parting, parting, parting, parting
	return t
}()

// appendCell appends a cell: protected, escaped, and in quotes where RFC 4180 wants them. It is not exact where a byte
// had to be shown as \xff.
func appendCell(dst, cell []byte) (out []byte, exact bool) {
	if len(cell) == 0 {
		return dst, true
	}
	start := len(dst)
	dst = append(dst, '"')
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', '\'':
		dst = append(dst, '\'')
	}
	at := len(dst)
	dst = slices.Grow(dst, 2*len(cell)+1)
	text, n, seen := dst[at:at+2*len(cell)+1], 0, byte(0)
	for _, c := range cell { // no branches: a processor foresees no quotes
		text[n], text[n+1] = c, c
		n += 1 + int(asks[c]&doubled)
		seen |= asks[c]
	}
	dst, exact = dst[:at+n], true
	if seen&beyond != 0 {
		dst, exact = appendEscaped(dst[:at], cell)
	}
	if seen&parting != 0 || cell[0] == ' ' || cell[len(cell)-1] == ' ' {
		return append(dst, '"'), exact
	}
	copy(dst[start:], dst[start+1:])
	return dst[:len(dst)-1], exact
}

// appendEscaped appends a cell with bytes that cannot be seen, or with text beyond ASCII.
func appendEscaped(dst, cell []byte) (out []byte, exact bool) {
	exact = true
	for len(cell) > 0 {
		c, size := cell[0], 1
		switch {
		case c == '"':
			dst = append(dst, '"', '"')
		case asks[c]&beyond == 0:
			dst = append(dst, c)
		default:
			var r rune
			if r, size = utf8.DecodeRune(cell); c >= utf8.RuneSelf && (r != utf8.RuneError || size > 1) {
				dst = append(dst, cell[:size]...)
			} else {
				dst, exact = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15]), false
			}
		}
		cell = cell[size:]
	}
	return dst, exact
}
