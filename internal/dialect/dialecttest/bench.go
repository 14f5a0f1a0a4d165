package dialecttest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Benchmark decodes a stream again and again and reports its bytes and events per second. Frames are cut beforehand. It
// fails where the stream gives no event.
func Benchmark(b *testing.B, s Suite, in []byte) {
	frames := s.Cut(in)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	records := 0
	var batch []counterfoil.Event
	for b.Loop() {
		d := s.decoder()
		reuser, reuses := d.(dialect.Reuser)
		for _, f := range frames {
			batch, _ = d.Decode(batch, f) // an event UNPARSED is an event
			if len(batch) >= 512 {
				records += len(batch)
				clear(batch)
				if batch = batch[:0]; reuses {
					reuser.Reuse()
				}
			}
		}
		batch = d.Flush(batch, time.Time{})
		records += len(batch)
		clear(batch)
		batch = batch[:0]
	}
	if records == 0 {
		b.Fatal("the stream gives no event")
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkFile is Benchmark of a golden's input, a hundred times over.
func BenchmarkFile(b *testing.B, s Suite, name string) {
	in, err := os.ReadFile(filepath.Join(s.dir(), name))
	if err != nil {
		b.Fatal(err)
	}
	Benchmark(b, s, bytes.Repeat(in, 100))
}
