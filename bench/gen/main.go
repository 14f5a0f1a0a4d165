// gen writes realistic audit events as JSON lines. The same flags give the same bytes, for ever: figures taken years
// apart are of the same data (gen_test.go holds their digest).
//
//	gen -n 10000000 -days 10 -seed 1 -o events.jsonl -params params.json
//
// 200 hosts, 5,000 addresses, 2,000 users (zipf), sessions of about 50 events, 8 services, 60 event names, 200,000 paths
// and 5 % unique ones; event_data of 424 bytes on average. The gap between events depends on n/days alone, so a prefix of
// a large set is the smaller set of the same daily rate. -params are the parameters of the queries.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	n := flag.Int("n", 1_000_000, "events")
	days := flag.Float64("days", 1, "days that the events span")
	seed := flag.Uint64("seed", 1, "seed")
	out := flag.String("o", "-", "file to write; - is standard output")
	params := flag.String("params", "", "write the queries' parameters (JSON) to this file")
	flag.Parse()
	if err := run(*n, *days, *seed, *out, *params); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(3)
	}
}

func run(n int, days float64, seed uint64, out, params string) error {
	var w io.WriteCloser = os.Stdout
	if out != "-" {
		f, err := os.Create(out)
		if err != nil {
			return err
		}
		w = f
	}
	p, err := write(w, n, days, seed)
	if err != nil {
		return fmt.Errorf("write %s: %w", out, err)
	}
	if err := w.Close(); err != nil {
		return err
	}
	if params == "" {
		return nil
	}
	j, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(params, append(j, '\n'), 0o644)
}

// write writes n events and gives the parameters of queries over them.
func write(w io.Writer, n int, days float64, seed uint64) (Params, error) {
	bw := bufio.NewWriterSize(w, 1<<20)
	s := newStream(n, days, seed)
	var buf []byte
	for i := range n {
		buf = s.event(buf[:0], i)
		if _, err := bw.Write(buf); err != nil {
			return Params{}, err
		}
	}
	return s.finish(), bw.Flush()
}
