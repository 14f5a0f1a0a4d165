// report prints what load and query measured as one table, with the ratios of counterfoil to the peer.
//
//	report results.jsonl
//
// A ratio below 1 says that counterfoil needed less. If a query gave another number of rows than the peer's, the line
// says so, and the exit code is 1: such times cannot be compared.
package main

import (
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/counterfoil/counterfoil/bench/result"
)

const ours = "counterfoil"

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: report results.jsonl")
		os.Exit(2)
	}
	lines, err := result.Read(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(3)
	}
	if !write(os.Stdout, lines) {
		os.Exit(1)
	}
}

// row is one line of the table: what, ours, and each peer's.
type row struct {
	what   string
	format string
	value  func(l *result.Line) (float64, bool)
}

func load(value func(*result.Load) float64) func(*result.Line) (float64, bool) {
	return func(l *result.Line) (float64, bool) {
		if l.Load == nil {
			return 0, false
		}
		return value(l.Load), true
	}
}

func query(id string, value func(*result.Query) float64) func(*result.Line) (float64, bool) {
	return func(l *result.Line) (float64, bool) {
		if l.Query == nil || l.Query.ID != id {
			return 0, false
		}
		return value(l.Query), true
	}
}

func perMillion(seconds float64, l *result.Load) float64 { return seconds / float64(l.Events) * 1e6 }

var rows = []row{
	{"seconds per million events", "%.2f", load(func(l *result.Load) float64 { return perMillion(l.Seconds, l) })},
	{"ack p50, ms", "%.1f", load(func(l *result.Load) float64 { return l.AckP50 })},
	{"ack p99, ms", "%.1f", load(func(l *result.Load) float64 { return l.AckP99 })},
	{"CPU-s per million, until settled", "%.2f", load(func(l *result.Load) float64 { return perMillion(l.CPU, l) })},
	{"peak PSS, MiB", "%.0f", load(func(l *result.Load) float64 { return float64(l.PeakPSS) / (1 << 20) })},
	{"bytes per event on disk", "%.1f", func(l *result.Line) (float64, bool) {
		if l.Disk == nil {
			return 0, false
		}
		return float64(l.Disk.Bytes) / float64(l.Disk.Events), true
	}},
}

// write prints the table and reports whether all peers gave the same rows.
func write(w io.Writer, lines []result.Line) (same bool) {
	peers := []string{ours}
	var ids []string
	for i := range lines {
		peers = addNew(peers, lines[i].Peer)
		if q := lines[i].Query; q != nil {
			ids = addNew(ids, q.ID)
		}
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "\t%s\t", ours)
	for _, p := range peers[1:] {
		fmt.Fprintf(t, "%s\tours/%s\t", p, p)
	}
	fmt.Fprintln(t)
	for _, r := range rows {
		print(t, lines, peers, r)
		fmt.Fprintln(t)
	}
	same = true
	for _, id := range ids {
		print(t, lines, peers, row{id + " warm, ms", "%.1f", query(id, func(q *result.Query) float64 { return q.Warm })})
		if note := differ(lines, peers, id); note != "" {
			fmt.Fprint(t, "  ", note)
			same = false
		}
		fmt.Fprintln(t)
		print(t, lines, peers, row{id + " cold, ms", "%.1f", query(id, func(q *result.Query) float64 { return q.Cold })})
		fmt.Fprintln(t)
	}
	t.Flush()
	return same
}

func print(w io.Writer, lines []result.Line, peers []string, r row) {
	fmt.Fprintf(w, "%s\t", r.what)
	our, have := find(lines, ours, r.value)
	for _, p := range peers {
		v, ok := find(lines, p, r.value)
		switch {
		case !ok:
			fmt.Fprint(w, "-\t")
		default:
			fmt.Fprintf(w, r.format+"\t", v)
		}
		if p == ours {
			continue
		}
		if ok && have && v > 0 {
			fmt.Fprintf(w, "%.2f\t", our/v)
		} else {
			fmt.Fprint(w, "-\t")
		}
	}
}

// find gives the last measurement of a peer.
func find(lines []result.Line, peer string, value func(*result.Line) (float64, bool)) (last float64, ok bool) {
	for i := range lines {
		if lines[i].Peer == peer {
			if v, is := value(&lines[i]); is {
				last, ok = v, true
			}
		}
	}
	return last, ok
}

// differ says whose number of rows is not ours.
func differ(lines []result.Line, peers []string, id string) (note string) {
	count := query(id, func(q *result.Query) float64 { return float64(q.Rows) })
	our, ok := find(lines, ours, count)
	for _, p := range peers[1:] {
		if n, have := find(lines, p, count); ok && have && n != our {
			note += fmt.Sprintf("ROWS DIFFER: %.0f here, %.0f from %s ", our, n, p)
		}
	}
	return note
}

func addNew(list []string, s string) []string {
	for _, x := range list {
		if x == s {
			return list
		}
	}
	return append(list, s)
}
