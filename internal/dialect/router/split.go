package router

import (
	"bytes"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// maxText is how many bytes a record of several lines may have. What is longer is read line by line.
const maxText = 256 << 10

// split finds the frames of a stream: lines, but for three things that have several. A printed record goes up to the next
// one; a row of a printed table has its continuation lines with it; an Influx line may have LF inside quotes.
//
// It is a function of the bytes alone: it decides only when what it must see is there, or the stream is over.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	n, known := 0, false
	switch {
	case data[0] == '{' || data[0] == ',':
		return splitObjects(data, atEOF)
	case data[0] == '=':
		n, known = printedEnd(data, atEOF)
	case data[0] == ' ':
		n, known = rowEnd(data, atEOF)
	case data[0] == influxPrefix[0]:
		n, known = influxEnd(data, atEOF)
	default:
		return dialect.SplitLines(data, atEOF)
	}
	switch {
	case !known:
		return 0, nil, nil
	case n == 0:
		return dialect.SplitLines(data, atEOF)
	case n < len(data): // the LF at n is taken off
		return n + 1, data[:n], nil
	}
	return n, data[:n], nil
}

// splitObjects also takes apart what Telegraf writes as {"metrics":[…]}.
var splitObjects = dialect.SplitObjects(metrics)

// lineEnd gives the index of the LF that ends the line at i, or of the end of the stream. known is false where more bytes
// must be seen; beyond maxText nothing more is looked at, and n is -1.
func lineEnd(data []byte, i int, atEOF bool) (n int, known bool) {
	limit := min(len(data), maxText)
	if i < limit {
		if k := bytes.IndexByte(data[i:limit], '\n'); k >= 0 {
			return i + k, true
		}
	}
	switch {
	case len(data) >= maxText:
		return -1, true
	case atEOF:
		return len(data), true
	}
	return 0, false
}

// influxEnd gives the end of an Influx line: an LF outside quotes. 0: this is none, or it does not end.
func influxEnd(data []byte, atEOF bool) (n int, known bool) {
	if k := min(len(data), len(influxPrefix)); string(data[:k]) != influxPrefix[:k] {
		return 0, true
	} else if k < len(influxPrefix) {
		return 0, atEOF
	}
	limit := min(len(data), maxText)
	for i := 0; i < limit; i++ {
		switch data[i] {
		case '\\':
			i++
		case '\n':
			return i, true
		case ' ':
			return influxFields(data, i, limit, atEOF)
		}
	}
	return endOr(len(data), atEOF)
}

// influxFields gives the end of an Influx line whose fields begin at i. Only behind '=' does a quote open a string: in
// measurement and tags it stands for itself.
func influxFields(data []byte, i, limit int, atEOF bool) (n int, known bool) {
	quoted := false
	for ; i < limit; i++ {
		switch c := data[i]; {
		case c == '\\':
			i++
		case c == '"' && (quoted || data[i-1] == '='):
			quoted = !quoted
		case c == '\n' && !quoted:
			return i, true
		}
	}
	if quoted && (atEOF || len(data) >= maxText) {
		return 0, true
	}
	return endOr(len(data), atEOF)
}

// endOr gives the end of a line that has no LF in what was looked at.
func endOr(size int, atEOF bool) (n int, known bool) {
	if size >= maxText {
		return 0, true
	}
	return size, atEOF
}

// printedEnd gives the end of a printed record or of a table's head. 0: the rule begins neither.
func printedEnd(data []byte, atEOF bool) (n int, known bool) {
	var ends [3]int
	for k, i := 0, 0; k < 3; k++ {
		if n, known = lineEnd(data, i, atEOF); !known || n < 0 {
			return 0, known
		}
		ends[k] = n
		if k < 2 && n >= len(data) {
			return 0, true
		}
		i = n + 1
	}
	switch printedKind(data[:ends[2]]) {
	case printedNone:
		return 0, true
	case printedTable:
		return ends[2], true
	}
	for n = ends[2]; n < len(data); {
		i := n + 1
		if i >= len(data) {
			return n, atEOF // the LF at the end is the last line's
		}
		if data[i] == '=' {
			next, known := startsPrinted(data, i, atEOF)
			if !known {
				return 0, false
			}
			if next {
				return n, true
			}
		}
		end, known := lineEnd(data, i, atEOF)
		if !known {
			return 0, false
		}
		if end < 0 {
			return n, true
		}
		n = end
	}
	return n, true
}

// startsPrinted reports whether a rule and a title begin at i.
func startsPrinted(data []byte, i int, atEOF bool) (yes, known bool) {
	n, known := lineEnd(data, i, atEOF)
	if !known || n < 0 || !isRule(data[i:n]) {
		return false, known
	}
	if n >= len(data)-1 {
		return false, atEOF
	}
	end, known := lineEnd(data, n+1, atEOF)
	if !known || end < 0 {
		return false, known
	}
	_, _, ok := title(data[n+1 : end])
	return ok, true
}

// rowEnd gives the end of a table's row: " X" and the lines behind it that begin with two spaces. 0: this is no row.
func rowEnd(data []byte, atEOF bool) (n int, known bool) {
	if len(data) < 2 {
		return 0, atEOF
	}
	if !isLetter(data[1]) && !(data[1]-'0' <= 9) {
		return 0, true
	}
	if n, known = lineEnd(data, 0, atEOF); !known || n < 0 {
		return 0, known
	}
	for n < len(data) {
		i := n + 1
		if !atEOF && len(data) < i+2 {
			return 0, false
		}
		if len(data) < i+2 || data[i] != ' ' || data[i+1] != ' ' {
			return n, true
		}
		end, known := lineEnd(data, i, atEOF)
		switch {
		case !known:
			return 0, false
		case end < 0, isConntrack(data[i:end]):
			return n, true
		}
		n = end
	}
	return n, true
}

// isConntrack tells a line of conntrack -E without times, which begins with spaces too.
func isConntrack(line []byte) bool { return bytes.HasPrefix(bytes.TrimLeft(line, " "), []byte("[")) }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
