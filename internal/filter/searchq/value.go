package searchq

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// kind is how the literals of a field are read.
type kind uint8

const (
	text    kind = iota
	number       // seq, subject.pid
	boolean      // success
	instant      // time, received
	data         // below svc_data and event_data: by the look of the literal
)

func kindOf(f filter.Field) kind {
	switch f.Column {
	case filter.ColSeq, filter.ColPID:
		return number
	case filter.ColSuccess:
		return boolean
	case filter.ColTime, filter.ColReceived:
		return instant
	case filter.ColEventData, filter.ColSvcData:
		if len(f.Path) > 0 {
			return data
		}
	}
	return text
}

// fieldCase gives s in the case that all values of f have.
func fieldCase(f filter.Field, s string) string {
	var from, to byte
	switch f.Column {
	case filter.ColService, filter.ColEvent:
		from, to = 'a', 'A'
	case filter.ColAID, filter.ColClass, filter.ColCategory, filter.ColAction:
		from, to = 'A', 'a'
	default:
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if c >= from && c < from+26 {
			b[i] = c - from + to
		}
	}
	return string(b)
}

// value reads a literal as f's type demands.
func (p *parser) value(f filter.Field, op filter.Op, opAt int, l literal) (filter.Value, *Error) {
	if l.exact {
		return p.exact(l)
	}
	switch kindOf(f) {
	case number:
		if v, ok := filter.ParseNumber(l.text); ok && !l.quoted {
			return v, nil
		}
		return filter.Value{}, p.errorAt(l.at, "such as "+f.String()+" = 1234, without quotes", "%s is a number, and %s is none", f, filter.Quote(l.text))
	case boolean:
		return p.success(f, op, opAt, l)
	case instant:
		t, err := p.moment(l.at, l.text)
		return filter.Value{Kind: filter.TimeValue, Time: t}, err
	case data:
		if !l.quoted {
			return dataValue(l.text), nil
		}
		return filter.Value{Kind: filter.StringValue, Str: l.text}, nil
	}
	s := fieldCase(f, l.text)
	v := filter.Value{Kind: filter.StringValue, Str: s}
	if op != filter.Eq {
		return v, nil
	}
	return v, p.check(f, s, l)
}

func (p *parser) success(f filter.Field, op filter.Op, opAt int, l literal) (filter.Value, *Error) {
	if op != filter.Eq {
		return filter.Value{}, p.errorAt(opAt, "use = or !=", "%s is true or false and has no order", f)
	}
	switch strings.ToLower(l.text) {
	case "true", "yes", "success":
		return filter.Value{Kind: filter.BoolValue, Bool: true}, nil
	case "false", "no", "failure":
		return filter.Value{Kind: filter.BoolValue}, nil
	}
	return filter.Value{}, p.errorAt(l.at, "events that do not say are found with not success exists", "success is true or false, not %s", filter.Quote(l.text))
}

// check refuses values that a column can never have.
func (p *parser) check(f filter.Field, s string, l literal) *Error {
	fail := func(what string, known []string) *Error {
		hint := "one of " + strings.Join(known, " ")
		if n := filter.Nearest(s, known); n != "" {
			hint = "did you mean " + n + "?"
		} else if len(known) > 20 {
			hint = "counterfoil search --help lists them"
		}
		return p.errorAt(l.at, hint, "there is no %s %s", what, filter.Quote(l.text))
	}
	switch f.Column {
	case filter.ColClass:
		if _, err := counterfoil.ParseClass(s); err != nil {
			return fail("class", counterfoil.AllClasses.Names())
		}
	case filter.ColCategory:
		if _, err := counterfoil.ParseCategory(s); err != nil {
			return fail("category", counterfoil.Categories())
		}
	case filter.ColAction:
		if !counterfoil.Action(s).Known() || s == "" {
			return fail("action", actionNames())
		}
	case filter.ColAID:
		if _, err := counterfoil.ParseAID(s); err != nil {
			return p.errorAt(l.at, "a part of one is found with aid startswith …", "%v", err)
		}
	}
	return nil
}

// exact reads a literal behind #.
func (p *parser) exact(l literal) (filter.Value, *Error) {
	if l.quoted {
		return filter.Value{Kind: filter.StringValue, Str: l.text}, nil
	}
	if v := dataValue(l.text); v.Kind != filter.StringValue {
		return v, nil
	}
	t, err := counterfoil.ParseTime(l.text)
	if err != nil {
		return filter.Value{}, p.errorAt(l.at, `after # stands a string in quotes, a number, true, false, null or an RFC 3339 time`, "#%s is none of the literals", l.text)
	}
	return filter.Value{Kind: filter.TimeValue, Time: t}, nil
}

// dataValue reads a bare literal by its look.
func dataValue(s string) filter.Value {
	switch s {
	case "null":
		return filter.Value{Kind: filter.NullValue}
	case "true", "false":
		return filter.Value{Kind: filter.BoolValue, Bool: s == "true"}
	}
	if v, ok := filter.ParseNumber(s); ok {
		return v
	}
	return filter.Value{Kind: filter.StringValue, Str: s}
}
