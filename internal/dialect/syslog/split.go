package syslog

import (
	"bytes"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// maxCountDigits bounds the length that a frame may state; what states more is a line.
const maxCountDigits = 8

// split frames a stream by RFC 6587: "LENGTH <PRI>…" is octet-counted, anything else ends at LF. Each frame may be one or
// the other. The count belongs to the framing like the LF, and is not part of the frame.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	start, length, more := Count(data)
	switch {
	case more && !atEOF:
		return 0, nil, nil
	case length == 0:
		return dialect.SplitLines(data, atEOF)
	case length <= len(data)-start:
		return start + length, data[start : start+length], nil
	case atEOF: // it says more than there is: what is there is the frame
		return len(data), data[start:], nil
	}
	return 0, nil, nil
}

// Count reads RFC 6587's count of octets, "LENGTH " before a '<': the message is data[start:start+length]. length 0: there is
// none. more: it takes more bytes to tell.
func Count(data []byte) (start, length int, more bool) {
	n := 0
	for n < len(data) && n <= maxCountDigits && data[n] >= '0' && data[n] <= '9' {
		length = length*10 + int(data[n]-'0')
		n++
	}
	switch {
	case n == 0 && len(data) > 0, n > maxCountDigits, n > 0 && data[0] == '0', length > counterfoil.MaxMessage:
		return 0, 0, false
	case n == len(data), n+1 == len(data) && data[n] == ' ':
		return 0, 0, true
	case bytes.HasPrefix(data[n:], []byte(" <")):
		return n + 1, length, false
	}
	return 0, 0, false
}
