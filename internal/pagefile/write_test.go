package pagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// more are columns whose pages are bounded in other ways, and in which pages are like one another.
func more(rng *rand.Rand) []column {
	zstd := func(n parquet.Node) parquet.Node { return parquet.Compressed(n, &parquet.Zstd) }
	delta := func(n parquet.Node) parquet.Node { return zstd(parquet.Encoded(n, &parquet.DeltaBinaryPacked)) }
	wide := func(int) parquet.Value { return parquet.Int64Value(int64(rng.Uint64())) }
	long := func(int) parquet.Value {
		return text(strings.Repeat("\xff", rng.IntN(20)) + strings.Repeat("w", rng.IntN(20)))
	}
	return []column{
		{"id-random", parquet.Optional(parquet.UUID()), func(int) parquet.Value {
			b := make([]byte, 16)
			binary.BigEndian.PutUint64(b, rng.Uint64())
			return parquet.FixedLenByteArrayValue(b).Level(0, 1, 0)
		}},
		{"same-maybe", zstd(parquet.Encoded(parquet.Optional(parquet.String()), &parquet.DeltaLengthByteArray)), func(row int) parquet.Value {
			if row%2 == 0 {
				return parquet.NullValue()
			}
			return text("one").Level(0, 1, 0)
		}},
		{"same-most", zstd(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), func(row int) parquet.Value { return text(fmt.Sprint(row / 1500 % 2)) }},
		{"same-number", delta(parquet.Int(64)), func(int) parquet.Value { return parquet.Int64Value(-3) }},
		{"texts-long", zstd(parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)), long},
		{"texts-long-dict", zstd(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), long},
		{"texts-unbound", zstd(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), long},
		{"texts-unbound-plain", zstd(parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)), long},
		{"time", delta(parquet.TimestampAdjusted(parquet.Nanosecond, true)), wide},
		{"uints", delta(parquet.Uint(64)), wide},
		{"uints-dict", zstd(parquet.Encoded(parquet.Uint(64), &parquet.RLEDictionary)), func(row int) parquet.Value { return parquet.Int64Value(int64(row/100) - 2) }},
	}
}

// libraryFile gives what the library writes of pages of values.
func libraryFile(t testing.TB, schema *parquet.Schema, says map[string]string, pages []map[string][]parquet.Value) []byte {
	t.Helper()
	options := []parquet.WriterOption{schema, parquet.DataPageStatistics(false), parquet.CreatedBy("test", "1", "")}
	for key, value := range says {
		options = append(options, parquet.KeyValueMetadata(key, value))
	}
	for _, path := range schema.Columns() {
		if isUnbound(path[0]) {
			options = append(options, parquet.SkipPageBounds(path[0]))
		}
	}
	var b bytes.Buffer
	w := parquet.NewWriter(&b, options...)
	for _, page := range pages {
		for i, path := range schema.Columns() {
			if _, err := w.ColumnWriters()[i].WriteRowValues(page[path[0]]); err != nil {
				t.Fatal(err)
			}
			if err := w.ColumnWriters()[i].Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func isUnbound(name string) bool { return strings.Contains(name, "unbound") }

// fill writes the same pages.
func fill(t testing.TB, w *Writer, schema *parquet.Schema, pages []map[string][]parquet.Value) {
	t.Helper()
	words := map[string][]string{}
	for _, page := range pages {
		for _, f := range schema.Fields() {
			if err := fillPage(w.Column(f.Name()), f, page[f.Name()], words); err != nil {
				t.Fatalf("column %s: %v", f.Name(), err)
			}
		}
	}
}

// fillPage writes a page of a column; of one that has a dictionary of texts and is not optional, by codes if its name has no n in it.
func fillPage(c *ColumnWriter, f parquet.Field, page []parquet.Value, words map[string][]string) error {
	var levels []byte
	values := page
	if f.Optional() {
		levels, values = make([]byte, len(page)), nil
		for i, v := range page {
			if !v.IsNull() {
				levels[i] = 1
				values = append(values, v)
			}
		}
	}
	switch f.Type().Kind() {
	case parquet.Boolean:
		return c.Bools(mapped(values, parquet.Value.Boolean), levels)
	case parquet.Int64:
		return c.Ints(mapped(values, parquet.Value.Int64), levels)
	case parquet.FixedLenByteArray:
		return c.Fixed(bytes.Join(mapped(values, parquet.Value.ByteArray), nil), levels)
	}
	texts := mapped(values, func(v parquet.Value) string { return string(v.ByteArray()) })
	if c.dictionary == nil || levels != nil || strings.Contains(f.Name(), "n") {
		return c.Texts(texts, levels)
	}
	known := words[f.Name()]
	if known == nil {
		known = []string{"never", "there"}
	}
	codes := mapped(texts, func(v string) uint32 {
		i := slices.Index(known, v)
		if i < 0 {
			i, known = len(known), append(known, v)
		}
		return uint32(i)
	})
	words[f.Name()] = known
	return c.Codes(codes, known)
}

func mapped[A, B any](from []A, f func(A) B) []B {
	to := make([]B, len(from))
	for i, v := range from {
		to[i] = f(v)
	}
	return to
}

// TestWrite compares files with those of the library, byte for byte: in every encoding, with and without values, bounds and dictionaries.
func TestWrite(t *testing.T) {
	for _, size := range []struct{ rows, pageRows int }{{1, 1}, {7, 8}, {1000, 64}, {5000, 2048}, {4096, 2048}, {3000, 1}, {140000, 2048}} {
		rng := rand.New(rand.NewPCG(2, uint64(size.rows)))
		columns, group := append(kinds(rng), more(rng)...), parquet.Group{}
		columns = slices.DeleteFunc(columns, func(c column) bool { return c.name == "id" }) // see TestWriteBounds
		for _, c := range columns {
			group[c.name] = c.node
		}
		schema := parquet.NewSchema("test", group)
		var pages []map[string][]parquet.Value
		for lo := 0; lo < size.rows; lo += size.pageRows {
			page := map[string][]parquet.Value{}
			for _, c := range columns {
				for row := lo; row < min(size.rows, lo+size.pageRows); row++ {
					page[c.name] = append(page[c.name], c.value(row))
				}
			}
			pages = append(pages, page)
		}
		says := map[string]string{"what": "a test", "a": "", "z": "last"}
		want := libraryFile(t, schema, says, pages)
		for range 2 { // in memory that was used
			w := NewWriter(schema, "test version 1(build )", says)
			for _, c := range columns {
				if isUnbound(c.name) {
					w.Column(c.name).SkipBounds()
				}
			}
			fill(t, w, schema, pages)
			var got bytes.Buffer
			n, err := w.WriteTo(&got)
			if err != nil || n != int64(got.Len()) {
				t.Fatalf("%d bytes of %d: %v", n, got.Len(), err)
			}
			w.Close()
			if !bytes.Equal(got.Bytes(), want) {
				t.Fatalf("%d rows in pages of %d: %s", size.rows, size.pageRows, difference(t, got.Bytes(), want))
			}
		}
	}
}

// TestWriteBounds: of identifiers that begin alike the least is the least, and a page that has none has no bounds. With AVX-512 the library, v0.32.0,
// takes another one of sixteen or more whose first eight bytes are the same; and it leaves a page without any out of the list.
func TestWriteBounds(t *testing.T) {
	schema := parquet.NewSchema("test", parquet.Group{"id": parquet.Optional(parquet.UUID())})
	rng := rand.New(rand.NewPCG(3, 3))
	for range 100 {
		w := NewWriter(schema, "test", nil)
		var ids [][]byte
		for range 40 {
			id := make([]byte, 16)
			id[rng.IntN(16)] = 7
			ids = append(ids, id)
		}
		c := w.Column("id")
		if err := errors.Join(c.Fixed(nil, make([]byte, 40)), c.Fixed(bytes.Join(ids, nil), bytes.Repeat([]byte{1}, 40)), c.Fixed(nil, make([]byte, 40))); err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		w.Close()
		f, err := parquet.OpenFile(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(ids, bytes.Compare)
		least, most := [][]byte{{}, ids[0], {}}, [][]byte{{}, ids[39], {}}
		if i := f.ColumnIndexes()[0]; !slices.EqualFunc(i.MinValues, least, bytes.Equal) || !slices.EqualFunc(i.MaxValues, most, bytes.Equal) {
			t.Fatalf("from %x to %x, should be %x to %x", i.MinValues, i.MaxValues, least, most)
		}
		if s := f.Metadata().RowGroups[0].Columns[0].MetaData.Statistics; !bytes.Equal(s.MinValue, ids[0]) || !bytes.Equal(s.MaxValue, ids[39]) {
			t.Fatalf("in all from %x to %x, should be %x to %x", s.MinValue, s.MaxValue, ids[0], ids[39])
		}
	}
}

// difference says where files differ.
func difference(t *testing.T, got, want []byte) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	where := "behind all columns"
	f := open(t, want)
	for i := range f.Columns {
		c := &f.Columns[i]
		from, _ := c.Dictionary()
		if from == 0 {
			from, _ = c.Page(0)
		}
		if int64(at) >= from && int64(at) < from+c.Bytes {
			where = "column " + c.Name
		}
	}
	return fmt.Sprintf("%d bytes, should be %d; they differ at %d, %s: %q, should be %q", len(got), len(want), at, where, got[at:min(at+20, len(got))], want[at:min(at+20, len(want))])
}

type failing struct{ after int }

func (f *failing) Write(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		return 0, errors.New("no room")
	}
	return len(b), nil
}

// TestWriteWrong: what does not fit a column is told, and so is what cannot be written.
func TestWriteWrong(t *testing.T) {
	schema := parquet.NewSchema("test", parquet.Group{
		"maybe":  parquet.Encoded(parquet.Optional(parquet.String()), &parquet.RLEDictionary),
		"number": parquet.Int(64),
	})
	w := NewWriter(schema, "test", nil)
	defer w.Close()
	if err := w.Column("maybe").Texts([]string{"a", "b"}, []byte{1, 0, 0}); err == nil || !strings.Contains(err.Error(), "3 rows has 2 values, should have 1") {
		t.Errorf("%v", err)
	}
	w2 := NewWriter(schema, "test", nil)
	defer w2.Close()
	if err := errors.Join(w2.Column("number").Ints([]int64{1, math.MaxInt64}, nil), w2.Column("maybe").Texts([]string{"a"}, []byte{1, 0, 0})); err != nil {
		t.Fatal(err)
	}
	if _, err := w2.WriteTo(io.Discard); err == nil || !strings.Contains(err.Error(), "column number has 2 rows, column maybe 3") {
		t.Errorf("%v", err)
	}
	whole := func(to io.Writer) (int64, error) {
		w := NewWriter(schema, "test", nil)
		defer w.Close()
		if err := errors.Join(w.Column("number").Ints([]int64{1, 2}, nil), w.Column("maybe").Texts(nil, []byte{0, 0})); err != nil {
			t.Fatal(err)
		}
		return w.WriteTo(to)
	}
	size, err := whole(io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for after := range int(size) {
		if _, err := whole(&failing{after}); err == nil {
			t.Fatalf("of %d bytes %d can be written: no error", size, after)
		}
	}
}

// BenchmarkWrite writes 32,768 rows as a segment has them: of 24 columns of texts 16 never change, 6 have a dictionary and 2 have none; 2 are numbers.
// The library is given the same values, each as it wants it.
func BenchmarkWrite(b *testing.B) {
	const rows, pageRows = 1 << 15, 2048
	zstd := func(n parquet.Node) parquet.Node { return parquet.Compressed(n, &parquet.Zstd) }
	rng := rand.New(rand.NewPCG(4, 4))
	group, words, names := parquet.Group{}, []string{""}, []string{}
	for i := range 500 {
		words = append(words, fmt.Sprint("word ", i))
	}
	codes, texts, numbers := make([]uint32, rows), make([]string, rows), make([]int64, rows)
	for i := range rows {
		codes[i], texts[i], numbers[i] = uint32(rng.IntN(len(words))), strings.Repeat("text ", rng.IntN(9))+fmt.Sprint(rng.IntN(1e6)), int64(i)*1000+rng.Int64N(900)
	}
	for i := range 24 {
		names = append(names, fmt.Sprintf("text%02d", i))
		group[names[i]] = zstd(parquet.Encoded(parquet.String(), &parquet.RLEDictionary))
		if i >= 22 {
			group[names[i]] = zstd(parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray))
		}
	}
	for _, name := range []string{"x", "y"} {
		group[name] = zstd(parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked))
	}
	schema, none := parquet.NewSchema("test", group), make([]uint32, pageRows)
	b.Run("library", func(b *testing.B) {
		options := []parquet.WriterOption{schema, parquet.DataPageStatistics(false)}
		for _, name := range names {
			options = append(options, parquet.SkipPageBounds(name))
		}
		page := make([]parquet.Value, pageRows)
		for b.Loop() {
			w := parquet.NewWriter(io.Discard, options...)
			write := func(column int, value func(row int) parquet.Value) {
				for i := range page {
					page[i] = value(i)
				}
				if _, err := w.ColumnWriters()[column].WriteRowValues(page); err != nil {
					b.Fatal(err)
				}
				if err := w.ColumnWriters()[column].Flush(); err != nil {
					b.Fatal(err)
				}
			}
			for lo := 0; lo < rows; lo += pageRows {
				for i := range names {
					switch {
					case i < 16:
						write(i, func(int) parquet.Value { return parquet.ByteArrayValue(nil) })
					case i < 22:
						write(i, func(row int) parquet.Value { return parquet.ByteArrayValue(bytesOf(words[codes[lo+row]])) })
					default:
						write(i, func(row int) parquet.Value { return parquet.ByteArrayValue(bytesOf(texts[lo+row])) })
					}
				}
				write(24, func(row int) parquet.Value { return parquet.Int64Value(numbers[lo+row]) })
				write(25, func(row int) parquet.Value { return parquet.Int64Value(numbers[lo+row]) })
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
	b.Run("ours", func(b *testing.B) {
		for b.Loop() {
			w := NewWriter(schema, "test", nil)
			for _, name := range names {
				w.Column(name).SkipBounds()
			}
			var failed error
			for lo := 0; lo < rows; lo += pageRows {
				for i, name := range names {
					switch {
					case i < 16:
						failed = errors.Join(failed, w.Column(name).Codes(none, words))
					case i < 22:
						failed = errors.Join(failed, w.Column(name).Codes(codes[lo:lo+pageRows], words))
					default:
						failed = errors.Join(failed, w.Column(name).Texts(texts[lo:lo+pageRows], nil))
					}
				}
				failed = errors.Join(failed, w.Column("x").Ints(numbers[lo:lo+pageRows], nil), w.Column("y").Ints(numbers[lo:lo+pageRows], nil))
			}
			if _, err := w.WriteTo(io.Discard); errors.Join(failed, err) != nil {
				b.Fatal(failed, err)
			}
			w.Close()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
	})
}
