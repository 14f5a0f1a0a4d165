package csv

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

const top = "time,svc,event,user,event_data,raw\n"

// own is the suite of tables that we wrote.
var own = dialecttest.Suite{Dialect: Dialect, Canonical: true, Header: true, Undo: dialecttest.UndoOrigin,
	Inputs: []string{
		top + "2026-11-22T12:00:00Z,APP,EVENT,anna,,\n",
		top + "2026-11-22T12:00:00Z,APP,EVENT,\"an\nna\",{},\r\n2026-11-22T12:00:00Z,APP,EVENT,'=1,text,\"a\"\"b\"\n",
		top + "2026-11-22T12:00:00Z,APP,EVENT,anna\n\"x\"y,1\nyesterday,APP,EVENT,,,\n,APP,EVENT,,,\n",
		top + top + "2026-11-22T12:00:00Z,app,EVENT,,,\n\"open\n",
		"\ufeff" + top + "2026-11-22T12:00:00Z,APP,EVENT,anna,,",
	}}

// reader cannot write: a table that is read with a map is not ours.
var reader = func() *dialect.Dialect { d := *Dialect; d.Encode = nil; return &d }()

// mapped is the suite of tables of others.
var mapped = dialecttest.Suite{Dialect: reader, Header: true, Dir: "testdata/mapped",
	Options: &Options{Map: []string{"time=When", "user=Who", "event=What", "svc==Payroll", "success=Result", "object.name=Path", "subject.pid=PID"},
		Time: "%d/%b/%Y:%H:%M:%S %z"},
	Inputs: []string{
		"When,Who\n", "\r\n\r\n", "When,Who,What,Result,Path,PID\n", "\"When\never\",a\nb,c\n\"When\never\",a\nd\n",
		"When,Who,What,Result,Path,PID\n\n22/Nov/2026:13:00:00 +0100,a,b,c,d,e,f,g\n\n,,,,,,\nnever\n",
	}}

func TestOwn(t *testing.T)     { dialecttest.Run(t, own) }
func TestMapped(t *testing.T)  { dialecttest.Run(t, mapped) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, own) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, own) }
func FuzzOwn(f *testing.F)     { dialecttest.Fuzz(f, own) }
func FuzzMapped(f *testing.F)  { dialecttest.Fuzz(f, mapped) }
func TestSubset(t *testing.T) {
	dialecttest.RunEncoder(t, subset("time", "user", "object.name", "svc_data", "raw"))
}
func TestOneColumn(t *testing.T) { dialecttest.RunEncoder(t, subset("user")) }
func TestWithoutRaw(t *testing.T) {
	dialecttest.RunEncoder(t, subset("event", "svc", "time", "host", "dialect", "event_data"))
}

func subset(columns ...string) dialecttest.Suite {
	return dialecttest.Suite{Dialect: Dialect, Options: &Options{Columns: columns}, Canonical: true, Header: true, Dir: "none", Undo: dialecttest.UndoOrigin}
}

func decode(t *testing.T, o *Options, text string) []counterfoil.Event {
	t.Helper()
	s := dialecttest.Suite{Dialect: Dialect, Header: true}
	if o != nil {
		s.Options = o
	}
	return s.Decode([]byte(text))
}

func TestRows(t *testing.T) {
	long := strings.Repeat("x", 1<<16)
	for in, want := range map[string][]string{
		"a,b\r\nc\n":                   {"a,b", "c"},
		"a,\"b\nc\"\nd":                {"a,\"b\nc\"", "d"},
		"\"a\"\"\n\"\"b\"\r\nc":        {"\"a\"\"\n\"\"b\"", "c"},
		"a \"quote\" here\n\"b\nc\"\n": {"a \"quote\" here", "\"b\nc\""},
		"\"a\"x,\"b\nc\nd\n":           {"\"a\"x,\"b", "c", "d"},
		"\"a\"\rx\nb\n":                {"\"a\"\rx", "b"},
		"a\n\"never closed\nb\nc\n":    {"a", "\"never closed\nb\nc\n"},
		"\"a\";\"b\n\"\n\"c\"\t\"\n\"": {"\"a\";\"b\n\"", "\"c\"\t\"\n\""},
		"\"" + strings.Repeat(long+"\n", maxRow/len(long)+1) + "b": nil, // one line, then the others
	} {
		var got []string
		suite := dialecttest.Suite{Dialect: Dialect}
		for _, f := range suite.Cut([]byte(in)) {
			got = append(got, string(f.Data))
		}
		if want == nil {
			if len(got) < 3 || got[0] != "\""+long || got[1] != long || got[len(got)-1] != "b" {
				t.Errorf("a quote that does not close within %d bytes: %d rows", maxRow, len(got))
			}
		} else if !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

// Lines that open a quote each, and close none, are not read over and over.
func TestRowsLinear(t *testing.T) {
	looked := 0
	in := []byte(strings.Repeat("\"a\",\"b\n", 1<<15) + strings.Repeat(",\"\"\"x\n", 1<<15) + strings.Repeat("x\"\"\"\n", 1<<15))
	for rest := in; len(rest) > 0; {
		n, row, err := split(rest, true)
		if n == 0 || err != nil {
			t.Fatal(n, err)
		}
		if end, whole := rowEnd(rest); end < 0 && whole {
			looked += len(rest)
		} else {
			looked += len(row)
		}
		rest = rest[n:]
	}
	if looked > 2*len(in) {
		t.Errorf("%d bytes were looked at for %d", looked, len(in))
	}
}

func TestMap(t *testing.T) {
	for _, c := range []struct {
		o    Options
		text string
		want string // the event of the first row
	}{
		{Options{Map: []string{"time=When", "user=Who", "svc==APP", "event==LOGIN"}}, "When,Who,Where\n2026-11-22 13:00:00+01:00,\"anna, b\",x\n",
			`{"vers":{"major":1,"minor":0},"time":"2026-11-22T12:00:00.000000000Z","dialect":"csv/1","svc":"APP","event":"LOGIN","addr":"",` +
				`"user":"anna, b","event_data":{"Where":"x"},"raw":"When,Who,Where\n2026-11-22 13:00:00+01:00,\"anna, b\",x"}`},
		{Options{Map: []string{"event=What", "success=Ok", "class==lo", "subject.pid=PID", "action=Act"}, Success: []string{"JA"}},
			"What,Ok,PID,Act,,What,time\nlog in,ja,-1,file.eat,x,y,2026-11-22T12:00:00\n",
			`{"vers":{"major":1,"minor":0},"time":"2026-11-22T12:00:00.000000000Z","dialect":"csv/1","svc":"CSV","event":"LOG_IN","class":["lo"],"success":true,"addr":"",` +
				`"user":"","event_data":{"Act":"file.eat","PID":"-1","What":"log in","What#2":"y","column 5":"x"},` +
				`"raw":"What,Ok,PID,Act,,What,time\nlog in,ja,-1,file.eat,x,y,2026-11-22T12:00:00"}`},
		{Options{Separator: "tab", Time: "unix-ms", Zone: "+02:00"}, "time\tuser\taid\n1795000000123.5\ta,b\t7\textra\n",
			`{"vers":{"major":1,"minor":0},"time":"2026-11-18T11:06:40.123500000Z","dialect":"csv/1","svc":"CSV","event":"ROW","addr":"",` +
				`"user":"a,b","event_data":{"aid":"7","column 4":"extra"},"raw":"time\tuser\taid\n1795000000123.5\ta,b\t7\textra"}`},
	} {
		c.o.Columns = nil
		events := decode(t, &c.o, c.text)
		if len(events) != 1 {
			t.Errorf("%q: %d events", c.text, len(events))
			continue
		}
		if got := string(counterfoil.AppendEvent(nil, &events[0])); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestTime(t *testing.T) {
	for _, c := range []struct{ layout, zone, text, want string }{
		{"", "", "2026-11-22T12:00:00.5+01:00", "2026-11-22T11:00:00.500000000Z"},
		{"", "+02:00", "2026-11-22 12:00:00", "2026-11-22T10:00:00.000000000Z"},
		{"rfc3339", "", "2026-11-22", ""},
		{"unix", "", "1795000000.123456789", "2026-11-18T11:06:40.123456789Z"},
		{"unix", "", "1795000000.1234567891", ""},
		{"unix", "", "-1", ""},
		{"unix", "", "99999999999999999999", ""},
		{"unix-ns", "", "1795000000123456789", "2026-11-18T11:06:40.123456789Z"},
		{"%Y-%m-%d %H:%M:%S", "-05:30", "2026-11-22 12:00:00.25", "2026-11-22T17:30:00.250000000Z"},
		{"%d/%b/%Y:%H:%M:%S %z", "", "22/Nov/2026:12:00:00 +0100", "2026-11-22T11:00:00.000000000Z"},
		{"%m/%d/%y %I:%M %p", "", "11/22/26 01:30 PM", "2026-11-22T13:30:00.000000000Z"},
		{"%Y", "", "1500", ""},
	} {
		read, err := timeReader(c.layout, c.zone)
		if err != nil {
			t.Errorf("%q: %v", c.layout, err)
			continue
		}
		got, err := read(c.text)
		if c.want == "" && err == nil || c.want != "" && (err != nil || got.String() != c.want) {
			t.Errorf("%q as %q in %q: %v, %v; want %s", c.text, c.layout, c.zone, got, err, c.want)
		}
	}
}

func TestOptions(t *testing.T) {
	for want, o := range map[string]Options{
		`"usr" is no field: want one of time, host`:                     {Map: []string{"usr=Who"}},
		`"raw" is no field`:                                             {Map: []string{"raw=Line"}},
		`"user": want FIELD=COLUMN or FIELD==CONSTANT`:                  {Map: []string{"user"}},
		`"user==": want FIELD=COLUMN`:                                   {Map: []string{"user=="}},
		`field "user" stands twice`:                                     {Map: []string{"user=a", "user==b"}},
		`"action==eat": "eat" is no action`:                             {Map: []string{"action==eat"}},
		`option "separator": "|" is none of`:                            {Separator: "|"},
		`option "zone": "Berlin" is no offset`:                          {Zone: "Berlin"},
		`option "time": "%Y-%q" has a %-word that is not known at byte`: {Time: "%Y-%q"},
		`option "time": want rfc3339, unix`:                             {Time: "iso"},
		`the word "JA" is said to mean success and failure`:             {Success: []string{"Ja"}, Failure: []string{"JA"}},
	} {
		if _, err := Dialect.Decode(&o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
}

// A column that the map names and the table has not is told once; a time that cannot be read makes its row undecoded.
func TestDamage(t *testing.T) {
	o := &Options{Map: []string{"time=When", "user=Who"}}
	events := decode(t, o, "When,Whom\n2026-11-22T12:00:00Z,a\nyesterday,b\n")
	var got []string
	for _, e := range events {
		got = append(got, e.Name+" "+e.EventData.Member("reason").Text())
	}
	want := []string{`UNPARSED the header has no column "Who", which the option map names: it has "When,Whom"`, "ROW ",
		`UNPARSED column "When": "yesterday" is no RFC 3339 time such as 2026-11-22T12:00:00Z; the option time names other forms`}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	// Below a header that cannot be read the columns have no names; the next row does not become the header.
	if events := decode(t, o, "\"When\"x,Who\n2026,anna\n"); len(events) != 2 || events[1].EventData != `{"column 1":"2026","column 2":"anna"}` {
		t.Errorf("below a damaged header: %+v", events)
	}
}

// A header of very many columns is read once, not once for each.
func TestWideHeader(t *testing.T) {
	var b strings.Builder
	for i := range 300000 {
		fmt.Fprintf(&b, "c%d,", i)
	}
	if events := decode(t, &Options{Map: []string{"user=c7"}}, b.String()+"\n0,1,2,3,4,5,6,anna\n"); len(events) != 1 || events[0].User != "anna" {
		t.Errorf("%d events", len(events))
	}
	same := strings.Repeat("a,", 100000)
	if events := decode(t, &Options{Map: []string{"user=a"}}, same+"\n"+same+"\n1,"+same+"\n"); len(events) != 2 || events[1].User != "1" {
		t.Errorf("%d events", len(events))
	}
}

// The header is in the raw of the first event; alone it is an event.
func TestHeader(t *testing.T) {
	events := decode(t, &Options{Map: []string{"user=a"}}, "a,b\n1,2\na,b\na,b\n3,4\n")
	var raws []string
	for _, e := range events {
		raws = append(raws, e.Name+" "+e.Raw)
	}
	if want := []string{"ROW a,b\n1,2", "HEADER a,b", "ROW a,b\n3,4"}; !slices.Equal(raws, want) {
		t.Errorf("got %q, want %q", raws, want)
	}
	if events := decode(t, nil, top); len(events) != 0 {
		t.Errorf("our own header alone: %v", events)
	}
}

// BenchmarkDecode reads our own table of the goldens, over and over.
func BenchmarkDecode(b *testing.B) {
	in, err := os.ReadFile("testdata/own.in")
	if err != nil {
		b.Fatal(err)
	}
	frames := own.Cut(in)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	records := 0
	var dst []counterfoil.Event
	for b.Loop() {
		d, err := Dialect.Decode(nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range frames {
			if dst, err = d.Decode(dst[:0], dialect.Frame{Data: f.Data, Pos: f.Pos, Received: 1}); err != nil {
				b.Fatal(err)
			}
		}
		records += len(frames) - 1
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}
