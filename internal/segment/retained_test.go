package segment

import (
	"fmt"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestRetained: an index says when its records were received and of which kinds they are, in order and each once, or not at all where
// they are too many.
func TestRetained(t *testing.T) {
	for _, inputs := range []int{1, 2, mostKinds, mostKinds + 1} {
		var recs []counterfoil.Record
		want := map[Kind]bool{}
		for i := range 3 * MaxPageRows / 2 {
			r := counterfoil.Record{Seq: uint64(i), Received: counterfoil.Time(1e18 + i), Via: fmt.Sprint("in", i%inputs),
				Event: counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "EVENT", Category: counterfoil.CategoryData, User: fmt.Sprint("u", i%7)}}
			recs = append(recs, r)
			want[Kind{"data", r.Via}] = true
		}
		recs[0].Received = 5
		x := roundTrip(t, recs).Index
		if x.MinReceived != 5 || x.MaxReceived != recs[len(recs)-1].Received {
			t.Errorf("received from %d to %d", x.MinReceived, x.MaxReceived)
		}
		switch {
		case x.Inexact:
			t.Fatal("the records are not what the test wants")
		case inputs > mostKinds:
			if x.Kinds != nil {
				t.Errorf("%d kinds are told", len(x.Kinds))
			}
		case len(x.Kinds) != inputs || !slices.IsSortedFunc(x.Kinds, Kind.Compare) || slices.ContainsFunc(x.Kinds, func(k Kind) bool { return !want[k] }):
			t.Errorf("%d inputs: kinds %v", inputs, x.Kinds)
		}
	}
}
