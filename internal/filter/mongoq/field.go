package mongoq

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// message are the fields of MongoDB's audit message, as Percona's server and MongoDB's Enterprise write it. All but ts
// are in event_data under their names; ts is the time of the event.
var message = []string{"atype", "ts", "local", "remote", "users", "roles", "param", "params", "result", "uuid", "tenant"}

// field reads the name of a field. Within an element of an array it is a path that begins there.
func (b *builder) field(m *member, relative bool) (filter.Field, error) {
	parts := strings.Split(m.key, ".")
	if relative {
		return filter.Field{Column: filter.ColEventData, Path: parts}, nil
	}
	for n := min(len(parts), 2); n > 0; n-- {
		name := strings.Join(parts[:n], ".")
		for c, known := range filter.ColumnNames {
			if name == known {
				return filter.Field{Column: filter.Column(c), Path: parts[n:]}, nil
			}
		}
	}
	for _, name := range message {
		switch {
		case name != parts[0]:
		case name == "ts":
			return filter.Field{Column: filter.ColTime, Path: parts[1:]}, nil
		default:
			return filter.Field{Column: filter.ColEventData, Path: parts}, nil
		}
	}
	hint := "the fields of the event and of MongoDB's message are known; any other is written event_data." + m.key
	known := append(filter.ColumnNames[:], message...)
	if near := filter.Nearest(parts[0], known); near != "" {
		hint = "did you mean " + near + "? " + hint
	}
	return filter.Field{}, b.errorAt(m.at, hint, badValue, "there is no field %q", m.key)
}

// fieldName writes a field; ok is false where it has no name here.
func fieldName(f filter.Field, relative bool) (name string, ok bool) {
	var parts []string
	for _, key := range f.Path {
		if strings.Contains(key, ".") {
			return "", false
		}
		parts = append(parts, key)
	}
	switch {
	case relative:
		return strings.Join(parts, "."), len(parts) > 0 && !strings.HasPrefix(parts[0], "$")
	case f.Column == filter.ColEventData && len(parts) > 0:
		for _, known := range message {
			if known == parts[0] && known != "ts" {
				return strings.Join(parts, "."), true
			}
		}
	}
	name = filter.ColumnNames[f.Column]
	if len(parts) > 0 {
		name += "." + strings.Join(parts, ".")
	}
	return name, true
}
