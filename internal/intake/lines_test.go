package intake_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Bytes that are no UTF-8 take six times their place in a record. Lines that fit are taken, however much they are together.
func TestLinesOfManyBytes(t *testing.T) {
	const n = 5000
	line := `{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"A","event":"B","event_data":{"a":"` + strings.Repeat("\xff", 4000) + `"}}` + "\n"
	tr := &limited{}
	l := intake.Lines{Trail: tr, Parser: intaketest.NewParser(), Counter: new(intake.Counter)}
	var taken intake.Taken
	rest, err := l.Take(t.Context(), "in", "\n"+strings.Repeat(line, n)+"{}", &taken)
	if bad, ok := err.(*intake.LineError); !ok || bad.Line != n+2 || rest != "" {
		t.Errorf("%v, %d bytes are left", err, len(rest))
	}
	if taken.Lines != n || taken.First != 0 || taken.Last != n-1 || len(tr.Records()) != n || len(tr.positions) < 2 {
		t.Errorf("%+v, %d records", taken, len(tr.Records()))
	}
	if got := l.Counter.Counters(); got.Events != n || got.Refused != 1 {
		t.Errorf("%+v", got)
	}
}

// busy is a trail to which other senders append, too: with every append one event more is refused.
type busy struct {
	intaketest.Trail
	refuses []int
}

func (b *busy) Append(ctx context.Context, via string, events []counterfoil.Event) (trail.Receipt, error) {
	if len(b.refuses) > 0 {
		i := b.refuses[0]
		b.refuses = b.refuses[1:]
		return trail.Receipt{}, &trail.EventError{Index: i, Err: errors.New("its aid is that of " + events[i].User)}
	}
	return b.Trail.Append(ctx, via, events)
}

// The line that is named is the one that was refused, and those before it are kept, though one before it is refused when they are
// tried again.
func TestLinesRefusedWhenTriedAgain(t *testing.T) {
	var text strings.Builder
	for _, user := range []string{"zero", "one", "two", "three", "four"} {
		text.WriteString(`{"time":"2026-01-01T00:00:00Z","addr":"","user":"` + user + `","svc":"A","event":"B"}` + "\n")
	}
	for _, c := range []struct {
		refuses []int
		line    int
		user    string
	}{{[]int{4}, 5, "four"}, {[]int{4, 2}, 3, "two"}, {[]int{4, 3, 1}, 2, "one"}, {[]int{3, 0}, 1, "zero"}} {
		l := intake.Lines{Trail: &busy{refuses: c.refuses}, Parser: intaketest.NewParser(), Counter: new(intake.Counter)}
		var taken intake.Taken
		rest, err := l.Take(t.Context(), "in", text.String(), &taken)
		bad, ok := err.(*intake.LineError)
		if !ok || bad.Line != c.line || !strings.HasSuffix(err.Error(), c.user) || taken.Lines != c.line-1 || strings.Count(rest, "\n") != 5-c.line {
			t.Errorf("%v: %v, %+v, %d lines are left", c.refuses, err, taken, strings.Count(rest, "\n"))
		}
	}
}
