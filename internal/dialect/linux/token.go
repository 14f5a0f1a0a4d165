package linux

import (
	"math/bits"
	"strings"
)

// token is one word of a body. Its strings share the event's raw.
type token struct {
	key    string // empty: a bare word
	val    string
	quoted bool // stood in "", which decides whether it is hex, not its content
	torn   bool // the closing quote is missing
}

// parts of a record: who says it decides how far it can be believed.
const (
	partKernel = iota // the kernel's own fields
	partText          // msg='…': supplied by a program
	partInterp        // behind 0x1d: auditd's interpretation on the host
	numParts
)

// groupSeparator parts a record from its interpretation.
const groupSeparator = 0x1d

// cut parts a body in its three. The text of msg='…' is not escaped: it ends at the last quote before the
// interpretation, whose own end is never a quote.
func cut(body string) (kernel, text, interp string, hasText bool) {
	body = trimEnd(body)
	i := -1
	if q := strings.IndexByte(body, '\''); q >= 0 { // the kernel writes none: a byte is found sooner than a word
		i = strings.Index(body, "msg='")
	}
	gs := strings.IndexByte(body, groupSeparator)
	if i < 0 || gs >= 0 && gs < i || i > 0 && body[i-1] != ' ' {
		if gs >= 0 {
			return body[:gs], "", body[gs+1:], false
		}
		return body, "", "", false
	}
	kernel, text = body[:i], body[i+len("msg='"):]
	if strings.HasSuffix(text, "'") {
		return kernel, text[:len(text)-1], "", true
	}
	if k := strings.LastIndex(text, "'\x1d"); k >= 0 {
		return kernel, text[:k], text[k+2:], true
	}
	return kernel, text, "", true // cut off on its way
}

// trimEnd takes blanks and CR from the end of a body.
func trimEnd(s string) string {
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

// spaceAt gives the index of the next space from i on, or the length of s. Eight bytes are looked at together: values are short, and a
// processor does not foresee where they end.
func spaceAt(s string, i int) int {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		w := eight(s, i) ^ ' '*ones
		if w = (w - ones) &^ w & tops; w != 0 { // exact up to the first space
			return i + bits.TrailingZeros64(w)/8
		}
	}
	for i < len(s) && s[i] != ' ' {
		i++
	}
	return i
}

// eight gives the bytes from i on, the first the lowest.
func eight(s string, i int) uint64 {
	b := s[i : i+8]
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

// maxTokens is how many fields a part of a record is split into, EXECVE apart; what follows stays together as one word. The
// kernel writes some thirty.
const maxTokens = 1000

// appendKernel reads fields whose values end at a space, or at the quote.
func appendKernel(toks []token, s string, limit int) []token {
	i := 0
	limit += len(toks)
	if strings.HasPrefix(s, "avc:") || strings.HasPrefix(s, " avc:") {
		toks, i = appendAVC(toks, s)
	}
	for {
		for i < len(s) && s[i] == ' ' {
			i++
		}
		if i >= len(s) {
			return toks
		}
		if len(toks) >= limit {
			return append(toks, token{val: s[i:]})
		}
		start := i
		for i < len(s) && s[i] != '=' && s[i] != ' ' {
			i++
		}
		if i >= len(s) || s[i] == ' ' || i == start {
			if i < len(s) && s[i] == '=' { // a lone = is a word
				for i < len(s) && s[i] != ' ' {
					i++
				}
			}
			toks = append(toks, token{val: s[start:i]})
			continue
		}
		t := token{key: s[start:i]}
		i++
		if i < len(s) && s[i] == '"' {
			i = t.quote(s, i+1)
		} else {
			start, i = i, spaceAt(s, i)
			t.val = s[start:i]
		}
		toks = append(toks, t)
	}
}

// quote reads a quoted value from behind its first quote and gives the index behind its last.
func (t *token) quote(s string, i int) int {
	t.quoted = true
	end := strings.IndexByte(s[i:], '"')
	if end < 0 {
		t.val, t.torn = s[i:], true
		return len(s)
	}
	t.val = s[i : i+end]
	return i + end + 1
}

// appendText reads what a program wrote: a value without quotes goes on until the next " KEY=", and pam of old put some
// in parentheses with commas.
func appendText(toks []token, s string, limit int) []token {
	i := 0
	limit += len(toks)
	if strings.HasPrefix(s, "avc:") {
		toks, i = appendAVC(toks, s)
	}
	paren := false
	for {
		for i < len(s) && s[i] == ' ' {
			i++
		}
		if i >= len(s) {
			return toks
		}
		if len(toks) >= limit {
			return append(toks, token{val: s[i:]})
		}
		eq, keyStart := nextKey(s, i)
		if keyStart > i { // words before the next key, or to the end
			toks = append(toks, token{val: strings.TrimRight(s[i:keyStart], " ")})
			i = keyStart
			continue
		}
		t := token{key: s[i:eq]}
		if t.key[0] == '(' {
			paren = true
			t.key = t.key[1:]
		}
		i = eq + 1
		if i < len(s) && s[i] == '"' {
			i = t.quote(s, i+1)
			if paren && i < len(s) && (s[i] == ',' || s[i] == ')') {
				i++
			}
		} else {
			_, end := nextKey(s, i)
			t.val = strings.TrimSuffix(strings.TrimRight(s[i:end], " "), " :") // "acct=root : exe=", pam of old
			if paren {
				t.val = strings.TrimRight(t.val, ",)")
			}
			i = end
		}
		toks = append(toks, t)
	}
}

// nextKey finds the next KEY= that begins at i or behind a space. Without one both results are the end.
func nextKey(s string, i int) (eq, start int) {
	for from := i; ; {
		k := strings.IndexByte(s[from:], '=')
		if k < 0 {
			return len(s), len(s)
		}
		eq = from + k
		start = eq
		for start > i && isKeyByte[s[start-1]] {
			start--
		}
		if start < eq && (start == i && (i == 0 || s[i-1] == ' ') || start > i && s[start-1] == ' ') && s[eq-1] != '(' {
			return eq, start
		}
		from = eq + 1
	}
}

// isKeyByte tells what a key in a program's text is made of.
var isKeyByte = func() (t [256]bool) {
	for c := range t {
		t[c] = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-' || c == '.' || c == '[' || c == ']' || c == '('
	}
	return t
}()

// appendAVC reads the prose that begins "avc:  denied  { read open } for  " and gives where the fields begin.
func appendAVC(toks []token, s string) ([]token, int) {
	i := strings.IndexByte(s, ':') + 1
	open := strings.IndexByte(s[i:], '{')
	end := strings.IndexByte(s[i:], '}')
	if open < 0 || end < open {
		return append(toks, token{val: s[:i]}), i
	}
	toks = append(toks,
		token{key: "seresult", val: strings.Trim(s[i:i+open], " "), quoted: true},
		token{key: "seperms", val: strings.Trim(s[i+open+1:i+end], " ")})
	i += end + 1
	rest := strings.TrimLeft(s[i:], " ")
	if strings.HasPrefix(rest, "for ") {
		i = len(s) - len(rest) + len("for ")
	}
	return toks, i
}

// appendInterp reads auditd's interpretation: KEY=value, where SADDR's value stands in braces.
func appendInterp(toks []token, s string, limit int) []token {
	limit += len(toks)
	for i := 0; i < len(s); {
		if s[i] == ' ' {
			i++
			continue
		}
		if len(toks) >= limit {
			return append(toks, token{val: s[i:]})
		}
		if strings.HasPrefix(s[i:], "SADDR={") {
			end := strings.Index(s[i:], " }")
			if end < 0 {
				end = len(s) - i
			}
			start := i + len("SADDR={")
			toks = append(toks, token{key: "SADDR", val: strings.Trim(s[start:max(start, i+end)], " "), quoted: true})
			i = min(len(s), i+end+2)
			continue
		}
		end := strings.IndexByte(s[i:], ' ')
		if end < 0 {
			end = len(s) - i
		}
		if q := strings.Index(s[i:i+end], `="`); q >= 0 { // the value may hold spaces
			e := strings.IndexByte(s[i+q+2:], '"')
			if e < 0 {
				e = len(s) - i - q - 3
			}
			end = max(end, q+2+e+1)
		}
		toks = appendKernel(toks, s[i:i+end], 1)
		i += end
	}
	return toks
}
