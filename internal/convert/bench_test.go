package convert

import (
	"bytes"
	"context"
	"io"
	"os"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect/all"
)

// BenchmarkRun converts the log that COUNTERFOIL_AUDIT_LOG names, or else our capture of a kernel, to the forms that
// `make bench-dialects` measures beside ausearch.
func BenchmarkRun(b *testing.B) {
	name := os.Getenv("COUNTERFOIL_AUDIT_LOG")
	if name == "" {
		name = "../../corpus/linux/live-kernel-6.18/samples-netlink.log"
	}
	in, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	from, _ := all.Lookup("linux")
	for _, form := range []string{"csv", "jsonl"} {
		b.Run(form, func(b *testing.B) {
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			to, _ := all.Lookup(form)
			events := 0
			for b.Loop() {
				sum, err := Run(context.Background(), io.Discard,
					Job{Inputs: []Input{{Stdin}}, Stdin: bytes.NewReader(in), From: from, To: to, Now: time.Now})
				if err != nil {
					b.Fatal(err)
				}
				events += sum.Written
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
