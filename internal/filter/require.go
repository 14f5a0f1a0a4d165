package filter

import (
	"math"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// requireTrue says what must be so that x may be true.
func requireTrue(x Expr) need {
	switch x := x.(type) {
	case None:
		return always(false)
	case And:
		return all(each(x.X, requireTrue)...)
	case Or:
		return either(each(x.X, requireTrue)...)
	case Not:
		return requireFalse(x.X)
	case Compare:
		return all(keys(x.Field), requireCompare(x.Field, x.Op, x.Value))
	case In:
		return all(keys(x.Field), either(each(x.Values, func(v Value) need { return requireCompare(x.Field, Eq, v) })...))
	case Contains:
		return all(keys(x.Field), part(x.Field, x.Text, false, false))
	case Prefix:
		return all(keys(x.Field), part(x.Field, x.Text, true, false))
	case Match:
		return all(keys(x.Field), requireRegexp(x.Field, x.Re))
	case Exists:
		return keys(x.Field)
	case Words:
		return requireWords(x)
	case Reach:
		return requireReach(x)
	}
	return always(true)
}

// requireFalse says what must be so that x may be false.
func requireFalse(x Expr) need {
	switch x := x.(type) {
	case nil, All:
		return always(false)
	case And:
		return either(each(x.X, requireFalse)...)
	case Or:
		return all(each(x.X, requireFalse)...)
	case Not:
		return requireTrue(x.X)
	case Compare:
		if k := rangeKind(x.Field.Column); k != NullValue && k == x.Value.Kind {
			return without{within{x.Field.Column, x.Op, x.Value}}
		}
	}
	return always(true)
}

func each[T any](xs []T, f func(T) need) []need {
	needs := make([]need, len(xs))
	for i, x := range xs {
		needs[i] = f(x)
	}
	return needs
}

// rangeKind gives the kind of the columns that every record has and a store knows the span of; NullValue for others.
func rangeKind(c Column) ValueKind {
	switch c {
	case ColSeq:
		return NumberValue
	case ColTime, ColReceived:
		return TimeValue
	}
	return NullValue
}

// requireCompare is for a value of f that compares with lit as op says.
func requireCompare(f Field, op Op, lit Value) need {
	if k := rangeKind(f.Column); k != NullValue {
		if k != lit.Kind {
			return always(false)
		}
		return within{f.Column, op, lit}
	}
	if isData(f.Column) {
		if op == Eq && lit.Kind == StringValue && len(f.Path) > 0 {
			return part(f, lit.Str, true, true)
		}
		return always(true)
	}
	if op != Eq || f.Column == ColRaw {
		return always(true)
	}
	switch lit.Kind {
	case StringValue:
		if f.Column == ColPID || f.Column == ColSuccess {
			return always(false) // a text is neither a number nor true
		}
		return all(hasValue(f.Column, lit.Str), part(f, lit.Str, true, true))
	case BoolValue:
		if f.Column == ColSuccess {
			return hasValue(f.Column, strconv.FormatBool(lit.Bool))
		}
		return always(false)
	case NumberValue:
		if f.Column == ColPID && lit.Str == "" && lit.Num == math.Trunc(lit.Num) && math.Abs(lit.Num) < exact {
			return hasValue(f.Column, strconv.FormatInt(int64(lit.Num), 10))
		}
		return always(true) // a string that is this number can be written in many ways
	case TimeValue:
		return always(true) // and so can a moment
	}
	return always(false) // no column holds null
}

// keys requires the tokens of the keys of f's path.
func keys(f Field) need {
	if !isData(f.Column) {
		return always(true)
	}
	var needs allOf
	for _, key := range f.Path {
		needs = append(needs, tokensOf(key, true, true, 0)...)
	}
	return all(needs...)
}

// part requires the tokens of a piece of a value of f. Those at its ends are parts of tokens, but where the piece is known to begin or
// end with the value.
func part(f Field, text string, atStart, atEnd bool) need {
	if !isSearched[f.Column] {
		return always(true)
	}
	whole := atStart && atEnd
	// A piece may begin or end within a rune, which could be a letter.
	if !whole && !utf8.ValidString(text) {
		return always(true)
	}
	tail := 0
	if len(f.Path) == 0 && isData(f.Column) {
		// The text is JSON, where a letter behind a backslash is no letter.
		if strings.IndexByte(text, '\\') >= 0 {
			return always(true)
		}
		atStart, atEnd, tail = false, false, escapeTail(text)
	}
	return all(tokensOf(text, atStart, atEnd, tail)...)
}

// tokensOf requires the tokens of a text, and of those at an end where one may go on beyond it the grams. The first bytes of the text, as many as
// tail says, may belong to none. Tokens come first: they tell more.
func tokensOf(text string, atStart, atEnd bool, tail int) (needs allOf) {
	var grams allOf
	for i := 0; ; {
		start, end, _ := nextToken(text, i, false)
		switch {
		case start >= len(text):
			return append(needs, grams...)
		case (start > 0 || atStart) && (end < len(text) || atEnd):
			if n := (hasKey{Key: Key{Kind: KeyToken, Hash: HashToken(text[start:end])}}); !slices.Contains(needs, need(n)) {
				needs = append(needs, n)
			}
		default:
			grams = append(grams, gramsOf(text[min(max(start, tail), end):end])...)
		}
		i = end
	}
}

// requireReach requires the keys of the path, unless what is missing passes, and what the test requires of a value.
func requireReach(x Reach) need {
	if passes(x.Test, "", true) || x.Straight && len(x.Field.Path) == 0 && passes(x.Test, "null", true) {
		return always(true)
	}
	f := Field{Column: x.Field.Column}
	var needs []need
	for _, key := range x.Field.Path {
		if position(key) < 0 && key != "*" {
			needs = append(needs, keys(Field{ColEventData, []string{key}}))
		}
	}
	if !isData(f.Column) {
		needs = nil // the keys are of an array's positions, or of nothing
	} else {
		f.Path = []string{""} // a value in the data, not its whole text
	}
	return all(append(needs, requireTest(f, x.Test))...)
}

// requireTest says what must be so that a value of f may pass, or an element of one.
func requireTest(f Field, t Test) need {
	switch t := t.(type) {
	case Holds:
		if t.Op == Eq && isPlainString(t.Value) && rangeKind(f.Column) == NullValue {
			return part(f, t.Value.Text(), true, true)
		}
	case Among:
		return either(each(t.Values, func(v counterfoil.JSON) need { return requireTest(f, Holds{Eq, v}) })...)
	case Matches:
		return requireRegexp(f, t.Re)
	case Has:
		if !t.Fold && isPlainString(t.Value) { // with Fold an element of an array may be equal whose lower case is another
			return part(f, t.Value.Text(), false, false)
		}
	case Element:
		return requireElement(f, t.X)
	}
	return always(true)
}

// requireElement is requireTrue of what stands in an Element.
func requireElement(f Field, x Expr) need {
	switch x := x.(type) {
	case None:
		return always(false)
	case And:
		return all(each(x.X, func(y Expr) need { return requireElement(f, y) })...)
	case Or:
		return either(each(x.X, func(y Expr) need { return requireElement(f, y) })...)
	case Reach:
		return requireReach(Reach{Field: Field{f.Column, x.Field.Path}, Straight: x.Straight, Test: x.Test})
	}
	return always(true)
}

func requireWords(w Words) need {
	text := w.Text
	if w.Prefix { // the last token may be the beginning of one
		last, end := 0, 0
		for {
			start, to, _ := nextToken(text, end, false)
			if start >= len(text) {
				break
			}
			last, end = start, to
		}
		return all(tokensOf(text[:last], true, true, 0), gramsOf(text[last:end]))
	}
	return all(tokensOf(text, true, true, 0)...)
}

// requireRegexp requires the tokens of the literal pieces that every match of re has.
func requireRegexp(f Field, re *Regexp) need {
	x, err := syntax.Parse(re.text, syntax.Perl)
	if err != nil || re.re2 == nil {
		return always(true)
	}
	var needs []need
	literals(x.Simplify(), true, func(text string, atStart, _ bool) { needs = append(needs, part(f, text, atStart, false)) })
	return all(needs...)
}

// Literal gives the longest text that stands in every match as it is; "" where there is none, or it is not known.
func (r *Regexp) Literal() (longest string) {
	for _, text := range r.literals {
		if len(text) > len(longest) {
			longest = text
		}
	}
	return longest
}

// literalsOf gives texts that stand as they are in every match of an expression of RE2.
func literalsOf(x *syntax.Regexp) (texts []string) {
	literals(x.Simplify(), true, func(text string, _, fold bool) {
		if !fold && Sayable(text) {
			texts = append(texts, text)
		}
	})
	return texts
}

// literals calls yield with texts that stand in every match of x, in any case with fold. first says that x begins the expression.
func literals(x *syntax.Regexp, first bool, yield func(text string, atStart, fold bool)) {
	switch x.Op {
	case syntax.OpLiteral:
		literal(x, false, yield)
	case syntax.OpCapture, syntax.OpPlus:
		literals(x.Sub[0], first, yield)
	case syntax.OpRepeat:
		if x.Min > 0 {
			literals(x.Sub[0], first, yield)
		}
	case syntax.OpConcat:
		for i, sub := range x.Sub {
			if sub.Op == syntax.OpLiteral {
				literal(sub, first && i == 1 && x.Sub[0].Op == syntax.OpBeginText, yield)
			} else {
				literals(sub, first && i == 0, yield)
			}
		}
	}
}

// literal yields the runes of x. With (?i) a rune may stand for others; one whose lower case is another (ſ for s) parts
// the text.
func literal(x *syntax.Regexp, atStart bool, yield func(text string, atStart, fold bool)) {
	from, fold := 0, x.Flags&syntax.FoldCase != 0
	cut := func(to int) {
		if from < to {
			yield(string(x.Rune[from:to]), atStart && from == 0, fold)
		}
		from = to + 1
	}
	for i, r := range x.Rune {
		if !fold {
			break
		}
		for q := unicode.SimpleFold(r); q != r; q = unicode.SimpleFold(q) {
			if unicode.ToLower(q) != unicode.ToLower(r) {
				cut(i)
				break
			}
		}
	}
	cut(len(x.Rune))
}
