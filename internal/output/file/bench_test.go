package file_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/file"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
)

// BenchmarkDeliver has a runner write records of about 500 bytes to a file of this machine, cursor and syncs included.
func BenchmarkDeliver(b *testing.B) {
	for _, d := range []string{"jsonl", "mongo", "linux"} {
		b.Run(d, func(b *testing.B) {
			tr := &outputtest.Trail{}
			for i := range b.N {
				e := outputtest.Event(fmt.Sprintf("/srv/data/%d", i))
				e.User, e.Addr, e.Raw = "anna", "10.0.0.7", strings.Repeat("x", 300)
				if _, err := tr.Append(b.Context(), "in", []counterfoil.Event{e}); err != nil {
					b.Fatal(err)
				}
			}
			fs, err := disk.Open(b.TempDir())
			if err != nil {
				b.Fatal(err)
			}
			r := output.New(output.Options{Name: "out", Target: name, Format: d, Source: tr, Append: tr.Append, FS: fs, Now: time.Now,
				Open: func(_ context.Context, mark []byte) (output.Sink, error) {
					return file.Open(file.Options{FS: fs, Name: name, Path: name, Encode: encode(b, d)}, mark)
				}})
			ctx, cancel := context.WithCancel(b.Context())
			done := make(chan error, 1)
			b.ResetTimer()
			go func() { done <- r.Run(ctx) }()
			for r.Counters().Sent < uint64(b.N) {
				time.Sleep(time.Millisecond)
			}
			b.StopTimer()
			cancel()
			if err := <-done; err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}
