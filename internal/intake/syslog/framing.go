package syslog

import (
	"bytes"

	"github.com/counterfoil/counterfoil/internal/dialect/syslog"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// framing cuts what a connection sends into messages, by RFC 6587. Its first bytes decide how it frames, for all of it: a line
// feed inside of a message never makes a count, and a count inside of a line never hides what follows. Where a connection that
// counts has no count, one before was wrong, and where messages begin cannot be known any more: the rest comes in pieces.
type framing struct {
	how  how
	left int  // counted: bytes to come of a message that is too long
	long bool // lines: what comes next belongs to a line that is too long
}

// how a connection parts messages.
type how uint8

const (
	undecided how = iota
	lines         // by LF
	counted       // by octets
	mistaken      // it counted, and wrongly
)

// miscounted is why a piece is one behind a count that was wrong.
const miscounted = "follows a message whose octets were counted wrongly"

// maxHead is how many bytes of a message's framing stand before it, at most.
const maxHead = 16

// next looks for a message at the beginning of data: the first n bytes are done with, message is what of them is one. n 0:
// more bytes are needed, at most up to intake.MaxFrame+maxHead. piece says why message is not whole.
func (f *framing) next(data []byte) (n int, message []byte, piece string) {
	if len(data) == 0 {
		return 0, nil, ""
	}
	if (f.how == undecided || f.how == counted && f.left == 0) && data[0] == '\n' {
		return 1, nil, "" // some send it behind a counted message, too
	}
	if f.how == undecided {
		switch _, length, more := syslog.Count(data); {
		case more:
			return 0, nil, ""
		case length > 0:
			f.how = counted
		default:
			f.how = lines
		}
	}
	switch f.how {
	case lines:
		return f.line(data)
	case counted:
		return f.count(data)
	}
	n, message = cut(data)
	return n, message, miscounted
}

// cut gives what is before the next LF, or as much as a frame may have.
func cut(data []byte) (n int, message []byte) {
	if i := bytes.IndexByte(data[:min(len(data), intake.MaxFrame+1)], '\n'); i >= 0 {
		return i + 1, data[:i]
	}
	if len(data) > intake.MaxFrame {
		return intake.MaxFrame, data[:intake.MaxFrame]
	}
	return 0, nil
}

func (f *framing) line(data []byte) (n int, message []byte, piece string) {
	n, message = cut(data)
	whole := n > len(message)
	if f.long || n > 0 && !whole {
		piece = intake.TooLong
	}
	if n > 0 {
		f.long = !whole
	}
	return n, message, piece
}

func (f *framing) count(data []byte) (n int, message []byte, piece string) {
	if f.left > 0 {
		n = min(f.left, intake.MaxFrame)
		if len(data) < n {
			return 0, nil, ""
		}
		f.left -= n
		return n, data[:n], intake.TooLong
	}
	start, length, more := syslog.Count(data)
	switch {
	case more:
		return 0, nil, ""
	case length == 0:
		f.how = mistaken
		return f.next(data)
	case length > intake.MaxFrame:
		f.left = length
		return start, nil, ""
	case start+length > len(data):
		return 0, nil, ""
	}
	return start + length, data[start : start+length], ""
}

// rest gives what is there of a message that does not end, and how many bytes were to come; missing 0: it is not known.
func (f *framing) rest(data []byte) (message []byte, missing int) {
	if f.how == counted && f.left == 0 {
		if start, length, _ := syslog.Count(data); length > 0 {
			return data[start:], length - (len(data) - start)
		}
	}
	if f.left > 0 {
		return data, f.left - len(data)
	}
	return data, 0
}
