package mongo

import (
	"bytes"
	"encoding/binary"
)

const (
	// maxDocument is the longest BSON document of a server: 16 MiB, and 16 KiB for what it adds itself.
	maxDocument = 16<<20 + 16<<10
	// maxDamage is how many bytes that are no document one frame holds.
	maxDamage = 1 << 20
	// maxLook is how many fields are looked at in search of a document behind damage: hostile bytes look like documents wherever
	// one begins to read. What lies behind is in the frame of the damage then.
	maxLook = 1 << 20
	// maxTopKey is the longest name of a field at the top of a document, where servers choose the names.
	maxTopKey = 1 << 10
)

// split cuts a stream of JSON lines, of BSON documents, or of both. What begins a frame is decided by its bytes alone:
//
//   - a BSON document, if its length and the chain of its fields agree to the last byte;
//   - else a line, if LF comes before NUL, which no line of text has;
//   - else damage, up to where a document of an audit log or a line with one begins.
//
// Only the LF behind a line is in no frame.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	switch state, n := probe(data); {
	case state == whole:
		return n, data[:n], nil
	case state == open && !atEOF:
		return 0, nil, nil
	case state == open && len(data) >= headLen:
		return len(data), data, nil // torn off
	}
	nl := bytes.IndexByte(data, '\n')
	text := data
	if nl >= 0 {
		text = data[:nl]
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return damage(data, atEOF)
	}
	switch {
	case nl >= 0:
		return nl + 1, text, nil
	case atEOF:
		return len(data), data, nil
	}
	return 0, nil, nil
}

// signature is how the first field of every audit document begins: a string named atype.
var signature = []byte("\x02atype\x00")

// damage cuts bytes that are no document, up to the next one.
func damage(data []byte, atEOF bool) (advance int, token []byte, err error) {
	line := bytes.Index(data, []byte("\n{"))
	left := maxLook
	for from := 5; left > 0; { // a document before whose signature there is a byte and its length
		at := -1
		if i := bytes.Index(data[min(from, len(data)):], signature); i >= 0 {
			at = from + i - 4
		}
		if line >= 0 && line < maxDamage && (at < 0 || line < at) {
			if len(data) < line+5+len(signature) && !atEOF {
				return 0, nil, nil // these two bytes may be the length of a document
			}
			return line + 1, data[:line], nil
		}
		if at < 0 || at > maxDamage {
			break
		}
		switch state, _ := probeFor(data[at:], &left); {
		case state == whole, state == open && atEOF:
			return at, data[:at], nil
		case state == open:
			return 0, nil, nil
		}
		from = at + 5
	}
	switch {
	case len(data) > maxDamage+len(signature)+4:
		return maxDamage, data[:maxDamage], nil
	case atEOF:
		return len(data), data, nil
	}
	return 0, nil, nil
}

type state uint8

const (
	none  state = iota // no BSON document begins here
	open               // so far it may be one: its end is not there
	whole              // one does, and here is all of it
)

// headLen is how many bytes a BSON document has at least.
const headLen = 5

// probe says whether data begins with a BSON document, and what length it states. It follows the chain of the fields at
// the top, without looking into them: so neither a wrong length nor any content leads it astray.
func probe(data []byte) (s state, length int) {
	fields := maxDocument
	return probeFor(data, &fields)
}

// probeFor is probe that takes the fields it looks at from left; none once nothing is left.
func probeFor(data []byte, left *int) (s state, length int) {
	if len(data) < headLen {
		if len(data) == 4 && data[3] > 1 {
			return none, 0
		}
		return open, 0
	}
	length = int(binary.LittleEndian.Uint32(data))
	if length < headLen || length > maxDocument {
		return none, 0
	}
	last := length - 1 // where the closing NUL is
	for i := 4; ; {
		if *left--; *left < 0 {
			return none, 0
		}
		if i >= len(data) {
			return open, length
		}
		tag := data[i]
		if tag == 0 || i >= last {
			if tag == 0 && i == last {
				return whole, length
			}
			return none, 0
		}
		i++
		window := data[i:min(len(data), last, i+maxTopKey)]
		k := bytes.IndexByte(window, 0)
		if k < 0 {
			if len(data) > i+len(window) || len(window) == maxTopKey || len(data) >= last {
				return none, 0
			}
			return open, length
		}
		i += k + 1
		n, ok := valueLen(tag, data[i:min(len(data), last)])
		if !ok || i+n > last {
			return none, 0
		}
		if n < 0 {
			if len(data) >= last {
				return none, 0
			}
			return open, length
		}
		i += n
	}
}

// valueLen gives the length of a BSON value of a type that begins with data; -1 where data ends before that shows, false
// for a type that there is not and a length that cannot be.
func valueLen(tag byte, data []byte) (n int, ok bool) {
	switch tag {
	case tDouble, tDate, tTimestamp, tInt64:
		return 8, true
	case tOID:
		return 12, true
	case tDecimal:
		return 16, true
	case tInt32:
		return 4, true
	case tBool:
		return 1, true
	case tNull, tUndefined, tMinKey, tMaxKey:
		return 0, true
	case tRegex:
		a := bytes.IndexByte(data, 0)
		if a < 0 {
			return -1, true
		}
		b := bytes.IndexByte(data[a+1:], 0)
		if b < 0 {
			return -1, true
		}
		return a + b + 2, true
	case tString, tCode, tSymbol, tDocument, tArray, tBinary, tDBPointer, tCodeScope:
	default:
		return 0, false
	}
	if len(data) < 4 {
		return -1, true
	}
	n = int(binary.LittleEndian.Uint32(data))
	head, least := 4, 1
	switch tag {
	case tDocument, tArray:
		head, least = 0, headLen
	case tCodeScope:
		head, least = 0, 4+5+headLen
	case tBinary:
		head, least = 5, 0
	case tDBPointer:
		head = 4 + 12
	}
	if n < least || n > maxDocument {
		return 0, false
	}
	n += head
	if end := n - 1; tag != tBinary && tag != tDBPointer && end < len(data) && data[end] != 0 {
		return 0, false
	}
	return n, true
}

// sniff tells an audit log by its first document: Percona's and Enterprise's begin with atype and have ts, OCSF's names
// MongoDB as the product.
func sniff(prefix []byte) bool {
	if len(prefix) > 4+len(signature) && bytes.Equal(prefix[4:4+len(signature)], signature) {
		s, _ := probe(prefix)
		return s != none
	}
	line, _, _ := bytes.Cut(bytes.TrimLeft(prefix, " \t\r\n"), []byte("\n"))
	has := topKeys(line)
	return has["atype"] && (has["ts"] || has["param"] || has["params"]) ||
		has["class_uid"] && has["metadata"] && (has["actor"] || has["type_uid"]) && mentionsProduct(line)
}

// mentionsProduct finds "product" : "MongoDB Server" in a line.
func mentionsProduct(line []byte) bool {
	_, rest, ok := bytes.Cut(line, []byte(`"product"`))
	rest, colon := bytes.CutPrefix(bytes.TrimLeft(rest, " \t"), []byte(":"))
	return ok && colon && bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte(`"`+ocsfProduct+`"`))
}

// topKeys gives the keys of the first level of a JSON object, as far as the text goes.
func topKeys(line []byte) map[string]bool {
	keys := map[string]bool{}
	if len(line) == 0 || line[0] != '{' {
		return keys
	}
	for i, depth := 0, 0; i < len(line); i++ {
		switch line[i] {
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		case '"':
			from := i + 1
			for i++; i < len(line) && line[i] != '"'; i++ {
				if line[i] == '\\' {
					i++
				}
			}
			if i < len(line) && depth == 1 && bytes.HasPrefix(bytes.TrimLeft(line[i+1:], " \t"), []byte(":")) {
				keys[string(line[from:i])] = true
			}
		}
	}
	return keys
}
