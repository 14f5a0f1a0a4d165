package windows

import (
	"bytes"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// split is the framing of events. An Event element is a frame, with what stands before it (an XML declaration, the tag
// that opens Events, white space) and with a closing </Events> that follows it directly; blanks, CR and one LF behind it
// belong to it, the LF taken off. A closing </Events> on a line of its own is a frame of its own. Anything else is a line.
// An Event inside an Event shows that the first is broken: its frame ends before the second.
func split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	start, state := preamble(data)
	switch {
	case state == stateOther, state == stateMore && atEOF:
		return dialect.SplitLines(data, atEOF)
	case state == stateMore:
		return 0, nil, nil
	}
	for i := start + 1; ; {
		n := bytes.IndexByte(data[i:], '<')
		if n < 0 {
			break
		}
		i += n
		rest := data[i:]
		switch {
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			i = behindOf(data, i, "]]>")
		case bytes.HasPrefix(rest, []byte("<!--")):
			i = behindOf(data, i, "-->")
		case isTag(rest, "</Event"):
			i = behindOf(data, i, ">")
			if i > 0 {
				return behind(data, i, atEOF)
			}
		case isTag(rest, "<Event"):
			return i, data[:i], nil
		default:
			if len(rest) < len("<![CDATA[") && !atEOF {
				return 0, nil, nil
			}
			i++
		}
		if i == 0 {
			break
		}
	}
	if atEOF {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// behindOf gives the index behind the next end at or behind i, 0 if there is none.
func behindOf(data []byte, i int, end string) int {
	n := bytes.Index(data[i:], []byte(end))
	if n < 0 {
		return 0
	}
	return i + n + len(end)
}

// behind takes what follows the event that ends at end.
func behind(data []byte, end int, atEOF bool) (advance int, token []byte, err error) {
	const closing = "</Events>"
	if rest := data[end:]; bytes.HasPrefix(rest, []byte(closing)) {
		end += len(closing)
	} else if len(rest) < len(closing) && len(rest) > 0 && bytes.HasPrefix([]byte(closing), rest) && !atEOF {
		return 0, nil, nil
	}
	for i := end; i < len(data); i++ {
		switch data[i] {
		case ' ', '\t', '\r':
		case '\n':
			return i + 1, data[:i], nil
		default:
			return end, data[:end], nil
		}
	}
	if atEOF {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// isTag reports whether s begins with a tag of that name: with its head and no further byte of a name.
func isTag(s []byte, head string) bool {
	if !bytes.HasPrefix(s, []byte(head)) || len(s) == len(head) {
		return false
	}
	switch s[len(head)] {
	case ' ', '\t', '\r', '\n', '>', '/':
		return true
	}
	return false
}

type state uint8

const (
	stateEvent state = iota // an Event begins
	stateMore               // what data begins with is cut off
	stateOther              // no Event comes
)

var bom = []byte("\xef\xbb\xbf")

// preamble skips what may stand before an event and gives where that begins.
func preamble(data []byte) (start int, s state) {
	i := 0
	if bytes.HasPrefix(data, bom) {
		i = len(bom)
	}
	for {
		for i < len(data) && isSpace(data[i]) {
			i++
		}
		rest := data[i:]
		end := ""
		switch {
		case isTag(rest, "<Event"):
			return i, stateEvent
		case isTag(rest, "<Events"):
			end = ">"
		case bytes.HasPrefix(rest, []byte("<?xml")):
			end = "?>"
		case bytes.HasPrefix(rest, []byte("<!--")):
			end = "-->"
		case len(rest) < len("<Events ") && (begins(rest, "<Events ") || begins(rest, "<?xml") || begins(rest, "<!--")), len(rest) == 0:
			return i, stateMore
		default:
			return i, stateOther
		}
		if i = behindOf(data, i, end); i == 0 {
			return 0, stateMore
		}
	}
}

func begins(s []byte, text string) bool { return bytes.HasPrefix([]byte(text), s) }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// isClosing tells a frame that is nothing but the end of Events.
func isClosing(frame []byte) bool { return string(bytes.TrimSpace(frame)) == "</Events>" }
