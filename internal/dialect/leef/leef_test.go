package leef

import (
	"fmt"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{Dialect: Dialect, Written: written(defaults)}

func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }

// TestVersions holds both versions, with each delimiter, to the same suite.
func TestVersions(t *testing.T) {
	all := []Options{{"1.0", "tab"}}
	for _, d := range delimiters {
		all = append(all, Options{"2.0", string(d)})
	}
	for _, o := range all {
		s := dialecttest.Suite{Dialect: Dialect, Options: &o, Dir: "testdata/none", Written: written(o)}
		dialecttest.RunEncoder(t, s)
		own := dialecttest.Hostile()[0]
		own.User, own.EventData = "a"+o.Delimiter+"b\tc", `{"x":"^~;!#$%&*?@"}`
		if err := s.CheckWritten(&own); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// written takes a line apart as a reader does: by the delimiter, then at the first '='. Each field must be there once and
// mean what it was.
func written(o Options) func(e *counterfoil.Event, out []byte) error {
	return func(e *counterfoil.Event, out []byte) error {
		attributes, err := take(o, e, string(out))
		if err != nil {
			return err
		}
		for i, f := range carry.Fields {
			want := f.Text(e)
			if want == "" || f.Name == "svc" || f.Name == "event" {
				continue
			}
			got, ok := attributes[homes[f.Name]]
			if !ok {
				got = attributes[keys[i]]
			}
			if f.Name == "addr" && attributes[address] != "" {
				got = attributes[address]
			}
			if text, ok := attributes[keys[i]+exact]; ok {
				if got, err = carry.Unquote(text); err != nil {
					return fmt.Errorf("%s: %w", text, err)
				}
			}
			if f.Kind == carry.JSON {
				j, err := counterfoil.Canonical(got)
				if err != nil {
					return fmt.Errorf("%s is no JSON: %w", got, err)
				}
				got = string(j)
			}
			if got != want {
				return fmt.Errorf("%s is %q, want %q", f.Name, got, want)
			}
		}
		return nil
	}
}

// take gives the attributes of a line.
func take(o Options, e *counterfoil.Event, out string) (map[string]string, error) {
	line, delimiter := strings.TrimSuffix(out, "\n"), o.Delimiter
	if delimiter == "tab" {
		delimiter = "\t"
	}
	fields := 6
	if o.Version == "2.0" {
		fields = 7
	}
	parts := strings.SplitN(line, "|", fields)
	if len(parts) != fields || parts[0] != "LEEF:"+o.Version || parts[4] != e.Service+":"+e.Name || strings.Contains(line, "\n") {
		return nil, fmt.Errorf("header of %q", line)
	}
	attributes := map[string]string{}
	for pair := range strings.SplitSeq(parts[fields-1], delimiter) {
		key, value, ok := strings.Cut(pair, "=")
		if _, twice := attributes[key]; !ok || twice {
			return nil, fmt.Errorf("attribute %q", pair)
		}
		attributes[key] = value
	}
	return attributes, nil
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{"1.0", "^"}, {"3.0", "tab"}, {"2.0", "|"}, {"2.0", "="}, {"2.0", ""}, {"2.0", "ab"}} {
		if _, err := Dialect.Encode(nil, &o); err == nil || !strings.HasPrefix(err.Error(), "leef: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
	if _, err := Dialect.Encode(nil, "x"); err == nil {
		t.Error("options of another type are taken")
	}
}
