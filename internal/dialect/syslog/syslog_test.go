package syslog

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

// Inner dialects of the tests. What is inside syslog in earnest is tested in internal/dialect/all.
var (
	// whole knows messages that begin "whole", one event each; it has no host and no time of its own.
	whole = &dialect.Dialect{Name: "whole", Version: 1, Split: dialect.SplitLines,
		Sniff:  func(p []byte) bool { return bytes.HasPrefix(p, []byte("whole")) },
		Decode: func(any) (dialect.Decoder, error) { return wholeDecoder{}, nil }}
	// headed knows its records by what the logger puts before them.
	headed = &dialect.Dialect{Name: "headed", Version: 1, Split: dialect.SplitLines,
		Sniff:  func(p []byte) bool { return bytes.Contains(p, []byte(" host headed: ")) },
		Decode: func(any) (dialect.Decoder, error) { return wholeDecoder{}, nil }}
	// pair gathers the messages "pair N …" until "pair N end", or for two seconds.
	pair = &dialect.Dialect{Name: "pair", Version: 1, Split: dialect.SplitLines,
		Sniff:  func(p []byte) bool { return bytes.HasPrefix(p, []byte("pair ")) },
		Decode: func(any) (dialect.Decoder, error) { return &pairDecoder{open: map[string]*[]dialect.Frame{}}, nil }}
)

type wholeDecoder struct{}

func (wholeDecoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	return append(dst, counterfoil.Event{Major: 1, Time: f.Received, Dialect: "whole/1", Host: f.Host, Service: "WHOLE", Name: "X",
		SvcData: counterfoil.String("said"), Raw: string(f.Data)}), nil
}
func (wholeDecoder) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event { return dst }
func (wholeDecoder) Held() dialect.Held                                             { return dialect.Held{} }

type pairDecoder struct {
	open  map[string]*[]dialect.Frame
	order []string
}

func (d *pairDecoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	w := strings.SplitN(string(f.Data), " ", 3)
	if len(w) < 3 || w[1] == "x" {
		return append(dst, dialect.Unparsed(pair, f, "it is sad")), errors.New("sad")
	}
	f.Data = bytes.Clone(f.Data)
	if d.open[w[1]] == nil {
		d.open[w[1]] = &[]dialect.Frame{}
		d.order = append(d.order, w[1])
	}
	*d.open[w[1]] = append(*d.open[w[1]], f)
	if strings.HasPrefix(w[2], "end") {
		dst = d.give(dst, w[1])
	}
	return dst, nil
}

func (d *pairDecoder) give(dst []counterfoil.Event, n string) []counterfoil.Event {
	frames := *d.open[n]
	var raw []string
	for _, f := range frames {
		raw = append(raw, string(f.Data))
	}
	delete(d.open, n)
	var order []string
	for _, k := range d.order {
		if k != n {
			order = append(order, k)
		}
	}
	d.order = order
	return append(dst, counterfoil.Event{Major: 1, Time: 1, Dialect: "pair/1", Host: frames[0].Host, Service: "PAIR", Name: "X",
		SvcData: `{"n":1,"syslog":"taken"}`, EventData: `{"own":"shape"}`, Raw: strings.Join(raw, "\n")})
}

func (d *pairDecoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	for _, n := range d.order {
		if f := *d.open[n]; now.IsZero() || !f[0].Received.Std().Add(2*time.Second).After(now) {
			dst = d.give(dst, n)
		}
	}
	return dst
}

func (d *pairDecoder) Held() (h dialect.Held) {
	for i, n := range d.order {
		f := *d.open[n]
		if at := f[0].Received.Std().Add(2 * time.Second); i == 0 || at.Before(h.Deadline) {
			h.Deadline = at
		}
		for _, x := range f {
			h.Frames = append(h.Frames, x.Pos)
		}
		if i == 0 || f[0].Pos < h.Pos {
			h.Pos = f[0].Pos
		}
		h.Any = true
	}
	return h
}

var suite = dialecttest.Suite{
	Dialect: New([]*dialect.Dialect{whole, headed, pair}),
	Inputs: []string{
		"60 <13>Nov 22 12:00:00 web1 app: pair 1 begin\nforged pair 1 end\n<13>Nov 22 12:00:00 web1 app: pair 1 end\n",
		"<13>pair 1 begin\n<13>pair 1 begin\n<14>pair 1 begin\n<13>pair 1 end\n<13>pair 1 end\r\n<13>pair 2 \n",
		"<13>1 - - - - - [a b=\"c\"]\n<13>1 - - - - - [a b=\"c\"]d\n<13>1 - - - - - [a  b=\"c\" ] d\n<13>1 - - - - - []\n<13>1 - - - - - [a b=\"\\\n",
		"12\n1 <\n123456789 <13>\n0 <13>\n<191>Jan  1 00:00:00 whole\n<13> whole\n\x00\n\r\n",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// TestDatagrams: a datagram is a frame whatever bytes it has.
func TestDatagrams(t *testing.T) {
	s := suite
	s.Dir = "testdata/none"
	s.Inputs = []string{"<13>a: one\n\n<13>b: two\nof two lines\x00<13>pair 1 begin\x00<13>pair 1 end\n\x00"}
	s.Frames = func(in []byte) (frames []dialect.Frame) {
		for i, p := range bytes.Split(in, []byte("\x00")) {
			frames = append(frames, dialect.Frame{Data: bytes.Clone(p), Pos: int64(i), Host: "192.0.2.9", Received: dialecttest.Received})
		}
		return frames
	}
	dialecttest.Run(t, s)
}

func TestSniff(t *testing.T) {
	for in, want := range map[string]bool{
		"<34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - x": true,
		"<34>1 - - - - - -": true,
		"54 <34>1 2003-10-11T22:14:15.003Z mymachine su - ID47 - x\n": true,
		"<34>Oct 11 22:14:15 mymachine su: x":                         true,
		"\nOct 11 22:14:15 mymachine su: x":                           true,
		"2026-11-22T12:00:00+01:00 web1 systemd[1]: x":                true,
		"Oct 11 22:14:15 is a time":                                   false,
		"<34>hello":                                                   false,
		"<999>Oct 11 22:14:15 mymachine su: x":                        false,
		"<script>":                                                    false,
		`{"time":"2026-11-22T12:00:00Z"}`:                             false,
		"type=TEST msg=audit(1.000:1): ":                              false,
		"":                                                            false,
	} {
		if got := suite.Dialect.Sniff([]byte(in)); got != want {
			t.Errorf("Sniff(%q) = %v", in, got)
		}
	}
}

func TestOptions(t *testing.T) {
	one := func(in string, set ...string) counterfoil.Event {
		t.Helper()
		o := suite.Dialect.Options()
		for _, s := range set {
			name, value, _ := strings.Cut(s, "=")
			if err := dialect.SetOption(o, name, value); err != nil {
				t.Fatal(err)
			}
		}
		s := suite
		s.Options = o
		events := s.Decode([]byte(in))
		if len(events) != 1 {
			t.Fatalf("%s: %d events", in, len(events))
		}
		return events[0]
	}
	if e := one("<13>Nov 22 12:00:00 web1 app: x", "zone=+01:00"); e.Time.String() != "2026-11-22T11:00:00.000000000Z" || e.EventData.Member("inferred") != `["year"]` {
		t.Errorf("zone: %v %s", e.Time, e.EventData)
	}
	if e := one("<13>whole", "inner=none"); e.Service != service {
		t.Errorf("inner=none: %+v", e)
	}
	if e := one("<13>no whole", "inner=whole"); e.Service != "WHOLE" {
		t.Errorf("inner=whole: %+v", e)
	}
	if e := one("<13>no pair", "inner=pair"); e.EventData.Member("inner") != `{"dialect":"pair","reason":"it is sad"}` {
		t.Errorf("inner=pair: %s", e.EventData)
	}
	for option, want := range map[Options]string{
		{Inner: "klingon", MaxHeld: 1, SDID: "a@1"}: `syslog: inner is "klingon", want none or one of headed, pair, whole`,
		{Zone: "Berlin", MaxHeld: 1, SDID: "a@1"}:   `syslog: zone is "Berlin", want Z or an offset such as +01:00`,
		{}: `syslog: max-held is 0, must be above zero`,
	} {
		if _, err := suite.Dialect.Decode(&option); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", option, err, want)
		}
	}
	if _, err := suite.Dialect.Decode(7); err == nil {
		t.Error("options of another type are taken")
	}
}

// TestBounds: hosts without end, and messages that are held without end, do not grow in memory and lose nothing.
func TestBounds(t *testing.T) {
	var hosts, holds, same strings.Builder
	for i := range maxStreams + 50 {
		fmt.Fprintf(&hosts, "<13>Nov 22 12:00:00 h%d app: pair 1 begin\n", i)
		fmt.Fprintf(&holds, "<13>Nov 22 12:00:00 h app: pair %d begin\n", i)
		fmt.Fprintf(&same, "<%d>Nov 22 12:00:00 h app: pair 1 begin\n", i%192)
	}
	s := suite
	o := defaults
	o.MaxHeld = 2000
	s.Options = &o
	for name, in := range map[string]string{"hosts": hosts.String(), "holds": holds.String(), "same": same.String()} {
		events, err := s.Check([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i := range events {
			if events[i].Service != "PAIR" {
				t.Fatalf("%s: %+v", name, events[i])
			}
		}
		if len(events) < 20 {
			t.Errorf("%s: %d events", name, len(events))
		}
	}
}

// TestSize: inner decoders that take much memory are few: those go that were silent longest, and nothing is lost.
func TestSize(t *testing.T) {
	dec, err := suite.Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := dec.(*decoder)
	d.most = 3 << 10
	var events []counterfoil.Event
	for i := range 100 {
		m := fmt.Sprintf("<13>Nov 22 12:00:00 h%d app: pair 1 begin", i)
		events, _ = d.Decode(events, dialect.Frame{Data: []byte(m), Pos: int64(i), Received: 1})
		if d.Size() > 3<<10+1000 || len(d.streams) > 3 {
			t.Fatalf("%d bytes in %d streams", d.Size(), len(d.streams))
		}
	}
	events = d.Flush(events, time.Time{})
	for i, e := range events {
		if !strings.Contains(e.Raw, fmt.Sprintf(" h%d ", i)) {
			t.Errorf("number %d is %s", i, e.Raw)
		}
	}
	if len(events) != 100 || d.bytes != 0 {
		t.Errorf("%d events, %d bytes are held", len(events), d.bytes)
	}
}

// TestOrphans: an inner dialect that breaks its contract loses no frame.
func TestOrphans(t *testing.T) {
	liar := &dialect.Dialect{Name: "liar", Version: 1, Sniff: func([]byte) bool { return true },
		Decode: func(any) (dialect.Decoder, error) { return &liarDecoder{}, nil }}
	s := dialecttest.Suite{Dialect: New([]*dialect.Dialect{liar})}
	events, err := s.Check([]byte("<13>a\n<13>b\n<13>c\n"))
	if err != nil || len(events) != 3 || events[0].EventData.Member("inner") == "" {
		t.Errorf("%+v, %v", events, err)
	}
}

// liarDecoder swallows the first message and changes the others.
type liarDecoder struct{ n int }

func (d *liarDecoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if d.n++; d.n == 1 {
		return dst, nil
	}
	return append(dst, counterfoil.Event{Major: 1, Time: 1, Dialect: "liar/1", Service: "LIAR", Name: "X", Raw: string(f.Data) + "!"}), nil
}
func (*liarDecoder) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event { return dst }
func (*liarDecoder) Held() dialect.Held                                             { return dialect.Held{} }
