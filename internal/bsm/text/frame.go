package text

import (
	"bytes"
	"strconv"
	"time"
)

// window is how far Split looks; it is below the longest frame that inputs take from a stream.
const window = 1<<20 - 1

// Split is the framing of what praudit writes (a bufio.SplitFunc): a record on lines of its own from its header to its
// trailer, a record on one line, an element of XML, a file token. What stands around the records in XML, and empty
// lines, are taken off. A line that is none of these is a frame.
//
// A trailer in the text of a file's name, which praudit writes as it is, ends no record: one does if its size is that of
// the header and the tokens before it have that size. Only where none does, in as much text as a record of that size can have,
// it is the first with that size; and where there are so many of them that not all can be tried, the last: what lies between is
// no record, whatever it looks like.
func Split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	f := framer{b: data[:min(len(data), window)], end: atEOF && len(data) < window, full: len(data) >= window}
	skip, n := f.frame()
	if f.short && !f.end && !f.full {
		return 0, nil, nil
	}
	if n == 0 {
		return skip, nil, nil
	}
	advance = n
	if n < len(data) && data[n] == '\n' {
		advance++
	}
	return advance, data[:n], nil
}

type framer struct {
	b         []byte
	end, full bool
	short     bool // what was asked depends on bytes behind b
}

// around are the lines that stand around records.
var around = [][]byte{[]byte("\n"), []byte("<?xml version='1.0' ?>\n"), []byte("<audit>\n"), []byte("</audit>\n")}

// frame gives how many bytes to take off, or else the length of the first frame.
func (f *framer) frame() (skip, n int) {
	for _, line := range around {
		if bytes.HasPrefix(f.b, line) {
			return len(line), 0
		}
		if bytes.Equal(f.b, line[:len(line)-1]) && f.end {
			return len(f.b), 0
		}
	}
	line := f.line(0)
	switch {
	case bytes.HasPrefix(f.b, []byte("<record")):
		return 0, f.element(line)
	case f.b[0] == '<' || f.short:
		return 0, line
	}
	delim := delimiter(f.b[:line])
	if delim == "" || bytes.HasPrefix(f.b, []byte("file")) || bytes.HasPrefix(f.b, []byte("17"+delim)) {
		return 0, line
	}
	r, err := Scan(f.b[:line], time.UTC)
	switch {
	case err == nil && len(r.Tokens) == 1: // the header alone
	case err == nil && r.Flaw == "":
		return 0, line
	default:
		if n := f.parted(line, delim); n > 0 || f.short && !f.full {
			return 0, n
		}
		if oneLine(f.b[:line], delim) {
			return 0, line
		}
	}
	return 0, f.record(line, delim)
}

// size gives the digits of the size in the header that b begins with, and how much of the text may be the record's.
func size(b []byte, delim string) (digits string, claimed, most int) {
	rest := b[bytes.Index(b, []byte(delim))+len(delim):]
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	digits = string(rest[:n])
	claimed, _ = strconv.Atoi(digits)
	claimed = min(claimed, window)
	return digits, claimed, longest*claimed + moreText
}

// parted gives the length of a record on one line that line ends in names part, the first of which is at line; 0 if there is no
// place where its tokens have the size of its header.
func (f *framer) parted(line int, delim string) int {
	digits, claimed, most := size(f.b, delim)
	last, left := 0, maxSteps
	for i := line; i < len(f.b) && i-line <= most; {
		if i = f.line(i + 1); f.short {
			return 0
		}
		if !endsInLine(f.b[:i], delim, digits) || claimed > densest*i {
			continue
		}
		if last = i; left <= 0 {
			continue
		}
		if r, err := scan(f.b[:i], time.UTC, &left); err == nil && r.Flaw == "" {
			return i
		}
	}
	if left <= 0 { // as with many trailers in text of several lines
		return last
	}
	return 0
}

// line gives where the line ends that begins at i.
func (f *framer) line(i int) int {
	if n := bytes.IndexByte(f.b[i:], '\n'); n >= 0 {
		return i + n
	}
	f.short = !f.end
	return len(f.b)
}

// element gives the length of a record's element, or of its first line if it does not end.
func (f *framer) element(line int) int {
	const end = "</record>"
	if n := bytes.Index(f.b, []byte(end)); n >= 0 {
		n += len(end)
		if next := bytes.Index(f.b[1:n], []byte("<record ")); next < 0 {
			return n
		}
		return line
	}
	f.short = f.short || !f.end
	return line
}

// record gives the length of a record on several lines, the first of which ends at line.
func (f *framer) record(line int, delim string) int {
	digits, claimed, most := size(f.b, delim)
	name := "trailer"
	if f.b[0] < 'a' {
		name = "19"
	}
	trailer := []byte(name + delim + digits)
	first, last, left := 0, 0, maxSteps
	for i := line; i < len(f.b) && i-line <= most; {
		begin := i + 1
		if i = f.line(begin); f.short {
			break
		}
		if bytes.Equal(f.b[begin:i], trailer) {
			if left > 0 && claimed <= densest*i {
				if r, err := scan(f.b[:i], time.UTC, &left); err == nil && r.Flaw == "" {
					return i
				}
			}
			if last = i; first == 0 {
				first = i
			}
		}
	}
	switch {
	case left <= 0:
		return last
	case first > 0:
		return first
	}
	return f.open(line, delim)
}

const (
	longest  = 16  // more than the characters that a byte of a record has as text, but for what moreText has room for: names of users
	moreText = 512 // an event's name, a time, the words for an error
	densest  = 8   // more than the bytes of a record that a character stands for: "::" are sixteen
)

// open gives the length of a record without a trailer: up to the line before the next header.
func (f *framer) open(line int, delim string) int {
	for i := line; i < len(f.b); i = f.line(i + 1) {
		rest := f.b[min(i+1, len(f.b)):]
		if d := delimiter(rest); d == delim {
			return i
		}
	}
	return len(f.b)
}
