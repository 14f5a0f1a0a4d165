package segment

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// compareLines compares the lines of a file with the canonical messages of its records: of whole pages, and of some rows in any order.
func compareLines(t *testing.T, r *Reader) {
	t.Helper()
	rng := rand.New(rand.NewPCG(9, 9))
	var all, some Liner
	var lines Lines
	for p := range r.Pages() {
		var rows []uint16
		var want []string
		for i := range r.Block(p).Rows() {
			var rec counterfoil.Record
			if err := r.Block(p).Record(i, &rec); err != nil {
				t.Fatal(err)
			}
			msg, _ := counterfoil.AppendRecord(nil, &rec)
			rows, want = append(rows, uint16(i)), append(want, string(msg)+"\n")
		}
		check := func(l *Liner, b *Block, rows []uint16) {
			t.Helper()
			goes := mappedRows(rng.Perm(len(rows)))
			lines.Begin(len(rows), r.Changing())
			if err := l.Fill(&lines, b, rows, goes); err != nil {
				t.Fatal(err)
			}
			if rng.IntN(2) == 0 {
				lines.Gather()
			}
			seqs, err := b.Seq()
			if err != nil {
				t.Fatal(err)
			}
			for j, i := range rows {
				if got := string(lines.Append([]byte("before "), int(goes[j]))); got != "before "+want[i] || lines.Seq(int(goes[j])) != uint64(seqs[i]) {
					t.Fatalf("page %d, row %d:\n%s, should be\n%s", p, i, got, want[i])
				}
			}
		}
		check(&all, r.Block(p), rows)
		wanted := r.Block(p)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		wanted.Wanted = slices.Clone(rows[:(len(rows)+1)/2])
		half := len(wanted.Wanted) / 2
		check(&some, wanted, wanted.Wanted[:half])
		check(&some, wanted, wanted.Wanted[half:])
	}
}

func mappedRows(of []int) (rows []uint32) {
	for _, i := range of {
		rows = append(rows, uint32(i))
	}
	return rows
}

// TestLines: with parts of an object missing, and of records of one kind.
func TestLines(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 300 {
		r := counterfoil.Record{Seq: uint64(i), Received: counterfoil.Time(1e18)}
		r.Time, r.Service, r.Name = counterfoil.Time(1e18+i), "SMB", "READ"
		if i >= 100 {
			r.Subject.PID = int64(i % 2)
		}
		if i >= 200 {
			r.Subject.Process, r.Object.To = []string{"", "p"}[i%2], []string{"", "", "t"}[i%3]
		}
		recs = append(recs, r)
	}
	roundTrip(t, recs[:100])
	roundTrip(t, recs[:200])
	roundTrip(t, recs[100:])
	same := splitRecords(rand.New(rand.NewPCG(7, 3)), MaxPageRows+splitRows)
	for i := range same {
		same[i].EventData = `{"same":"of all"}`
	}
	roundTrip(t, same)
}

// TestLinesDamaged: what cannot be in a message is an error, as it is of the record.
func TestLinesDamaged(t *testing.T) {
	for _, col := range []filter.Column{filter.ColVersion, filter.ColClass, filter.ColCategory} {
		if dst, err := appendPiece(nil, textOf[col], "\x01 nothing"); err == nil {
			t.Errorf("%s: %q", filter.ColumnNames[col], dst)
		}
	}
}

// BenchmarkLines: messages of a file's rows, 64 of each page at a time, as records and straight from the columns.
func BenchmarkLines(b *testing.B) {
	recs := benchRecords(b, MaxRows)
	var file bytes.Buffer
	x, err := Write(&file, Meta{}, rowsOf(counterfoil.TrailID{}, recs))
	if err != nil {
		b.Fatal(err)
	}
	r, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), NewCache(1<<30))
	if err != nil {
		b.Fatal(err)
	}
	r.Index = x
	each := func(f func(block *Block, rows []uint16)) {
		for p := range r.Pages() {
			block := r.Block(p)
			var rows []uint16
			for i := range block.Rows() {
				if rows = append(rows, uint16(i)); len(rows) == 64 || i == block.Rows()-1 {
					f(block, rows)
					rows = rows[:0]
				}
			}
		}
	}
	var dst []byte
	b.Run("records", func(b *testing.B) {
		recs, ptrs := make([]counterfoil.Record, 64), make([]*counterfoil.Record, 64)
		for i := range recs {
			ptrs[i] = &recs[i]
		}
		for b.Loop() {
			each(func(block *Block, rows []uint16) {
				if err := block.Records(rows, ptrs[:len(rows)]); err != nil {
					b.Fatal(err)
				}
				dst = dst[:0]
				for i := range rows {
					dst, _ = counterfoil.AppendRecord(dst, &recs[i])
					dst = append(dst, '\n')
				}
			})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(MaxRows), "ns/record")
	})
	b.Run("lines", func(b *testing.B) {
		var lines Lines
		var goes []uint32
		for i := range uint32(64) {
			goes = append(goes, i)
		}
		for b.Loop() {
			var l Liner
			each(func(block *Block, rows []uint16) {
				lines.Begin(len(rows), r.Changing())
				if err := l.Fill(&lines, block, rows, goes); err != nil {
					b.Fatal(err)
				}
				dst = dst[:0]
				for i := range rows {
					dst = lines.Append(dst, i)
				}
			})
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(MaxRows), "ns/record")
	})
}
