package pagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// column is a column of a test's file: its name, how it is written, and what it holds.
type column struct {
	name  string
	node  parquet.Node
	value func(row int) parquet.Value // of an optional one, null where it has none
}

func text(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) }

// kinds are columns in every encoding that is read here.
func kinds(rng *rand.Rand) []column {
	zstd := func(n parquet.Node) parquet.Node { return parquet.Compressed(n, &parquet.Zstd) }
	word := func(int) parquet.Value { return text(strings.Repeat("w", rng.IntN(9)) + fmt.Sprint(rng.IntN(300))) }
	number := func(int) parquet.Value { return parquet.Int64Value(rng.Int64() >> rng.IntN(64)) }
	maybe := func(share int, of func(int) parquet.Value) func(int) parquet.Value {
		return func(row int) parquet.Value {
			if rng.IntN(100) >= share {
				return parquet.NullValue()
			}
			return of(row).Level(0, 1, 0)
		}
	}
	bit := func(row int) parquet.Value { return parquet.BooleanValue(row/50%3 == 0) }
	id := func(int) parquet.Value {
		b := make([]byte, 16)
		rng.Uint32()
		b[rng.IntN(16)] = 7
		return parquet.FixedLenByteArrayValue(b)
	}
	return []column{
		{"bits", parquet.Leaf(parquet.BooleanType), bit},
		{"bits-all", zstd(parquet.Optional(parquet.Leaf(parquet.BooleanType))), maybe(100, bit)},
		{"bits-none", zstd(parquet.Optional(parquet.Leaf(parquet.BooleanType))), maybe(0, bit)},
		{"bits-rle", parquet.Encoded(parquet.Optional(parquet.Leaf(parquet.BooleanType)), &parquet.RLE), maybe(50, bit)},
		{"bits-some", zstd(parquet.Optional(parquet.Leaf(parquet.BooleanType))), maybe(60, bit)},
		{"id", parquet.Optional(parquet.UUID()), maybe(50, id)},
		{"ints-delta", zstd(parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked)), number},
		{"ints-dict", zstd(parquet.Encoded(parquet.Int(64), &parquet.RLEDictionary)), func(row int) parquet.Value { return parquet.Int64Value(int64(row / 100)) }},
		{"ints-plain", parquet.Encoded(parquet.Int(64), &parquet.Plain), number},
		{"texts-delta", zstd(parquet.Encoded(parquet.String(), &parquet.DeltaLengthByteArray)), word},
		{"texts-dict", zstd(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), word},
		{"texts-empty", zstd(parquet.Encoded(parquet.Optional(parquet.String()), &parquet.RLEDictionary)), maybe(0, word)},
		{"texts-none", zstd(parquet.Encoded(parquet.Optional(parquet.String()), &parquet.DeltaLengthByteArray)), maybe(0, word)},
		{"texts-one", zstd(parquet.Encoded(parquet.String(), &parquet.RLEDictionary)), func(int) parquet.Value { return text("") }},
		{"texts-plain", parquet.Encoded(parquet.String(), &parquet.Plain), word},
		{"texts-runs", parquet.Encoded(parquet.String(), &parquet.RLEDictionary), func(row int) parquet.Value { return text(fmt.Sprint(row / 77)) }},
		{"texts-some", zstd(parquet.Encoded(parquet.Optional(parquet.String()), &parquet.DeltaLengthByteArray)), maybe(30, word)},
	}
}

// write gives a file of so many rows in pages of so many, and what stands in its columns.
func write(t testing.TB, columns []column, rows, pageRows int) (file []byte, values map[string][]parquet.Value) {
	t.Helper()
	group := parquet.Group{}
	for _, c := range columns {
		group[c.name] = c.node
	}
	var b bytes.Buffer
	w := parquet.NewWriter(&b, parquet.NewSchema("test", group), parquet.KeyValueMetadata("what", "a test"))
	values = map[string][]parquet.Value{}
	writers := map[string]*parquet.ColumnWriter{}
	for i, path := range w.Schema().Columns() {
		writers[path[0]] = w.ColumnWriters()[i]
	}
	for lo := 0; lo < rows; lo += pageRows {
		for _, c := range columns {
			var page []parquet.Value
			for row := lo; row < min(rows, lo+pageRows); row++ {
				page = append(page, c.value(row))
			}
			values[c.name] = append(values[c.name], page...)
			if _, err := writers[c.name].WriteRowValues(page); err != nil {
				t.Fatal(err)
			}
			if err := writers[c.name].Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), values
}

// read gives the values of a page, null where a row has none.
func read(f *File, c *Column, p int, ahead *Ahead) (values []parquet.Value, err error) {
	page, err := f.Read(c, p, ahead)
	if err != nil {
		return nil, err
	}
	defer page.Close()
	var value func(n int) parquet.Value
	switch {
	case page.Coded:
		codes, err := page.Codes()
		if err != nil {
			return nil, err
		}
		if len(codes) == 0 {
			break
		}
		d, err := f.ReadDictionary(c)
		if err != nil {
			return nil, err
		}
		value = func(n int) parquet.Value {
			if d.Ints != nil {
				return parquet.Int64Value(d.Ints[codes[n]])
			}
			return text(string(d.Texts[d.Ends[codes[n]]:d.Ends[codes[n]+1]]))
		}
	case c.Type.String() == "BOOLEAN":
		bits, err := page.Bits()
		if err != nil {
			return nil, err
		}
		value = func(n int) parquet.Value { return parquet.BooleanValue(bits[n/8]>>(n%8)&1 == 1) }
	case c.Type.String() == "INT64":
		ints, err := page.Ints(nil)
		if err != nil {
			return nil, err
		}
		value = func(n int) parquet.Value { return parquet.Int64Value(ints[n]) }
	case c.Type.String() == "FIXED_LEN_BYTE_ARRAY":
		fixed, err := page.Fixed()
		if err != nil {
			return nil, err
		}
		value = func(n int) parquet.Value {
			return parquet.FixedLenByteArrayValue(slices.Clone(fixed[n*c.Length : (n+1)*c.Length]))
		}
	default:
		all, ends, err := page.Texts()
		if err != nil {
			return nil, err
		}
		value = func(n int) parquet.Value { return text(string(all[ends[n]:ends[n+1]])) }
	}
	n := 0
	for row := range page.Rows {
		if page.Levels != nil && page.Levels[row] == 0 {
			values = append(values, parquet.NullValue())
			continue
		}
		values = append(values, value(n))
		n++
	}
	return values, nil
}

func open(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func same(a, b []parquet.Value) bool { return slices.EqualFunc(a, b, parquet.Equal) }

// TestRead reads what the library wrote: every encoding, with and without values, in any order, and with what was read ahead.
func TestRead(t *testing.T) {
	for _, size := range []struct{ rows, pageRows int }{{1, 1}, {7, 8}, {1000, 64}, {5000, 2048}, {4096, 2048}} {
		rng := rand.New(rand.NewPCG(1, uint64(size.rows)))
		b, want := write(t, kinds(rng), size.rows, size.pageRows)
		f := open(t, b)
		if f.Rows != int64(size.rows) || f.Says["what"] != "a test" || len(f.Columns) != len(want) || f.Unpacked == 0 {
			t.Fatalf("%d rows, %v, %d columns, %d bytes", f.Rows, f.Says, len(f.Columns), f.Unpacked)
		}
		for i := range f.Columns {
			c := &f.Columns[i]
			n, err := c.Pages()
			if err != nil || n != (size.rows+size.pageRows-1)/size.pageRows || c.PageRows != min(size.rows, size.pageRows) || c.Bytes == 0 {
				t.Fatalf("column %s: %d pages of %d rows: %v", c.Name, n, c.PageRows, err)
			}
			var ahead Ahead
			for _, with := range []*Ahead{nil, &ahead} {
				for _, p := range append(rng.Perm(n), n-1, n-1, 0) {
					got, err := read(f, c, p, with)
					if err != nil {
						t.Fatal(err)
					}
					if lo := p * size.pageRows; !same(got, want[c.Name][lo:min(size.rows, lo+size.pageRows)]) {
						t.Fatalf("column %s, page %d is not what was written", c.Name, p)
					}
				}
			}
			ahead.Close()
			if _, err := f.Read(c, n, nil); err == nil || !strings.Contains(err.Error(), "no page") {
				t.Errorf("column %s, page %d: %v", c.Name, n, err)
			}
		}
	}
}

// counter counts what is read.
type counter struct {
	io.ReaderAt
	reads int
}

func (c *counter) ReadAt(b []byte, at int64) (int, error) {
	c.reads++
	return c.ReaderAt.ReadAt(b, at)
}

// TestReads: a file is opened with one read, and small pages come some at a time.
func TestReads(t *testing.T) {
	b, _ := write(t, []column{{"n", parquet.Encoded(parquet.Int(64), &parquet.DeltaBinaryPacked), func(row int) parquet.Value { return parquet.Int64Value(int64(row)) }}}, 64*64, 64)
	from := &counter{bytes.NewReader(b), 0}
	f, err := Open(from, int64(len(b)))
	if err != nil || from.reads != 1 {
		t.Fatalf("%d reads: %v", from.reads, err)
	}
	for _, c := range []struct {
		ahead *Ahead
		most  int
	}{{nil, 64}, {new(Ahead), 4}} {
		from.reads = 0
		for p := range 64 {
			if _, err := read(f, &f.Columns[0], p, c.ahead); err != nil {
				t.Fatal(err)
			}
		}
		if from.reads > c.most || from.reads < c.most/4 {
			t.Errorf("64 small pages in %d reads, should be %d at the most", from.reads, c.most)
		}
	}
}

// TestLongFooter: what does not fit into the end that is read first is read behind it, and where the places of pages do not, these are.
func TestLongFooter(t *testing.T) {
	columns := []column{{"n", parquet.Int(64), func(row int) parquet.Value { return parquet.Int64Value(int64(row)) }}}
	for i := range 400 {
		columns = append(columns, column{fmt.Sprintf("%0200d", i), parquet.Int(64), columns[0].value})
	}
	b, want := write(t, columns, 40, 1)
	if n := binary.LittleEndian.Uint32(b[len(b)-8:]); n < TailBytes {
		t.Fatalf("the footer has %d bytes only", n)
	}
	f := open(t, b)
	for i := range f.Columns {
		got, err := read(f, &f.Columns[i], 39, nil)
		if err != nil || !same(got, want["n"][39:]) {
			t.Fatalf("%v %v", got, err)
		}
	}
}

// TestOpenRefuses: what is no Parquet file as they are read here, and why.
func TestOpenRefuses(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	b, _ := write(t, kinds(rng), 100, 32)
	length := binary.LittleEndian.PutUint32
	change := func(f func(b []byte)) []byte { c := slices.Clone(b); f(c); return c }
	nested := func(node parquet.Node, row any) []byte {
		var b bytes.Buffer
		w := parquet.NewWriter(&b, parquet.NewSchema("test", parquet.Group{"x": node}))
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var groups bytes.Buffer
	w := parquet.NewWriter(&groups, parquet.NewSchema("test", parquet.Group{"x": parquet.Int(64)}))
	for range 2 {
		if err := w.Write(map[string]any{"x": int64(1)}); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, want string
		file       []byte
	}{
		{"nothing", "has 0 bytes", nil},
		{"a few bytes", "has 3 bytes", b[len(b)-3:]},
		{"no magic", "does not end as", b[:len(b)-1]},
		{"a footer of more bytes than there are", "the file has", change(func(b []byte) { length(b[len(b)-8:], 1<<31) })},
		{"a footer cut short", "footer", change(func(b []byte) { length(b[len(b)-8:], 40) })},
		{"no footer", "is no Thrift", change(func(b []byte) { length(b[len(b)-8:], 0) })},
		{"two row groups", "has 2 row groups", groups.Bytes()},
		{"a list", "several values", nested(parquet.Repeated(parquet.Int(64)), map[string]any{"x": []int64{1, 2}})},
		{"a group", "columns of its own", nested(parquet.Group{"y": parquet.Int(64)}, map[string]any{"x": map[string]any{"y": int64(1)}})},
	} {
		if _, err := Open(bytes.NewReader(c.file), int64(len(c.file))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, should be an error with %q", c.name, err, c.want)
		}
	}
}

// TestFlips: with a bit of the file wrong, each column is refused or gives what was written.
func TestFlips(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	b, want := write(t, kinds(rng), 200, 64)
	refused, right := 0, 0
	for range 4000 {
		at, bit := rng.IntN(len(b)), byte(1)<<rng.IntN(8)
		b[at] ^= bit
		if err := agrees(b, want); err == nil {
			right++
		} else if errors.Is(err, errDiffers) {
			t.Errorf("byte %d of %d, bit %#x: %v", at, len(b), bit, err)
		} else {
			refused++
		}
		b[at] ^= bit
	}
	t.Logf("%d flips were refused, %d changed nothing", refused, right)
	if refused < 2000 {
		t.Errorf("only %d flips of 4000 were refused", refused)
	}
}

var errDiffers = errors.New("is not what was written")

func agrees(b []byte, want map[string][]parquet.Value) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v) // see Read
		}
	}()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return err
	}
	for i := range f.Columns {
		c := &f.Columns[i]
		values, ok := want[c.Name]
		if !ok {
			return fmt.Errorf("another column") // whoever asks for one by its name does not find it
		}
		n, err := c.Pages()
		if err != nil {
			return err
		}
		var all []parquet.Value
		for p := range n {
			page, err := read(f, c, p, nil)
			if err != nil {
				return err
			}
			all = append(all, page...)
		}
		if int64(len(all)) != f.Rows || len(all) != len(values) {
			return fmt.Errorf("%d rows", len(all)) // which its reader knows from elsewhere
		}
		if !same(all, values) {
			return fmt.Errorf("column %s %w", c.Name, errDiffers)
		}
	}
	return nil
}

// FuzzOpen: whatever a footer says, it is refused, or pages have as many rows as they say. The library's decoders may panic, opening may not.
func FuzzOpen(f *testing.F) {
	b, _ := write(f, kinds(rand.New(rand.NewPCG(4, 4))), 100, 32)
	length := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	f.Add(b[len(b)-8-length : len(b)-8])
	f.Fuzz(func(t *testing.T, footer []byte) {
		file := append(slices.Clone(b[:len(b)-8-length]), footer...)
		file = append(binary.LittleEndian.AppendUint32(file, uint32(len(footer))), magic...)
		x, err := Open(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return
		}
		defer func() { _ = recover() }() // see Read
		for i := range x.Columns {
			c := &x.Columns[i]
			n, err := c.Pages()
			if err != nil {
				continue
			}
			for p := range n {
				page, err := x.Read(c, p, nil)
				if err != nil {
					continue
				}
				if page.Values > page.Rows || page.Levels != nil && len(page.Levels) != page.Rows {
					t.Errorf("column %s, page %d: %d values of %d rows, %d levels", c.Name, p, page.Values, page.Rows, len(page.Levels))
				}
				page.Close()
			}
		}
	})
}
