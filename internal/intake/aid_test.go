package intake_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// counted is a trail that counts the events it was handed, also in vain.
type counted struct {
	*trail.Trail
	handed int
}

func (t *counted) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	t.handed += len(events)
	return t.Trail.Append(ctx, via, events)
}

// Events whose aid is another record's are what they are, without it; a retry is known among them; and many of them do not cost a look at
// all others each: a sender could stop its input so.
func TestPumpAIDs(t *testing.T) {
	const many = 1000
	tt, err := trail.Open(t.TempDir(), trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tt.Close()
	tr := &counted{Trail: tt}
	tp := &tape{batches: make(chan intake.Batch, 2), fail: errors.New("the tape ends")}
	for k := range 2 {
		var lines []string
		for i := range many {
			user := i
			if i%2 == 1 {
				user += k // something else the second time
			}
			lines = append(lines, fmt.Sprintf(`{"aid":"0190d3f0-0000-7000-8000-%012x","time":"2026-11-30T12:00:00Z","addr":"","user":"u%d","svc":"A","event":"B"}`, i, user))
		}
		tp.batches <- frames(int64(k*many), lines...)
	}
	close(tp.batches)
	dec, err := jsonl.Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &intake.Pump{Name: "in", Host: "h", Stream: tp, Decoder: dec, Dialect: jsonl.Dialect, Trail: tr, Now: time.Now}
	if err := p.Run(t.Context()); err == nil || err.Error() != "input in: the tape ends" {
		t.Error(err)
	}
	if got := p.Counters(); got.Events != 2*many || got.Retried != many/2 || got.Unparsed != 0 {
		t.Errorf("%+v", got)
	}
	if tr.handed > 50*many {
		t.Errorf("%d events were handed over", tr.handed)
	}
	seen := 0
	view := tt.View()
	for seq := uint64(0); seq < view.Size(); seq++ {
		var r counterfoil.Record
		if err := view.Record(seq, &r); err != nil {
			t.Fatal(err)
		}
		if a := r.EventData.Member("aid"); a != "" {
			seen++
			if r.Name != "B" || a.Member("sent").Text() == r.AID.String() || a.Member("reason") == "" {
				t.Fatalf("%+v", r)
			}
		}
	}
	if seen != many/2 {
		t.Errorf("%d aids were taken away, want %d", seen, many/2)
	}
}
