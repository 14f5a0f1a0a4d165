package segment

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// numbered gives n indexes that have a number in a cache.
func numbered(t *testing.T, c *Cache, n int) (list []*Index) {
	t.Helper()
	x, err := Write(io.Discard, Meta{}, rowsOf(counterfoil.TrailID{}, []counterfoil.Record{{Event: counterfoil.Event{Major: 1, Service: "S", Name: "E"}}}))
	if err != nil {
		t.Fatal(err)
	}
	b := x.Marshal()
	for range n {
		x, err := OpenIndex(bytes.NewReader(b), int64(len(b)), c, nil)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, x)
	}
	return list
}

// TestSaid compares what is remembered with a map, while indexes come and go.
func TestSaid(t *testing.T) {
	c := NewCache(1 << 20)
	all, first := numbered(t, c, 50), 0
	key := func(k int) filter.Key { return filter.Key{Kind: filter.KeyToken, Hash: uint64(k)} }
	model := map[[2]int]uint64{}
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 300 {
		if round%10 == 9 {
			all = append(all, numbered(t, c, 7)...)
			first += rng.IntN(8)
		}
		k := rng.IntN(4)
		var answers []Answer
		for range rng.IntN(9) {
			i := first + rng.IntN(len(all)-first)
			pages := rng.Uint64()
			if rng.IntN(3) == 0 {
				pages = 0 // which is known then, too
			}
			answers, model[[2]int{k, i}] = append(answers, Answer{all[i], pages}), pages
		}
		c.Remember(key(k), all[first], answers)
		for k := range 4 {
			s := c.Said(key(k))
			for i, x := range all {
				want, known := model[[2]int{k, i}]
				if got, ok := s.Of(x); i >= first && (ok != known || got != want) {
					t.Fatalf("round %d, key %d: index %d said %x, %v; want %x, %v", round, k, i, got, ok, want, known)
				} else if ok && got != want {
					t.Fatalf("round %d, key %d: index %d, which is gone, said %x, want %x", round, k, i, got, want)
				}
			}
		}
	}
	if _, ok := c.Said(key(1)).Of(&Index{}); ok {
		t.Error("an index that was never opened has said something")
	}
	before := c.size
	c.Remember(key(1), &Index{}, []Answer{{&Index{}, 1}}) // as one that could not be written
	if _, ok := c.Said(key(1)).Of(&Index{}); ok {
		t.Error("an index without a number is remembered")
	}
	if c.size > before+1<<13 {
		t.Errorf("what is remembered took %d bytes, takes %d", before, c.size)
	}
}

// However many keys are asked for, no more is remembered than there is room for, and it goes when pages want the room.
func TestSaidIsBounded(t *testing.T) {
	c := NewCache(100_000)
	list := numbered(t, c, 100)
	for i := range 1000 {
		var answers []Answer
		for _, x := range list {
			answers = append(answers, Answer{x, uint64(i)})
		}
		k := filter.Key{Column: filter.ColUser, Value: fmt.Sprint(i)}
		c.Remember(k, list[0], answers)
		if got, ok := c.Said(k).Of(list[99]); ok && got != uint64(i) {
			t.Fatalf("of user %d is remembered %d", i, got)
		}
		if c.size > c.limit || len(c.said) != c.order.Len() {
			t.Fatalf("%d keys, %d in order, take %d bytes of %d", len(c.said), c.order.Len(), c.size, c.limit)
		}
	}
	if len(c.said) < 50 {
		t.Errorf("%d keys only are remembered", len(c.said))
	}
	c.Lend(c.limit)
	if len(c.said) != 0 || c.size != c.limit {
		t.Errorf("%d keys are remembered where there is no room for any; %d bytes", len(c.said), c.size)
	}
}
