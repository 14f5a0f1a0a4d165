package syslog

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/leodido/go-syslog/v4/rfc5424"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }

// TestEncoderOptions holds the other ways to write to the same suite.
func TestEncoderOptions(t *testing.T) {
	o := defaults
	o.OctetCounting, o.SDID, o.Facility = true, "own@12345.6", "local3"
	s := suite
	s.Options, s.Dir, s.Inputs = &o, "testdata/none", []string{"<13>1 2026-11-22T12:00:00Z h a - - - one\n"}
	dialecttest.Run(t, s)
	dialecttest.RunEncoder(t, s)
	for _, c := range []struct {
		change func(*Options)
		want   string
	}{
		{func(o *Options) { o.Facility = "local9" }, `syslog: facility is "local9", want one of kern user mail`},
		{func(o *Options) { o.SDID = "nobody" }, `syslog: sd-id is "nobody", want a name and an enterprise number such as counterfoil@32473, 32 bytes at most`},
		{func(o *Options) { o.SDID = "a]b@1" }, `syslog: sd-id "a]b@1" has the byte ']', which RFC 5424 does not allow there`},
		{func(o *Options) { o.SDID = strings.Repeat("n", 31) + "@1" }, `syslog: sd-id is "nn`},
	} {
		o := defaults
		c.change(&o)
		if _, err := suite.Dialect.Encode(nil, &o); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

// TestEncodeIsValid: go-syslog, which is strict, reads what we write, whatever texts the event has.
func TestEncodeIsValid(t *testing.T) {
	p := rfc5424.NewParser(rfc5424.WithCompliantMsg())
	for i, e := range dialecttest.Hostile() {
		out := encode(t, &e)
		m, err := p.Parse(bytes.TrimSuffix(out, []byte("\n")))
		if err != nil {
			t.Errorf("hostile event %d: %v\n%.300q", i, err, out)
			continue
		}
		x := m.(*rfc5424.SyslogMessage)
		if got := (*x.StructuredData)[defaults.SDID]["svc"]; got != e.Service || *x.Appname != e.Service || *x.MsgID != e.Name {
			t.Errorf("hostile event %d: svc %q, app-name %q, msgid %q", i, got, *x.Appname, *x.MsgID)
		}
	}
}

func encode(t *testing.T, e *counterfoil.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	enc, err := suite.Dialect.Encode(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enc.Encode(&counterfoil.Record{Event: *e}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAsItCame: a message of RFC 5424 goes out as it came; one whose year we guessed does not.
func TestAsItCame(t *testing.T) {
	in, err := os.ReadFile("testdata/forms.in")
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for _, e := range suite.Decode(in) {
		if out := string(encode(t, &e)); out == e.Raw+"\n" {
			same++
			if !strings.Contains(e.Raw, ">1 ") || strings.Contains(e.Raw, ">1 - ") {
				t.Errorf("goes out as it came: %s", out)
			}
		} else if !strings.Contains(out, "["+defaults.SDID+" ") {
			t.Errorf("%q becomes %q", e.Raw, out)
		}
	}
	if same < 6 {
		t.Errorf("%d messages go out as they came", same)
	}
}

// TestCarried: an element of ours that is no event is a plain message that says why; other parameters are left alone.
func TestCarried(t *testing.T) {
	const good = `time="2026-11-22T12:00:00Z" svc="APP" event="EVENT"`
	for sd, want := range map[string]string{
		"[counterfoil@32473 " + good + "]":                                  "",
		"[a@1][counterfoil@32473 " + good + ` later="x"][b@1]`:              "",
		"[counterfoil@32473 " + good + "][counterfoil@32473]":               "the element stands twice",
		"[counterfoil@32473 " + good + ` user="a" user_json="\"b\""]`:       "user stands twice",
		"[counterfoil@32473 " + good + ` success="perhaps"]`:                `success: "perhaps" is neither success nor failure`,
		"[counterfoil@32473 " + good + ` user_json="b"]`:                    `user_json: byte 1: "b" is no JSON value`,
		"[counterfoil@32473 " + good + ` event_data="[\]"]`:                 `field "event_data" is neither an object nor a string`,
		`[counterfoil@32473 svc="APP" event="EVENT"]`:                       `field "time" is missing`,
		`[counterfoil@32473 time="2026-11-22T12:00:00Z" svc="a" event="b"]`: `field "svc" is "a": only A-Z, 0-9, _ and . are allowed`,
	} {
		in := "<13>1 - - - - - " + sd + " whole message\n"
		events, err := suite.Check([]byte(in))
		if err != nil || len(events) != 1 {
			t.Fatalf("%s: %v", in, err)
		}
		e := events[0]
		got := e.EventData.Member("inner").Member("reason").Text()
		if got != want || want == "" && e.Service != "APP" {
			t.Errorf("%s:\n got %s %q\nwant %q", sd, e.Service, got, want)
		}
	}
}
