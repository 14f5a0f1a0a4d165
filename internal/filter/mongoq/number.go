package mongoq

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// types reads $type: an alias or a number, or a list of them.
func (b *builder) types(v *value) (filter.Test, error) {
	vs := []*value{v}
	if v.kind == array {
		vs = nil
		for i := range v.kids {
			vs = append(vs, &v.kids[i].value)
		}
		if len(vs) == 0 {
			return nil, b.bad(v.at, "$type must match at least one type")
		}
	}
	var set filter.TypeSet
	for _, v := range vs {
		switch v.kind {
		case text:
			i := slices.IndexFunc(typeNames, func(t typeName) bool { return t.name == v.s })
			if i < 0 {
				return nil, b.bad(v.at, "Unknown type name alias: %s", v.s)
			}
			set |= typeNames[i].set
		case number, decimal:
			i := slices.IndexFunc(typeNames, func(t typeName) bool { return strconv.Itoa(t.code) == v.s && t.code != 0 })
			if i < 0 {
				return nil, b.bad(v.at, "Invalid numerical type code: %s", v.s)
			}
			set |= typeNames[i].set
		default:
			return nil, b.bad(v.at, "type must be represented as a number or a string")
		}
	}
	return filter.OfType{Types: set}, nil
}

type typeName struct {
	name string
	code int // 0: none
	set  filter.TypeSet
}

// Types that MongoDB has and data does not tell from others are never met: dbPointer and symbol.
var typeNames = []typeName{
	{"number", 0, filter.SetOf(filter.Number)},
	{"double", 1, filter.OfDouble}, {"string", 2, filter.SetOf(filter.Text)}, {"object", 3, filter.SetOf(filter.Document)},
	{"array", 4, filter.SetOf(filter.Array)}, {"binData", 5, filter.SetOf(filter.Binary)}, {"undefined", 6, filter.SetOf(filter.Undefined)},
	{"objectId", 7, filter.SetOf(filter.ObjectID)}, {"bool", 8, filter.SetOf(filter.Bool)}, {"date", 9, filter.SetOf(filter.Date)},
	{"null", 10, filter.SetOf(filter.Null)}, {"regex", 11, filter.SetOf(filter.Expression)}, {"dbPointer", 12, 0},
	{"javascript", 13, filter.SetOf(filter.Code)}, {"symbol", 14, 0}, {"javascriptWithScope", 15, filter.SetOf(filter.Code)},
	{"int", 16, filter.OfInt}, {"timestamp", 17, filter.SetOf(filter.Timestamp)}, {"long", 18, filter.OfLong}, {"decimal", 19, filter.OfDecimal},
	{"minKey", -1, filter.SetOf(filter.MinKey)}, {"maxKey", 127, filter.SetOf(filter.MaxKey)},
}

// whole reads a number as MongoDB's operators do that want 64 bits: its fraction is cut off.
func (v *value) whole() (int64, bool) {
	if v.kind != number && v.kind != decimal {
		return 0, false
	}
	if n, err := strconv.ParseInt(v.s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(v.s, 64)
	if err != nil || f != f || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

func (b *builder) mod(v *value) (filter.Test, error) {
	switch {
	case v.kind != array:
		return nil, b.bad(v.at, "malformed mod, needs to be an array")
	case len(v.kids) < 2:
		return nil, b.bad(v.at, "malformed mod, not enough elements")
	case len(v.kids) > 2:
		return nil, b.bad(v.at, "malformed mod, too many elements")
	}
	d, ok := v.kids[0].whole()
	if !ok {
		return nil, b.bad(v.kids[0].at, "malformed mod, divisor not a number")
	}
	r, ok := v.kids[1].whole()
	switch {
	case !ok:
		return nil, b.bad(v.kids[1].at, "malformed mod, remainder not a number")
	case d == 0:
		return nil, b.bad(v.kids[0].at, "divisor cannot be 0")
	}
	return filter.Mod{Divisor: d, Remainder: r}, nil
}

func (b *builder) size(v *value) (filter.Test, error) {
	n, ok := v.whole()
	switch {
	case v.kind != number && v.kind != decimal:
		return nil, b.bad(v.at, "$size needs a number")
	case strings.HasPrefix(v.s, "-") && (!ok || n < 0):
		return nil, b.bad(v.at, "$size may not be negative")
	case !ok || !filter.SameNumber(v.s, strconv.FormatInt(n, 10)):
		return nil, b.bad(v.at, "$size must be a whole number")
	}
	return filter.Size{N: n}, nil
}

func (b *builder) bits(m *member) (filter.Test, error) {
	t := filter.Bits{Any: strings.HasPrefix(m.key, "$bitsAny"), Set: strings.HasSuffix(m.key, "Set")}
	fail := func(at int, what string) (filter.Test, error) {
		return nil, b.errorAt(at, "", failedToParse, "%s in: %s", what, m.key)
	}
	switch m.kind {
	case number, decimal:
		n, ok := m.whole()
		if !ok || n < 0 || !filter.SameNumber(m.s, strconv.FormatInt(n, 10)) {
			return fail(m.value.at, "Expected a positive number")
		}
		t.Mask = uint64(n)
	case array:
		for i := range m.kids {
			n, ok := m.kids[i].whole()
			if !ok || n < 0 || n > 63 || !filter.SameNumber(m.kids[i].s, strconv.FormatInt(n, 10)) {
				return fail(m.kids[i].at, "Bit positions must be whole numbers from 0 to 63")
			}
			t.Mask |= 1 << n
		}
	case binary:
		lit, err := b.literal(&m.value)
		if err != nil {
			return nil, err
		}
		mask, ok := filter.BinaryBits(lit)
		if !ok {
			return fail(m.value.at, "More than 8 bytes of binary data")
		}
		t.Mask = mask
	default:
		return nil, b.bad(m.value.at, "%s takes an Array, a number, or a BinData but received: something else", m.key)
	}
	return t, nil
}
