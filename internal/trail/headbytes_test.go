package trail

import (
	"fmt"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestHeadOfLargeRecords: a head is sealed when its records take as much memory as they may, though they are few.
func TestHeadOfLargeRecords(t *testing.T) {
	const most = 1 << 20
	fs := disktest.New()
	o := Options{HeadBytes: most}
	tr := mustOpenFS(t, fs, o)
	large := func(i int) counterfoil.Event {
		e := event(i)
		e.EventData = counterfoil.JSON(fmt.Sprintf(`{"text":"%s%d"}`, strings.Repeat("x", 100_000), i))
		return e
	}
	for i := range 40 {
		mustAppend(t, tr, []counterfoil.Event{large(i)})
		if n := tr.active().table.Bytes(); n > most+200_000 {
			t.Fatalf("after %d records the head takes %d bytes", i, n)
		}
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, fs, o)
	recs := all(t, tr.View())
	for i, r := range recs {
		if want := large(i); r.EventData != want.EventData {
			t.Errorf("record %d came back with %.20s…", i, r.EventData)
		}
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, s := range tr.View().Segments {
		if s.Rows() > most/100_000+1 {
			t.Errorf("%s has %d records", s.Name(), s.Rows())
		}
	}
	if len(recs) != 40 || len(tr.View().Segments) < 4 {
		t.Errorf("%d records in %d files", len(recs), len(tr.View().Segments))
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheckFS(t, fs, 40)
}
