package mongo

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Bytes that look like documents wherever one looks, and are none, cost by their length.
func TestDamageCost(t *testing.T) {
	unit := "\x02atype\x00\x05\x00\x00\x00abcd\x00" // whose last four bytes are the length of the next "document"
	in := []byte("\x00\x00\x00\x00\x00" + "bcd\x00" + strings.Repeat(unit, maxDamage/len(unit)) + "\x55x\x00")
	began := time.Now()
	sc := bufio.NewScanner(bytes.NewReader(in))
	sc.Buffer(nil, 2*len(in))
	sc.Split(split)
	n := 0
	for sc.Scan() {
		n += len(sc.Bytes())
	}
	if took := time.Since(began); n != len(in) || sc.Err() != nil || took > 20*time.Second {
		t.Errorf("%d of %d bytes in %s: %v", n, len(in), took, sc.Err())
	}
}

// Who is audited chooses names: long ones are not remembered.
func TestLongNamesAreNotKept(t *testing.T) {
	d := &decoder{}
	for i := range 100 {
		line := fmt.Sprintf(`{"atype":"x%d%[2]s","ts":{"$date":"2025-03-04T09:00:20.740+01:00"},"users":[{"user":"%[1]d%[2]s","db":"admin"}],"param":{},"result":0}`, i, strings.Repeat("n", 5000))
		events, err := d.Decode(nil, dialect.Frame{Data: []byte(line), Received: 1})
		if err != nil || events[0].Subject.LoginID != events[0].User+"@admin" {
			t.Fatal(events, err)
		}
	}
	kept := 0
	for k := range d.m.events {
		kept += len(k)
	}
	for k := range d.m.logins {
		kept += len(k)
	}
	if kept > 10_000 {
		t.Errorf("%d bytes of names are kept", kept)
	}
}
