// policy prints what bench/policy.sh measured: the CPU time of loading a stream without a policy and with each, in the same round.
//
//	policy results.jsonl
package main

import (
	"fmt"
	"os"
	"slices"

	"github.com/counterfoil/counterfoil/bench/result"
)

// none is the name of the loads without a policy.
const none = "none"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: policy results.jsonl")
		os.Exit(2)
	}
	lines, err := result.Read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "policy:", err)
		os.Exit(3)
	}
	report(lines)
}

// report prints a line for each load, and the medians of each policy.
func report(lines []result.Line) {
	var names []string
	costs, more := map[string][]float64{}, map[string][]float64{}
	var without float64
	fmt.Println("CPU-seconds of the server per million events, and what they are more than without a policy in the same round:")
	for _, l := range lines {
		cost := l.Load.CPU / float64(l.Load.Events) * 1e6
		if l.Peer == none {
			without = cost
		}
		if !slices.Contains(names, l.Peer) {
			names = append(names, l.Peer)
		}
		costs[l.Peer], more[l.Peer] = append(costs[l.Peer], cost), append(more[l.Peer], cost-without)
		fmt.Printf("  %-8s %6.2f %+6.2f   %4.1f %% left out, neighbours %.2f cores\n", l.Peer, cost, cost-without,
			100*float64(l.Load.LeftOut)/float64(l.Load.Events), l.Load.Neighbours)
	}
	fmt.Println("medians:")
	for _, name := range names {
		fmt.Printf("  %-8s %6.2f %+6.2f   of %d\n", name, median(costs[name]), median(more[name]), len(costs[name]))
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}
