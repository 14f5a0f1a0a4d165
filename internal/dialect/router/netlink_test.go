package router

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

// messages reads netlink messages as corpus/record wrote them: one behind the other, padded to four bytes.
var messages = dialecttest.Suite{Dialect: readOnly, Dir: "testdata/netlink", Frames: cutMessages}

// readOnly is the dialect without its writer: what it writes is text, which the suite would cut as messages.
var readOnly = func() *dialect.Dialect {
	d := *Dialect
	d.Encode = nil
	return &d
}()

func cutMessages(in []byte) (frames []dialect.Frame) {
	for pos := 0; pos < len(in); {
		n := len(in) - pos
		typ := typeConnNew
		if n >= headerSize {
			typ = int(binary.LittleEndian.Uint16(in[pos+4:]))
			if size := int(binary.LittleEndian.Uint32(in[pos:])); size >= headerSize && size < n {
				n = size
			}
		}
		if typ == 0 { // the transport always says a type
			typ = 1
		}
		frames = append(frames, dialect.Frame{Data: bytes.Clone(in[pos : pos+n]), Pos: int64(pos), Type: typ, Host: "gate",
			Received: dialecttest.Received})
		pos = min((pos+n+3)&^3, len(in))
	}
	return frames
}

func TestNetlink(t *testing.T) { dialecttest.Run(t, messages) }

func FuzzNetlink(f *testing.F) { dialecttest.Fuzz(f, messages) }

// TestOneStory: what conntrack prints and what the kernel sent it say the same of each event of the recorded corpus.
func TestOneStory(t *testing.T) {
	const corpus = "../../../corpus/router/"
	printed, err := os.ReadFile(corpus + "conntrack.log")
	if err != nil {
		t.Fatal(err)
	}
	sent, err := os.ReadFile(corpus + "conntrack.nl")
	if err != nil {
		t.Fatal(err)
	}
	tell := func(e *counterfoil.Event) string {
		d := e.EventData
		tuple := func(dir string, words ...string) (s []string) {
			for _, w := range words {
				v := d.Member(dir).Member(w)
				for _, group := range []string{"ip", "proto"} {
					if v == "" {
						v = d.Member(dir).Member(group).Member(w)
					}
				}
				if v == "" {
					v = d.Member("counters_" + dir).Member(w)
				}
				s = append(s, string(v))
			}
			return s
		}
		words := []string{"src", "dst", "sport", "dport", "type", "code", "packets", "bytes"}
		return fmt.Sprint(e.Name, e.Action, e.Outcome, e.Addr, e.Object, d.Member("id"), d.Member("state"), d.Member("reason"),
			d.Member("mark"), d.Member("nat"), d.Member("packets"), d.Member("bytes"), tuple("orig", words...), tuple("reply", words...))
	}
	text, wire := suite.Decode(printed), messages.Decode(sent)
	if len(text) != len(wire) || len(text) < 30 {
		t.Fatalf("%d events printed, %d sent", len(text), len(wire))
	}
	seen := map[string]int{}
	for i := range text {
		seen[tell(&text[i])]++
	}
	for i := range wire {
		line := tell(&wire[i])
		if seen[line]--; seen[line] < 0 {
			t.Errorf("sent and not printed: %s", line)
		}
	}
}

// TestByteOrder: a message of a big-endian machine says the same.
func TestByteOrder(t *testing.T) {
	in, err := os.ReadFile("testdata/netlink/conntrack.in")
	if err != nil {
		t.Fatal(err)
	}
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range cutMessages(in) {
		little, err := d.Decode(nil, f)
		if err != nil {
			t.Fatal(err)
		}
		swapHeader(f.Data)
		big, err := d.Decode(nil, f)
		if err != nil {
			t.Fatalf("message %d: %v", i, err)
		}
		big[0].Raw = little[0].Raw
		if big[0] != little[0] {
			t.Fatalf("message %d\nlittle %s\nbig    %s", i, little[0].EventData, big[0].EventData)
		}
	}
}

// swapHeader turns the numbers that are in the machine's order: the header's, and lengths and types of attributes.
func swapHeader(m []byte) {
	swap := func(b []byte) {
		b[0], b[len(b)-1], b[1%len(b)], b[len(b)-2] = b[len(b)-1], b[0], b[len(b)-2], b[1%len(b)]
	}
	two := func(b []byte) { b[0], b[1] = b[1], b[0] }
	swap(m[0:4])
	two(m[4:6])
	two(m[6:8])
	var attrs func(b []byte, table []attr)
	attrs = func(b []byte, table []attr) {
		for len(b) >= 4 {
			size, num := int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:])&0x3fff)
			two(b[0:2])
			two(b[2:4])
			if num < len(table) && table[num].kind == attrNested {
				attrs(b[4:size], table[num].sub)
			}
			b = b[min((size+3)&^3, len(b)):]
		}
	}
	attrs(m[headerSize+genericSize:], connAttrs)
}

// TestDamagedMessages: what is not as the tables say is kept as hex under its number.
func TestDamagedMessages(t *testing.T) {
	message := func(typ uint16, size int, attrs ...byte) []byte {
		m := make([]byte, headerSize+genericSize, 64)
		binary.LittleEndian.PutUint16(m[4:], typ)
		m = append(m, attrs...)
		if size == 0 {
			size = len(m)
		}
		binary.LittleEndian.PutUint32(m, uint32(size))
		return m
	}
	for _, c := range []struct {
		name  string
		typ   int
		data  []byte
		want  string // in event_data
		error bool
	}{
		{"unknown attribute", typeConnNew, message(typeConnNew, 0, 6, 0, 200, 0, 0xab, 0xcd), `"200":"abcd"`, false},
		{"wrong size", typeConnNew, message(typeConnNew, 0, 6, 0, 8, 0, 1, 2, 0, 0), `"8":"0102"`, false},
		{"nested flag", typeConnNew, message(typeConnNew, 0, 8, 0, 4, 0x80, 4, 0, 1, 0x80), `"protoinfo":{"tcp":{}}`, false},
		{"length beyond the end", typeConnNew, message(typeConnNew, 0, 99, 0, 8, 0, 1), `"rest":"6300080001"`, false},
		{"message cut off", typeConnNew, message(typeConnNew, 77, 8, 0, 8, 0, 0, 0, 0, 1), `"truncated":true`, false},
		{"bytes behind", typePacket, message(typePacket, headerSize+genericSize, 1, 2), `"trailing":"0102"`, false},
		{"too short", typePacket, []byte{1, 2, 3}, "headers have 20", true},
		{"another subsystem", 0x0300, message(0x0300, 0), "none of conntrack's", true},
		{"another type inside", typePacket, message(typeConnNew, 0), "the transport 0x0400", true},
	} {
		d, err := Dialect.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		events, err := d.Decode(nil, dialect.Frame{Data: c.data, Type: c.typ, Received: 1})
		if (err != nil) != c.error || len(events) != 1 || !strings.Contains(string(events[0].EventData), c.want) {
			t.Errorf("%s: %v, %+v", c.name, err, events)
		}
	}
}

// BenchmarkDecodeNetlink decodes the recorded messages.
func BenchmarkDecodeNetlink(b *testing.B) {
	for _, name := range []string{"conntrack", "nflog"} {
		b.Run(name, func(b *testing.B) {
			in, err := os.ReadFile("testdata/netlink/" + name + ".in")
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, cutMessages(bytes.Repeat(in, 20)))
		})
	}
}
