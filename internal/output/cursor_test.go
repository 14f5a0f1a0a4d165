package output

import (
	"reflect"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// TestDamagedCursor changes every bit of a cursor: it says what it said, or that it is damaged. A number that is another one
// would leave records out, or bring them twice, and nobody would say so.
func TestDamagedCursor(t *testing.T) {
	d, id := disktest.New(), counterfoil.TrailID{1, 2, 3}
	c, _, err := readCursor(d, "siem", id)
	if err != nil {
		t.Fatal(err)
	}
	c.Next, c.Format, c.Mark = 123456, "jsonl", []byte{1, 2, 3}
	if err := c.keep(d, "siem"); err != nil {
		t.Fatal(err)
	}
	want, ok, err := readCursor(d, "siem", id)
	if err != nil || !ok || want.Next != c.Next {
		t.Fatalf("%+v, %v, %v", want, ok, err)
	}
	good, err := disk.ReadFile(d, cursorName("siem"), 1<<16)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(good) {
		bad := append([]byte(nil), good...)
		bad[i/8] ^= 1 << (i % 8)
		if err := disk.WriteFile(d, cursorName("siem"), bad); err != nil {
			t.Fatal(err)
		}
		got, _, err := readCursor(d, "siem", id)
		if got.Sum = want.Sum; err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("byte %d, bit %d: %s", i/8, i%8, bad)
		}
	}
	// One of before has no sum.
	if err := disk.WriteFile(d, cursorName("siem"), []byte(`{"version":1,"trail":"01020300000000000000000000000000","next":7}`)); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := readCursor(d, "siem", id); err != nil || !ok || got.Next != 7 {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
}
