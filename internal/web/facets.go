package web

import (
	"html/template"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/visible"
)

// facet is a field and its most frequent values.
type facet struct {
	Name   string // for addresses: "user"
	Title  string
	Values []facetValue
	More   string // the page that shows more of them; "" if these are all
	Less   string
}

type facetValue struct {
	Text  template.HTML
	Plain string // for labels
	Count string
	On    bool   // the query asks for it
	Only  string // the page with only this value, or without that condition if it is on
	Not   string // the page without this value
}

const (
	facetShort = 6
	facetLong  = 200
)

// facetFields are the fields counted, in the order of the page.
var facetFields = []struct {
	name, title string
	column      filter.Column
}{
	{"action", "Action", filter.ColAction}, {"success", "Outcome", filter.ColSuccess}, {"svc", "Service", filter.ColService},
	{"host", "Host", filter.ColHost}, {"addr", "From", filter.ColAddr}, {"user", "User", filter.ColUser},
	{"class", "Class", filter.ColClass}, {"via", "Input", filter.ColVia},
}

// facetBys asks search for one value more than is shown, to know whether there are more.
func (a *ask) facetBys() []search.By {
	bys := make([]search.By, len(facetFields))
	for i, f := range facetFields {
		bys[i] = search.By{Field: filter.Field{Column: f.column}, Top: facetShort + 1}
		if a.all == f.name {
			bys[i].Top = facetLong + 1
		}
	}
	return bys
}

// facets words the counts that answer facetBys. A field without values is left out.
func (a *ask) facets(counts [][]search.Bucket) []facet {
	var out []facet
	for i, f := range facetFields {
		x := facet{Name: f.name, Title: f.title}
		show := facetShort
		if a.all == f.name {
			show = facetLong
			x.Less = a.page()
		}
		for _, b := range counts[i] {
			if b.Key == "" || len(b.Key) > maxClause { // a page cannot be asked for the latter
				continue
			}
			if len(x.Values) == show {
				if a.all != f.name {
					x.More = a.page("all", f.name) + "#facet-" + f.name
				}
				break
			}
			x.Values = append(x.Values, a.facetValue(f.name, b))
		}
		if len(x.Values) > 0 {
			out = append(out, x)
		}
	}
	return out
}

func (a *ask) facetValue(field string, b search.Bucket) facetValue {
	c := clause(field, b.Key)
	v := facetValue{Text: asHTML(clip(b.Key, 60)), Plain: visible.Text(clip(b.Key, 60)), Count: thousands(b.Count)}
	switch field {
	case "success":
		c = "success = " + b.Key
		v.Plain = map[string]string{"true": "success", "false": "failure"}[b.Key]
		v.Text = template.HTML(template.HTMLEscapeString(v.Plain))
	case "class":
		if k, err := counterfoil.ParseClass(b.Key); err == nil {
			v.Text += template.HTML(` <span class="sub">` + template.HTMLEscapeString(k.Doc()) + `</span>`)
		}
	}
	rest, on := without(a.text, c)
	v.On = on
	v.Only = a.page("q", with(a.text, c))
	if on {
		v.Only = a.page("q", rest)
	}
	v.Not = a.page("q", with(rest, "not "+c))
	return v
}
