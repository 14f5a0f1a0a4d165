package filter

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// Regexp is a compiled expression. RE2 runs it, in time proportional to the text; where RE2 has no words for it
// (look-around, back-references, atomic groups) a backtracking engine does, which gives up on a text after a limit of
// time that belongs to the engine. What it gave up on is undecided, see [Eval]. After [giveUp] such texts the whole
// expression is given up, so that in all its life it costs no more than these: everything is undecided from then on.
type Regexp struct {
	text      string
	perl      string // as it was given to PerlRegexp, options in front; empty where it was not made there
	re2       *regexp.Regexp
	literals  []string        // texts that stand in every match as they are,
	needed    []string        // but for one that RE2 looks for itself
	slow      *regexp2.Regexp // where re2 is nil
	undecided atomic.Uint64
}

const (
	// slowLimit is what the backtracking engine may take for one text. Its clock ticks every 100 ms, so that it takes
	// up to a tenth of a second more.
	slowLimit = 10 * time.Millisecond
	giveUp    = 8
	maxRegexp = 16 << 10 // bytes
	// maxSteps is how many instructions an expression may have for RE2: repetitions are written out, so that a{1000} has a
	// thousand, and each takes some hundred bytes and as much time for every byte of a text.
	maxSteps = 50_000
)

// CompileRegexp reads RE2, and Perl's expressions where RE2 cannot read them.
func CompileRegexp(text string) (*Regexp, error) {
	if len(text) > maxRegexp {
		return nil, &RegexpError{Text: text, Reason: "it is longer than 16 KiB"}
	}
	tree, err := syntax.Parse(text, syntax.Perl)
	if err == nil && steps(tree) > maxSteps {
		return nil, &RegexpError{Text: text, Reason: fmt.Sprintf("with its repetitions written out it has more than %d steps", maxSteps)}
	}
	re, err := regexp.Compile(text)
	if err == nil {
		r := &Regexp{text: text, re2: re, literals: literalsOf(tree)}
		prefix, _ := re.LiteralPrefix()
		r.needed = slices.DeleteFunc(slices.Clone(r.literals), func(s string) bool { return s == prefix })
		return r, nil
	}
	if !utf8.ValidString(text) { // the other engine would find any other bytes, too
		return nil, &RegexpError{Text: text, Reason: "it is not valid UTF-8"}
	}
	for i := 0; i+1 < len(text); i++ {
		if text[i] != '\\' {
			continue
		}
		if i++; strings.IndexByte("hHKNRXgV", text[i]) >= 0 { // the engine would take them for letters
			return nil, &RegexpError{Text: text, Reason: `\` + text[i:i+1] + " is not known"}
		}
	}
	slow, slowErr := regexp2.Compile(text, regexp2.RE2)
	if slowErr != nil {
		return nil, &RegexpError{Text: text, Reason: re2Reason(err, slowErr)}
	}
	slow.MatchTimeout = slowLimit
	return &Regexp{text: text, slow: slow}, nil
}

// steps counts the instructions of an expression, about, up to one more than maxSteps.
func steps(x *syntax.Regexp) int {
	n := 1
	if x.Op == syntax.OpLiteral {
		n = len(x.Rune)
	}
	for _, sub := range x.Sub {
		n = min(n+steps(sub), maxSteps+1)
	}
	if x.Op == syntax.OpRepeat {
		n = (n - 1) * max(x.Min, x.Max)
	}
	return min(n, maxSteps+1)
}

// RegexpError says why an expression was refused.
type RegexpError struct{ Text, Reason string }

func (e *RegexpError) Error() string { return "the regular expression is wrong: " + e.Reason }

// re2Reason prefers RE2's sentence, unless that only says that it does not know what Perl knows.
func re2Reason(err, slow error) string {
	if bad, ok := err.(*syntax.Error); ok && bad.Code != syntax.ErrInvalidPerlOp && bad.Code != syntax.ErrInvalidEscape {
		return string(bad.Code) + " in " + Quote(bad.Expr)
	}
	return slow.Error()
}

// PerlRegexp reads an expression as Perl, PCRE and Python mean it: unlike in RE2, $ is true before a newline that ends
// the text too. options are of i, m, s and x.
func PerlRegexp(text, options string) (*Regexp, error) {
	perl := text
	if options != "" {
		perl = "(?" + options + ")" + text
	}
	re, err := CompileRegexp(perl)
	if err != nil {
		return nil, err
	}
	ours := perl
	if re.re2 != nil {
		ours = endsAsPerl(perl)
	} else if !linewise.MatchString(perl) {
		if s, n := replaceDollars(perl, `(?=\n?\z)`); n > 0 {
			ours = s
		}
	}
	if ours != perl {
		if re, err = CompileRegexp(ours); err != nil {
			return nil, err
		}
	}
	re.perl = perl
	return re, nil
}

// endsAsPerl writes every $ that RE2 takes for the end of the text so that it means what Perl's does.
func endsAsPerl(perl string) string {
	tree, err := syntax.Parse(perl, syntax.Perl)
	if err != nil {
		return perl
	}
	all, last := dollars(tree, true)
	if all == 0 {
		return perl
	}
	if ours, n := replaceDollars(perl, `(?:\n?\z)`); n == all && last == all {
		if cut, ok := strings.CutSuffix(ours, `(?:\n?\z)`); ok {
			ours = cut + `\n?\z`
		}
		return ours
	}
	if ours, n := replaceDollars(perl, `(?=\n?\z)`); n == all { // RE2 cannot read that, so that the other engine gets it
		return ours
	}
	return perl
}

// linewise tells an expression with the option m, in which $ is true at every line's end.
var linewise = regexp.MustCompile(`\(\?[a-z]*m`)

// dollars counts the $ that mean the end of the text, and those of them behind which nothing can follow.
func dollars(x *syntax.Regexp, atEnd bool) (all, last int) {
	if x.Op == syntax.OpEndText && x.Flags&syntax.WasDollar != 0 {
		if atEnd {
			return 1, 1
		}
		return 1, 0
	}
	for i, sub := range x.Sub {
		end := atEnd && (x.Op == syntax.OpCapture || x.Op == syntax.OpAlternate || x.Op == syntax.OpConcat && i == len(x.Sub)-1)
		a, l := dollars(sub, end)
		all, last = all+a, last+l
	}
	return all, last
}

// replaceDollars replaces the $ that stand outside classes and behind no backslash.
func replaceDollars(re, by string) (string, int) {
	var b strings.Builder
	n, class := 0, -1 // where the class began
	for i := 0; i < len(re); i++ {
		switch c := re[i]; {
		case strings.HasPrefix(re[i:], `\Q`):
			return re, -1
		case c == '\\' && i+1 < len(re):
			b.WriteByte(c)
			i++
		case class < 0 && c == '[':
			class = i
		case class >= 0 && c == '[' && i+1 < len(re) && re[i+1] == ':':
			return re, -1
		case class >= 0 && c == ']' && i > class+1 && re[class+1:i] != "^":
			class = -1
		case class < 0 && c == '$':
			b.WriteString(by)
			n++
			continue
		}
		b.WriteByte(re[i])
	}
	return b.String(), n
}

// Sayable reports whether an expression that is a text finds just that text. Bytes that are no valid UTF-8 have none, and are found as
// U+FFFD.
func Sayable(text string) bool { return !strings.ContainsRune(text, utf8.RuneError) }

// String gives the expression as [CompileRegexp] reads it.
func (r *Regexp) String() string { return r.text }

// Perl gives the expression as [PerlRegexp] reads it without options.
func (r *Regexp) Perl() string {
	switch {
	case r.perl != "":
		return r.perl
	case r.re2 == nil:
		if s, n := replaceDollars(r.text, `\z`); n > 0 && !linewise.MatchString(r.text) {
			return s
		}
		return r.text
	}
	if tree, err := syntax.Parse(r.text, syntax.Perl); err == nil {
		if all, _ := dollars(tree, true); all > 0 {
			if s, n := replaceDollars(r.text, `\z`); n == all {
				return s
			}
			return strings.ReplaceAll(tree.String(), "(?-m:$)", `\z`)
		}
	}
	return r.text
}

// Undecided counts the texts that the expression was not decided for.
func (r *Regexp) Undecided() uint64 { return r.undecided.Load() }

// MayBeUndecided reports whether x has an expression that may not be decided.
func MayBeUndecided(x Expr) bool {
	switch x := x.(type) {
	case And:
		return slices.ContainsFunc(x.X, MayBeUndecided)
	case Or:
		return slices.ContainsFunc(x.X, MayBeUndecided)
	case Not:
		return MayBeUndecided(x.X)
	case Match:
		return x.Re.re2 == nil
	case Reach:
		return testMayBeUndecided(x.Test)
	}
	return false
}

func testMayBeUndecided(t Test) bool {
	switch t := t.(type) {
	case Matches:
		return t.Re.re2 == nil
	case Element:
		return MayBeUndecided(t.X)
	case Fails:
		return testMayBeUndecided(t.Test)
	}
	return false
}

// match reports whether r matches in s; ok is false where that was not decided.
func (r *Regexp) match(s string) (matched, ok bool) {
	if r.re2 != nil {
		for _, text := range r.needed { // to look for a text takes a small part of what it takes to try
			if !strings.Contains(s, text) {
				return false, true
			}
		}
		return r.re2.MatchString(s), true
	}
	if r.undecided.Load() < giveUp {
		matched, err := r.slow.MatchString(s)
		if err == nil {
			return matched, true
		}
	}
	r.undecided.Add(1)
	return false, false
}
