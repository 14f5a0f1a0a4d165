package truenasq

import (
	"fmt"
	"strconv"
	"strings"
)

// Options are query-options: what of the records that match is given, and how. They are no part of a filter; what asks a
// question carries them out.
type Options struct {
	Limit, Offset int
	Count, Get    bool
	OrderBy       []Order
	Select        []Column // empty: everything
}

// Order is a field to sort by.
type Order struct {
	Field      string
	Descending bool
	Nulls      string // "first", "last" or empty
}

// Column is a field to give, and the name to give it under; empty: its own.
type Column struct{ Field, Label string }

// MaxLimit is the greatest limit.
const MaxLimit = 10000

// ParseOptions reads query-options. Every error is a *[filter.SyntaxError].
func ParseOptions(text string) (o Options, err error) {
	p := parser{text: text}
	v, err := p.read()
	if err != nil {
		return o, err
	}
	if v.kind != '{' {
		return o, p.fail(v.at, `such as {"limit": 50}`, "query-options are an object")
	}
	for i := range v.kids {
		kid := &v.kids[i]
		switch v.keys[i] {
		case "limit":
			o.Limit, err = p.number(kid, MaxLimit)
		case "offset":
			o.Offset, err = p.number(kid, 1<<31-1)
		case "count":
			o.Count, err = p.truth(kid)
		case "get":
			o.Get, err = p.truth(kid)
		case "order_by":
			o.OrderBy, err = p.orders(kid)
		case "select":
			o.Select, err = p.columns(kid)
		case "extra", "extend", "extend_context", "prefix", "relationships", "force_sql_filters", "extend_fk":
			// They are for the database behind TrueNAS's other methods, and mean nothing here.
		default:
			err = p.fail(kid.at, "one of limit offset count get order_by select", "there is no option %q", v.keys[i])
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// Bounded reports whether the options bound what is given, as audit.query demands.
func (o *Options) Bounded() bool { return o.Limit > 0 || o.Count || o.Get }

func (p *parser) number(v *value, most int) (int, error) {
	n, err := strconv.Atoi(string(v.json))
	if v.kind != '0' || err != nil || n < 0 || n > most {
		return 0, p.fail(v.at, "", "a whole number from 0 to %d is wanted", most)
	}
	return n, nil
}

func (p *parser) truth(v *value) (bool, error) {
	if v.kind != 't' && v.kind != 'f' {
		return false, p.fail(v.at, "", "true or false is wanted")
	}
	return v.kind == 't', nil
}

func (p *parser) orders(v *value) (all []Order, err error) {
	if v.kind != '[' {
		return nil, p.fail(v.at, `such as ["-timestamp"]`, "order_by is a list of fields")
	}
	for i := range v.kids {
		kid := v.kids[i]
		if kid.kind != '"' {
			return nil, p.fail(kid.at, "", "a field is a string")
		}
		var o Order
		for _, where := range [...]string{"first", "last"} {
			if rest, ok := strings.CutPrefix(kid.text, "nulls_"+where+":"); ok {
				o.Nulls, kid.text = where, rest
			}
		}
		kid.text, o.Descending = strings.CutPrefix(kid.text, "-")
		o.Field = kid.text
		all = append(all, o)
	}
	return all, nil
}

func (p *parser) columns(v *value) (all []Column, err error) {
	if v.kind != '[' {
		return nil, p.fail(v.at, `such as ["username", ["event_data.file.path", "path"]]`, "select is a list of fields")
	}
	for i := range v.kids {
		kid := &v.kids[i]
		c := Column{Field: kid.text}
		if kid.kind == '[' && len(kid.kids) == 2 && kid.kids[1].kind == '"' {
			c.Label, kid = kid.kids[1].text, &kid.kids[0]
			c.Field = kid.text
		}
		if kid.kind != '"' {
			return nil, p.fail(kid.at, `"field", or ["field", "label"]`, "this is no field")
		}
		f, err := p.field(kid)
		if err != nil {
			return nil, err
		}
		if len(f.Path) > 0 && c.Label == "" {
			return nil, p.fail(kid.at, fmt.Sprintf(`write [%q, "label"]`, kid.text), "SELECT cannot be a JSONPath without a label")
		}
		all = append(all, c)
	}
	return all, nil
}
