package segment

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// TestOpenRefusesOtherCodecs flips the bits of a footer that make other codecs of zstd. A column that is said to be LZ4 would be decoded until there is no
// memory left.
func TestOpenRefusesOtherCodecs(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 50 {
		recs = append(recs, counterfoil.Record{Seq: uint64(i), Received: 1, Via: "x",
			Event: counterfoil.Event{Major: 1, Time: 1, Service: "A", Name: "B", User: fmt.Sprint("user", i%7), EventData: counterfoil.JSON(fmt.Sprintf(`{"n":%d}`, i))}})
	}
	var file bytes.Buffer
	if _, err := Write(&file, Meta{}, rowsOf(counterfoil.TrailID{}, recs)); err != nil {
		t.Fatal(err)
	}
	b := file.Bytes()
	footer := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	refused := map[string]int{}
	for i := 2 * (len(b) - 8 - footer); i < 2*(len(b)-8); i++ {
		bit := byte(2) << (i % 2)
		b[i/2] ^= bit
		if _, err := Open(bytes.NewReader(b), int64(len(b)), NewCache(1<<20)); err != nil {
			if _, codec, ok := strings.Cut(err.Error(), "is compressed with "); ok {
				refused[codec]++
			}
		}
		b[i/2] ^= bit
	}
	if refused["LZ4_RAW"] == 0 || refused["BROTLI"] == 0 {
		t.Errorf("%v", refused)
	}
}

// TestDictionariesAreBounded: what readers keep of the dictionaries of many segments counts in their cache, and goes with what it is
// for; it is read again when it is asked for.
func TestDictionariesAreBounded(t *testing.T) {
	var recs []counterfoil.Record
	for i := range 8 * MaxPageRows {
		recs = append(recs, counterfoil.Record{Seq: uint64(i), Received: 1, Via: "x",
			Event: counterfoil.Event{Major: 1, Time: 1, Service: "A", Name: "B", User: fmt.Sprintf("%0200d", i%5000)}})
	}
	var file bytes.Buffer
	if _, err := Write(&file, Meta{}, rowsOf(counterfoil.TrailID{}, recs)); err != nil {
		t.Fatal(err)
	}
	const limit = 16 << 20
	cache := NewCache(limit)
	readers := make([]*Reader, 40)
	users := func(r *Reader) (all []string) {
		for p := range r.Pages() {
			b := r.Block(p)
			text, err := b.Text(filter.ColUser)
			if err != nil {
				t.Fatal(err)
			}
			for i := range b.Rows() {
				all = append(all, text.At(i))
			}
		}
		return all
	}
	var want []string
	for i := range readers {
		var err error
		if readers[i], err = Open(bytes.NewReader(file.Bytes()), int64(file.Len()), cache); err != nil {
			t.Fatal(err)
		}
		if got := users(readers[i]); i == 0 {
			want = got
		} else if !slices.Equal(got, want) {
			t.Fatalf("reader %d gives others", i)
		}
	}
	size := 0
	for _, r := range readers {
		for _, s := range r.dicts["user"].Words() {
			size += len(s)
		}
	}
	if size == 0 || size > limit {
		t.Errorf("%d bytes of dictionaries in a cache of %d", size, limit)
	}
	if !slices.Equal(users(readers[0]), want) {
		t.Error("the first reader gives others than before")
	}
	cache.Lend(limit)
	if cache.size != limit || cache.order.Len() != 0 {
		t.Errorf("%d bytes are kept beside all that is lent", cache.size-limit)
	}
	if !slices.Equal(users(readers[0]), want) {
		t.Error("without a cache the first reader gives others")
	}
	cache.Lend(-limit)
	if users(readers[0]); cache.size == 0 {
		t.Error("nothing is kept when what was lent is back")
	}
	for _, r := range readers {
		cache.Drop(r)
	}
	if cache.size != 0 || cache.order.Len() != 0 {
		t.Errorf("%d bytes are left of nothing", cache.size)
	}
}

// TestPagesAreKept: what a page has is in memory when it is asked for again, whatever its encoding.
func TestPagesAreKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 22))
	recs := splitRecords(rng, MaxPageRows+100)
	for i := range recs {
		recs[i].Received = counterfoil.Time(1 + i/100) // so that it has a dictionary
		recs[i].EventData = ""
		recs[i].SvcData = counterfoil.JSON(strconv.Itoa(i))
	}
	r := roundTrip(t, recs)
	r.cache.Drop(r)
	b := r.Block(0)
	for _, ask := range []func() error{
		func() error { _, err := b.Seq(); return err },
		func() error { _, err := b.Time(); return err },
		func() error { _, err := b.Received(); return err },
		func() error { _, err := b.PID(); return err },
		func() error { _, err := b.Outcome(); return err },
		func() error { _, err := b.AID(); return err },
		func() error { _, err := b.Text(filter.ColUser); return err },
		func() error { _, err := b.Text(filter.ColSvcData); return err },
	} {
		if err := ask(); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{nameSeq, nameTime, nameReceived, namePID, nameSuccess, nameAID, "user", "svc_data"} {
		if r.placesOf(name).pages[0].Load() == nil {
			t.Errorf("the page of %s is not in memory", name)
		}
		if r.placesOf(name).pages[1].Load() != nil {
			t.Errorf("the other page of %s is in memory", name)
		}
	}
}
