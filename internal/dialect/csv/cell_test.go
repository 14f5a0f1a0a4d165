package csv

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"unicode/utf8"
)

// Cells of every length are written as byte after byte would write them.
func TestCells(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, letters := range []string{"a", `a"`, `"`, `abcdefghijkl"`, "ab,", "a\n\"", "é\"a", "\xffa\"", "a\x1d\x7f", "= a", "'\",\r\n\t é\xff\x00b"} {
		for n := range 300 {
			cell := make([]byte, n)
			for i := range cell {
				cell[i] = letters[rnd.IntN(len(letters))]
			}
			got, exact := appendCell([]byte("before,"), cell)
			want, wantExact := plainCell([]byte("before,"), cell)
			if !bytes.Equal(got, want) || exact != wantExact {
				t.Fatalf("%q:\n got %q, exact %v\nwant %q, exact %v", cell, got, exact, want, wantExact)
			}
		}
	}
}

// plainCell is appendCell, byte after byte.
func plainCell(dst, cell []byte) (out []byte, exact bool) {
	if len(cell) == 0 {
		return dst, true
	}
	var text []byte
	if bytes.IndexByte([]byte("=+-@\t\r\n'"), cell[0]) >= 0 {
		text = append(text, '\'')
	}
	quotes := cell[0] == ' ' || cell[len(cell)-1] == ' ' || bytes.ContainsAny(cell, "\",\t\r\n")
	exact = true
	for len(cell) > 0 {
		r, size := utf8.DecodeRune(cell)
		switch c := cell[0]; {
		case c == '"':
			text = append(text, `""`...)
		case c == '\t', c == '\r', c == '\n', c >= ' ' && c < 0x7f, c > 0x7f && (r != utf8.RuneError || size > 1):
			text = append(text, cell[:size]...)
		default:
			text, exact = append(text, '\\', 'x', "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15]), false
		}
		cell = cell[size:]
	}
	if quotes {
		return append(append(append(dst, '"'), text...), '"'), exact
	}
	return append(dst, text...), exact
}
