package journal

import (
	"bytes"
	"encoding/binary"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// separator stands before an entry of -o json-seq (RFC 7464).
const separator = 0x1e

var splitObjects = dialect.SplitObjects("")

// split is the framing of a journal's stream. An entry of the export format is a frame: its fields, without the LF of the
// last one and the empty line behind it. An object with the separator before it is one. Anything else is a line. An entry
// with a field that is none ends at the next empty line.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	switch {
	case len(data) == 0:
		return 0, nil, nil
	case data[0] == '{':
		return splitObjects(data, atEOF)
	case data[0] == separator:
		n, token, err := splitObjects(data[1:], atEOF)
		if n == 0 && !atEOF || err != nil {
			return 0, nil, err
		}
		return 1 + n, data[:1+len(token)], nil
	}
	for i := 0; ; {
		_, next, state := readField(data, i, false)
		switch {
		case state == fieldOK:
			if i = next; i < len(data) && data[i] == '\n' {
				return i + 1, data[:i-1], nil
			} else if atEOF && i == len(data) {
				return i, data[:i-1], nil
			}
		case state == fieldBroken && i == 0:
			return dialect.SplitLines(data, atEOF)
		case state == fieldBroken || atEOF:
			if end := bytes.Index(data[i:], []byte("\n\n")); end >= 0 {
				return i + end + 2, data[:i+end], nil
			} else if atEOF {
				return len(data), data, nil
			}
			return 0, nil, nil
		default:
			return 0, nil, nil
		}
	}
}

// maxField is the longest field that is believed, in bytes: journald takes 32 MiB in an entry from users. Where a field were taken for
// broken that is not, its bytes would look like entries.
const maxField = 32 << 20

type fieldState uint8

const (
	fieldOK fieldState = iota
	fieldMore
	fieldBroken
)

// rawField is a field of the export format: where its name begins and ends, and its value.
type rawField struct{ name, nameEnd, value, end int }

// readField reads the field at i and gives where the next begins. whole: the end of data is that of the entry, and stands
// for the LF of its last field.
func readField(data []byte, i int, whole bool) (f rawField, next int, state fieldState) {
	missing := fieldMore
	if whole {
		missing = fieldBroken
	}
	line := data[i:]
	if n := bytes.IndexByte(line, '\n'); n >= 0 {
		line = line[:n]
	} else if !whole {
		return f, 0, fieldMore
	}
	if n := bytes.IndexByte(line, '='); n >= 0 {
		if !isName(line[:n]) {
			return f, 0, fieldBroken
		}
		return rawField{i, i + n, i + n + 1, i + len(line)}, i + len(line) + 1, fieldOK
	}
	if !isName(line) {
		return f, 0, fieldBroken
	}
	at := i + len(line) + 1
	if at+8 > len(data) {
		return f, 0, missing
	}
	size := binary.LittleEndian.Uint64(data[at:])
	at += 8
	if size > maxField {
		return f, 0, fieldBroken
	}
	end := at + int(size)
	switch {
	case end > len(data) || end == len(data) && !whole:
		return f, 0, missing
	case end < len(data) && data[end] != '\n':
		return f, 0, fieldBroken
	}
	return rawField{i, i + len(line), at, end}, end + 1, fieldOK
}

// isName tells a field's name: upper-case letters, digits and '_', at most 64, no digit first.
func isName(s []byte) bool {
	if len(s) == 0 || len(s) > 64 || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for _, c := range s {
		if !(c >= 'A' && c <= 'Z' || c == '_' || c >= '0' && c <= '9') {
			return false
		}
	}
	return true
}
