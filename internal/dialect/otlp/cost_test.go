package otlp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// What the records of a request share does not make a short line a long trail.
func TestSharedCost(t *testing.T) {
	var attributes strings.Builder
	for i := 0; attributes.Len() < 15<<10; i++ {
		fmt.Fprintf(&attributes, `{"key":"k%d","value":{"intValue":"1"}},`, i)
	}
	records := strings.Repeat("{},", maxRecords-2) + "{}"
	line := `{"resourceLogs":[{"resource":{"attributes":[` + attributes.String() + `{"key":"host.name","value":{"stringValue":"h"}}]},"scopeLogs":[{"logRecords":[` + records + `]}]}]}`
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	events, err := d.Decode(nil, dialect.Frame{Data: []byte(line), Received: 1})
	took := time.Since(began)
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for i := range events {
		size += len(counterfoil.AppendEvent(nil, &events[i]))
	}
	t.Log(len(line), len(events), size, took)
	if took > 20*time.Second || size > 2*timesShared*len(line) {
		t.Errorf("%d bytes give %d in %s", len(line), size, took)
	}
}
