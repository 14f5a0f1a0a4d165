package windows

import (
	"bytes"
	"os"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// BenchmarkDecode cuts and decodes the events of testdata, many times over.
func BenchmarkDecode(b *testing.B) {
	log, err := os.ReadFile("testdata/lines.in")
	if err != nil {
		b.Fatal(err)
	}
	in := bytes.Repeat(log, 100)
	records := bytes.Count(in, []byte("<Event xmlns="))
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
		if events != records {
			b.Fatalf("%d events of %d events", events, records)
		}
	}
	b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
