package truenasq

import (
	"regexp"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// matches writes an expression as the operator that it was made of. One that finds the empty text stays an expression:
// a column without text has none for it.
func matches(f filter.Field, re *filter.Regexp) string {
	op, v := affix(re)
	empty := func(w counterfoil.JSON) bool { return w == `""` }
	if len(f.Path) == 0 && (op == "C=" && empty(v) || op == "Cin" && slices.ContainsFunc(slices.Collect(v.Elements()), empty)) {
		op, v = "~", counterfoil.String(re.Perl())
	}
	return line(f, op, v)
}

// affix gives the operator that an expression was made of, and its value.
func affix(re *filter.Regexp) (op string, v counterfoil.JSON) {
	s, folded := strings.CutPrefix(re.String(), "(?i)")
	begin, atBegin := strings.CutPrefix(s, `\A`)
	if inner, ok := strings.CutPrefix(begin, "(?:"); folded && atBegin && ok {
		if inner, ok = strings.CutSuffix(inner, `)\z`); ok {
			if words, ok := alternatives(inner); ok && len(words) == 1 {
				return "C=", words[0]
			} else if ok {
				return "Cin", list(words)
			}
		}
	}
	if text, ok := plain(begin); atBegin && ok {
		return fold(folded) + "^", text
	}
	if end, ok := strings.CutSuffix(s, `\z`); ok {
		if text, ok := plain(end); ok {
			return fold(folded) + "$", text
		}
	}
	return "~", counterfoil.String(re.Perl())
}

// alternatives takes a|b apart, if every one is plain text.
func alternatives(s string) (words []counterfoil.JSON, ok bool) {
	from := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] == '\\' {
			i++
		} else if i == len(s) || s[i] == '|' {
			word, ok := plain(s[from:i])
			if !ok {
				return nil, false
			}
			words = append(words, word)
			from = i + 1
		}
	}
	return words, len(words) > 0
}

// plain gives the text that an expression stands for, if it stands for one.
func plain(re string) (counterfoil.JSON, bool) {
	var b strings.Builder
	for i := 0; i < len(re); i++ {
		if re[i] == '\\' && i+1 < len(re) {
			i++
		}
		b.WriteByte(re[i])
	}
	return counterfoil.String(b.String()), regexp.QuoteMeta(b.String()) == re
}
