package otlp

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Parts:   true,
	Inputs: []string{
		`{"resourceLogs":[]}` + "\n" + `{"resourceLogs":{}}` + "\n[]\n{}\n{\n" + `{"resourceLogs":[1,{"scopeLogs":[2,{"logRecords":[3,null,{}]}]}]}`,
		`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":"x"},"attributes":[{"key":"a","value":{"intValue":9223372036854775807}},{"key":"a"},{"value":{}}]}]}]}]}`,
		`{ "scopeLogs" : [ {"logRecords":[{}]} ] , "resource\u004cogs" : [ {"scopeLogs" : [ {"logRecords":[ {"x":"]}\"{"} , {"y":[1,[2]]} ] , "z" : [ 1 ] } ] } ] , "a" : 1.5 }`,
		`{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"A"}}]},"scopeLogs":[{"scope":{"name":"counterfoil"},"logRecords":[{"eventName":"B","timeUnixNano":"7","attributes":[{"key":"counterfoil.class","value":{"stringValue":"zz"}}]}]}]}]}`,
		`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"9216806400000000000"},{"timeUnixNano":"9223372036854775807"}]}]}]}`, // beyond 2261
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

func decode(t *testing.T, line string) ([]counterfoil.Event, error) {
	t.Helper()
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	return d.Decode(nil, dialect.Frame{Data: []byte(line), Received: dialecttest.Received})
}

// TestTooMany: what one request holds beyond the bound is one event, and no byte is lost.
func TestTooMany(t *testing.T) {
	line := `{"resourceLogs":[{"scopeLogs":[{"logRecords":[` + strings.Repeat("{},", maxRecords+10) + `{}]}]}]}`
	events, err := decode(t, line)
	if err == nil || len(events) != maxRecords || events[len(events)-1].Name != dialect.UnparsedEvent {
		t.Fatalf("%d events, the last %s, %v", len(events), events[len(events)-1].Name, err)
	}
	var all strings.Builder
	for _, e := range events {
		all.WriteString(e.Raw)
	}
	if all.String() != line {
		t.Error("the raws are not the line")
	}
}

// TestShared: a resource that is large is told once, one that is not with each record.
func TestShared(t *testing.T) {
	for size, want := range map[int]bool{10: true, maxShared: false} {
		events, err := decode(t, `{"resourceLogs":[{"resource":{"attributes":[{"key":"x","value":{"stringValue":"`+strings.Repeat("x", size)+
			`"}}]},"scopeLogs":[{"logRecords":[{},{}]}]}]}`)
		if err != nil || len(events) != 2 {
			t.Fatal(err)
		}
		if events[0].SvcData == "" || (events[1].SvcData != "") != want {
			t.Errorf("a resource of %d bytes: svc_data has %d, %d", size, len(events[0].SvcData), len(events[1].SvcData))
		}
	}
}

// TestManyPairs: a list of very many attributes stays a list.
func TestManyPairs(t *testing.T) {
	pair := `{"key":"a","value":{"stringValue":"b"}}`
	events, err := decode(t, `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"attributes":[`+strings.Repeat(pair+",", maxPairs)+pair+`]}]}]}]}`)
	if err != nil || events[0].EventData.Member("attributes").Kind() != '[' {
		t.Errorf("attributes became %.80s, %v", events[0].EventData, err)
	}
}

// TestWide: data that reading would leave a list, or that nests too deep, is written as a text and comes back.
func TestWide(t *testing.T) {
	var b counterfoil.Builder
	b.Object("")
	for i := range maxPairs + 1 {
		b.Int(fmt.Sprintf("k%04d", i), int64(i))
	}
	b.End()
	deep := counterfoil.JSON(strings.Repeat(`{"a":`, 60) + "{}" + strings.Repeat("}", 60))
	for _, data := range []counterfoil.JSON{b.JSON(), deep} {
		e := counterfoil.Event{Major: 1, Time: 1, Dialect: "x/1", Service: "A", Name: "B", EventData: data, SvcData: data}
		if err := suite.Boomerang(&e); err != nil {
			t.Errorf("%.200v", err)
		}
	}
}

// BenchmarkDecode reads requests of others and of ours.
func BenchmarkDecode(b *testing.B) {
	var in []byte
	for _, name := range []string{"testdata/others.in", "testdata/own.in"} {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		in = append(in, text...)
	}
	dialecttest.Benchmark(b, suite, in)
}
