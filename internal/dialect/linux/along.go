package linux

import (
	"slices"
	"strings"
)

// along reads a part of a record whose keys are those of the shape in their order, as they are in most records: no key is looked for, each is
// where it is expected. The tokens are those that reading word by word gives; ok is false where the text is not so, or might be read otherwise.
func (s *shape) along(toks []token, text string, part int) (_ []token, ok bool) {
	if s.bare || strings.HasPrefix(text, "avc:") || strings.HasPrefix(text, " avc:") {
		return toks, false
	}
	start, i := len(toks), 0
	toks = slices.Grow(toks, len(s.keys))[:start+len(s.keys)]
	for k, key := range s.keys {
		i = skipSpaces(text, i)
		v := i + len(key)
		if h := &s.heads[k]; h.mask != 0 && i+8 <= len(text) {
			ok = eight(text, i)&h.mask == h.word
		} else {
			ok = v < len(text) && text[v] == '=' && text[i:v] == key
		}
		if !ok || part != partKernel && i > 0 && text[i-1] != ' ' {
			return toks[:start], false
		}
		t := &toks[start+k]
		*t = token{key: key}
		if i = v + 1; i < len(text) && text[i] == '"' {
			if i = t.quote(text, i+1); t.torn || part == partInterp && i < len(text) && text[i] != ' ' {
				return toks[:start], false
			}
			continue
		}
		i = spaceAt(text, v+1)
		t.val = text[v+1 : i]
		switch part {
		case partText: // a program's text goes on to the next key, which the next round finds, or else none
			ok = strings.IndexByte(t.val, '=') < 0
		case partInterp:
			ok = strings.IndexByte(t.val, '"') < 0 && !(key == "SADDR" && strings.HasPrefix(t.val, "{"))
		default:
			ok = true
		}
		if !ok {
			return toks[:start], false
		}
	}
	if skipSpaces(text, i) < len(text) {
		return toks[:start], false
	}
	return toks, true
}

func skipSpaces(s string, i int) int {
	for i < len(s) && s[i] == ' ' {
		i++
	}
	return i
}
