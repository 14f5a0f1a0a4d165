package mongoq

import (
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// test writes what stands behind a field for a test.
func (p *printer) test(t filter.Test) string {
	if h, ok := t.(filter.Holds); ok && h.Op == filter.Eq {
		lit := printJSON(h.Value)
		if !isOperatorText(lit) && !strings.HasPrefix(lit, `{"$regex"`) {
			return lit
		}
	}
	if m, ok := t.(filter.Matches); ok {
		return printRegexp(m.Re)
	}
	return "{" + p.operator(t) + "}"
}

// operator writes a test as an operator and its value.
func (p *printer) operator(t filter.Test) string {
	switch t := t.(type) {
	case filter.Holds:
		return `"` + opNames[t.Op] + `":` + printJSON(t.Value)
	case filter.Among:
		return `"$in":` + printList(t.Values)
	case filter.Matches:
		return `"$in":[` + printRegexp(t.Re) + `]`
	case filter.Present:
		return `"$exists":true`
	case filter.OfType:
		return `"$type":` + printTypes(t.Types)
	case filter.Mod:
		return `"$mod":[` + printInt(t.Divisor) + "," + printInt(t.Remainder) + "]"
	case filter.Size:
		return `"$size":` + printInt(t.N)
	case filter.Bits:
		return printBits(t)
	case filter.Element:
		if t.Documents {
			return `"$elemMatch":` + p.document(t.X, true)
		}
		return `"$elemMatch":{` + p.elementOperators(t.X) + `}`
	case filter.Has:
		p.lose("rin "+string(t.Value), "a text that holds another, or an array that does, is one operator of TrueNAS's alone", false)
		return `"$in":[` + printJSON(t.Value) + `]`
	case filter.Fails:
		if t.Null {
			return `"$not":{` + p.operator(t.Test) + `}`
		}
		return `"$ne":null,"$not":{` + p.operator(t.Test) + `}`
	}
	panic("mongoq: Print of a test of another package")
}

func printInt(n int64) string { return printJSON(counterfoil.JSON(strconv.FormatInt(n, 10))) }

func printTypes(set filter.TypeSet) string {
	var names []string
	for _, t := range typeNames {
		if t.set != 0 && set&t.set == t.set {
			names = append(names, `"`+t.name+`"`)
			set &^= t.set
		}
	}
	switch len(names) {
	case 0:
		return `"symbol"` // which nothing is
	case 1:
		return names[0]
	}
	return "[" + strings.Join(names, ",") + "]"
}

func printBits(t filter.Bits) string {
	var at []string
	for i := range 64 {
		if t.Mask>>i&1 != 0 {
			at = append(at, strconv.Itoa(i))
		}
	}
	return `"$bits` + map[bool]string{true: "Any", false: "All"}[t.Any] + map[bool]string{true: "Set", false: "Clear"}[t.Set] + `":[` + strings.Join(at, ",") + "]"
}

// elementOperators writes what is asked of an element itself as operators side by side.
func (p *printer) elementOperators(x filter.Expr) string {
	switch x := x.(type) {
	case nil, filter.All:
		return `"$not":{"$in":[]}`
	case filter.None:
		return `"$in":[]`
	case filter.Reach:
		return p.operator(x.Test)
	case filter.Not:
		return `"$not":{` + p.elementOperators(x.X) + `}`
	case filter.And:
		var parts []string
		for _, y := range x.X {
			parts = append(parts, p.elementOperators(y))
		}
		return strings.Join(parts, ",")
	case filter.Or:
		if _, list, ok := p.inList(x.X, false); ok {
			return `"$in":` + list
		}
		var parts []string
		for _, y := range x.X {
			parts = append(parts, `"$not":{`+p.elementOperators(y)+`}`)
		}
		return `"$not":{` + strings.Join(parts, ",") + `}`
	}
	panic("mongoq: Print of a node of another package in an element")
}

func printRegexp(re *filter.Regexp) string { return `{"$regex":` + quote(re.Perl()) + `}` }

func printList(vs []counterfoil.JSON) string {
	var items []string
	for _, v := range vs {
		items = append(items, printJSON(v))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// printJSON writes a value of data as Parse reads it.
func printJSON(j counterfoil.JSON) string {
	switch j.Kind() {
	case '"':
		s := j.Text()
		if _, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) >= 16 && counterfoil.String(s) == canonical(s) {
			return `{"$numberLong":"` + s + `"}`
		}
		return quote(s)
	case '[':
		return printList(slices.Collect(j.Elements()))
	case '{':
		var parts []string
		for k, v := range j.Members() {
			item := quote(k) + ":" + printJSON(v)
			if k == "$regex" && len(parts) == 1 && strings.HasPrefix(parts[0], `"$options":`) { // which comes first in a text
				parts = append([]string{item}, parts...)
				continue
			}
			if k == "$date" || k == "$numberLong" {
				item = quote(k) + ":" + string(v)
			}
			if len(parts) > 0 && !strings.HasPrefix(k, "$") && strings.HasPrefix(parts[0], `"$`) { // with $ in front it would be operators
				parts = append([]string{item}, parts...)
				continue
			}
			parts = append(parts, item)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	return string(j)
}

func canonical(number string) counterfoil.JSON {
	j, err := counterfoil.Canonical(number)
	if err != nil {
		return ""
	}
	return j
}

// quote writes a string as the server's parser reads it.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteString(`\` + string(c))
		case c < ' ':
			b.WriteString(`\u00` + string("0123456789abcdef"[c>>4]) + string("0123456789abcdef"[c&15]))
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}
