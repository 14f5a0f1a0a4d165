package vault

import (
	"bytes"
	"os"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// BenchmarkDecode cuts and decodes the entries of testdata, many times over.
func BenchmarkDecode(b *testing.B) {
	log, err := os.ReadFile("testdata/entries.in")
	if err != nil {
		b.Fatal(err)
	}
	in := bytes.Repeat(log, 100)
	lines := bytes.Count(in, []byte("\n"))
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	var batch []counterfoil.Event
	for b.Loop() {
		d, err := Dialect.Decode(nil)
		if err != nil {
			b.Fatal(err)
		}
		events := 0
		for rest := in; len(rest) > 0; {
			n, token, err := Dialect.Split(rest, true)
			if err != nil {
				b.Fatal(err)
			}
			if batch, err = d.Decode(batch[:0], dialect.Frame{Data: token, Received: 1}); err != nil {
				b.Fatal(err)
			}
			events += len(batch)
			rest = rest[n:]
		}
		if events != lines {
			b.Fatalf("%d events of %d lines", events, lines)
		}
	}
	b.ReportMetric(float64(lines)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
