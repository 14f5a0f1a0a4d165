package syslog_test

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/dialect/syslog"
)

// A sender who says that nobody understood its event ends nothing. The event stays what it says, in its envelope: whoever takes it in
// gives it another svc.
func TestClaimsUnparsed(t *testing.T) {
	for _, data := range []string{``, `,"event_data":{"reason":"x"}`, `,"event_data":"x"`} {
		d, err := syslog.New([]*dialect.Dialect{jsonl.Dialect}).Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		in := `<13>1 - - - - - - {"time":"2026-11-30T12:00:00Z","addr":"","user":"","svc":"COUNTERFOIL","event":"UNPARSED"` + data + `}`
		got, err := d.Decode(nil, dialect.Frame{Data: []byte(in), Received: 1})
		if err != nil || len(got) != 1 || got[0].Raw != in || got[0].Service != "COUNTERFOIL" || got[0].SvcData.Member("syslog") == "" {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
}
