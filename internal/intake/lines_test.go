package intake_test

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
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
