package csv

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
	"unsafe"
)

// What a byte asks for in a cell.
const (
	parting = 1 << iota // the cell stands in quotes
	control             // it cannot be seen
	beyond              // it is part of a rune beyond ASCII, or should be
)

var asks = func() (t [256]byte) {
	for c := range t {
		switch {
		case c < ' ' || c == 0x7f:
			t[c] = control
		case c > 0x7f:
			t[c] = beyond
		}
	}
	for _, c := range "\",\t\r\n" {
		t[c] = parting
	}
	return t
}()

// appendCell appends a cell: protected, escaped, and in quotes where RFC 4180 wants them. It is not exact where a byte
// had to be shown as \xff.
func appendCell(dst, cell []byte) (out []byte, exact bool) {
	if len(cell) == 0 {
		return dst, true
	}
	protected := false
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', '\'':
		protected = true
	}
	spaced := cell[0] == ' ' || cell[len(cell)-1] == ' '
	if !protected && !spaced && asksNothing(cell) {
		return append(dst, cell...), true
	}
	start := len(dst)
	dst = append(dst, '"')
	if protected {
		dst = append(dst, '\'')
	}
	at := len(dst)
	dst, seen := appendDoubled(dst, cell)
	exact = true
	if seen&control != 0 || seen&beyond != 0 && !utf8.Valid(cell) {
		dst, exact = appendEscaped(dst[:at], cell), false
	}
	if seen&parting != 0 || spaced {
		return append(dst, '"'), exact
	}
	copy(dst[start:], dst[start+1:])
	return dst[:len(dst)-1], exact
}

// Eight bytes at a time: ones has a bit for each byte, tops the highest of each.
const ones, tops = 0x0101010101010101, 0x8080808080808080

// unseen has a top bit for each byte of w that is no ASCII that can be seen, and perhaps for some behind it.
func unseen(w uint64) uint64 { return ((w - ' '*ones) | w | (w + ones)) & tops }

// asksNothing reports whether a cell may stand as it is, for all that its bytes say. Most may. The last word may overlap the one before, and a
// short cell is looked at in two halves: a processor does not foresee how long cells are.
func asksNothing(cell []byte) bool {
	n, le := len(cell), binary.LittleEndian
	switch {
	case n >= 8:
		found := asking(le.Uint64(cell[n-8:]))
		for ; len(cell) > 8; cell = cell[8:] {
			if found |= asking(le.Uint64(cell)); found != 0 {
				return false
			}
		}
		return found == 0
	case n >= 4:
		return asking(uint64(le.Uint32(cell))|uint64(le.Uint32(cell[n-4:]))<<32) == 0
	case n > 0:
		return asks[cell[0]]|asks[cell[n/2]]|asks[cell[n-1]] == 0
	}
	return true
}

// asking has a top bit for each byte of w that asks for something, and perhaps for some behind it.
func asking(w uint64) uint64 {
	q, c := w^'"'*ones, w^','*ones
	return unseen(w) | ((q-ones)&^q|(c-ones)&^c)&tops
}

// appendDoubled appends a cell with its quotes doubled, and says what its bytes ask for.
func appendDoubled(dst, cell []byte) (_ []byte, seen byte) {
	at := len(dst)
	dst = slices.Grow(dst, 2*len(cell)+roomy)
	text, n, dense := dst[at:at+2*len(cell)+roomy], 0, false
	whole := cell
	for len(cell) >= block+8 {
		m, asked := doubleQuotes((*[roomy]byte)(text[n:]), (*[block + 8]byte)(cell), block, dense)
		cell = cell[block:]
		dense = m-block >= block/8
		n += m
		seen |= asked
	}
	for len(cell) > 0 {
		var last [block + 8]byte
		rest := copy(last[:block], cell)
		filled := (rest + 7) &^ 7
		for i := rest; i < filled; i++ {
			last[i] = ' ' // which asks for nothing, and is taken off again
		}
		m, asked := doubleQuotes((*[roomy]byte)(text[n:]), &last, filled, dense)
		cell = cell[rest:]
		n += m - (filled - rest)
		seen |= asked
	}
	if n > len(whole) || bytes.IndexByte(whole, ',') >= 0 {
		seen |= parting
	}
	return dst[:at+n], seen
}

const (
	block = 64           // bytes that are doubled at a time
	roomy = 2*block + 16 // what they may take, and what is written behind them
)

// doubleQuotes writes the first size bytes of in, a multiple of eight, with the quotes twice. It gives how many bytes that makes, and what those
// ask for that cannot be seen. The arrays have the bounds that spare checks. Where quotes are dense, as in JSON, a processor does not foresee how
// many of them eight bytes have: the first three cost no branch.
func doubleQuotes(out *[roomy]byte, in *[block + 8]byte, size int, dense bool) (n int, seen byte) {
	const low, most = ^uint64(tops), 2*block - 1
	for i := 0; i < size; i += 8 {
		w := binary.LittleEndian.Uint64(in[i&(block-1):])
		binary.LittleEndian.PutUint64(out[n&most:], w)
		if unseen(w) != 0 {
			for k := 0; k < 64; k += 8 {
				seen |= asks[byte(w>>k)]
			}
		}
		q := w ^ '"'*ones
		q = tops &^ (q&low + low | q) // a top bit for each quote, and for nothing else
		next := n + 8 + int(q>>7*ones>>56)
		// What follows a quote is written once more from the quote on, each time a byte further. Where there is none, the last byte is taken for
		// one: what that writes is behind the word, and written over.
		if dense {
			for range 3 {
				k := bits.TrailingZeros64(q|1<<63) >> 3
				n++
				binary.LittleEndian.PutUint64(out[(n+k)&most:], binary.LittleEndian.Uint64(in[(i+k)&(block-1):]))
				q &= q - 1
			}
		}
		for ; q != 0; q &= q - 1 {
			k := bits.TrailingZeros64(q) >> 3
			n++
			binary.LittleEndian.PutUint64(out[(n+k)&most:], binary.LittleEndian.Uint64(in[(i+k)&(block-1):]))
		}
		n = next
	}
	return n, seen
}

const hexDigits = "0123456789abcdef"

// appendEscaped appends a cell, with \xff in place of what cannot be seen.
func appendEscaped(dst, cell []byte) []byte {
	for len(cell) > 0 {
		n := 0
		for n < len(cell) && asks[cell[n]]&(control|beyond) == 0 {
			n++
		}
		dst, _ = appendDoubled(dst, cell[:n])
		if cell = cell[n:]; len(cell) == 0 {
			break
		}
		r, size := utf8.DecodeRune(cell)
		if c := cell[0]; c < utf8.RuneSelf || r == utf8.RuneError && size == 1 {
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		} else {
			dst = append(dst, cell[:size]...)
		}
		cell = cell[size:]
	}
	return dst
}

// readOnly gives the bytes of a text without a copy, to look at.
func readOnly(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
