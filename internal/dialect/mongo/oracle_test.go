package mongo

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/counterfoil/counterfoil"
)

// TestOracle compares with mongo-driver on random documents of every type: what it writes as BSON and as extended JSON,
// canonical and relaxed, is one document to us, and it reads what we write, types included.
func TestOracle(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	for i := range 3000 {
		doc := bson.D{{Key: "atype", Value: "x"}, {Key: "param", Value: randomDocument(rnd, 0)}}
		raw, err := bson.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		want := dataOf(t, string(raw))
		for _, canonical := range []bool{true, false} {
			text, err := bson.MarshalExtJSON(doc, canonical, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := dataOf(t, string(text)); got != want {
				t.Fatalf("document %d, canonical %v:\n%s\n got %s\nwant %s", i, canonical, text, got, want)
			}
		}
		var tr tree
		if err := tr.parseBSON(string(raw)); err != nil {
			t.Fatal(err)
		}
		if got := dataOf(t, string(appendStrict(nil, &tr, 0))); got != want {
			t.Fatalf("document %d: LegacyStrict gives\n got %s\nwant %s", i, got, want)
		}
		checkWritten(t, &tr, raw)
	}
}

// checkWritten holds the BSON that we write to that of the driver. Decimals and code are documents in it, so these are
// compared by what they mean.
func checkWritten(t *testing.T, tr *tree, raw []byte) {
	ours := appendBSON(nil, tr, 0)
	if err := bson.Raw(ours).Validate(); err != nil {
		t.Fatalf("the driver refuses what we write: %v\n%q", err, ours)
	}
	if !bytes.Contains(appendStrict(nil, tr, 0), []byte(`"$numberDecimal"`)) && !bytes.Contains(raw, []byte("code")) {
		if !bytes.Equal(ours, raw) {
			t.Fatalf("written\n got %q\nwant %q", ours, raw)
		}
	}
	if got, want := dataOf(t, string(ours)), dataOf(t, string(raw)); got != want {
		t.Fatalf("written and read\n got %s\nwant %s", got, want)
	}
}

// dataOf reads a document and gives its event_data, which both writers of it must agree on.
func dataOf(t *testing.T, raw string) counterfoil.JSON {
	t.Helper()
	var d decoder
	if err := d.t.parse(raw, &d.r); err != nil {
		t.Fatalf("%v\n%q", err, raw)
	}
	careful := d.w.event(&d.t, 0, 0)
	if d.q.event(&d.t, 0) && string(d.q.out) != string(careful) {
		t.Fatalf("two writers, two results\nquick   %s\ncareful %s", d.q.out, careful)
	}
	if c, err := counterfoil.Canonical(string(careful)); err != nil || c != careful {
		t.Fatalf("not canonical: %v\n%s", err, careful)
	}
	return careful
}

func randomDocument(r *rand.Rand, depth int) bson.D {
	d := bson.D{}
	for i := range r.IntN(6) {
		key := fmt.Sprintf("%c%d", 'a'+r.IntN(26), i)
		switch r.IntN(30) {
		case 0:
			key = "ключ " + key
		case 1:
			key = "\"\n\\" + key
		case 2:
			key = ""
		}
		d = append(d, bson.E{Key: key, Value: randomValue(r, depth)})
	}
	return d
}

func randomValue(r *rand.Rand, depth int) any {
	bits := r.Uint64() >> r.IntN(64)
	switch r.IntN(22) {
	case 0:
		return float64(int32(bits)) / 8
	case 1:
		return [...]float64{0, 1.5, -2, 1e-7, 0.1, 123456.789, math.NaN(), math.Inf(1), math.Inf(-1)}[r.IntN(9)]
	case 2, 3:
		return [...]string{"", "plain", "line\nbreak", "quote \" \\", "漢字 🎫", "nul\x00", "$date", strings.Repeat("long", 100)}[r.IntN(8)]
	case 4, 5:
		if depth < 6 {
			return randomDocument(r, depth+1)
		}
	case 6, 7:
		a := bson.A{}
		for range r.IntN(4) {
			if depth < 6 {
				a = append(a, randomValue(r, depth+1))
			}
		}
		return a
	case 8:
		return bson.Binary{Subtype: [...]byte{0, 2, 3, 4, 5, 0x80}[r.IntN(6)], Data: []byte(fmt.Sprint(bits))}
	case 9:
		return bson.Undefined{}
	case 10:
		return bson.NewObjectIDFromTimestamp(bson.DateTime(bits >> 20).Time())
	case 11:
		return bits&1 == 0
	case 12:
		return bson.DateTime(r.Int64N(lastISO+2e12) - 1e12)
	case 13:
		return nil
	case 14:
		return bson.Regex{Pattern: "^a.*\"", Options: "im"}
	case 15:
		return bson.JavaScript("code()")
	case 16:
		return int32(bits)
	case 17:
		return bson.Timestamp{T: uint32(bits), I: uint32(bits >> 32)}
	case 18:
		return int64(bits)
	case 19:
		return bson.NewDecimal128(uint64(6176+r.IntN(100)-50)<<49|r.Uint64()>>20, bits)
	case 20:
		return bson.MinKey{}
	case 21:
		return bson.MaxKey{}
	}
	return "deep"
}

// TestDecimal compares the text of decimals with the driver's, over all exponents and lengths.
func TestDecimal(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 4))
	for i := range 20000 {
		hi, lo := rnd.Uint64(), rnd.Uint64()>>rnd.IntN(64)
		if i%2 == 0 { // near zero, where the exponent is
			hi = uint64(6176+rnd.IntN(80)-60)<<49 | rnd.Uint64()>>(15+rnd.IntN(49)) | hi&(1<<63)
		}
		d := bson.NewDecimal128(hi, lo)
		if got, want := decimalText(lo, hi), d.String(); got != want && !d.IsNaN() && hi>>61&3 != 3 && !tooLong(hi, lo) {
			t.Fatalf("%#x %#x: %s, the driver says %s", hi, lo, got, want)
		}
	}
	for text, want := range map[string]string{"1.50": "1.50", "1E+3": "1E+3", "-0": "-0", "0.000001": "0.000001", "1E-7": "1E-7", "NaN": "NaN",
		"-Infinity": "-Infinity", "9.999999999999999999999999999999999E+6144": "9.999999999999999999999999999999999E+6144"} {
		d, err := bson.ParseDecimal128(text)
		if err != nil {
			t.Fatal(err)
		}
		if hi, lo := d.GetBytes(); decimalText(lo, hi) != want {
			t.Errorf("%s becomes %s", text, decimalText(lo, hi))
		}
	}
}

// tooLong tells a significand of more than 34 digits, which the standard reads as zero and the driver writes out.
func tooLong(hi, lo uint64) bool {
	return significand(lo, hi&(1<<49-1)) == "0" && (lo != 0 || hi&(1<<49-1) != 0)
}

// sorted gives the canonical form of data that a test has in its own order.
func sorted(t *testing.T, text string) string {
	t.Helper()
	j, err := counterfoil.Canonical(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(j)
}
