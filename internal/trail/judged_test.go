package trail

import (
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// What is judged away is not kept, what is put in its place is; numbers and errors are those of who appends.
func TestAppendJudged(t *testing.T) {
	tr := mustOpen(t, t.TempDir(), Options{})
	defer tr.Close()
	batch := events(0, 6)
	var other counterfoil.Event
	odd := 0
	judge := func(e *counterfoil.Event) *counterfoil.Event {
		odd++
		switch odd % 6 {
		case 2, 3:
			return nil
		case 5:
			other = *e
			other.User = "somebody else"
			return &other
		}
		return e
	}
	r, err := tr.AppendJudged(t.Context(), "in", batch, []byte("here"), judge)
	if err != nil || r.First != 0 || r.Last != 3 || r.LeftOut != 2 || string(tr.Position("in")) != "here" {
		t.Fatalf("%+v, %v", r, err)
	}
	kept := all(t, tr.View())
	for i, from := range []int{0, 3, 4, 5} {
		want := batch[from]
		if from == 4 {
			want.User = "somebody else"
		}
		if want.AID = kept[i].AID; kept[i].Event != want {
			t.Errorf("record %d is %+v, want %+v", i, kept[i].Event, want)
		}
	}
	none := func(*counterfoil.Event) *counterfoil.Event { return nil }
	if r, err := tr.AppendJudged(t.Context(), "in", batch, []byte("there"), none); err != nil || r.LeftOut != 6 || string(tr.Position("in")) != "here" {
		t.Errorf("nothing is kept: %+v, %v", r, err)
	}

	// A refusal of the trail itself, behind one that is left out, and one before anybody is asked.
	batch = events(6, 4)
	batch[3].AID = kept[0].AID
	odd = 0
	var bad *EventError
	if _, err := tr.AppendJudged(t.Context(), "in", batch, nil, judge); !errors.As(err, &bad) || bad.Index != 3 {
		t.Errorf("an aid of another record: %v", err)
	}
	batch[2].Service = ""
	if _, err := tr.AppendJudged(t.Context(), "in", batch, nil, none); !errors.As(err, &bad) || bad.Index != 2 {
		t.Errorf("an event without svc that is left out: %v", err)
	}
	if n := tr.View().Size(); n != 4 {
		t.Errorf("%d records, want 4", n)
	}
	mustAppend(t, tr, events(6, 1)) // the memory of a judged batch serves another
	if got := all(t, tr.View())[4].Event; got.User != event(6).User {
		t.Errorf("%+v", got)
	}
}
