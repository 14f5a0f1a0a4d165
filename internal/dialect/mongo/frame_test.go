package mongo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// cut runs split over a stream that is all there, and fails if a byte is in no frame that is no LF behind one.
func cut(t *testing.T, in []byte) (frames [][]byte) {
	t.Helper()
	for pos := 0; pos < len(in); {
		n, token, err := split(in[pos:], true)
		if err != nil || n <= 0 || token == nil {
			t.Fatalf("split at %d of %d: %d, %q, %v", pos, len(in), n, token, err)
		}
		if rest := in[pos+len(token) : pos+n]; !bytes.Equal(token, in[pos:pos+len(token)]) || len(rest) > 0 && string(rest) != "\n" {
			t.Fatalf("split at %d: bytes %q are in no frame", pos, rest)
		}
		frames = append(frames, token)
		pos += n
	}
	return frames
}

func documents(t *testing.T) (docs, lines [][]byte) {
	in, err := os.ReadFile("testdata/bson/psmdb.in")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/psmdb.in")
	if err != nil {
		t.Fatal(err)
	}
	return cut(t, in), cut(t, text)
}

// TestSplitMixed: lines and documents in any order are found again.
func TestSplitMixed(t *testing.T) {
	docs, lines := documents(t)
	if len(docs) != 48 || len(lines) != 48 {
		t.Fatalf("%d documents and %d lines, want 48 of each", len(docs), len(lines))
	}
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		var in []byte
		var want [][]byte
		for range 30 {
			if i := rnd.IntN(48); rnd.IntN(2) == 0 {
				in, want = append(in, docs[i]...), append(want, docs[i])
			} else {
				in, want = append(append(in, lines[i]...), '\n'), append(want, lines[i])
			}
		}
		got := cut(t, in)
		if len(got) != len(want) {
			t.Fatalf("%d frames, want %d", len(got), len(want))
		}
		for i := range got {
			if !bytes.Equal(got[i], want[i]) {
				t.Fatalf("frame %d is %q, want %q", i, got[i], want[i])
			}
		}
	}
}

// TestResync: whatever happens to one document of a stream, every other is still found, and no byte is lost.
func TestResync(t *testing.T) {
	docs, _ := documents(t)
	rnd := rand.New(rand.NewPCG(2, 2))
	for i := range 400 {
		k := 3 + rnd.IntN(len(docs)-6)
		hit := bytes.Clone(docs[k])
		what := ""
		switch i % 4 {
		case 0:
			what = "lengthened"
			hit[rnd.IntN(3)] ^= byte(1 + rnd.IntN(255))
		case 1:
			what = "torn off"
			hit = hit[:rnd.IntN(len(hit))]
		case 2:
			what = "with a byte changed"
			hit[rnd.IntN(len(hit))] ^= byte(1 + rnd.IntN(255))
		case 3:
			what = "with bytes put in"
			at := rnd.IntN(len(hit))
			hit = append(append(bytes.Clone(hit[:at]), "\x00\x10junk\n\xff"...), hit[at:]...)
		}
		var in []byte
		for j, d := range docs {
			if j == k {
				d = hit
			}
			in = append(in, d...)
		}
		found := map[string]bool{}
		for _, f := range cut(t, in) {
			found[string(f)] = true
		}
		missing := 0
		for j, d := range docs {
			if j != k && !found[string(d)] {
				missing++
			}
		}
		if missing > 0 {
			t.Errorf("document %d %s: %d others are lost", k, what, missing)
		}
	}
}

// TestSplitLies: a document that states a length beyond all others is not waited for, and damage has a bound.
func TestSplitLies(t *testing.T) {
	docs, _ := documents(t)
	lie := append([]byte{0xff, 0xff, 0xff, 0x00}, docs[0][4:]...)
	in := append(lie, docs[1]...)
	n, token, err := split(in, false)
	if err != nil || n != len(lie) || !bytes.Equal(token, lie) {
		t.Errorf("split gives %d bytes, want %d: %v", n, len(lie), err)
	}
	junk := append(bytes.Repeat([]byte{0, 7}, maxDamage), docs[1]...)
	frames := cut(t, junk)
	if len(frames) != 3 || len(frames[0]) != maxDamage || !bytes.Equal(frames[2], docs[1]) {
		t.Errorf("%d frames, the first of %d bytes", len(frames), len(frames[0]))
	}
}

// TestSplitLength: a document whose length looks like the end of a line and the beginning of the next is found behind damage,
// however much of it is there.
func TestSplitLength(t *testing.T) {
	var tr tree
	m := maker{t: &tr}
	tr.reset("")
	m.begin("", kDocument)
	m.string("atype", "x")
	m.string("msg", strings.Repeat("x", 0x7b0a-28))
	m.end()
	doc := appendBSON(nil, &tr, 0)
	if !bytes.HasPrefix(doc, []byte("\n{\x00\x00")) {
		t.Fatalf("the document has %d bytes, want %d", len(doc), 0x7b0a)
	}
	junk := []byte("junk\x00junk")
	in := append(bytes.Clone(junk), doc...)
	for n := range len(in) {
		if advance, token, err := split(in[:n], false); advance != 0 || token != nil || err != nil {
			t.Fatalf("of %d bytes split takes %d as %q, %v", n, advance, token, err)
		}
	}
	if frames := cut(t, in); len(frames) != 2 || !bytes.Equal(frames[0], junk) {
		t.Errorf("%d frames", len(frames))
	}
}

// TestInside: what a user puts into a document, be it the image of a document or of a line, is not taken for a record.
func TestInside(t *testing.T) {
	docs, lines := documents(t)
	forged := string(docs[20]) + "\n" + string(lines[20]) + "\n" + string(docs[20])
	var tr tree
	m := maker{t: &tr}
	tr.reset("")
	m.begin("", kDocument)
	m.string("atype", "applicationMessage")
	m.begin("param", kDocument)
	m.string("msg", forged)
	m.end()
	m.end()
	for _, doc := range [][]byte{appendBSON(nil, &tr, 0), append(appendStrict(nil, &tr, 0), '\n')} {
		in := append(append(bytes.Clone(doc), docs[3]...), doc...)
		if frames := cut(t, in); len(frames) != 3 {
			t.Errorf("%d frames, want 3", len(frames))
		}
	}
}

// TestPieces: a transport that cuts long frames hands on what a user wrote as if it began there. It is no record.
func TestPieces(t *testing.T) {
	docs, lines := documents(t)
	forged := docs[20]
	for name, c := range map[string]struct {
		doc   []byte // its first minPiece bytes are one frame
		piece []byte // and this the next
	}{
		"bson": {doc: long(t, true, string(forged)), piece: forged},
		"json": {doc: long(t, false, string(lines[20])), piece: lines[20]},
	} {
		d, err := Dialect.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		var events []counterfoil.Event
		events, err = d.Decode(events, dialect.Frame{Data: c.doc[:minPiece], Pos: 100, Received: 1})
		if err == nil {
			t.Errorf("%s: the first piece is understood", name)
		}
		events, err = d.Decode(events, dialect.Frame{Data: c.piece, Pos: 100 + minPiece, Received: 1})
		if err == nil || !strings.Contains(fmt.Sprint(err), "piece") {
			t.Errorf("%s: a piece of a document gives %+v, %v", name, events[1], err)
		}
		if _, err = d.Decode(nil, dialect.Frame{Data: c.piece, Pos: 100 + int64(len(c.doc)) + 1, Received: 1}); err != nil {
			t.Errorf("%s: what follows the document is refused: %v", name, err)
		}
	}
}

// long makes a document that is longer than a frame.
func long(t *testing.T, bson bool, text string) []byte {
	var tr tree
	m := maker{t: &tr}
	tr.reset("")
	m.begin("", kDocument)
	m.string("atype", "applicationMessage")
	m.string("msg", strings.Repeat("x", minPiece)+text+strings.Repeat("y", 100))
	m.end()
	if bson {
		return appendBSON(nil, &tr, 0)
	}
	return appendStrict(nil, &tr, 0)
}

func TestSniff(t *testing.T) {
	docs, lines := documents(t)
	for prefix, want := range map[string]bool{
		string(docs[0]):         true,
		string(docs[0][:40]):    true,
		string(docs[0]) + "x":   true,
		string(lines[0]):        true,
		"\n" + string(lines[3]): true,
		string(lines[3][:90]):   true,
		`{"activity_id":1,"class_uid":3002,"type_uid":300201,"metadata":{"product":"MongoDB Server"},"actor":{}}`:                  true,
		`{"class_uid":3002,"type_uid":300201,"metadata":{"product":"Okta"},"actor":{},"message":"\"product\":\"MongoDB Server\""}`: false,
		`{"time":"2026-01-01T00:00:00Z","svc":"MONGODB","event_data":{"atype":"x","ts":1,"param":{}}}`:                             false,
		`{"atype":"x"}`: false,
		`{"t":{"$date":"2024-03-13T06:28:04.631-04:00"},"s":"I","c":"CONTROL"}`: false,
		"type=USER_LOGIN msg=audit(1700000000.001:1): pid=1\n":                  false,
		"\x10\x00\x00\x00\x02abc":                                               false,
		"":                                                                      false,
	} {
		if got := sniff([]byte(prefix)); got != want {
			t.Errorf("sniff(%.80q) = %v, want %v", prefix, got, want)
		}
	}
}
