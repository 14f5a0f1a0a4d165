package filter

import (
	"errors"
	"strings"
	"testing"
)

func TestFieldNames(t *testing.T) {
	for _, name := range ColumnNames {
		f, err := ParseField(name)
		if err != nil || f.String() != name {
			t.Errorf("%s is read as %v: %v", name, f, err)
		}
	}
	for _, path := range [][]string{{"a"}, {"a", "b"}, {"a.b"}, {""}, {`"`}, {`\`}, {`a\`, `\"`}, {"\xff"}, {"é", "東京"}, {"a b"}, {"$db", "key#2"}, {"x\ny"}} {
		f := Field{Column: ColEventData, Path: path}
		back, err := ParseField(f.String())
		if err != nil || !back.Equal(f) {
			t.Errorf("%q is written %s and read as %q: %v", path, f, back.Path, err)
		}
	}
}

func TestFieldSuggestions(t *testing.T) {
	for name, nearest := range map[string]string{"usr": "user", "User": "user", "uesr": "user", "service": "svc", "pid": "subject.pid",
		"subject.nme": "subject.name", "evnt": "event", "event_dta": "event_data", "path": "object.name", "zebra": "", "x": ""} {
		_, err := ParseField(name)
		var unknown *UnknownFieldError
		if !errors.As(err, &unknown) || unknown.Nearest != nearest || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v, want %q", name, err, nearest)
		}
	}
	for _, name := range []string{"event_data.", "event_data.a..b", `event_data."a`, `event_data."a"b`, "svc_data.a/b"} {
		if f, err := ParseField(name); err == nil {
			t.Errorf("%s is read as %q", name, f.Path)
		}
	}
}
