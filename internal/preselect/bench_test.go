package preselect_test

import (
	"bufio"
	"os"
	"syscall"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// fifty is the policy of 50 rules that the benchmarks use.
func fifty(t testing.TB) *preselect.Policy {
	p, err := config.LoadPolicy("../../bench/policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return preselect.New(p.Spec(), nil)
}

const streamFile = "../../../bench/events-1000000.jsonl"

// events gives the first n events of the benchmark stream; with classes as dialects would give them.
func events(t testing.TB, n int) (list []counterfoil.Event) {
	f, err := os.Open(streamFile)
	if err != nil {
		f, err = os.Open("../../../../bench/events-1000000.jsonl")
	}
	peertest.Need(t, "stream", err) // `go run ./bench/gen` makes one
	defer f.Close()
	in := bufio.NewScanner(f)
	for in.Scan() && len(list) < n {
		e, err := jsonl.Parse(in.Text())
		if err != nil {
			t.Fatal(err)
		}
		e.Class = 1 << (len(e.Name) % 17)
		e.Category = counterfoil.Category(1 + len(e.Service)%7)
		list = append(list, e)
	}
	return list
}

// What it costs to judge an event of the benchmark stream by 50 rules.
func BenchmarkJudge(b *testing.B) {
	p, list := fifty(b), events(b, 5000) // a batch of the intake: what was just parsed
	in := p.Input("http/load")
	kept := 0
	before := cpu(b)
	for i := 0; b.Loop(); i++ {
		if in.Judge(&list[i%len(list)]).Keep {
			kept++
		}
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/event")
	b.ReportMetric(100*float64(kept)/float64(b.N), "%kept")
	b.ReportMetric(float64(len(p.Rules())-3), "rules")
}

// cpu gives the processor time of this process in nanoseconds: the machine may be busy with other things.
func cpu(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return syscall.TimevalToNsec(u.Utime) + syscall.TimevalToNsec(u.Stime)
}

// Judge and Explain agree on the whole stream.
func TestStream(t *testing.T) {
	p := fifty(t)
	for _, via := range []string{"http/load", "nas5"} {
		in := p.Input(via)
		kept := 0
		for i, list := 0, events(t, 20000); i < len(list); i++ {
			d := in.Judge(&list[i])
			steps, same := in.Explain(&list[i])
			if d != same {
				t.Fatalf("%s: judged %+v, explained %+v: %+v", counterfoil.AppendEvent(nil, &list[i]), d, same, steps)
			}
			if d.Keep {
				kept++
			}
		}
		if kept == 0 || kept == 20000 {
			t.Errorf("via %s: %d of 20000 events are kept: the stream tries nothing", via, kept)
		}
	}
}
