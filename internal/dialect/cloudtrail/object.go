package cloudtrail

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// what fills the object: its name from the parameter that is known to name it, its id and, failing that, its name from the
// resources.
func (r *record) what(e *counterfoil.Event, c *call) {
	o := counterfoil.Object{Kind: c.kind, Name: r.param(c.param)}
	for res := range r.resources.Elements() {
		o.ID = dialect.Text(res.Member("ARN"))
		if o.Kind == "" {
			o.Kind = dialect.Text(res.Member("type"))
		}
		break
	}
	if o.Name == "" && c.param == "userName" && e.Outcome == counterfoil.Success {
		o.Name = r.identity.userName // IAM: who names nobody means himself
	}
	switch {
	case o.Name == "":
		o.Name, o.ID = o.ID, ""
	case o.Name == o.ID:
		o.ID = ""
	}
	if o.Name == "" && o.Kind != "session" {
		o.Kind = ""
	}
	e.Object = o
}

// param gives what stands at a path in requestParameters, or, where it begins with '@', in responseElements.
func (r *record) param(path string) string {
	if path == "" {
		return ""
	}
	from := r.parameters
	if path[0] == '@' {
		from, path = r.response, path[1:]
	}
	first, second, two := strings.Cut(path, "/")
	name := at(from, first)
	if two && name != "" {
		if key := at(from, second); key != "" {
			name += "/" + key
		}
	}
	return name
}

// at follows a path of keys, through lists to all their elements, whose texts it puts together with spaces.
func at(v counterfoil.JSON, path string) string {
	key, rest, more := strings.Cut(path, ".")
	if v = v.Member(key); v.Kind() != '[' {
		if more {
			return at(v, rest)
		}
		return dialect.Text(v)
	}
	var all []string
	for x := range v.Elements() {
		text := dialect.Text(x)
		if more {
			text = at(x, rest)
		}
		if text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, " ")
}
