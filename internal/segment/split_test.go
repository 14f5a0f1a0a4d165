package segment

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// splitRecords are records whose data repeat one another as those of services do, and some that nothing is like.
func splitRecords(rng *rand.Rand, n int) []counterfoil.Record {
	odd := []counterfoil.JSON{"", `"text"`, `{}`, `{"a":[]}`, `{"a":{"b":1},"a.b":2}`, `{"a":["x",["y",null,true]],"b":-1.5e-7}`, `{"esc":"a\\","z":"\"\u001a\n"}`,
		counterfoil.JSON(`{"l":"` + strings.Repeat("long", 2000) + `"}`), counterfoil.JSON(`{"many":[` + strings.Repeat("1,", 300) + `1]}`), `{"path":"","size":0}`}
	recs := make([]counterfoil.Record, n)
	for i := range recs {
		r := &recs[i]
		*r = counterfoil.Record{Seq: uint64(i), Received: 1, Via: "x", Event: counterfoil.Event{Major: 1, Time: counterfoil.Time(i), Service: "A", Name: []string{"READ", "WRITE"}[rng.IntN(2)],
			User: fmt.Sprint("user", rng.IntN(9))}}
		path := counterfoil.String(fmt.Sprintf(`/mnt/"%d"\%d`, int(rng.ExpFloat64()*20), i%3))
		switch {
		case rng.IntN(50) == 0:
			r.EventData = odd[rng.IntN(len(odd))]
		case r.Name == "READ":
			r.EventData = counterfoil.JSON(fmt.Sprintf(`{"count":%d,"file":{"path":%s,"sync":%t},"tid":%d}`, 4096<<rng.IntN(4), path, rng.IntN(3) == 0, rng.IntN(1<<20)))
		default:
			r.EventData = counterfoil.JSON(fmt.Sprintf(`{"args":["-n",%s,"%x"],"exit":-13,"uid":%d}`, path, rng.Uint32(), i/100))
		}
	}
	return recs
}

// Split data are the same again, however they are asked for, and take less room.
func TestSplit(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{splitRows - 1, splitRows, splitRows + 1, 3*MaxPageRows + 100} {
		recs := splitRecords(rng, n)
		r := roundTrip(t, recs) // compares records, and the index
		if r.isSplit != (n >= splitRows) {
			t.Fatalf("%d records: split: %v", n, r.isSplit)
		}
		bySeq := map[string]int{}
		for p := range r.Pages() {
			seqs, err := r.Block(p).Seq()
			if err != nil {
				t.Fatal(err)
			}
			want := make([]string, len(seqs))
			for i, seq := range seqs {
				want[i] = string(recs[seq].EventData)
				bySeq[want[i]]++
			}
			compareSplit(t, r, p, want)
		}
		if len(bySeq) < n/4 {
			t.Fatalf("%d kinds of data in %d records: they say nothing", len(bySeq), n)
		}
	}
}

func compareSplit(t *testing.T, r *Reader, p int, want []string) {
	t.Helper()
	for _, once := range []bool{true, false} {
		var rows, hits []uint16
		for i := len(want) - 1; i >= 0; i -= 3 { // backwards
			rows = append(rows, uint16(i))
		}
		r.cache.Drop(r)
		b := r.Block(p)
		b.Once = once
		r.placesOf(nameEventData).asked.Store(0)
		ok, err := b.Some(filter.ColEventData, rows, func(i uint16, v string) error {
			if v != want[i] {
				t.Fatalf("Some: row %d of page %d\ngot  %q\nwant %q", i, p, v, want[i])
			}
			hits = append(hits, i)
			return nil
		})
		if err != nil || !ok || !slices.Equal(hits, rows) {
			t.Fatalf("Some: %v, %v, rows %v", ok, err, hits)
		}
		for _, needle := range []string{`"path":"/mnt/\"3\"`, "READ", `":-13,"u`, `,"tid":1`, `:4096`, "\\u001a", "mnt", "4096", "sync", "-13", "true", "1e", "7", "ong"} {
			for _, fold := range []bool{false, true} {
				findSplit(t, r, p, once, needle, fold, want)
			}
		}
	}
	r.cache.Drop(r)
	for ask := range 4 { // joined alone, then what was joined, then others with all of the page, then from memory
		rows := []uint16{uint16(len(want) - 1), 0, uint16(len(want) / 2)}
		if ask == 2 {
			rows[1] = 1
		}
		recs := []*counterfoil.Record{{}, {}, {}}
		if err := r.Block(p).Records(rows, recs); err != nil {
			t.Fatal(err)
		}
		for j, i := range rows {
			if string(recs[j].EventData) != want[i] {
				t.Fatalf("Records, asked %d times: row %d of page %d\ngot  %q\nwant %q", ask+1, i, p, recs[j].EventData, want[i])
			}
		}
		if kept := r.placesOf(nameEventData).pages[p].Load() != nil; kept != (ask > 1 || !r.isSplit || len(rows) > len(want)*mostAlone/8) {
			t.Errorf("page %d of %d rows, asked %d times, is kept: %v", p, len(want), ask+1, kept)
		}
	}
	text, err := r.Block(p).Text(filter.ColEventData)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want {
		if text.At(i) != v {
			t.Fatalf("Text: row %d of page %d\ngot  %q\nwant %q", i, p, text.At(i), v)
		}
	}
}

// findSplit finds a text in every row that has it, and in few others if it is rare.
func findSplit(t *testing.T, r *Reader, p int, once bool, needle string, fold bool, want []string) {
	t.Helper()
	found := map[int]bool{}
	b := r.Block(p)
	b.Once = once
	if ok, err := b.Find(filter.ColEventData, needle, fold, func(i int) { found[i] = true }); err != nil || !ok {
		t.Fatal(ok, err)
	}
	has := 0
	for i, v := range want {
		if fold {
			v = strings.ToLower(v)
		}
		if strings.Contains(v, needle) {
			has++
			if !found[i] {
				t.Errorf("Find %q, fold %v: not row %d of page %d: %q", needle, fold, i, p, v)
			}
		}
	}
	if has == 0 && len(found) > 0 {
		t.Errorf("Find %q, fold %v: %d rows of page %d, none of which has it", needle, fold, len(found), p)
	}
}

// What is split needs much less room; otherwise there were no sense in it.
func TestSplitSaves(t *testing.T) {
	recs := splitRecords(rand.New(rand.NewPCG(3, 4)), 4*MaxPageRows)
	r := roundTrip(t, recs)
	whole := int64(0)
	for p := range r.Pages() {
		var page []byte
		seqs, _ := r.Block(p).Seq()
		for _, seq := range seqs {
			page = append(page, recs[seq].EventData...)
		}
		out, _ := zstdText.Encode(nil, page)
		whole += int64(len(out))
	}
	columns, err := r.ColumnBytes()
	if got := columns[nameEventData]; err != nil || got*10 > whole*9 {
		t.Errorf("split data take %d bytes, in one piece %d (%v)", got, whole, err)
	}
}

// Values that come again and again in a place stand in a dictionary, and what is there a few times does not.
func TestOften(t *testing.T) {
	var s splitter
	s.begin(1)
	times := func(v string, n int) (often int) {
		for range n {
			if s.isOften(7, v) {
				often++
			}
		}
		return often
	}
	if got := times("anna", 2*often); got != often+1 {
		t.Errorf("a value that came %d times was often there %d times", 2*often, got)
	}
	if got := times("bob", often-1); got != 0 {
		t.Errorf("a value that came %d times was often there %d times", often-1, got)
	}
	s.bytes = dictBytes
	if got := times("carol", 3*often); got != 0 {
		t.Errorf("the dictionaries are full, and %d values more were put there", got)
	}
	if got := times("anna", 300); got != 300 {
		t.Errorf("a value that stands in the dictionary was not found there %d times", 300-got)
	}
}

// The parts of a text, with its values where they belong, are the text, whatever it is.
func FuzzLayout(f *testing.F) {
	for _, r := range splitRecords(rand.New(rand.NewPCG(5, 6)), 200) {
		f.Add(string(r.EventData), string(r.EventData))
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		ls := layouts{known: map[uint64]*layout{}, paths: map[string]int{}}
		for _, text := range []string{a, b, a} {
			j, err := counterfoil.Canonical(text)
			if err != nil || j.Kind() != '{' {
				return
			}
			spans, l := ls.of(string(j), nil)
			if l == nil {
				continue
			}
			if len(l.paths) != len(spans) || len(l.between) != len(spans)+1 {
				t.Fatalf("%d paths, %d values, %d pieces: %q", len(l.paths), len(spans), len(l.between), j)
			}
			again := l.between[0]
			for i, v := range spans {
				if !beginsValue(again) || !endsValue(l.between[i+1]) || l.between[i+1][0] == mark {
					t.Fatalf("value %d of %q stands between %q and %q", i, j, again, l.between[i+1])
				}
				value := string(j[v.from:v.to])
				if strings.IndexByte(value, mark) >= 0 {
					t.Fatalf("%q has the byte of a mark", value)
				}
				again += value + l.between[i+1]
			}
			if again != string(j) {
				t.Fatalf("%q became %q", j, again)
			}
			if more, same := l.match(string(j), nil); !same || !slices.Equal(more, spans) {
				t.Fatalf("%q has not its own layout: %v, %v", j, more, spans)
			}
		}
	})
}

// A split file whose marks say nothing, or too much, is damaged, and says where.
func TestSplitDamaged(t *testing.T) {
	t.Run("as this program writes", func(t *testing.T) { splitDamaged(t, &parquet.DeltaLengthByteArray) })
	t.Run("with a dictionary", func(t *testing.T) { splitDamaged(t, &parquet.RLEDictionary) })
}

func splitDamaged(t *testing.T, texts encoding.Encoding) {
	for text, want := range map[string]string{
		"{\"a\":\x1aa}": "", "{\"a\":\x1ab}": "", // a part that is not there is empty
		"{\"a\":\x1a":                           "without a letter",
		"{\"a\":\x1aq}":                         "a mark with the byte 0x71",
		"{\"a\":\x1aA}":                         "a mark with the byte 0x41",
		"{\"a\":\x1aa,\"b\":\x1aa}":             "stands there twice",
		"{\"a\":\x1ap\x1ao,\"b\":\"\x1a\x1a\"}": "a mark with the byte 0x1a",
		"{\"a\":\x1aa\x1ab}":                    "", "{\"a\":[1,\x1aa,\"\x1ab\"]}": "",
		"{\"a\":1\x1aa}":      "the mark a stands for no whole value",
		"{\"a\":\x1aa1}":      "the mark a stands for no whole value",
		"{\"a\":\"x:\x1aa\"}": "the mark a stands for no whole value",
		"{\"a\":\"\x1aax\"}":  "the mark a stands for no whole value",
		"{\"a\":\x1ab\x1aa1}": "the mark a stands for no whole value",
		"\x1aa}":              "the mark a stands for no whole value",
	} {
		g := parquet.Group{nameSeq: parquet.Uint(64), nameTime: timestamp(), nameReceived: timestamp(), namePID: parquet.Int(64),
			nameSuccess: parquet.Optional(parquet.Leaf(parquet.BooleanType)), nameAID: parquet.Optional(parquet.UUID()), nameExact: parquet.String()}
		for _, c := range textColumns {
			g[c.name] = parquet.String()
		}
		for k := range numParts {
			g[partName(k)] = parquet.Optional(parquet.String())
		}
		g[nameEventData] = parquet.Encoded(parquet.String(), texts)
		var file bytes.Buffer
		w := parquet.NewWriter(&file, parquet.NewSchema("counterfoil", g), parquet.KeyValueMetadata(keyFormat, formatSplit), parquet.KeyValueMetadata(keyTrail, strings.Repeat("00", 16)),
			parquet.KeyValueMetadata(keyFirst, "0"), parquet.KeyValueMetadata(keyLast, "0"), parquet.KeyValueMetadata(keyRows, "1"), parquet.KeyValueMetadata(keyFrontier, ""))
		var row parquet.Row
		for i, path := range w.Schema().Columns() {
			v := parquet.ValueOf("")
			switch col := g[path[0]]; {
			case path[0] == nameEventData:
				v = parquet.ValueOf(text)
			case path[0] == partName(0):
				v = parquet.ValueOf("5").Level(0, 1, i)
			case col.Optional():
				v = parquet.Value{}
			case col.Type().Kind() == parquet.Int64:
				v = parquet.Int64Value(0)
			}
			if path[0] != partName(0) {
				v = v.Level(0, 0, i)
			}
			row = append(row, v)
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := Open(bytes.NewReader(file.Bytes()), int64(file.Len()), NewCache(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		var rec counterfoil.Record
		err = r.Block(0).Record(0, &rec)
		_, err2 := r.Block(0).Find(filter.ColEventData, `"x`, false, func(int) {}) // so that rows are joined
		for _, err := range []error{err, err2} {
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", text, err, want)
			}
		}
	}
}
