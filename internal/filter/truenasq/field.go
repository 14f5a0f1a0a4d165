package truenasq

import (
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// names are TrueNAS's for our columns. The names of the event's own columns are known, too.
var names = []struct {
	theirs string
	ours   filter.Column
}{
	{"audit_id", filter.ColAID}, {"message_timestamp", filter.ColReceived}, {"timestamp", filter.ColTime}, {"address", filter.ColAddr},
	{"username", filter.ColUser}, {"session", filter.ColSession}, {"service", filter.ColService}, {"service_data", filter.ColSvcData},
}

// field is a field and how its values are written.
type field struct {
	filter.Field
	seconds bool // message_timestamp: a number of seconds
	date    bool // ends in .$date: ISO 8601
}

// field reads a name: keys parted by dots, \. for a dot in a key, [n] or n for a position, * for every element.
func (p *parser) field(v *value) (f field, err error) {
	if v.kind != '"' {
		return f, p.fail(v.at, `such as ["username", "=", "anna"]`, "a condition begins with the name of a field")
	}
	parts := splitName(v.text)
	if n := len(parts); n > 1 && parts[n-1] == "$date" {
		f.date, parts = true, parts[:n-1]
	}
	f.seconds = parts[0] == "message_timestamp"
	for _, name := range names {
		if name.theirs == parts[0] {
			parts[0] = filter.ColumnNames[name.ours]
		}
	}
	for n := min(len(parts), 2); n > 0; n-- {
		if c := slices.Index(filter.ColumnNames[:], strings.Join(parts[:n], ".")); c >= 0 {
			f.Field = filter.Field{Column: filter.Column(c), Path: parts[n:]}
			if len(f.Path) == 0 {
				f.Path = nil
			}
			return f, nil
		}
	}
	hint := "what is in the event's data is named event_data.…"
	known := filter.ColumnNames[:]
	for _, name := range names {
		known = append(known, name.theirs)
	}
	if near := filter.Nearest(parts[0], known); near != "" {
		hint = "did you mean " + near + "?"
	}
	return f, p.fail(v.at, hint, "there is no field %q", v.text)
}

func splitName(s string) (parts []string) {
	var b strings.Builder
	end := func() { parts = append(parts, b.String()); b.Reset() }
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`.[\`, s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		case s[i] == '.':
			end()
		case s[i] == '[' && strings.IndexByte(s[i:], ']') > 1 && strings.Trim(s[i+1:i+strings.IndexByte(s[i:], ']')], "0123456789") == "":
			end()
			n := strings.IndexByte(s[i:], ']')
			b.WriteString(s[i+1 : i+n])
			i += n
		default:
			b.WriteByte(s[i])
		}
	}
	end()
	return parts
}

// fieldName writes a field.
func fieldName(f filter.Field) string {
	name := filter.ColumnNames[f.Column]
	for _, n := range names {
		if n.ours == f.Column && n.theirs != "message_timestamp" {
			name = n.theirs
		}
	}
	for _, key := range f.Path {
		name += "." + strings.NewReplacer(`\`, `\\`, ".", `\.`, "[", `\[`).Replace(key)
	}
	return name
}
