package simulate_test

import (
	"bufio"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/simulate"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// benchRecords is how many events of the stream are judged: four segments.
const benchRecords = 1 << 19

// benchTrail keeps the benchmark's events, where COUNTERFOIL_BENCH_EVENTS says they are, with classes and categories as dialects
// would give them.
func benchTrail(b *testing.B) (dir string) {
	name := os.Getenv("COUNTERFOIL_BENCH_EVENTS")
	if name == "" {
		b.Skip("COUNTERFOIL_BENCH_EVENTS names no file of events; `go run ./bench/gen` makes one")
	}
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	dir = b.TempDir()
	at := time.Unix(1.8e9, 0)
	t, err := trail.Open(dir, trail.Options{Now: func() time.Time { return at }})
	if err != nil {
		b.Fatal(err)
	}
	in := bufio.NewScanner(f)
	var batch []counterfoil.Event
	for n := 0; n < benchRecords && in.Scan(); n++ {
		e, _, err := counterfoil.ParseSent(in.Text())
		if err != nil {
			b.Fatal(err)
		}
		e.Class, e.Category = 1<<(len(e.Name)%17), counterfoil.Category(1+len(e.Service)%7)
		if batch = append(batch, e); len(batch) == 4096 {
			at = at.Add(time.Second)
			if _, err := t.Append(b.Context(), "http/load", batch); err != nil {
				b.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := t.Rotate(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := t.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// What it costs to judge a trail by another policy, of 50 rules: a filter less and a class less. cold reads the files, warm has
// their pages in memory.
func BenchmarkRun(b *testing.B) {
	dir := benchTrail(b)
	p, err := config.LoadPolicy("../../bench/policy.yaml")
	if err != nil {
		b.Fatal(err)
	}
	next, masks := p.Spec(), *p.Spec().Masks
	next.Masks, next.Filters = &masks, next.Filters[1:]
	fd, _ := bsm.MaskOf(masks.Classes, "fd")
	masks.Flags.Masks.Success &^= fd
	question := simulate.Question{Now: p.Spec(), Next: next}
	for _, cold := range []bool{true, false} {
		name := map[bool]string{true: "cold", false: "warm"}[cold]
		b.Run(name, func(b *testing.B) {
			d, err := trail.OpenReadOnly(dir)
			if err != nil {
				b.Fatal(err)
			}
			records := uint64(0)
			before := cpu(b)
			for b.Loop() {
				if cold {
					if err := d.Close(); err != nil {
						b.Fatal(err)
					}
					if d, err = trail.OpenReadOnly(dir); err != nil {
						b.Fatal(err)
					}
				}
				r, err := simulate.Run(b.Context(), d.View(), question)
				if err != nil || r.Lost+r.Won == 0 {
					b.Fatalf("%+v, %v", r, err)
				}
				records += r.Records
			}
			spent := cpu(b) - before
			b.ReportMetric(float64(spent)/float64(records), "cpu-ns/record")
			b.ReportMetric(float64(records)/(float64(spent)/1e9)/1e6, "Mrecords/s/core")
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// cpu gives the processor time of this process in nanoseconds: the machine may be busy with other things.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return syscall.TimevalToNsec(u.Utime) + syscall.TimevalToNsec(u.Stime)
}
