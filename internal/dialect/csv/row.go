package csv

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// maxRow is where a quote that does not close is given up: its first line alone is the row then.
const maxRow = counterfoil.MaxMessage

// split finds rows: parted by LF or CRLF, which is taken off, but not inside quotes. A row goes on over lines only while it is
// what RFC 4180 says; behind text that follows a closing quote, or a quote inside a bare cell, it ends with its first
// line. So at most one row is drawn in by a quote too many, and no byte is looked at more than twice.
func split(data []byte, atEOF bool) (advance int, row []byte, err error) {
	seen := data[:min(len(data), maxRow)]
	end, whole := rowEnd(seen)
	switch {
	case end < 0 && whole && !atEOF && len(data) <= maxRow:
		return 0, nil, nil
	case end < 0 && whole && len(data) > maxRow, end < 0 && !whole:
		if end = bytes.IndexByte(data, '\n'); end < 0 && !atEOF {
			return 0, nil, nil
		}
	}
	if end >= 0 {
		return end + 1, bytes.TrimSuffix(data[:end], []byte{'\r'}), nil
	}
	if len(data) == 0 {
		return 0, nil, nil
	}
	return len(data), bytes.TrimSuffix(data, []byte{'\r'}), nil
}

// rowEnd gives the index of the LF that ends the row, -1 if it is not there. whole is false where the row is not what RFC
// 4180 says, for whichever of the separators.
func rowEnd(data []byte) (end int, whole bool) {
	for i := 0; i < len(data); {
		if data[i] != '"' { // a bare cell
			n := bytes.IndexAny(data[i:], "\",;\t\n")
			switch {
			case n < 0:
				return -1, true
			case data[i+n] == '\n':
				return i + n, true
			case data[i+n] == '"':
				return -1, false
			}
			i += n + 1
			continue
		}
		for i++; ; i += 2 {
			n := bytes.IndexByte(data[i:], '"')
			if n < 0 || i+n+1 == len(data) {
				return -1, true
			}
			if i += n; data[i+1] != '"' {
				break
			}
		}
		switch data[i+1] {
		case ',', ';', '\t':
			i += 2
		case '\n':
			return i + 1, true
		case '\r':
			if i+2 == len(data) {
				return -1, true
			}
			if data[i+2] != '\n' {
				return -1, false
			}
			return i + 2, true
		default:
			return -1, false
		}
	}
	return -1, true
}

// cells takes a row apart and appends its cells. The error says at which byte the row is not what RFC 4180 says. A quote
// inside a bare cell is a quote.
func cells(dst []string, row string, separator byte) ([]string, error) {
	for i := 0; ; i++ {
		if i < len(row) && row[i] == '"' {
			cell, n, err := quoted(row, i)
			if err != nil {
				return dst, err
			}
			if dst, i = append(dst, cell), n; i < len(row) && row[i] != separator {
				return dst, fmt.Errorf("byte %d of the row: text follows a closing quote", i)
			}
		} else {
			n := strings.IndexByte(row[i:], separator)
			if n < 0 {
				n = len(row) - i
			}
			dst = append(dst, row[i:i+n])
			i += n
		}
		if i >= len(row) {
			return dst, nil
		}
	}
}

// quoted reads the cell whose quote stands at i and gives the index behind it.
func quoted(row string, i int) (cell string, end int, err error) {
	double := false
	for end = i + 1; ; end += 2 {
		n := strings.IndexByte(row[end:], '"')
		if n < 0 {
			return "", 0, fmt.Errorf("byte %d of the row: a quote is not closed", i)
		}
		if end += n; end+1 == len(row) || row[end+1] != '"' {
			break
		}
		double = true
	}
	if cell = row[i+1 : end]; double {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	return cell, end + 1, nil
}
