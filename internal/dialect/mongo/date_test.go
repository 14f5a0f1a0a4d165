package mongo

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	var m dates
	for text, want := range map[string]string{
		"2024-03-13T06:28:04.631-04:00":       "2024-03-13T10:28:04.631Z",
		"2024-03-13T06:28:04.631-0400":        "2024-03-13T10:28:04.631Z",
		"2024-03-13T06:28:04.631+00:00":       "2024-03-13T06:28:04.631Z",
		"2024-03-13T06:28:04Z":                "2024-03-13T06:28:04Z",
		"2024-03-13T06:28:04.6Z":              "2024-03-13T06:28:04.6Z",
		"2024-02-29T23:59:59.999999999+05:45": "2024-02-29T18:14:59.999999999Z",
		"1900-02-28T00:00:00Z":                "1900-02-28T00:00:00Z",
		"9999-12-31T23:59:59.999Z":            "9999-12-31T23:59:59.999Z",
	} {
		for range 2 { // the second time from the minute that is remembered
			ms, ns, ok := m.parse(text)
			if got := time.UnixMilli(ms).Add(time.Duration(ns)).UTC().Format(time.RFC3339Nano); !ok || got != want {
				t.Errorf("%s is %s, %v; want %s", text, got, ok, want)
			}
		}
	}
	for _, text := range []string{"", "2024-03-13", "2024-03-13T06:28:04", "2023-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2024-04-31T00:00:00Z",
		"2024-13-01T00:00:00Z", "2024-00-01T00:00:00Z", "2024-01-00T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z",
		"2024-01-01T00:00:00.Z", "2024-01-01T00:00:00.1234567890Z", "2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+1", "2024-01-01T00:00:00+01-00",
		"2024-01-01 00:00:00Z", "1600-01-01T00:00:00Z", "2024-01-01T00:00:0xZ", "2024-01-01T00:00:00Zx"} {
		if ms, _, ok := m.parse(text); ok {
			t.Errorf("%q is taken for %s", text, time.UnixMilli(ms))
		}
	}
}

// TestDateForms: every way to write a moment becomes one.
func TestDateForms(t *testing.T) {
	for want, forms := range map[string][]string{
		`{"atype":"x","d":{"$date":"2024-03-13T10:28:04.631Z"}}`: {`{"$date":"2024-03-13T06:28:04.631-0400"}`, `{"$date":1710325684631}`,
			`{"$date":{"$numberLong":"1710325684631"}}`, `{ "$date" : { "$numberLong" : "1710325684631" } }`},
		`{"atype":"x","d":{"$date":"9999-12-31T00:00:00.000Z"}}`:       {`{"$date":"9999-12-31T00:00:00Z"}`, `{"$date":{"$numberLong":"253402214400000"}}`},
		`{"atype":"x","d":{"$date":{"$numberLong":"-1"}}}`:             {`{"$date":{"$numberLong":"-1"}}`, `{"$date":-1}`},
		`{"atype":"x","d":{"$date":"soon"}}`:                           {`{"$date":"soon"}`},
		`{"atype":"x","d":{"$date":"2024-03-13T10:28:04.631Z","b":1}}`: {`{"$date":"2024-03-13T10:28:04.631Z","b":1}`},
	} {
		for _, form := range forms {
			if got := dataOf(t, `{"atype":"x","d":`+form+`}`); string(got) != sorted(t, want) {
				t.Errorf("%s is %s, want %s", form, got, want)
			}
		}
	}
}
