package csv

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// BenchmarkEncode writes what the linux room read of a log: events with long data and a raw of several lines.
func BenchmarkEncode(b *testing.B) {
	in, err := os.ReadFile("../linux/testdata/enriched.golden.jsonl")
	if err != nil {
		b.Fatal(err)
	}
	var records []counterfoil.Record
	for line := range bytes.Lines(in) {
		e, err := counterfoil.ParseEvent(string(bytes.TrimSpace(line)))
		if err != nil {
			b.Fatal(err)
		}
		records = append(records, counterfoil.Record{Event: e})
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		enc, err := newEncoder(io.Discard, Options{})
		if err != nil {
			b.Fatal(err)
		}
		for i := range records {
			if _, err := enc.Encode(&records[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.N*len(records))/b.Elapsed().Seconds(), "records/s")
}
