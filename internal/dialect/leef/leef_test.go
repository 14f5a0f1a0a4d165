package leef

import (
	"bytes"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, dialecttest.Suite{Dialect: Dialect}) }

// TestAttributes takes every line apart as a reader does: by the delimiter, then at the first '='. Each field must be there
// once and mean what it was, in both versions and with each delimiter.
func TestAttributes(t *testing.T) {
	all := []Options{{"1.0", "tab"}, {"2.0", "tab"}}
	for _, d := range delimiters {
		all = append(all, Options{"2.0", string(d)})
	}
	for _, o := range all {
		events := dialecttest.Hostile()
		own := events[0]
		own.User, own.EventData = "a"+o.Delimiter+"b\tc", `{"x":"^~;!#$%&*?@"}`
		for _, e := range append(events, own) {
			attributes := take(t, o, &e)
			for i, f := range carry.Fields {
				want := f.Text(&e)
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
					var err error
					if got, err = carry.Unquote(text); err != nil {
						t.Fatalf("%s: %v", text, err)
					}
				}
				if f.Kind == carry.JSON {
					j, err := counterfoil.Canonical(got)
					if err != nil {
						t.Fatalf("%+v: %s is no JSON: %v", o, got, err)
					}
					got = string(j)
				}
				if got != want {
					t.Fatalf("%+v: %s is %q, want %q", o, f.Name, got, want)
				}
			}
		}
	}
}

// take writes an event and gives its attributes.
func take(t *testing.T, o Options, e *counterfoil.Event) map[string]string {
	t.Helper()
	var b bytes.Buffer
	enc, err := Dialect.Encode(&b, &o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Encode(&counterfoil.Record{Event: *e}); err != nil {
		t.Fatal(err)
	}
	line, delimiter := strings.TrimSuffix(b.String(), "\n"), o.Delimiter
	if delimiter == "tab" {
		delimiter = "\t"
	}
	fields := 6
	if o.Version == "2.0" {
		fields = 7
	}
	parts := strings.SplitN(line, "|", fields)
	if len(parts) != fields || parts[0] != "LEEF:"+o.Version || parts[4] != e.Service+":"+e.Name || strings.Contains(line, "\n") {
		t.Fatalf("%+v: header of %q", o, line)
	}
	attributes := map[string]string{}
	for pair := range strings.SplitSeq(parts[fields-1], delimiter) {
		key, value, ok := strings.Cut(pair, "=")
		if _, twice := attributes[key]; !ok || twice {
			t.Fatalf("%+v: attribute %q of %q", o, pair, line)
		}
		attributes[key] = value
	}
	return attributes
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
