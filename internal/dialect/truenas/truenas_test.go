package truenas

import (
	"bytes"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"@cee:{\"TNAUDIT\":{\"svc\":\"SMB\",\"event\":\"X\",\"time\":\"1970-01-01 00:00:00.0000001\",\"extra\":{\"a\":1},\"user\":[1]}}\r\n",
		"@cee:{\"TNAUDIT\":{\"svc\":\"a-b\",\"event\":\"c\",\"time\":5,\"event_data\":\"{\\\"tnaudit\\\":{\\\"svc\\\":\\\"FORGED\\\"}}\"},\"svc\":\"TOP\"}\n",
		"@cee:{\"TNAUDIT\":{\"svc\":\"SYSTEM\",\"event\":\"LOGIN\",\"time\":\"2026-01-01 00:00:00\",\"event_data\":\"words, no JSON\",\"success\":\"maybe\"}}\n",
		"[{\"audit_id\":\"x\",\"event\":\"E\",\"service\":\"S\",\"timestamp\":{\"$date\":1e3}},  {\"audit_id\":1,\"event\":\"E\",\"service\":\"S\",\"session\":7} ]\n[\n]\n",
		"[\n  {\n    \"audit_id\": null\n  },\n  {\n    \"a\": \"}\",\n    \"b\": {\n      \"c\": 1\n    }\n  }\n]\n{\n  \"no end\": 1\n",
		"Nov 22 12:00:00 nas sudo[77]: @cee:{\"sudo\":{\"exit\":{\"uuid\":\"zz\",\"submithost\":\"nas\"}}}\n@cee:{\"sudo\":{}}\n@cee:{\"sudo\":{\"accept\":5}}\n",
		"@cee: {\"TNAUDIT\":{\"dialect\":\"linux/1\",\"svc\":\"SMB\",\"event\":\"CLOSE\",\"time\":\"2026-01-01T00:00:00+0100\",\"aid\":\"A0000000-0000-0000-0000-000000000001\"}}\n",
	},
}

var short = dialecttest.Suite{Dialect: Dialect, Options: &Options{MaxBytes: 1024}, Dir: "testdata/short"}

func TestDialect(t *testing.T)      { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F)      { dialecttest.Fuzz(f, suite) }
func TestEncoder(t *testing.T)      { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F)      { dialecttest.FuzzEncoder(f, suite) }
func TestEncoderShort(t *testing.T) { dialecttest.RunEncoder(t, short) }

func decode(t *testing.T, in string) []counterfoil.Event {
	t.Helper()
	events, err := suite.Check([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func encode(t *testing.T, o *Options, e counterfoil.Event) (string, dialect.Loss) {
	t.Helper()
	var b strings.Builder
	enc, err := Dialect.Encode(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	loss, err := enc.Encode(&counterfoil.Record{Event: e})
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), loss
}

// Another program's message can hold the cookie, and a whole message of TrueNAS's.
func TestNothingForged(t *testing.T) {
	const forged = `@cee:{"TNAUDIT":{"svc":"SMB","event":"CLOSE","time":"2026-11-22 12:00:00.000000Z","user":"root"}}`
	for _, head := range []string{
		"Nov 22 12:00:00 nas sshd[1]: ", "Nov 22 12:00:00 nas sshd[1]: Invalid user TNAUDIT_SMB: ", "<13>1 2026-11-22T12:00:00Z nas sshd 1 - - TNAUDIT_SMB: ",
		"2026-11-22T12:00:00Z nas sshd[1]: sudo: ", "TNAUDIT_SMB ", "Nov 22 12:00:00 nas su[1]: sudo[2]: ", "<13>1 2026-11-22T12:00:00Z nas TNAUDIT_SMB 1 - - words ",
		"Nov 22 12:00:00 nas TNAUDIT_SMB[]: ", "Nov 22 12:00:00 nas TNAUDIT_SMB[7: ", "<99999>Nov 22 12:00:00 nas TNAUDIT_SMB[7]: ", "<x>Nov 22 12:00:00 nas TNAUDIT_SMB[7]: ",
	} {
		for _, e := range decode(t, head+forged+"\n") {
			if e.Name != dialect.UnparsedEvent {
				t.Errorf("%q is read as %s of %s", head, e.Name, e.User)
			}
		}
	}
	// What a jsonl sender puts into event_data.tnaudit does not become the envelope.
	e := counterfoil.Event{Major: 1, Time: 1795000000e9, Dialect: "truenas/1", Service: "APP", Name: "QUIET", User: "eve",
		EventData: `{"tnaudit":{"aid":"00000000-0000-0000-0000-000000000001","event":"LOGOUT","svc":"MIDDLEWARE","user":"root"}}`}
	line, _ := encode(t, nil, e)
	if got := decode(t, line)[0]; got.Service != "APP" || got.Name != "QUIET" || got.User != "eve" || !got.AID.IsZero() {
		t.Errorf("an envelope is forged by data: %s", line)
	}
}

// What the envelope had beside is written back where it was, names that are not ours included.
func TestEnvelopeComesBack(t *testing.T) {
	const in = `@cee:{"TNAUDIT":{"aid":"5b1f0c2e-7d34-4a6b-8c9d-000000000001","vers":{"major":0,"minor":1},"addr":null,"user":"root","sess":null,` +
		`"time":"2026-11-22 13:00:00.320000","svc":"SYSTEM","svc_data":null,"event":"TIME-CHANGE","event_data":"{\"proctitle\":\"date\"}","success":true,"tenant":{"id":4}}}`
	e := decode(t, in+"\n")[0]
	if e.Name != "TIME_CHANGE" || e.Action != counterfoil.SystemTime {
		t.Errorf("read as %+v", e)
	}
	e.Raw = ""
	if out, loss := encode(t, nil, e); out != in+"\n" || len(loss) > 0 {
		t.Errorf("loss %v, written\n%sof\n%s", loss, out, in)
	}
}

// Nobody is called null.
func TestNoUser(t *testing.T) {
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{`null`, `{}`, `["anna"]`} {
		e, err := d.Decode(nil, dialect.Frame{Data: []byte(`@cee:{"sudo":{"reject":{"submituser":` + user + `}}}`), Received: 1})
		if err != nil || len(e) != 1 || e[0].User != "" {
			t.Errorf("%s: %+v, %v", user, e, err)
		}
	}
}

func TestTruncation(t *testing.T) {
	long := strings.Repeat("p\u00e4th/", 300)
	data, err := counterfoil.Canonical(`{"file":{"path":"short"},"sd":"` + long + `","result":{"value_raw":0},"z":"` + long[:600] + `","a":"x"}`)
	if err != nil {
		t.Fatal(err)
	}
	e := counterfoil.Event{AID: counterfoil.AID{1}, Major: 0, Minor: 1, Time: 1795000000e9, Dialect: "truenas/1", Service: "SMB", Name: "SET_ACL", User: "alice",
		SvcData: `{"service":"finance"}`, EventData: data, Class: counterfoil.ClassFileAttrModify, Category: counterfoil.CategoryData, Action: counterfoil.FileACL}
	e.Object = counterfoil.Object{Kind: "file", Name: "short"}
	for _, c := range []struct {
		max  int
		loss string
		keep string
	}{
		{0, "", ""},
		{1400, "event_data", `{"a":"x","file":{"path":"short"},"result":{"value_raw":0},"tnaudit":{"truncated":true},"z":"` + long[:600] + `"}`},
		{800, "event_data", `{"a":"x","file":{"path":"short"},"result":{"value_raw":0},"tnaudit":{"truncated":true}}`},
	} {
		line, loss := encode(t, &Options{MaxBytes: c.max}, e)
		if c.max > 0 && len(line)-1 > c.max || strings.Join(loss, " ") != c.loss {
			t.Errorf("max %d: %d bytes, loss %v\n%s", c.max, len(line)-1, loss, line)
		}
		if got := decode(t, line)[0]; c.max > 0 && (string(got.EventData) != c.keep || got.AID != e.AID) {
			t.Errorf("max %d leaves %s", c.max, got.EventData)
		}
	}
	// Words lose their end, between characters; without an aid there is a hash; and every text can be too long.
	e.AID, e.EventData = counterfoil.AID{}, counterfoil.String(long)
	line, _ := encode(t, &Options{MaxBytes: 1024}, e)
	got := decode(t, line)[0]
	words := got.EventData.Member("event_data").Text()
	if n := len(line) - 1; n > 1024 || n < 1020 || !strings.HasPrefix(long, words) || !utf8.ValidString(words) || got.EventData.Member("tnaudit").Member("sha256") == "" {
		t.Errorf("%d bytes, words %q, %s", n, words, got.EventData)
	}
	e.Addr, e.User, e.Session, e.Dialect, e.SvcData = long, "\x01"+long, "\xff"+long, long, counterfoil.String(long)
	e.Service, e.Name = strings.Repeat("S", 2000), strings.Repeat("E", 2000)
	e.Major, e.Minor = 1<<15, 1<<15
	line, loss := encode(t, &Options{MaxBytes: leastBytes}, e)
	if len(line)-1 > leastBytes || !strings.Contains(strings.Join(loss, " "), "addr user sess") {
		t.Errorf("%d bytes, loss %v:\n%s", len(line)-1, loss, line)
	}
	if _, err := Dialect.Encode(nil, &Options{MaxBytes: 100}); err == nil || !strings.Contains(err.Error(), "max-bytes is 100") {
		t.Errorf("a limit below the envelope: %v", err)
	}
}

// A row that is damaged takes no other with it.
func TestRowsAreApart(t *testing.T) {
	row := func(id string) string { return `{"audit_id":"` + id + `","service":"SMB","event":"CLOSE"}` }
	for in, want := range map[string]string{
		"[" + row("a") + ", " + row("b") + "]\n" + row("c") + "\n":                                      "CLOSE CLOSE CLOSE",
		"[" + row("a") + ", {\"audit_id\":\"b, " + row("c") + "]\n" + row("d") + "\n":                   "CLOSE UNPARSED CLOSE",
		"[\n  {\n    \"audit_id\": \"a\",\n    \"event\": \"CLOSE\"\n" + row("c") + "\n" + row("d"):     "UNPARSED UNPARSED UNPARSED CLOSE CLOSE",
		"[\n  {\n    \"audit_id\": \"a\",\n    \"service\": \"SMB\",\n    \"event\": \"CLOSE\"\n  }\n]": "CLOSE",
		row("a") + " trailing\n": "UNPARSED",
	} {
		var got []string
		for _, e := range decode(t, in) {
			got = append(got, e.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", in, got, want)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	in, err := os.ReadFile("testdata/smb.in")
	if err != nil {
		b.Fatal(err)
	}
	var frames []dialect.Frame
	size := 0
	for line := range bytes.Lines(in) {
		if bytes.Contains(line, []byte("ssh")) || bytes.Contains(line, []byte("logger")) {
			continue // refused ones
		}
		frames = append(frames, dialect.Frame{Data: bytes.TrimSuffix(line, []byte("\n")), Received: 1})
		size += len(line)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	d, err := Dialect.Decode(nil)
	if err != nil {
		b.Fatal(err)
	}
	var events []counterfoil.Event
	n, start := 0, cpu(b)
	for b.Loop() {
		events = events[:0]
		for _, f := range frames {
			if events, err = d.Decode(events, f); err != nil {
				b.Fatal(err)
			}
		}
		n += len(events)
	}
	b.ReportMetric(float64(n)/(cpu(b)-start).Seconds(), "records/cpu-s")
}

// cpu gives the processor time that the process has used: the wall clock tells little on a machine that does other things.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
