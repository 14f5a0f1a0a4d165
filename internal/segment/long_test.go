package segment

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
)

// longRecords are n records whose data and whose bytes as they came have size bytes each, of several users.
func longRecords(n, size int) []counterfoil.Record {
	rng := rand.New(rand.NewPCG(uint64(n), uint64(size)))
	recs := make([]counterfoil.Record, n)
	for i := range recs {
		r := filtertest.RandomRecord(rng, 1000+uint64(i))
		text := strings.Repeat(fmt.Sprintf("%016x ", rng.Uint64()), size/17+1)[:size]
		r.EventData, r.Raw = counterfoil.JSON(`"`+text+`"`), text
		recs[i] = r
	}
	return recs
}

// TestLongRecords: pages of long records have few rows, and everything that goes by pages goes by theirs.
func TestLongRecords(t *testing.T) {
	for _, c := range []struct{ n, size, rows int }{
		{3000, 500, 2048}, {3000, 600, 1024}, {3000, 10_000, 64}, {700, 50_000, 16}, {5, 3 << 20, 1}, {9000, 10_000, 256},
	} {
		if testing.Short() && c.n*c.size > 40<<20 {
			continue
		}
		t.Run(fmt.Sprint(c.n, "×", c.size), func(t *testing.T) {
			recs := longRecords(c.n, c.size)
			r := roundTrip(t, recs)
			if r.PageRows != c.rows || r.Pages() != len(r.Index.Pages) {
				t.Errorf("%d rows in each of %d pages, the index has %d pages; want %d rows", r.PageRows, r.Pages(), len(r.Index.Pages), c.rows)
			}
			if got := r.PageUnpacked(); c.rows > 1 && c.n > c.rows*2 && c.n < c.rows*MaxPages/2 && (got > 2*pageBytes || got < pageBytes/4) {
				t.Errorf("a page has some %d bytes", got)
			}
			for i := 0; i < c.n; i += 1 + c.n/200 {
				page, row, ok, err := r.RowOf(recs[i].Seq)
				var rec counterfoil.Record
				if err != nil || !ok || r.Block(page).Record(row, &rec) != nil || rec.Seq != recs[i].Seq || rec.Raw != recs[i].Raw {
					t.Fatalf("record %d: row %d of page %d, %v, %v", recs[i].Seq, row, page, ok, err)
				}
			}
			sum, err := r.PageBytes()
			if err != nil || len(sum) != r.Pages() {
				t.Errorf("bytes of pages: %d, %v", len(sum), err)
			}
		})
	}
}

// TestPageRowsOfFooter: what a footer says of its pages must be possible, and so.
func TestPageRowsOfFooter(t *testing.T) {
	var file bytes.Buffer
	if _, err := Write(&file, Meta{}, rowsOf(counterfoil.TrailID{}, longRecords(3000, 3000))); err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(file.Bytes(), []byte(keyPageRows))
	at += bytes.Index(file.Bytes()[at:], []byte("256"))
	for says, opens := range map[string]bool{"256": true, "128": true, "512": true, "032": false, "255": false, "000": false, "-64": false, "4k ": false} {
		b := bytes.Clone(file.Bytes())
		copy(b[at:], says)
		r, err := Open(bytes.NewReader(b), int64(len(b)), NewCache(1<<20))
		if (err == nil) != opens {
			t.Errorf("pages of %s rows: %v", says, err)
		}
		if err != nil {
			continue
		}
		if _, err := r.Block(0).Seq(); (err == nil) != (says == "256") {
			t.Errorf("pages of %s rows: the first page gives %v", says, err)
		}
	}
}

// What is gathered says the same and stands in one piece; what is long is left alone.
func TestGather(t *testing.T) {
	recs := make([]counterfoil.Record, 100)
	for i := range recs {
		recs[i].EventData = counterfoil.JSON(fmt.Sprintf(`{"n":%d}`, i*i*i))
	}
	recs[7].EventData = ""
	want := slices.Clone(recs)
	memory := Gather(recs, nil)
	if !slices.Equal(recs, want) {
		t.Errorf("gathered records say something else")
	}
	all := ""
	for i := range want {
		all += string(want[i].EventData)
	}
	if string(memory) != all || unsafe.StringData(string(recs[99].EventData)) != &memory[len(all)-len(recs[99].EventData)] {
		t.Errorf("%d bytes are not where the records have theirs", len(memory))
	}
	if again := Gather(slices.Clone(want[:50]), memory); &again[0] != &memory[0] {
		t.Errorf("memory is not used again")
	}
	long := []counterfoil.Record{{Event: counterfoil.Event{EventData: counterfoil.JSON(`"` + strings.Repeat("x", 1<<10) + `"`)}}}
	before := unsafe.StringData(string(long[0].EventData))
	if Gather(long, nil); unsafe.StringData(string(long[0].EventData)) != before {
		t.Errorf("a long record was copied")
	}
}
