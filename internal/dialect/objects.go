package dialect

import (
	"bufio"
	"bytes"

	"github.com/counterfoil/counterfoil"
)

// SplitObjects is the framing of dialects whose records are JSON objects: one after the other, mostly a line each, or the
// elements of a list in one object, {"Records":[{…},{…}]}, list being "Records" ("": there is none). Such a list is read element by element,
// whatever its size.
//
//   - An object is a frame. Blanks, CR and one LF behind it belong to it; the LF is taken off, as in [SplitLines].
//   - An element of the list is a frame. What opens the list ({"Records":[) goes with the first element, a comma with the
//     element behind it, what closes it (]}) with the last, as does white space: nothing of a list is taken off.
//   - What begins with neither '{' nor ',' is a line.
//
// A broken object must not swallow those behind it. No JSON string has a LF in it, and no printer of JSON begins a line
// inside an object with '{': there, and outside lists for the second, a frame ends. Nesting costs no memory. [Element]
// finds the object in a frame.
func SplitObjects(list string) bufio.SplitFunc {
	return func(data []byte, atEOF bool) (advance int, token []byte, err error) {
		if len(data) == 0 {
			return 0, nil, nil
		}
		s := objectScan{data: data, list: list}
		switch s.run() {
		case scanLine:
			return SplitLines(data, atEOF)
		case scanBroken, scanElement:
			return s.next, data[:s.end], nil
		case scanObject:
			return s.behind(atEOF)
		}
		if atEOF {
			return len(data), data, nil
		}
		return 0, nil, nil
	}
}

// Element gives the object in a frame that [SplitObjects] of the same list cut: without what opens, parts and closes the
// list. A frame that is no part of a list is given whole; an empty list is no bytes.
func Element(frame []byte, list string) []byte {
	if len(frame) == 0 || frame[0] != ',' && !bytes.Contains(frame, []byte(list)) {
		return frame
	}
	s := objectScan{data: frame, list: list}
	if s.run(); !s.inList {
		return frame
	}
	return bytes.TrimSpace(frame[s.from:s.to])
}

type scanResult uint8

const (
	scanMore    scanResult = iota // the frame's end is not in data
	scanLine                      // data begins with no object
	scanBroken                    // a LF at end shows that the object is broken
	scanElement                   // an element ends; another follows
	scanObject                    // an object, or the one with the list, ends
)

// objectScan finds the end of the first frame of data by counting brackets outside strings.
type objectScan struct {
	data   []byte
	list   string
	inList bool
	closed bool // the list has ended, the object around it not yet
	depth  int  // a comma that begins data stands at depth 2: inside the object and its list
	from   int  // where the element begins
	to     int  // where the element ends
	end    int  // of the frame
	next   int  // where the next frame begins
}

func (s *objectScan) run() scanResult {
	i := 0
	for i < len(s.data) && (s.data[i] == ' ' || s.data[i] == '\t' || s.data[i] == '\r') {
		i++
	}
	switch {
	case i == len(s.data):
		return scanMore
	case s.data[i] == ',':
		i++
		s.inList, s.depth, s.from = true, 2, i
	case s.data[i] != '{':
		return scanLine
	}
	s.to = len(s.data)
	for ; i < len(s.data); i++ {
		switch c := s.data[i]; c {
		case '"':
			if i = s.skipString(i); i == len(s.data) {
				return scanMore
			} else if s.data[i] == '\n' {
				return s.broken(i)
			}
		case '{', '[':
			if s.depth++; c == '[' && s.depth == 2 && s.list != "" && !s.inList && s.opens(i) {
				s.inList, s.from = true, i+1
			}
		case '}', ']':
			if s.depth--; s.depth == 1 && s.inList && !s.closed {
				s.closed, s.to = true, i
			}
			if s.depth == 0 {
				s.end, s.next = i+1, i+1
				return scanObject
			}
		case ',':
			if s.depth == 2 && s.inList && !s.closed {
				s.to, s.end, s.next = i, i, i
				return scanElement
			}
		case '\n':
			if !s.inList && i+1 < len(s.data) && s.data[i+1] == '{' {
				return s.broken(i)
			}
		}
	}
	return scanMore
}

// skipString gives the index of the quote that ends the string which begins at i, of a LF in it, or the length of data.
func (s *objectScan) skipString(i int) int {
	for i++; i < len(s.data); i++ {
		switch s.data[i] {
		case '"', '\n':
			return i
		case '\\':
			if i+1 < len(s.data) && s.data[i+1] != '\n' {
				i++
			}
		}
	}
	return len(s.data)
}

func (s *objectScan) broken(lf int) scanResult {
	s.end, s.next = lf, lf+1
	return scanBroken
}

// opens reports whether the bracket at i begins the value of the member that is the list. A quote inside a string would
// have a backslash before it.
func (s *objectScan) opens(i int) bool {
	const space = " \t\r\n"
	before, ok := bytes.CutSuffix(bytes.TrimRight(s.data[:i], space), []byte(":"))
	if !ok {
		return false
	}
	before, ok = bytes.CutSuffix(bytes.TrimRight(before, space), []byte(`"`+s.list+`"`))
	before = bytes.TrimRight(before, space)
	return ok && len(before) > 0 && (before[len(before)-1] == '{' || before[len(before)-1] == ',')
}

// behind takes what follows an object up to the LF, if it is nothing but blanks.
func (s *objectScan) behind(atEOF bool) (advance int, token []byte, err error) {
	for i := s.end; i < len(s.data); i++ {
		switch s.data[i] {
		case ' ', '\t', '\r':
		case '\n':
			return i + 1, s.data[:i], nil
		default:
			return s.end, s.data[:s.end], nil
		}
	}
	if atEOF {
		return len(s.data), s.data, nil
	}
	return 0, nil, nil
}

// Text gives the bytes of a JSON string, and nothing for any other value: what a record should tell as a string and does
// not is not told.
func Text(v counterfoil.JSON) string {
	if v.Kind() != '"' {
		return ""
	}
	return v.Text()
}

// Peek gives what begins with the value of a member of the object that a stream begins with, as much as there is of it, or
// nil: for Sniff, which sees a part of a stream. Members of objects inside it, and text in strings, are not taken for it.
func Peek(prefix []byte, member string) []byte {
	const space = " \t\r\n"
	s := objectScan{data: bytes.TrimLeft(prefix, space)}
	if len(s.data) == 0 || s.data[0] != '{' {
		return nil
	}
	for i := 0; i < len(s.data); i++ {
		switch s.data[i] {
		case '{', '[':
			s.depth++
		case '}', ']':
			if s.depth--; s.depth == 0 {
				return nil
			}
		case '"':
			from := i + 1
			if i = s.skipString(i); s.depth != 1 || i == len(s.data) || string(s.data[from:i]) != member {
				continue
			}
			if value, isKey := bytes.CutPrefix(bytes.TrimLeft(s.data[i+1:], space), []byte(":")); isKey {
				return bytes.TrimLeft(value, space)
			}
		}
	}
	return nil
}
