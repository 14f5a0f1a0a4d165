package counterfoil

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// full has a value in every field.
func full() Record {
	return Record{Seq: 81231, Received: 1795348800130000000, Via: "smb-1", Event: Event{
		AID: AID{1, 2, 3, 4, 5, 6, 0x47, 8, 0x89, 10, 11, 12, 13, 14, 15, 16}, Major: 1, Minor: 2, Time: 1795348800123456789,
		Dialect: "samba/1", Host: "nas1", Service: "SMB", Name: "RENAME", Class: ClassFileCreate | ClassFileDelete,
		Category: CategoryData, Action: FileRename, Outcome: Failure, Addr: "10.0.0.7", User: "an\"na\xff", Session: "6f",
		Subject:   Subject{LoginID: "3000", ID: "0", Name: "root", Group: "0", Terminal: "pts/1", PID: 77, Process: "/usr/bin/mv"},
		Object:    Object{Kind: "file", Name: "/hr/a\n", ID: "58:133:0", To: "/hr/b"},
		SvcData:   `{"share":"hr"}`,
		EventData: `{"a":1,"b":[true,null,"x"]}`,
		Raw:       "raw line\t\x00",
	}}
}

func TestRecordRoundTrip(t *testing.T) {
	plain := full()
	binary := full()
	binary.Raw = "\xff\xfe\x00"
	least := Record{Seq: 0, Received: 1, Event: Event{AID: AID{1}, Major: 1, Time: 1, Service: "A", Name: "B"}}
	for _, want := range []Record{plain, binary, least} {
		msg, comma := AppendRecord(nil, &want)
		if msg[comma] != ',' || !strings.HasPrefix(string(msg[comma:]), `,"addr":`) {
			t.Fatalf("comma at %d of %s", comma, msg)
		}
		got, err := ParseRecord(string(msg))
		if err != nil {
			t.Fatalf("%v\n%s", err, msg)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		again, _ := AppendRecord(nil, &got)
		if string(again) != string(msg) {
			t.Errorf("got  %s\nwant %s", again, msg)
		}
	}
}

func TestEveryFieldIsInTheMessage(t *testing.T) {
	r := full()
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		if v.Field(i).IsZero() && v.Type().Field(i).Name != "Hidden" { // which stands for what is missing
			t.Errorf("Record.%s is zero in full()", v.Type().Field(i).Name)
		}
	}
	e := v.FieldByName("Event")
	for i := range e.NumField() {
		if e.Field(i).IsZero() {
			t.Errorf("Event.%s is zero in full()", e.Type().Field(i).Name)
		}
	}
}

func TestParseEventErrors(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{`{"time":"2262-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B"}`, `lies outside the years 1678 to 2261`},
		{`{"addr":"","user":"","svc":"A","event":"B"}`, `field "time" is missing`},
		{`{"time":"2026-01-01T00:00:00Z","user":"","svc":"A","event":"B"}`, `field "addr" is missing`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","svc":"A","event":"B"}`, `field "user" is missing`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","event":"B"}`, `field "svc" is missing`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A"}`, `field "event" is missing`},
		{`{"time":"yesterday","addr":"","user":"","svc":"A","event":"B"}`, `field "time" "yesterday" is not an RFC 3339`},
		{`{"time":"2026-02-30T00:00:00Z","addr":"","user":"","svc":"A","event":"B"}`, `field "time"`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"a b","event":"B"}`, `field "svc" is "a b": only A-Z`},
		{`{"time":"2026-01-01T00:00:00Z","addr":1,"user":"","svc":"A","event":"B"}`, `field "addr" is not a string`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","seq":1}`, `field "seq" is given by the trail`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","usr":1}`, `field "usr" is not part of a message`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event":"C"}`, `field "event" stands twice`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","subject":{"name":"anna","pid":1,"name":"bert"}}`, `field "subject.name" stands twice`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","object":{"name":"/a","\u006eame":""}}`, `field "object.name" stands twice`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","vers":{"major":1,"major":2}}`, `field "vers.major" stands twice`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":[]}`, `field "event_data" is neither`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"a":1,"a":2}}`, `key "a" stands twice`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"":1,"":2}}`, `key "" stands twice`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","action":"file.eat"}`, `field "action"`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","class":["zz"]}`, `field "class"`},
		{`{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","aid":"x"}`, `field "aid"`},
		{`{"time":"2026-01-01T00:00:00Z"`, `byte 31: text ends where '}' is expected`},
		{`[]`, `byte 1: found '[' where '{' is expected`},
		{``, `byte 1: text ends`},
	} {
		if _, err := ParseEvent(c.in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s\n got %v\nwant %s", c.in, err, c.want)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{` { "b" : 1 , "a" : [ ] } `, `{"a":[],"b":1}`},
		{`{"a":{"d":{},"c":"x"},"B":null}`, `{"B":null,"a":{"c":"x","d":{}}}`},
		{`"\u0041\/\u00e9\n\u0000"`, `"A/é\n\u0000"`},
		{`"\udcff\ud83d\ude00"`, `"\udcff😀"`},
		{`"\udcc3\udca4"`, `"ä"`},
		{`"\ud800x"`, `"\udced\udca0\udc80x"`},
		{`[1,-0,0.5,1.50,1e3,9007199254740992,9007199254740993,1e400,0.1234567890123456789,1e-7,123456789012345678901234]`,
			`[1,0,0.5,1.5,1000,9007199254740992,"9007199254740993","1e400","0.1234567890123456789",1e-7,"123456789012345678901234"]`},
		{"\"\xff\"", `"\udcff"`},
	} {
		got, err := Canonical(c.in)
		if err != nil || string(got) != c.want {
			t.Errorf("Canonical(%s)\n got %s, %v\nwant %s", c.in, got, err, c.want)
		}
		again, err := Canonical(string(got))
		if err != nil || again != got {
			t.Errorf("Canonical(%s) = %s, %v", got, again, err)
		}
	}
	for _, in := range []string{``, `{`, `{"a"}`, `{"a":1,}`, `[1,]`, `01`, `1.`, `nul`, `"`, `"\x"`, `"\u12"`, "\"\n\"", `{} {}`, `{"a":1,"a":1}`,
		strings.Repeat("[", 100) + strings.Repeat("]", 100)} {
		if got, err := Canonical(in); err == nil {
			t.Errorf("Canonical(%s) = %s, want an error", in, got)
		}
	}
}

// A dialect may put canonical values into objects of its own. What [Event.Check] lets pass must be read again.
func TestCheckKnowsDepth(t *testing.T) {
	const head = `{"vers":{"major":1,"minor":0},"time":"2026-01-01T00:00:00.000000000Z","svc":"A","event":"B","addr":"","user":""`
	for n := MaxDepth - 3; n <= MaxDepth+3; n++ {
		for _, data := range []string{
			strings.Repeat(`{"a":`, n) + `1` + strings.Repeat(`}`, n),
			strings.Repeat(`{"a":`, n) + `"}}}"` + strings.Repeat(`}`, n),
			strings.Repeat(`{"a":`, n-1) + `{}` + strings.Repeat(`}`, n-1),
			`{"a":` + strings.Repeat(`[`, n-1) + strings.Repeat(`]`, n-1) + `}`,
			`{"\"{[":` + strings.Repeat(`[`, n-1) + `null,[]` + strings.Repeat(`]`, n-1) + `}`,
			`{"a":[` + strings.Repeat(`{},[],`, n) + `1],"b":"` + strings.Repeat("[{", n) + `"}`,
			`"` + strings.Repeat("{[", n) + `"`,
		} {
			_, want := ParseEvent(head + `,"event_data":` + data + `}`)
			for _, e := range []Event{{EventData: JSON(data)}, {SvcData: JSON(data)}} {
				e.Major, e.Time, e.Service, e.Name = 1, 1, "A", "B"
				if err := e.Check(); (err == nil) != (want == nil) {
					t.Errorf("Check: %v, a message with it: %v\n%s", err, want, data)
				}
			}
		}
	}
}

func TestBuilder(t *testing.T) {
	var b Builder
	b.Object("")
	b.String("z", "1\xff")
	b.Object("m")
	b.Int("y", 2)
	b.Int("x", 1<<60)
	b.Int("y", 3)
	b.String("y#2", "taken")
	b.End()
	b.Array("a")
	b.Bool("", true)
	b.Null("")
	b.Object("")
	b.End()
	b.End()
	b.End()
	const want = `{"a":[true,null,{}],"m":{"x":"1152921504606846976","y":2,"y#2":"taken","y#3":3},"z":"1\udcff"}`
	if got := string(b.JSON()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if c, err := Canonical(want); err != nil || string(c) != want {
		t.Errorf("not canonical: %s, %v", c, err)
	}
	if v := b.JSON().Member("m").Member("y#2").Text(); v != "taken" {
		t.Errorf("m.y#2 = %q", v)
	}
}

func TestTime(t *testing.T) {
	for _, s := range []string{"1678-01-01T00:00:00.000000000Z", "1969-12-31T23:59:59.999999999Z", "2000-02-29T12:34:56.000000001Z", "2261-12-31T23:59:59.999999999Z", "2026-11-22T00:00:00.000000000Z"} {
		got, err := ParseTime(s)
		if err != nil || got.String() != s {
			t.Errorf("%s: %s, %v", s, got, err)
		}
		std, _ := time.Parse(time.RFC3339Nano, s)
		if TimeOf(std) != got {
			t.Errorf("%s: %d, want %d", s, got, std.UnixNano())
		}
	}
	if got, err := ParseTime("2026-11-22T13:00:00.5+01:00"); err != nil || got.String() != "2026-11-22T12:00:00.500000000Z" {
		t.Errorf("%s, %v", got, err)
	}
	for _, s := range []string{"", "2026-11-22", "2026-11-22T12:00:00.1234567891Z", "1200-01-01T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z"} {
		if got, err := ParseTime(s); err == nil {
			t.Errorf("%q parsed as %s", s, got)
		}
	}
}

func TestSentences(t *testing.T) {
	r := full()
	if got, want := r.SentenceText(), "an\"na\xff was refused renaming /hr/a\n to /hr/b with /usr/bin/mv on nas1 from 10.0.0.7"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, a := range append(Actions(), "") {
		for o := range Failure + 1 {
			e := Event{Action: a, Outcome: o, Name: "X"}
			if s := e.SentenceText(); s == "" || strings.ContainsAny(s, "{}<>[]|") {
				t.Errorf("%s %s: %q", a, o, s)
			}
		}
	}
}

func TestLeafHalves(t *testing.T) {
	r := full()
	msg, comma := AppendRecord(nil, &r)
	before := string(msg)
	salt := SubjectKey{1}.Salt(r.Seq)
	l := LeafOf(msg, comma, salt)
	if string(msg) != before {
		t.Error("LeafOf changed the message")
	}
	hidden := r
	hidden.User = "other"
	msg2, comma2 := AppendRecord(nil, &hidden)
	l2 := LeafOf(msg2, comma2, salt)
	if l.Open != l2.Open || l.Hidden == l2.Hidden {
		t.Error("the user belongs to the hidden half only")
	}
}

// TestHasher: leaves that are hashed two at a time are those of LeafOf, whatever their lengths are, whether they are the first or the
// second, forgotten, or with a salt that outlived its key; the messages stay as they are.
func TestHasher(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var h Hasher
	var want, got [1000]Hash
	kinds := map[string]int{}
	for i := range got {
		r, salt := full(), Salting{Key: SubjectKey{byte(i)}, Seq: uint64(i)}
		r.Seq = uint64(i)
		r.Host, r.Raw = strings.Repeat("h", rng.IntN(300)), strings.Repeat("r", rng.IntN(300))
		msg, comma := AppendRecord(nil, &r)
		kind := "usual"
		switch rng.IntN(8) {
		case 0:
			r = r.Forget(LeafOf(msg, comma, salt.Salt()).Hidden)
			msg, comma = AppendRecord(nil, &r)
			kind = "forgotten"
		case 1:
			given := salt.Salt()
			salt = Salting{Given: &given}
			kind = "given"
		}
		want[i] = LeafOf(msg, comma, salt.Salt()).Hash()
		before := string(msg)
		if h.waits {
			kinds[kind] += 1
		}
		h.Leaf(&got[i], msg, comma, salt)
		if rng.IntN(10) == 0 {
			h.Finish()
		}
		if string(msg) != before {
			t.Fatal("the message was changed")
		}
	}
	h.Finish()
	if got != want {
		t.Error("other leaves than LeafOf gives")
	}
	if len(kinds) != 3 {
		t.Errorf("second were only %v", kinds)
	}
	h.Leaf(&got[0], []byte("dropped"), 3, Salting{})
	h.Drop()
	h.Finish()
	if got != want {
		t.Error("a leaf that was dropped was hashed")
	}
}

func TestAbove(t *testing.T) {
	var h Hasher
	row := make([]Hash, 64)
	for i := range row {
		row[i] = Hash{byte(i)}
	}
	for len(row) > 1 {
		var want []Hash
		for i := 0; i < len(row); i += 2 {
			want = append(want, NodeHash(row[i], row[i+1]))
		}
		if row = h.Above(row); !slices.Equal(row, want) {
			t.Fatalf("%d nodes: not what NodeHash gives", len(want))
		}
	}
}

func TestForgottenRecord(t *testing.T) {
	whole := full()
	msg, comma := AppendRecord(nil, &whole)
	l := LeafOf(msg, comma, SubjectKey{1}.Salt(whole.Seq))
	r := whole.Forget(l.Hidden)
	msg, comma = AppendRecord(nil, &r)
	if got := LeafOf(msg, comma, Salt{}); got != l {
		t.Error("its leaf is another")
	}
	got, err := ParseRecord(string(msg))
	if err != nil || got != r || !got.IsForgotten() || got.User != "" || got.Host != "nas1" {
		t.Errorf("%+v, %v", got, err)
	}
	if s := r.SentenceText(); !strings.HasSuffix(s, forgottenWords) {
		t.Error(s)
	}
	e, sent, err := ParseSent(string(msg))
	if err != nil || !sent.Placed || sent.Hidden != l.Hidden || e != r.Event {
		t.Errorf("%+v, %+v, %v", e, sent, err)
	}
	hash := strings.Repeat("0a", 32)
	const head = `{"aid":"01020304-0506-4708-890a-0b0c0d0e0f10","vers":{"major":1,"minor":0},"seq":1,"time":"2026-01-01T00:00:00Z","received":"2026-01-01T00:00:00Z","svc":"A","event":"B"`
	for rest, want := range map[string]string{
		`,"hidden":"` + hash + `"}`: "",
		`}`:                         `"addr" is missing`,
		`,"hidden":"` + hash + `","user":"anna"}`:           `"user" stands beside hidden`,
		`,"hidden":"` + hash + `","event_data":{}}`:         `"event_data" stands beside hidden`,
		`,"hidden":"` + hash[2:] + `"}`:                     "is no hash",
		`,"hidden":"` + strings.ToUpper(hash) + `"}`:        "is no hash",
		`,"hidden":"` + strings.Repeat("0", 64) + `"}`:      "is no hash",
		`,"hidden":"` + hash + `","hidden":"` + hash + `"}`: "stands twice",
	} {
		if _, err := ParseRecord(head + rest); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", rest, err, want)
		}
	}
	if _, err := ParseEvent(strings.Replace(head, `"seq":1,`, "", 1) + `,"hidden":"` + hash + `"}`); err == nil {
		t.Error("an event that was forgotten")
	}
	r.Object.Name = "/hr"
	if err := r.Check(); err == nil {
		t.Error("a field stands beside the hash")
	}
}

func FuzzParse(f *testing.F) {
	r := full()
	msg, _ := AppendRecord(nil, &r)
	f.Add(string(msg))
	r = r.Forget(Hash{1})
	msg, _ = AppendRecord(nil, &r)
	f.Add(string(msg))
	f.Add(`{"time":"2026-01-01T00:00:00+01:00","addr":"","user":"x","svc":"A","event":"B","event_data":{"b":1.0,"a":"\udcff"}}`)
	f.Fuzz(func(t *testing.T, in string) {
		if e, err := ParseEvent(in); err == nil {
			out := string(AppendEvent(nil, &e))
			again, err := ParseEvent(out)
			if err != nil {
				t.Fatalf("%v\nin  %q\nout %q", err, in, out)
			}
			if !reflect.DeepEqual(e, again) {
				t.Fatalf("in  %q\ngot %+v\nwas %+v", in, again, e)
			}
		}
		if r, err := ParseRecord(in); err == nil {
			out, _ := AppendRecord(nil, &r)
			again, err := ParseRecord(string(out))
			if err != nil || !reflect.DeepEqual(r, again) {
				t.Fatalf("%v\nin  %q\nout %q", err, in, out)
			}
		}
	})
}

func FuzzCanonical(f *testing.F) {
	f.Add(`{"b":[1,2.5,"\u0041"],"a":{"":null}}`)
	f.Fuzz(func(t *testing.T, in string) {
		c, err := Canonical(in)
		if err != nil {
			return
		}
		var b Builder
		slow := scanner{s: in}
		if err := slow.value(&b, "", false, 0); err != nil || b.JSON() != c {
			t.Fatalf("in %q\nfast %s\nslow %s, %v", in, c, b.JSON(), err)
		}
		again, err := Canonical(string(c))
		if err != nil || again != c {
			t.Fatalf("in %q\nonce  %s\ntwice %s, %v", in, c, again, err)
		}
		for k, v := range c.Members() {
			if c.Member(k) != v {
				t.Fatalf("member %q of %s is %s", k, c, c.Member(k))
			}
		}
		for range c.Elements() {
		}
	})
}

func TestSaltIsHMAC(t *testing.T) {
	for i := range uint64(100) {
		k := SubjectKey(sha256.Sum256([]byte{byte(i)}))
		seq := i * i * 0x9e3779b97f4a7c15
		mac := hmac.New(sha256.New, k[:])
		mac.Write(binary.BigEndian.AppendUint64(nil, seq))
		if got, want := k.Salt(seq), Salt(mac.Sum(nil)[:16]); got != want {
			t.Fatalf("key %x, record %d: %x, want %x", k, seq, got, want)
		}
	}
}

// line is a message as bench/gen makes them.
const line = `{"aid":"6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b91","time":"2025-06-01T00:00:00.123456789Z","host":"host123.example.net","addr":"10.1.2.3","user":"merge.index12","sess":"6f0e2c1a-93d1-4c8b-a1f0-0c5c8f6f2b92","svc":"SMB","event":"READ","success":true,"event_data":{"vers":{"major":0,"minor":1},"handle":{"type":"DEV_INO","value":"52:1234567:0"},"file":{"type":"REGULAR","path":"/mnt/tank/projects/report/audit_batch_7.xlsx","stream":null,"snap":null},"parameters":{"offset":40960,"count":65536,"sync":false},"unix_token":{"uid":1012,"gid":10012,"groups":[10012,545,90000003]},"tcon":{"share":"share12","tid":1235},"result":{"type":"NTSTATUS","value_raw":0,"value_parsed":"NT_STATUS_OK"}}}`

func BenchmarkParseEvent(b *testing.B) {
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseEvent(line); err != nil {
			b.Fatal(err)
		}
	}
}

func lineRecord(b *testing.B) Record {
	e, err := ParseEvent(line)
	if err != nil {
		b.Fatal(err)
	}
	e.Dialect = "jsonl/1"
	return Record{Event: e, Seq: 123456789, Received: e.Time + 1e6, Via: "http"}
}

func BenchmarkAppendRecord(b *testing.B) {
	r := lineRecord(b)
	var buf []byte
	for b.Loop() {
		buf, _ = AppendRecord(buf[:0], &r)
	}
}

func BenchmarkLeaf(b *testing.B) {
	r := lineRecord(b)
	k := SubjectKey{1}
	msg, comma := AppendRecord(nil, &r)
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			LeafOf(msg, comma, k.Salt(r.Seq)).Hash()
		}
	})
	b.Run("of two", func(b *testing.B) {
		var h Hasher
		var to Hash
		for b.Loop() {
			h.Leaf(&to, msg, comma, Salting{Key: k, Seq: r.Seq})
		}
	})
}

// A record that says the same word very often is told apart in one pass.
func TestBuilderManyEqualKeys(t *testing.T) {
	var b Builder
	b.Object("")
	for range 50000 {
		b.Bool("a", true)
	}
	b.String("a#50000", "taken")
	b.End()
	if v := b.JSON(); v.Member("a#49999") != "true" || v.Member("a#50000").Text() != "taken" || v.Member("a#50001") != "true" || v.Member("a#50002") != "" {
		t.Error("50,000 equal keys are not a, a#2, …, a#49999, a#50001 beside a#50000")
	}
}
