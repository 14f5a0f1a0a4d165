package linux

import (
	"bytes"
	"os"
	"strings"
	gosys "syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// BenchmarkDecode decodes the log that COUNTERFOIL_AUDIT_LOG names (bench/linux/run.sh makes one), or else our capture
// of a kernel, to canonical events. It fails if a record of the input is in no event.
func BenchmarkDecode(b *testing.B) {
	name := os.Getenv("COUNTERFOIL_AUDIT_LOG")
	if name == "" {
		name = "../../../corpus/linux/live-kernel-6.18/samples-netlink.log"
	}
	in, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	var lines [][]byte
	for l := range bytes.Lines(in) {
		lines = append(lines, bytes.TrimSuffix(l, []byte("\n")))
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	events, records := 0, 0
	start := cpu(b)
	for b.Loop() {
		d, err := Dialect.Decode(nil)
		if err != nil {
			b.Fatal(err)
		}
		got := 0
		count := func(batch []counterfoil.Event) {
			events += len(batch)
			for i := range batch {
				got += strings.Count(batch[i].Raw, "\n") + 1
			}
		}
		var batch []counterfoil.Event
		pos := int64(0)
		for _, l := range lines {
			batch, err = d.Decode(batch, dialect.Frame{Data: l, Pos: pos, Received: 1})
			if err != nil {
				b.Fatal(err)
			}
			pos += int64(len(l)) + 1
			if len(batch) >= 512 {
				count(batch)
				clear(batch)
				batch = batch[:0]
				d.(dialect.Reuser).Reuse() // as convert does
			}
		}
		count(d.Flush(batch, time.Time{}))
		if got != len(lines) {
			b.Fatalf("%d of %d records are in events", got, len(lines))
		}
		records += got
	}
	s := (cpu(b) - start).Seconds()
	b.ReportMetric(float64(records)/s, "records/cpu-s")
	b.ReportMetric(float64(events)/s, "events/cpu-s")
}

// cpu gives the processor time that the process has used, its garbage collector included: the wall clock tells little
// on a machine that does other things too.
func cpu(b *testing.B) time.Duration {
	var u gosys.Rusage
	if err := gosys.Getrusage(gosys.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
