package segment

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/bits"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// benchRecords reads the benchmark's events where COUNTERFOIL_BENCH_EVENTS says they are (bench/ makes them): nothing else
// compresses and repeats like them.
func benchRecords(b *testing.B, n int) []counterfoil.Record {
	name := os.Getenv("COUNTERFOIL_BENCH_EVENTS")
	if name == "" {
		b.Skip("COUNTERFOIL_BENCH_EVENTS names no file of events; bench/run.sh makes one")
	}
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	var recs []counterfoil.Record
	for len(recs) < n && sc.Scan() {
		e, _, err := counterfoil.ParseSent(sc.Text())
		if err != nil {
			b.Fatal(err)
		}
		seq := uint64(len(recs))
		recs = append(recs, counterfoil.Record{Event: e, Seq: seq, Received: counterfoil.Time(1e18 + seq/5000*12345678), Via: "http"})
	}
	return recs
}

func BenchmarkWrite(b *testing.B) {
	recs := benchRecords(b, MaxRows)
	var buf bytes.Buffer
	var x *Index
	b.ReportAllocs()
	rows := rowsOf(counterfoil.TrailID{}, recs)
	for b.Loop() {
		buf.Reset()
		var err error
		if x, err = Write(&buf, Meta{}, rows); err != nil {
			b.Fatal(err)
		}
	}
	idx := x.Marshal()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(recs)), "ns/event")
	b.ReportMetric(float64(buf.Len())/float64(len(recs)), "B/event")
	b.ReportMetric(float64(len(idx))/float64(len(recs)), "idxB/event")
	b.ReportMetric(density(&x.bits), "density")
	b.ReportMetric(float64(len(x.grams.data))/float64(len(recs)), "gramB/event")
	b.ReportMetric(density(&x.grams.signature), "gram-density")
}

func BenchmarkIndex(b *testing.B) {
	recs := benchRecords(b, MaxRows)
	var o ordered
	o.cluster(rowsOf(counterfoil.TrailID{}, recs))
	for b.Loop() {
		x := newIndexBuilder(Meta{Rows: len(recs)}, &o.Rows, new(signatureBuilder))
		for p := range o.Pages() {
			x.page(p*MaxPageRows, min((p+1)*MaxPageRows, o.n))
		}
		x.done()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(recs)), "ns/event")
}

// BenchmarkAppend is what a record costs when it is taken into the head.
func BenchmarkAppend(b *testing.B) {
	recs := benchRecords(b, MaxRows)
	for b.Loop() {
		rowsOf(counterfoil.TrailID{}, recs)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(recs)), "ns/event")
}

func rowsOf(trail counterfoil.TrailID, recs []counterfoil.Record) *Rows {
	t := NewTable(trail)
	t.Append(recs...)
	return t.Rows()
}

func roundTrip(t *testing.T, recs []counterfoil.Record) *Reader {
	t.Helper()
	var buf bytes.Buffer
	meta := Meta{Trail: counterfoil.TrailID{1, 2, 3}, Frontier: []byte("frontier")}
	for i := range recs {
		if recs[i].AID.IsZero() {
			recs[i].AID = counterfoil.DeriveAID(meta.Trail, recs[i].Seq)
		}
	}
	x, err := Write(&buf, meta, rowsOf(meta.Trail, recs))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(bytes.NewReader(buf.Bytes()), int64(buf.Len()), NewCache(1<<30))
	if err != nil {
		t.Fatal(err)
	}
	built, err := r.BuildIndex()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(built.Marshal(), x.Marshal()) {
		t.Error("the index built from the columns differs from the one written")
	}
	parsed, err := openIndex(x.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(parsed.head(), x.head()) {
		t.Error("the head of the opened index differs")
	}
	r.Index = parsed
	got := make([]counterfoil.Record, len(recs))
	for p := range r.Pages() {
		b := r.Block(p)
		for i := range b.Rows() {
			var rec counterfoil.Record
			if err := b.Record(i, &rec); err != nil {
				t.Fatal(err)
			}
			got[rec.Seq-recs[0].Seq] = rec
		}
	}
	for i := range recs {
		if !reflect.DeepEqual(got[i], recs[i]) {
			t.Fatalf("record %d\ngot  %+v\nwant %+v", i, got[i], recs[i])
		}
	}
	compareLines(t, r)
	return r
}

// FuzzOpenIndex: an index file is derived and may hold anything; the checksum of its head is put right so that the fields
// are reached.
func FuzzOpenIndex(f *testing.F) {
	recs := make([]counterfoil.Record, 100)
	for i := range recs {
		recs[i] = counterfoil.Record{Event: counterfoil.Event{Major: 1, Time: counterfoil.Time(i) * 1e9, Service: "S", Name: "E", User: fmt.Sprint(i % 7)}, Seq: uint64(i)}
	}
	x, err := Write(io.Discard, Meta{}, rowsOf(counterfoil.TrailID{}, recs))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(indexMagic, x.head(), slices.Concat(x.bits.data, x.grams.data))
	f.Fuzz(func(t *testing.T, magic string, head, blocks []byte) {
		b := binary.BigEndian.AppendUint32([]byte(magic), uint32(len(head)))
		b = append(b, head...)
		b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
		x, err := openIndex(append(b, blocks...))
		if err != nil {
			return
		}
		x.mayHave(filter.HashToken("e"))
		x.MayHave(counterfoil.TrailID{}, gramKey(uint32(len(head))))
		x.mayHaveValue(counterfoil.TrailID{}, filter.ColUser, "3")
		if again, err := parseHead(x.head()); err != nil || !bytes.Equal(again.head(), x.head()) {
			t.Fatalf("what it writes of what it read: %v", err)
		}
	})
}

func openIndex(b []byte) (*Index, error) {
	return OpenIndex(bytes.NewReader(b), int64(len(b)), NewCache(1<<20), nil)
}

// density tells how full a signature is, 0 to 1; at 0.33 it is as its size was planned.
func density(s *signature) float64 {
	n := 0
	for i := range s.blocks {
		block, _ := s.block(i, new([blockBytes]byte))
		for _, b := range block[:s.size()-4] {
			n += bits.OnesCount8(b)
		}
	}
	return float64(n) / float64(s.blocks*s.rows*s.width)
}
