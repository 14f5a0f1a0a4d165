package router

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// BenchmarkDecode decodes the goldens' inputs, each form by itself, in frames as Split cuts them.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"conntrack", "logline", "ssr-stream", "ssr-influx", "ssr-printed"} {
		b.Run(name, func(b *testing.B) {
			in, err := os.ReadFile(filepath.Join("testdata", name+".in"))
			if err != nil {
				b.Fatal(err)
			}
			benchmark(b, suite.Cut(bytes.Repeat(in, 20)))
		})
	}
}

func benchmark(b *testing.B, frames []dialect.Frame) {
	size := 0
	for _, f := range frames {
		size += len(f.Data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	d, err := Dialect.Decode(nil)
	if err != nil {
		b.Fatal(err)
	}
	var events []counterfoil.Event
	records := 0
	start := cpu(b)
	for b.Loop() {
		for _, f := range frames {
			events, _ = d.Decode(events[:0], f)
			records += len(events)
		}
		records += len(d.Flush(nil, time.Time{}))
	}
	if records < len(frames)-20 {
		b.Fatalf("%d events of %d frames", records, len(frames))
	}
	b.ReportMetric(float64(records)/(cpu(b)-start).Seconds(), "records/cpu-s")
}

// cpu gives the processor time that the process has used: the wall clock tells little on a machine that does other things.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
