package csv

import (
	"io"
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

// Encode writes a row, before the first one the header. Its loss names the columns that were left out and had values.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	e.buf = e.header(e.buf[:0])
	for i, c := range e.chosen {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.cell = c.append(e.cell[:0], r)
		e.buf = appendCell(e.buf, e.cell)
	}
	e.buf = append(e.buf, '\r', '\n')
	var loss dialect.Loss
	for _, c := range e.left {
		if e.cell = c.append(e.cell[:0], r); len(e.cell) > 0 && c.name != "sentence" {
			loss = append(loss, c.name)
		}
	}
	_, err := e.w.Write(e.buf)
	return loss, err
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

// appendCell appends a cell: protected, escaped, and in quotes where RFC 4180 wants them.
func appendCell(dst, cell []byte) []byte {
	if len(cell) == 0 {
		return dst
	}
	at := len(dst)
	dst = append(dst, '"')
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', '\'':
		dst = append(dst, '\'')
	}
	quoted := cell[0] == ' ' || cell[len(cell)-1] == ' '
	for i := 0; i < len(cell); {
		c := cell[i]
		switch {
		case c == '"':
			quoted = true
			dst = append(dst, '"', '"')
		case c == ',', c == '\t', c == '\r', c == '\n':
			quoted = true
			dst = append(dst, c)
		case c < ' ', c == 0x7f:
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRune(cell[i:])
			if r == utf8.RuneError && n == 1 {
				dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
			} else {
				dst = append(dst, cell[i:i+n]...)
			}
			i += n
			continue
		}
		i++
	}
	if !quoted {
		copy(dst[at:], dst[at+1:])
		return dst[:len(dst)-1]
	}
	return append(dst, '"')
}
