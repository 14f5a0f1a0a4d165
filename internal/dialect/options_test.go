package dialect

import (
	"slices"
	"testing"
	"time"
)

func TestSetOption(t *testing.T) {
	type options struct {
		Inner   string        `yaml:"inner"`
		Strict  bool          `yaml:"strict"`
		Max     int           `yaml:"max"`
		Timeout time.Duration `yaml:"timeout"`
		Columns []string      `yaml:"columns"`
		Built   any           `yaml:"-"`
	}
	var o options
	for name, value := range map[string]string{"inner": "linux", "strict": "true", "max": "7", "timeout": "2s", "columns": "a,b"} {
		if err := SetOption(&o, name, value); err != nil {
			t.Error(err)
		}
	}
	if o.Inner != "linux" || !o.Strict || o.Max != 7 || o.Timeout != 2*time.Second || !slices.Equal(o.Columns, []string{"a", "b"}) {
		t.Errorf("got %+v", o)
	}
	for _, c := range []struct{ name, value, want string }{
		{"inne", "x", `option "inne" is not known: want one of columns, inner, max, strict, timeout`},
		{"strict", "maybe", `option "strict": "maybe" is neither true nor false`},
		{"max", "many", `option "max": "many" is not a whole number`},
		{"timeout", "2", `option "timeout": "2" is not a duration such as 2s or 1m`},
	} {
		if err := SetOption(&o, c.name, c.value); err == nil || err.Error() != c.want {
			t.Errorf("%s=%s: %v, want %s", c.name, c.value, err, c.want)
		}
	}
	if err := SetOption(nil, "a", "b"); err == nil || err.Error() != `option "a": this dialect has no options` {
		t.Error(err)
	}
}

func TestDescribe(t *testing.T) {
	o := struct {
		Strict  bool          `yaml:"strict" doc:"refuse what is unknown"`
		Timeout time.Duration `yaml:"timeout"`
		Columns []string      `yaml:"columns"`
		Inner   string        `yaml:"inner"`
		Max     int           `yaml:"max"`
		Built   any           `yaml:"-"`
	}{Timeout: 90 * time.Second, Columns: []string{"a", "b"}, Inner: "linux"}
	want := []Option{{"columns", "list", "a,b", ""}, {"inner", "text", "linux", ""}, {"max", "number", "0", ""},
		{"strict", "true or false", "false", "refuse what is unknown"}, {"timeout", "duration", "1m30s", ""}}
	if got := Describe(&o); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if Describe(nil) != nil {
		t.Error("a dialect without options has some")
	}
}
