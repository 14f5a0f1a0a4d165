package filter

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
)

// Block is what a store knows about some of its records without reading them. It may only err towards true.
type Block interface {
	// HasValue reports whether a record may have this value in a column other than seq, time, received, svc_data,
	// event_data and raw. success is "true" or "false", subject.pid a decimal number, class one name.
	HasValue(c Column, value string) bool
	// HasToken reports whether a text of [SearchedTexts] of a record may have a token with this hash.
	HasToken(hash uint64) bool
	// Range gives the least and the greatest seq, time or received. ok is false if they are not known.
	Range(c Column) (least, greatest int64, ok bool)
}

// MayMatch reports whether x may be true of a record of b: where it says false, [Eval] is false of each of them.
func MayMatch(x Expr, b Block) bool {
	switch x := x.(type) {
	case None:
		return false
	case And:
		for _, y := range x.X {
			if !MayMatch(y, b) {
				return false
			}
		}
	case Or:
		for _, y := range x.X {
			if MayMatch(y, b) {
				return true
			}
		}
		return false
	case Not:
		return mayFail(x.X, b)
	case Compare:
		return hasKeys(x.Field, b) && mayCompare(x.Field, x.Op, &x.Value, b)
	case In:
		if !hasKeys(x.Field, b) {
			return false
		}
		for i := range x.Values {
			if mayCompare(x.Field, Eq, &x.Values[i], b) {
				return true
			}
		}
		return false
	case Contains:
		return hasKeys(x.Field, b) && mayContain(x.Field, x.Text, false, b)
	case Prefix:
		return hasKeys(x.Field, b) && mayContain(x.Field, x.Text, true, b)
	case Match:
		return hasKeys(x.Field, b) && mayRegexp(x.Field, x.Re.String(), b)
	case Exists:
		return hasKeys(x.Field, b)
	case Words:
		return mayWords(x, b)
	}
	return true
}

// mayFail reports whether x may be false of a record of b.
func mayFail(x Expr, b Block) bool {
	switch x := x.(type) {
	case nil, All:
		return false
	case And:
		for _, y := range x.X {
			if mayFail(y, b) {
				return true
			}
		}
		return false
	case Or:
		for _, y := range x.X {
			if !mayFail(y, b) {
				return false
			}
		}
	case Not:
		return MayMatch(x.X, b)
	case Compare:
		least, greatest, ok := span(x.Field.Column, &x.Value, b)
		if !ok {
			return true
		}
		return !alwaysHolds(x.Op, least, greatest)
	}
	return true
}

// mayCompare reports whether a value of f may compare with lit as op says.
func mayCompare(f Field, op Op, lit *Value, b Block) bool {
	switch f.Column {
	case ColSeq, ColTime, ColReceived:
		least, greatest, ok := span(f.Column, lit, b)
		return !ok || mayHold(op, least, greatest)
	case ColSvcData, ColEventData:
		if op != Eq || lit.Kind != StringValue {
			return true
		}
		return len(f.Path) > 0 && hasTokens(f, lit.Str, true, true, b) || len(f.Path) == 0
	}
	if op != Eq {
		return true
	}
	switch lit.Kind {
	case StringValue:
		return b.HasValue(f.Column, lit.Str) && (!isSearched[f.Column] || hasTokens(f, lit.Str, true, true, b))
	case BoolValue:
		return f.Column == ColSuccess && b.HasValue(f.Column, strconv.FormatBool(lit.Bool))
	case NumberValue:
		if f.Column == ColPID && lit.Str == "" {
			return lit.Num == math.Trunc(lit.Num) && math.Abs(lit.Num) < exact && b.HasValue(f.Column, strconv.FormatInt(int64(lit.Num), 10))
		}
		return true // a string that is this number can be written in many ways
	case TimeValue:
		return true
	}
	return false // no column holds null
}

// span gives how the least and the greatest value of seq, time or received compare with lit.
func span(c Column, lit *Value, b Block) (least, greatest int, ok bool) {
	var v val
	switch c {
	case ColSeq:
		v.kind = NumberValue
	case ColTime, ColReceived:
		v.kind = TimeValue
	default:
		return 0, 0, false
	}
	lo, hi, ok := b.Range(c)
	if !ok || lit.Kind != v.kind {
		return 0, 0, false
	}
	v.i = lo
	least, _ = compare(v, lit)
	v.i = hi
	greatest, _ = compare(v, lit)
	return least, greatest, true
}

func mayHold(op Op, least, greatest int) bool {
	switch op {
	case Eq:
		return least <= 0 && greatest >= 0
	case Lt, Le:
		return op.holds(least)
	}
	return op.holds(greatest)
}

func alwaysHolds(op Op, least, greatest int) bool { return op.holds(least) && op.holds(greatest) }

// hasKeys reports whether the keys of f's path may occur.
func hasKeys(f Field, b Block) bool {
	if !isData(f.Column) {
		return true
	}
	for _, key := range f.Path {
		if !hasTokens(f, key, true, true, b) {
			return false
		}
	}
	return true
}

// hasTokens reports whether the tokens of part, a piece of a value of f, may occur. Those at its two ends count only
// where the piece is known to end with the value there.
func hasTokens(f Field, part string, fromStart, toEnd bool, b Block) bool {
	if !isSearched[f.Column] {
		return true
	}
	for i := 0; ; {
		start, end, _ := nextToken(part, i, false)
		if start >= len(part) {
			return true
		}
		if (start > 0 || fromStart) && (end < len(part) || toEnd) && !b.HasToken(HashToken(part[start:end])) {
			return false
		}
		i = end
	}
}

// mayContain reports whether a value of f may contain part, in any case, or begin with it.
func mayContain(f Field, part string, atStart bool, b Block) bool {
	// A part may begin or end within a rune, which could be a letter.
	if !utf8.ValidString(part) {
		return true
	}
	if whole := len(f.Path) == 0 && isData(f.Column); whole {
		// The text is JSON, where a letter behind a backslash is no letter.
		if strings.IndexByte(part, '\\') >= 0 {
			return true
		}
		atStart = false
	}
	return hasTokens(f, part, atStart, false, b)
}

func mayWords(w Words, b Block) bool {
	for i := 0; ; {
		start, end, _ := nextToken(w.Text, i, false)
		if start >= len(w.Text) {
			return true
		}
		if next, _, _ := nextToken(w.Text, end, false); w.Prefix && next >= len(w.Text) {
			return true // the last one may be a beginning
		}
		if !b.HasToken(HashToken(w.Text[start:end])) {
			return false
		}
		i = end
	}
}

func mayRegexp(f Field, re string, b Block) bool { return true }

// BlockOf describes one record exactly, for tests and as a model of what a store must hold.
func BlockOf(r *counterfoil.Record) Block {
	b := recordBlock{r: r, tokens: map[uint64]bool{}}
	SearchedTexts(r, func(c Column, text string) bool {
		for _, h := range hashTokens(nil, text, isData(c)) {
			b.tokens[h] = true
		}
		return true
	})
	return b
}

type recordBlock struct {
	r      *counterfoil.Record
	tokens map[uint64]bool
}

func (b recordBlock) HasValue(c Column, value string) bool {
	return some(Field{Column: c}, b.r, func(v val) bool { return v.text() == value })
}

func (b recordBlock) HasToken(h uint64) bool { return b.tokens[h] }

func (b recordBlock) Range(c Column) (least, greatest int64, ok bool) {
	switch c {
	case ColSeq:
		return int64(b.r.Seq), int64(b.r.Seq), true
	case ColTime:
		return int64(b.r.Time), int64(b.r.Time), true
	case ColReceived:
		return int64(b.r.Received), int64(b.r.Received), true
	}
	return 0, 0, false
}
