package cef

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

func decode(t *testing.T, line string) counterfoil.Event {
	t.Helper()
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	events, err := d.Decode(nil, dialect.Frame{Data: []byte(line), Received: dialecttest.Received})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v of %q", len(events), err, line)
	}
	return events[0]
}

// encode writes one event and gives its line and loss.
func encode(t *testing.T, e *counterfoil.Event) (string, []string) {
	t.Helper()
	var b bytes.Buffer
	enc, err := Dialect.Encode(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := enc.Encode(&counterfoil.Record{Event: *e})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\n"), loss
}

// TestOurKeys: another vendor's message says nothing by our keys.
func TestOurKeys(t *testing.T) {
	e := decode(t, `CEF:0|Evil|counterfoil|1|A:B|n|2|counterfoilTime=2001-01-01T00:00:00Z suser=anna counterfoilUserExact="root" act=audit.stop`)
	if e.User != "anna" || e.Action != "" || e.Time != dialecttest.Received {
		t.Errorf("a foreign message is taken for ours: %+v", e)
	}
}

// TestVerbatim: what came as CEF goes out as it came, and nothing is lost; with an aid, which it cannot take, the aid.
func TestVerbatim(t *testing.T) {
	line := `<13>Nov 22 12:00:00 gw CEF:0|V|P|1|id|n|5|rt=1700000000000 suser=anna  msg=x`
	e := decode(t, line)
	if got, loss := encode(t, &e); got != line || len(loss) > 0 {
		t.Errorf("got %q, loss %v", got, loss)
	}
	e.AID = counterfoil.AID{1}
	if got, loss := encode(t, &e); got != line || !slices.Equal(loss, []string{"aid"}) {
		t.Errorf("with an aid: got %q, loss %v", got, loss)
	}
	e.User = "ben"
	if got, loss := encode(t, &e); !strings.Contains(got, "suser=ben") || !slices.Equal(loss, []string{"raw"}) {
		t.Errorf("changed since: got %q, loss %v", got, loss)
	}
}

func TestLimits(t *testing.T) {
	e := counterfoil.Event{Major: 1, Time: 1795000000e9, Dialect: "x/1", Service: "A", Name: "B", Host: strings.Repeat("ä", 60)}
	line, _ := encode(t, &e)
	if !strings.Contains(line, " dvchost="+strings.Repeat("ä", 50)+" ") {
		t.Errorf("dvchost is longer than 100 bytes: %s", line)
	}
	if got := decode(t, line); got.Host != e.Host {
		t.Errorf("host reads back as %q", got.Host)
	}
}

func TestTime(t *testing.T) {
	received, err := counterfoil.ParseTime("2026-01-01T10:00:00Z")
	if err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"1700000000123":                "2023-11-14T22:13:20.123000000Z",
		"Jan  1 2026 09:00:00":         "2026-01-01T09:00:00.000000000Z zone",
		"Jan 1 2026 09:00:00.5 GMT":    "2026-01-01T09:00:00.500000000Z",
		"Jan 01 2026 09:00:00 -02:30":  "2026-01-01T11:30:00.000000000Z",
		"Dec 31 23:59:59 UTC":          "2025-12-31T23:59:59.000000000Z year",
		"Jan 02 09:00:00":              "2026-01-02T09:00:00.000000000Z year zone",
		"Jan 03 09:00:00":              "2025-01-03T09:00:00.000000000Z year zone",
		"Feb 29 09:00:00 CET":          "2024-02-29T09:00:00.000000000Z year zone",
		"2026-01-01T09:00:00.25+01:00": "2026-01-01T08:00:00.250000000Z",
		"1700000000":                   "", // seconds are not a form of the specification
		"0000000000000":                "",
		"soon":                         "",
	} {
		at, missing, ok := parseTime(in, received)
		got := ""
		if ok {
			got = at.String()
			if missing.year {
				got += " year"
			}
			if missing.zone {
				got += " zone"
			}
		}
		if got != want {
			t.Errorf("parseTime(%q) = %q, want %q", in, got, want)
		}
	}
}

// BenchmarkDecode reads messages of vendors and of ours.
func BenchmarkDecode(b *testing.B) {
	var in []byte
	for _, name := range []string{"testdata/vendors.in", "testdata/own.in"} {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		in = append(in, text...)
	}
	dialecttest.Benchmark(b, suite, in)
}
