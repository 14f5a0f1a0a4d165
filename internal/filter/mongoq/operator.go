package mongoq

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

var compareOps = map[string]filter.Op{"$eq": filter.Eq, "$ne": filter.Eq, "$lt": filter.Lt, "$lte": filter.Le, "$gt": filter.Gt, "$gte": filter.Ge}

// operators reads a document of operators: conditions that hold together.
func (b *builder) operators(f place, doc *value) (xs []filter.Expr, err error) {
	for i := range doc.kids {
		m := &doc.kids[i]
		var x filter.Expr
		switch m.key {
		case "$comment":
			continue
		case "$regex":
			x, err = b.regexOperator(f, m, doc)
		case "$options":
			if !slices.ContainsFunc(doc.kids, func(m member) bool { return m.key == "$regex" }) {
				return nil, b.bad(m.at, "$options needs a $regex")
			}
			continue
		case "$all":
			ys, err := b.all(f, &m.value)
			if err != nil {
				return nil, err
			}
			xs = append(xs, ys...)
			continue
		default:
			x, err = b.operator(f, m)
		}
		if err != nil {
			return nil, err
		}
		xs = append(xs, x)
	}
	return xs, nil
}

func (b *builder) operator(f place, m *member) (filter.Expr, error) {
	var test filter.Test
	var err error
	switch m.key {
	case "$eq", "$ne", "$lt", "$lte", "$gt", "$gte":
		test, err = b.compare(f, m)
	case "$in", "$nin":
		x, err := b.in(f, m)
		if m.key == "$nin" && err == nil {
			x = not(x)
		}
		return x, err
	case "$not":
		return b.not(f, m)
	case "$exists":
		x := lower(f, filter.Present{})
		if !m.truth() {
			x = not(x)
		}
		return x, nil
	case "$type":
		test, err = b.types(&m.value)
	case "$mod":
		test, err = b.mod(&m.value)
	case "$size":
		test, err = b.size(&m.value)
	case "$elemMatch":
		test, err = b.elemMatch(&m.value)
	case "$bitsAllSet", "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear":
		test, err = b.bits(m)
	case "$near", "$nearSphere", "$geoNear", "$geoWithin", "$geoIntersects", "$within", "$maxDistance", "$minDistance":
		return nil, b.bad(m.at, "%s is not allowed in this context", m.key)
	case "$expr", "$where", "$text", "$jsonSchema":
		return nil, b.bad(m.at, "%s can only be applied to the top-level document", m.key)
	default:
		return nil, b.errorAt(m.at, near(m.key), badValue, "unknown operator: %s", m.key)
	}
	if err != nil {
		return nil, err
	}
	x := lower(f, test)
	if m.key == "$ne" {
		x = not(x)
	}
	return x, nil
}

func near(key string) string {
	if n := filter.Nearest(key, []string{"$eq", "$ne", "$lt", "$lte", "$gt", "$gte", "$in", "$nin", "$not", "$exists", "$type", "$mod", "$size", "$elemMatch", "$all", "$regex"}); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}

func (b *builder) compare(f place, m *member) (filter.Test, error) {
	switch {
	case m.kind == regex && m.key == "$ne":
		return nil, b.bad(m.value.at, "Can't have regex as arg to $ne.")
	case m.kind == regex && m.key != "$eq":
		return nil, b.bad(m.value.at, "Can't have RegEx as arg to predicate over field '%s'.", f.name)
	case m.kind == undefined:
		return nil, b.bad(m.value.at, "cannot compare to undefined")
	}
	lit, err := b.literal(&m.value)
	return filter.Holds{Op: compareOps[m.key], Value: lit}, err
}

// in reads $in and $nin: values, and expressions beside them.
func (b *builder) in(f place, m *member) (filter.Expr, error) {
	if m.kind != array {
		return nil, b.bad(m.value.at, "%s needs an array", m.key)
	}
	var values []counterfoil.JSON
	var xs []filter.Expr
	for i := range m.kids {
		v := &m.kids[i].value
		switch {
		case v.kind == regex:
			x, err := b.matches(f, v.at, v.s, v.t)
			if err != nil {
				return nil, err
			}
			xs = append(xs, x)
			continue
		case v.isOperators():
			return nil, b.bad(v.at, "cannot nest $ under %s", m.key)
		case v.kind == undefined:
			return nil, b.bad(v.at, "cannot compare to undefined")
		}
		lit, err := b.literal(v)
		if err != nil {
			return nil, err
		}
		values = append(values, lit)
	}
	if len(values) > 0 {
		xs = append([]filter.Expr{lower(f, filter.Among{Values: values})}, xs...)
	}
	return or(xs), nil
}

func (b *builder) not(f place, m *member) (filter.Expr, error) {
	switch {
	case m.kind == regex:
		x, err := b.matches(f, m.value.at, m.s, m.t)
		if err != nil {
			return nil, err
		}
		return not(x), nil
	case m.kind != object:
		return nil, b.bad(m.value.at, "$not needs a regex or a document")
	case len(m.kids) == 0:
		return nil, b.bad(m.value.at, "$not cannot be empty")
	case !m.isOperators():
		return nil, b.bad(m.kids[0].at, "unknown operator: %s", m.kids[0].key)
	}
	xs, err := b.operators(f, &m.value)
	if err != nil {
		return nil, err
	}
	return not(and(xs)), nil
}

// all reads $all: each value must be there, each expression match, each $elemMatch be met.
func (b *builder) all(f place, v *value) (xs []filter.Expr, err error) {
	if v.kind != array {
		return nil, b.bad(v.at, "$all needs an array")
	}
	for i := range v.kids {
		e := &v.kids[i].value
		if e.isOperators() && e.kids[0].key != "$elemMatch" {
			return nil, b.bad(e.kids[0].at, "no $ expressions in $all")
		}
		ys, err := b.condition(f, e)
		if err != nil {
			return nil, err
		}
		xs = append(xs, ys...)
	}
	if len(xs) == 0 {
		xs = append(xs, filter.None{})
	}
	return xs, nil
}

// truth is what $exists takes any value for.
func (v *value) truth() bool {
	switch v.kind {
	case null, undefined:
		return false
	case boolean:
		return v.n != 0
	case number, decimal:
		f, err := strconv.ParseFloat(v.s, 64)
		return err != nil || f != 0
	}
	return true
}

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

func (b *builder) elemMatch(v *value) (filter.Test, error) {
	if v.kind != object {
		return nil, b.bad(v.at, "$elemMatch needs an Object")
	}
	if first := ""; v.isOperators() {
		first = v.kids[0].key
		switch first {
		case "$and", "$or", "$nor", "$where", "$expr", "$jsonSchema", "$text":
		default:
			xs, err := b.operators(place{element: true, field: filter.Field{Column: filter.ColEventData}}, v)
			return filter.Element{X: and(xs)}, err
		}
	}
	x, err := b.query(v, true)
	return filter.Element{X: x, Documents: true}, err
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

// regexOperator reads $regex beside other operators, with its $options, which may stand before it.
func (b *builder) regexOperator(f place, m *member, doc *value) (filter.Expr, error) {
	pattern, options := m.s, m.t
	if m.kind != text && m.kind != regex {
		return nil, b.bad(m.value.at, "$regex has to be a string")
	}
	if m.kind == text {
		options = ""
	}
	for i := range doc.kids {
		o := &doc.kids[i]
		switch {
		case o.key != "$options":
		case o.kind != text:
			return nil, b.bad(o.value.at, "$options has to be a string")
		case strings.Trim(o.s, "imsxug") != "":
			return nil, b.errorAt(o.value.at, "", invalidOption, " invalid flag in regex options: %s", o.s)
		case options != "" && o.s != "":
			return nil, b.errorAt(o.value.at, "", 51074, "options set in both $regex and $options")
		default:
			options = o.s
		}
	}
	return b.matches(f, m.value.at, pattern, options)
}

// matches compiles an expression. The options g and u change nothing.
func (b *builder) matches(f place, at int, pattern, options string) (filter.Expr, error) {
	if b.regexps++; b.regexps > maxRegexps {
		return nil, b.bad(at, "there are more than %d regular expressions", maxRegexps)
	}
	var known []byte
	for _, o := range []byte("imsx") {
		if strings.IndexByte(options, o) >= 0 {
			known = append(known, o)
		}
	}
	re, err := filter.PerlRegexp(pattern, string(known))
	if err != nil {
		return nil, b.errorAt(at, "", invalidPattern, "%v", err)
	}
	return lower(f, filter.Matches{Re: re}), nil
}
