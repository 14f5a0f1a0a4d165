// Package filtertest owns the cases that every evaluation of filters passes: records, queries, and which of them are
// found. A store runs them over each of its layouts; [filter.Eval] over records is the reference. It also makes random
// records and filters, and a model of what a store may say of a block.
package filtertest

import (
	_ "embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
)

//go:embed records.jsonl
var recordsText string

//go:embed cases.txt
var casesText string

// Now is the present moment of the cases.
var Now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Case is a query and what it finds.
type Case struct {
	Query string   // in the grammar of searchq, with Now as the present moment
	Want  []uint64 // sequence numbers, ascending
	Line  int      // in cases.txt
}

// Records gives the records of the cases: Seq is the position, Received half a second after Time, AID derived.
func Records() []counterfoil.Record {
	var rs []counterfoil.Record
	for i, line := range strings.Split(strings.TrimSpace(recordsText), "\n") {
		e, err := counterfoil.ParseEvent(line)
		if err != nil {
			panic(fmt.Sprintf("filtertest: records.jsonl:%d: %v", i+1, err))
		}
		seq := uint64(i)
		e.AID = counterfoil.DeriveAID(counterfoil.TrailID{1}, seq)
		rs = append(rs, counterfoil.Record{Event: e, Seq: seq, Received: e.Time + 5e8, Via: "test-1"})
	}
	return rs
}

// Cases gives the cases of cases.txt: numbers, white space, a query. A line that begins with neither a number, '-' nor
// '*' continues the query before.
func Cases() []Case {
	var cs []Case
	for i, line := range strings.Split(casesText, "\n") {
		want, n, ok := parseNumbers(line)
		switch {
		case strings.HasPrefix(line, "#"), line == "":
		case ok:
			cs = append(cs, Case{strings.TrimSpace(line[n:]), want, i + 1})
		default:
			cs[len(cs)-1].Query += "\n" + line
		}
	}
	return cs
}

// parseNumbers reads the numbers at the beginning of a line, parted by single spaces.
func parseNumbers(line string) (want []uint64, n int, ok bool) {
	if strings.HasPrefix(line, "- ") {
		return nil, 1, true
	}
	if rest, all := strings.CutPrefix(line, "*ALL"); all {
		for seq := range Records() {
			want = append(want, uint64(seq))
		}
		return want, len(line) - len(rest), true
	}
	for n < len(line) {
		word, _, _ := strings.Cut(line[n:], " ")
		seq, err := strconv.ParseUint(word, 10, 64)
		if err != nil {
			break
		}
		want = append(want, seq)
		if n += len(word) + 1; n < len(line) && line[n] == ' ' {
			break
		}
	}
	return want, min(n, len(line)), want != nil
}

// Run asks every query of the cases and compares what ask gives, in any order, with what should be found.
func Run(t *testing.T, ask func(t *testing.T, records []counterfoil.Record, query string) []uint64) {
	records := Records()
	for _, c := range Cases() {
		t.Run(fmt.Sprintf("%d %s", c.Line, c.Query), func(t *testing.T) {
			got := slices.Clone(ask(t, records, c.Query))
			slices.Sort(got)
			if !slices.Equal(got, c.Want) {
				t.Errorf("cases.txt:%d: %s\ngot  %v\nwant %v", c.Line, c.Query, got, c.Want)
			}
		})
	}
}
