package preselect

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// hint is what must be so for an expression to be true: looked at before the expression, which costs more. It may let
// through too much, never too little.
type hint struct {
	services []string // of which svc is one; nil: no demand. Asked once for all filters: see filtersOf
	of       func(*counterfoil.Event) string
	values   []string // of which another column has one; nil: no demand
	texts    []string // of which event_data contains one; nil: no demand
}

func (h *hint) mayMatch(e *counterfoil.Event) bool {
	if h.values != nil && !slices.Contains(h.values, h.of(e)) {
		return false
	}
	if h.texts == nil {
		return true
	}
	for _, t := range h.texts {
		if strings.Contains(string(e.EventData), t) {
			return true
		}
	}
	return false
}

// filtersOf gives the filters that can decide on events of a service, in order. It remembers a few services.
func (in *Input) filtersOf(service string) []*filterRule {
	list, known := in.byService[service]
	if known {
		return list
	}
	for _, f := range in.filters {
		if f.then == Only || f.hint.services == nil || slices.Contains(f.hint.services, service) {
			list = append(list, f)
		}
	}
	if in.byService == nil {
		in.byService = map[string][]*filterRule{}
	}
	if len(in.byService) < maxServices {
		in.byService[strings.Clone(service)] = list
	}
	return list
}

// maxServices bounds what is remembered: a sender may name any number of services.
const maxServices = 64

// columns that a hint can look at.
var columns = map[filter.Column]func(*counterfoil.Event) string{
	filter.ColEvent: func(e *counterfoil.Event) string { return e.Name },
	filter.ColHost:  func(e *counterfoil.Event) string { return e.Host },
	filter.ColUser:  func(e *counterfoil.Event) string { return e.User },
	filter.ColAddr:  func(e *counterfoil.Event) string { return e.Addr },
}

// hintOf reads a conjunction: any part of it may give the hint.
func hintOf(x filter.Expr) (h hint) {
	and, ok := x.(filter.And)
	if !ok {
		and.X = []filter.Expr{x}
	}
	for _, y := range and.X {
		f, values := wants(y)
		switch {
		case values == nil:
		case f.Column == filter.ColService:
			if h.services == nil || len(values) < len(h.services) {
				h.services = values
			}
		case f.Column == filter.ColEventData && len(f.Path) > 0:
			if !slices.ContainsFunc(values, func(v string) bool { return !filter.IsPlain(v) }) && (h.texts == nil || len(values) < len(h.texts)) {
				h.texts = values
			}
		case columns[f.Column] != nil && (h.values == nil || len(values) < len(h.values)):
			h.of, h.values = columns[f.Column], values
		}
	}
	return h
}

// wants gives texts of which a value of the field is one, or in event_data contains one; nil where that is not so.
func wants(x filter.Expr) (f filter.Field, texts []string) {
	switch x := x.(type) {
	case filter.Compare:
		if x.Op == filter.Eq && x.Value.Kind == filter.StringValue {
			return x.Field, []string{x.Value.Str}
		}
	case filter.In:
		for _, v := range x.Values {
			if v.Kind != filter.StringValue {
				return f, nil
			}
			texts = append(texts, v.Str)
		}
		return x.Field, texts
	case filter.Prefix:
		if len(x.Field.Path) > 0 {
			return x.Field, []string{x.Text}
		}
	case filter.Contains:
		if len(x.Field.Path) > 0 && !x.Fold {
			return x.Field, []string{x.Text}
		}
	case filter.Reach:
		return x.Field, wanted(x.Test)
	}
	return f, nil
}

// wanted gives the strings of which a value must be one, or hold one as an element or a part; nil where the test may pass without.
func wanted(t filter.Test) (texts []string) {
	values := []counterfoil.JSON(nil)
	switch t := t.(type) {
	case filter.Matches:
		if text := t.Re.Literal(); text != "" {
			return []string{text}
		}
	case filter.Holds:
		if t.Op == filter.Eq {
			values = []counterfoil.JSON{t.Value}
		}
	case filter.Among:
		values = t.Values
	}
	for _, v := range values {
		text := v.Text()
		if v.Kind() != '"' || filter.IsNumber(text) { // which may be written in other digits
			return nil
		}
		texts = append(texts, text)
	}
	return texts
}
