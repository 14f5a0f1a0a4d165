package sqlprint

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// reach writes a condition of MongoDB or TrueNAS: those that ask for text, numbers and truth values, and for what is missing in
// a column. The rest of their operators see types that SQL does not.
func (p *printer) reach(x filter.Reach) string {
	switch f := x.Field; {
	case f.Column == filter.ColSuccess && len(f.Path) == 0:
		return p.success(x)
	case f.Column == filter.ColEventData || f.Column == filter.ColSvcData:
		if len(f.Path) > 0 {
			return p.reachPath(x)
		}
	case len(f.Path) > 0 || f.Column == filter.ColRaw || f.Column == filter.ColAID || f.Column == filter.ColTime || f.Column == filter.ColReceived:
	case f.Column == filter.ColSeq || f.Column == filter.ColPID:
		return p.reachNumber(x)
	case f.Column == filter.ColClass:
		return p.reachClass(x)
	default:
		return p.reachText(x)
	}
	return p.lose(x, "it sees types that SQL does not")
}

// missing reports whether the test is true of a record in which the field is missing.
func missing(x filter.Reach) bool { return filter.Eval(x, &counterfoil.Record{}) }

// reachText asks a column of text: what is empty is missing.
func (p *printer) reachText(x filter.Reach) string {
	c := column(x.Field.Column)
	cond := p.ofText(x, x.Test, c)
	switch m := missing(x); {
	case m && cond == always:
		return always
	case m:
		return c + " = '' OR " + cond
	case cond == always:
		return c + " <> ''"
	case cond == never:
		return never
	}
	return c + " <> '' AND " + cond
}

// ofText asks v, which is a text and not empty.
func (p *printer) ofText(x filter.Reach, t filter.Test, v string) string {
	switch t := t.(type) {
	case filter.Holds:
		return p.textHolds(x, t, v)
	case filter.Among:
		var parts []string
		for _, value := range t.Values {
			if cond := p.textHolds(x, filter.Holds{Value: value}, v); cond != never {
				parts = append(parts, cond)
			}
		}
		return orOf(parts, -1)
	case filter.Matches:
		p.nearly(x.Field, longNumber)
		return p.matches(v, t.Re.String())
	case filter.Present:
		return always
	case filter.Has:
		p.nearly(x.Field, longNumber)
		text := t.Value.Text()
		if t.Value.Kind() != '"' {
			return p.lose(x, "an element of an array is no text")
		}
		if t.Fold {
			v, text = p.lower(v), strings.ToLower(text)
		}
		if quoted, ok := p.literal(text); ok {
			return p.contains(v, quoted)
		}
		return p.lose(x, unquotable)
	case filter.Fails:
		switch cond := p.ofText(x, t.Test, v); cond {
		case always:
			return never
		case never:
			return always
		default:
			return "NOT (" + cond + ")"
		}
	}
	return p.lose(x, "it sees types that SQL does not")
}

// textHolds compares a text with a literal of its own type; another is equal to no text.
func (p *printer) textHolds(x filter.Reach, t filter.Holds, v string) string {
	if k := t.Value.Kind(); k != '"' {
		if k == '{' {
			return p.lose(x, "it sees types that SQL does not")
		}
		return never
	}
	quoted, ok := p.literal(t.Value.Text())
	if !ok {
		return p.lose(x, unquotable)
	}
	if t.Op != filter.Eq {
		p.nearly(x.Field, longNumber)
	}
	return v + " " + signs[t.Op] + " " + quoted
}

const longNumber = "a text that is a number of more than 15 digits is text"

// reachNumber asks seq or subject.pid.
func (p *printer) reachNumber(x filter.Reach) string {
	if t, ok := x.Test.(filter.Holds); ok && t.Value.Kind() == '0' {
		if v, ok := filter.ParseNumber(string(t.Value)); ok {
			return p.whole(filter.Compare{Field: x.Field, Op: t.Op, Value: v}, x.Field)
		}
	}
	return p.lose(x, "it sees types that SQL does not")
}

// reachClass asks the elements of the array that class is. The array itself is no text.
func (p *printer) reachClass(x filter.Reach) string {
	if x.Straight || missing(x) || !ofStrings(x.Test) {
		return p.lose(x, "class is asked for the names in it")
	}
	return p.classes(x)
}

// ofStrings reports whether a test is true of text only.
func ofStrings(t filter.Test) bool {
	switch t := t.(type) {
	case filter.Holds:
		return t.Value.Kind() == '"'
	case filter.Among:
		for _, v := range t.Values {
			if v.Kind() != '"' {
				return false
			}
		}
		return true
	case filter.Matches:
		return true
	}
	return false
}

// reachPath asks values in data, as MongoDB's paths lead to them. Nothing is asked that could be true of what is missing.
func (p *printer) reachPath(x filter.Reach) string {
	for _, key := range x.Field.Path {
		if x.Straight || key == "" || strings.Trim(key, "0123456789") == "" {
			return p.lose(x, "a path with positions, or one that leads into no array, cannot be said")
		}
	}
	cond := ""
	switch t := x.Test.(type) {
	case filter.Holds:
		cond = p.jsonHolds(x, t)
	case filter.Among:
		var parts []string
		for _, v := range t.Values {
			parts = append(parts, "("+p.jsonHolds(x, filter.Holds{Value: v})+")")
		}
		cond = orOf(parts, -1)
	case filter.Matches:
		p.nearly(x.Field, longNumber)
		cond = p.isString + " AND " + p.matches(p.unquoted, t.Re.String())
	default:
		return p.lose(x, "it sees types that SQL does not")
	}
	list, ok := p.values(x.Field)
	if !ok {
		return p.lose(x, unreachable)
	}
	return p.some(list, cond)
}

// jsonHolds compares the value x with a literal of its type.
func (p *printer) jsonHolds(x filter.Reach, t filter.Holds) string {
	v := filter.Value{}
	switch t.Value.Kind() {
	case '"':
		if t.Op != filter.Eq {
			p.nearly(x.Field, longNumber)
		}
		v = filter.Value{Kind: filter.StringValue, Str: t.Value.Text()}
	case 't', 'f':
		v = filter.Value{Kind: filter.BoolValue, Bool: t.Value == "true"}
	case '0':
		v, _ = filter.ParseNumber(string(t.Value))
		cond := p.numberCompared(t.Op, v, x.Field)
		return "NOT (" + p.isString + ") AND " + cond
	default:
		return p.lose(x, "null and documents see what is missing, which SQL does not")
	}
	return p.valueCompared(filter.Compare{Field: x.Field, Op: t.Op, Value: v}, x.Field)
}
