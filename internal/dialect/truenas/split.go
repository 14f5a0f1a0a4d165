package truenas

import (
	"bytes"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// maxRow is how far the end of a row that is spread over lines is looked for.
const maxRow = 512 << 10

// split frames lines, and the rows of a JSON array: one after another on one line, as a call of the API gives them, or
// each spread over lines, as the JSON export has them. Brackets and commas between rows are separators. A row on one
// line ends on it, a spread one at the brace of its own indentation, so that damage to one row is not that of others.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	at, row, more := rowStart(data, atEOF)
	if more {
		return 0, nil, nil
	}
	if !row {
		if at > 0 {
			return at, nil, nil
		}
		return dialect.SplitLines(data, atEOF)
	}
	object := data[at:]
	if end := objectEnd(object); end > 0 {
		rest := object[end:]
		next := bytes.TrimLeft(rest, " \t\r")
		switch {
		case len(next) == 0 && !atEOF:
			return 0, nil, nil
		case len(rest) == 0, rest[0] == '\n', len(next) > 0 && (next[0] == ',' || next[0] == ']'):
			return at + end, object[:end], nil
		}
	} else if next := bytes.TrimLeft(object[1:], " \t\r"); len(next) > 0 && next[0] == '\n' {
		return spread(data, at, atEOF)
	}
	return dialect.SplitLines(data, atEOF)
}

// rowStart looks at what parts rows. row: an object begins at at. Else at bytes are only separators, 0 if data begins
// with other text. more: it cannot be told yet.
func rowStart(data []byte, atEOF bool) (at int, row, more bool) {
	parted := false
	for i, c := range data {
		switch c {
		case ' ', '\t', '\r':
		case '[', ',', ']':
			parted = true
		case '{':
			return i, true, false
		case '\n':
			if parted {
				return i + 1, false, false
			}
			return 0, false, false
		default:
			return 0, false, false
		}
	}
	if parted && atEOF {
		return len(data), false, false
	}
	return 0, false, !atEOF
}

// objectEnd gives the index behind the object that data begins with, 0 if it does not end on its line.
func objectEnd(data []byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\n':
			return 0
		case quoted && c == '\\':
			if i++; i < len(data) && data[i] == '\n' {
				return 0
			}
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// spread frames a row whose brace stands alone on its line: up to the brace with the same indentation.
func spread(data []byte, at int, atEOF bool) (int, []byte, error) {
	indent := data[:at]
	indent = indent[bytes.LastIndexAny(indent, "[,]")+1:]
	for i := at; i < len(data) && i-at < maxRow; {
		lf := bytes.IndexByte(data[i:], '\n')
		if lf < 0 && !atEOF {
			return 0, nil, nil
		}
		line := data[i:]
		if lf >= 0 {
			line = data[i : i+lf]
		}
		if rest, ok := bytes.CutPrefix(line, indent); i > at && ok && len(rest) > 0 && rest[0] == '}' {
			if rest = bytes.TrimSpace(rest[1:]); len(rest) == 0 || len(rest) == 1 && rest[0] == ',' {
				end := i + len(indent) + 1
				return end, data[at:end], nil
			}
		}
		if lf < 0 {
			break
		}
		i += lf + 1
	}
	if !atEOF && len(data)-at < maxRow {
		return 0, nil, nil
	}
	return dialect.SplitLines(data, atEOF)
}
