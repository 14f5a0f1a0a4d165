// query times the benchmark's queries against one peer: for each, one cold run (the peer restarted, the page cache
// dropped), one that is not measured, and the median of -runs warm ones, or as many as take two seconds.
//
//	query -peer counterfoil -params params.json -restart './peer/counterfoil.sh restart' -pid './peer/counterfoil.sh pid' [-q Q1,Q3]
//
// It prints rows, milliseconds, the server's CPU milliseconds a run, and the cores that neighbours used meanwhile.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/counterfoil/counterfoil/bench/proc"
	"github.com/counterfoil/counterfoil/bench/result"
)

type options struct {
	peer, url, token, params, restart, pid, only, out string
	runs                                              int
	slow                                              time.Duration
	show                                              bool
}

func main() {
	var o options
	flag.StringVar(&o.peer, "peer", "counterfoil", "counterfoil, vl or ch")
	flag.StringVar(&o.url, "url", "", "the server; default by peer")
	flag.StringVar(&o.token, "token", "", "bearer token")
	flag.StringVar(&o.params, "params", "", "the generator's parameters")
	flag.StringVar(&o.restart, "restart", "", "shell command that restarts the server")
	flag.StringVar(&o.pid, "pid", "", "shell command that prints the server's process number")
	flag.StringVar(&o.only, "q", "", "only these queries, by commas")
	flag.StringVar(&o.out, "out", "", "append the results, as JSON, to this file")
	flag.IntVar(&o.runs, "runs", 9, "warm runs, at least: for two seconds")
	flag.DurationVar(&o.slow, "slow", 10*time.Second, "after a cold run longer than this make only two warm ones")
	flag.BoolVar(&o.show, "show", false, "print each query and the start of its answer")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "query:", err)
		os.Exit(3)
	}
}

func run(o *options) error {
	b, err := os.ReadFile(o.params)
	if err != nil {
		return err
	}
	var params map[string]string
	if err := json.Unmarshal(b, &params); err != nil {
		return fmt.Errorf("%s: %w", o.params, err)
	}
	if dropCaches() != nil {
		fmt.Println("not root: the page cache is not dropped, so that cold means only a restarted server")
	}
	fmt.Printf("%-5s %8s %10s %10s %10s %10s %6s\n", "query", "rows", "cold ms", "median ms", "least ms", "cpu ms", "neighb")
	for _, id := range ids {
		if o.only != "" && !slices.Contains(strings.Split(o.only, ","), id) {
			continue
		}
		q, err := measure(o, id, params)
		if err != nil {
			return fmt.Errorf("%s of %s: %w", id, o.peer, err)
		}
		fmt.Printf("%-5s %8d %10.1f %10.1f %10.1f %10.1f %6.2f\n", id, q.Rows, q.Cold, q.Warm, q.Least, q.CPU, q.Neighbours)
		if o.out != "" {
			if err := result.Append(o.out, result.Line{Peer: o.peer, Query: q}); err != nil {
				return err
			}
		}
	}
	return nil
}

// atLeast is how long a query is asked again and again: a server that has just started has other things to do for a while.
const atLeast = 2 * time.Second

// measure runs one query cold and warm. Every run must give the same number of rows.
func measure(o *options, id string, params map[string]string) (*result.Query, error) {
	ask, text, err := asker(o, id, params)
	if err != nil {
		return nil, err
	}
	if o.restart != "" {
		if out, err := exec.Command("bash", "-c", o.restart).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w: %s", o.restart, err, out)
		}
	}
	dropCaches() // who may not was told so at the start
	pid, err := serverPID(o.pid)
	if err != nil {
		return nil, err
	}
	rows, head, cold, err := timed(ask)
	if err != nil {
		return nil, err
	}
	if o.show {
		fmt.Printf("%s\n%s\n", text, head)
	}
	runs := o.runs
	if cold > float64(o.slow.Milliseconds()) {
		runs = 2
	} else if _, _, _, err := timed(ask); err != nil {
		return nil, err
	}
	cpu, busy, begin := proc.CPU(pid), proc.Busy(), time.Now()
	var warm []float64
	for len(warm) < runs || time.Since(begin) < atLeast {
		n, _, ms, err := timed(ask)
		if err != nil {
			return nil, err
		}
		if n != rows {
			return nil, fmt.Errorf("%d rows cold and %d warm", rows, n)
		}
		warm = append(warm, ms)
	}
	cpu, busy = proc.CPU(pid)-cpu, proc.Busy()-busy
	slices.Sort(warm)
	return &result.Query{ID: id, Rows: rows, Cold: cold, Warm: warm[len(warm)/2], Least: warm[0], CPU: cpu * 1000 / float64(len(warm)),
		Neighbours: (busy - cpu) / time.Since(begin).Seconds()}, nil
}

func timed(ask func() (int, string, error)) (rows int, head string, ms float64, err error) {
	begin := time.Now()
	rows, head, err = ask()
	return rows, head, float64(time.Since(begin).Microseconds()) / 1000, err
}

func serverPID(command string) (int, error) {
	if command == "" {
		return os.Getpid(), nil
	}
	out, err := exec.Command("bash", "-c", command).Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", command, err)
	}
	return strconv.Atoi(strings.TrimSpace(string(out)))
}

func dropCaches() error {
	syscall.Sync()
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0)
}
