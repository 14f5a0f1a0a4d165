// load sends a file of the generator's events to a server and measures: events a second, the time to each batch's
// acknowledgement, the server's CPU time and memory, and how long it goes on working after the last acknowledgement.
//
//	load -peer counterfoil -url http://127.0.0.1:8470 -token T -in events.jsonl -pid 123 [-out results.jsonl]
//
// Peers: counterfoil, vl (VictoriaLogs) and ch (ClickHouse), the last two with event_data as one string. With -classes events get
// a class and a category, as a dialect would give them: a policy then has something to decide on.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/counterfoil/counterfoil/bench/proc"
	"github.com/counterfoil/counterfoil/bench/result"
)

type options struct {
	peer, url, token, in, out string
	as                        string
	classes                   bool
	batch, conns, pid         int
	settle                    time.Duration
	rate                      float64
}

func main() {
	var o options
	flag.StringVar(&o.peer, "peer", "counterfoil", "counterfoil, vl or ch")
	flag.StringVar(&o.url, "url", "", "where to POST to")
	flag.StringVar(&o.token, "token", "", "bearer token")
	flag.StringVar(&o.in, "in", "", "JSON lines")
	flag.StringVar(&o.out, "out", "", "append the result, as JSON, to this file")
	flag.StringVar(&o.as, "as", "", "name of the result; default: the peer")
	flag.BoolVar(&o.classes, "classes", false, "give every event a class and a category")
	flag.IntVar(&o.batch, "batch", 5000, "events in a request")
	flag.IntVar(&o.conns, "conns", 2, "requests in flight")
	flag.Float64Var(&o.rate, "rate", 0, "events a second; an acknowledgement is timed from when its batch was due. 0: as many as the server takes")
	flag.IntVar(&o.pid, "pid", 0, "the server's process")
	flag.DurationVar(&o.settle, "settle", 10*time.Minute, "wait at most so long for the server to have no more to do")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(3)
	}
}

func run(o *options) error {
	render, err := renderer(o.peer, o.classes)
	if err != nil {
		return err
	}
	name := cmp.Or(o.as, o.peer)
	f, err := os.Open(o.in)
	if err != nil {
		return err
	}
	defer f.Close()
	stop := make(chan struct{})
	peak := proc.Peak(o.pid, stop)
	cpu, busy, begin := proc.CPU(o.pid), proc.Busy(), time.Now()
	l := &loader{work: make(chan batch, 2*o.conns), rate: o.rate}
	var wg sync.WaitGroup
	for range o.conns {
		wg.Go(func() { l.send(l.newSender(o.url, o.token, render)) })
	}
	n, err := l.read(f, o.batch)
	wg.Wait()
	if err = first(l.err, err); err != nil {
		return err
	}
	r := result.Load{Events: n, Seconds: time.Since(begin).Seconds(), CPUAck: proc.CPU(o.pid) - cpu, LoaderCPU: ownCPU(), LeftOut: l.leftOut}
	r.Neighbours = (proc.Busy() - busy - r.CPUAck - r.LoaderCPU) / r.Seconds
	r.Settled = settle(o.pid, begin, o.settle)
	r.CPU = proc.CPU(o.pid) - cpu
	close(stop)
	r.PeakPSS = <-peak
	slices.Sort(l.took)
	r.AckP50, r.AckP99, r.AckMax = quantile(l.took, .5), quantile(l.took, .99), quantile(l.took, 1)
	millions := float64(n) / 1e6
	fmt.Printf("%-12s %d events in %.1f s (%.1f s until settled): %.0f/s; ack p50 %.1f p99 %.1f max %.1f ms; server %.2f CPU-s per million (%.2f until the last ack), loader %.2f; peak PSS %.0f MiB; neighbours %.2f cores\n",
		name, n, r.Seconds, r.Settled, float64(n)/r.Seconds, r.AckP50, r.AckP99, r.AckMax, r.CPU/millions, r.CPUAck/millions, r.LoaderCPU/millions, float64(r.PeakPSS)/(1<<20), r.Neighbours)
	if o.out == "" {
		return nil
	}
	return result.Append(o.out, result.Line{Peer: name, Load: &r})
}

// settle waits until the server has been all but idle for two seconds, and gives the seconds from begin to where that
// began: a server that puts its work off pays for it here.
func settle(pid int, begin time.Time, most time.Duration) float64 {
	quiet, since := proc.CPU(pid), time.Now()
	for end := time.Now().Add(most); time.Now().Before(end) && time.Since(since) < 2*time.Second; time.Sleep(100 * time.Millisecond) {
		if now := proc.CPU(pid); now-quiet > 0.05 {
			quiet, since = now, time.Now()
		}
	}
	return since.Sub(begin).Seconds()
}

func quantile(sorted []time.Duration, p float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(p*float64(len(sorted)-1))].Microseconds()) / 1000
}

func ownCPU() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
