package mongo

import (
	"bytes"
	"encoding/json"
	"os"
	gosys "syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// load is a log as success auditing writes it, about ten thousand records: for each record of testdata/psmdb.in, of which
// there is one of each type, the three checks of commands on data twenty times.
func load(tb testing.TB) (lines [][]byte, size int64) {
	in, err := os.ReadFile("testdata/psmdb.in")
	if err != nil {
		tb.Fatal(err)
	}
	all := bytes.Split(bytes.TrimSuffix(in, []byte("\n")), []byte("\n"))
	var checks [][]byte
	for _, l := range all {
		if bytes.Contains(l, []byte(`"authCheck"`)) {
			checks = append(checks, l)
		}
	}
	for range 4 {
		for i, l := range all {
			lines = append(lines, l)
			for j := range 60 {
				lines = append(lines, checks[(i+j)%len(checks)])
			}
		}
	}
	for _, l := range lines {
		size += int64(len(l)) + 1
	}
	return lines, size
}

// BenchmarkDecode decodes a log in either form to canonical events.
func BenchmarkDecode(b *testing.B) {
	lines, size := load(b)
	var docs [][]byte
	docSize := int64(0)
	for _, l := range lines {
		var t tree
		if err := t.parseJSON(string(l), nil); err != nil {
			b.Fatal(err)
		}
		docs = append(docs, appendBSON(nil, &t, 0))
		docSize += int64(len(docs[len(docs)-1]))
	}
	for _, c := range []struct {
		name   string
		frames [][]byte
		size   int64
	}{{"json", lines, size}, {"bson", docs, docSize}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(c.size)
			b.ReportAllocs()
			for b.Loop() {
				decodeAll(b, c.frames)
			}
			b.ReportMetric(float64(len(c.frames)*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

func decodeAll(b *testing.B, frames [][]byte) {
	d, err := Dialect.Decode(nil)
	if err != nil {
		b.Fatal(err)
	}
	var batch []counterfoil.Event
	for i, l := range frames {
		if batch, err = d.Decode(batch, dialect.Frame{Data: l, Pos: int64(i), Received: 1}); err != nil {
			b.Fatal(err)
		}
		if len(batch) == 512 {
			clear(batch)
			batch = batch[:0]
			d.(dialect.Reuser).Reuse() // as convert does
		}
	}
}

// BenchmarkAgainstMap decodes the same lines to events and, with encoding/json, into maps, by turns, and reports the
// records for each second of processor time, and how many times more of them are events.
func BenchmarkAgainstMap(b *testing.B) {
	lines, size := load(b)
	b.SetBytes(size)
	var ours, theirs time.Duration
	for b.Loop() {
		start := cpu(b)
		decodeAll(b, lines)
		middle := cpu(b)
		for _, l := range lines {
			var m map[string]any
			if err := json.Unmarshal(l, &m); err != nil {
				b.Fatal(err)
			}
		}
		ours += middle - start
		theirs += cpu(b) - middle
	}
	n := float64(len(lines) * b.N)
	b.ReportMetric(n/ours.Seconds(), "records/cpu-s")
	b.ReportMetric(n/theirs.Seconds(), "map-records/cpu-s")
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "times-map")
}

// cpu gives the processor time that the process has used, its garbage collector included.
func cpu(b *testing.B) time.Duration {
	var u gosys.Rusage
	if err := gosys.Getrusage(gosys.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
