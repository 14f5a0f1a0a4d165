package bsm

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// damaged are the trails that are not wholly records, with the events UNPARSED that they give.
var damaged = map[string]int{"damaged_truncated_header.bsm": 1, "damaged_truncated_mid_record.bsm": 1, "damaged_zero_filled_tail.bsm": 1}

// TestCorpora: every byte of every trail is in an event, and none is undecoded but where it is damaged or no record at
// all (OpenBSM's reference has tokens that stand alone).
func TestCorpora(t *testing.T) {
	shared := peertest.Shared(t, "data/bsm")
	trails := 0
	err := filepath.WalkDir(shared, func(path string, e fs.DirEntry, err error) error {
		dir := filepath.Base(filepath.Dir(path))
		if err != nil || e.IsDir() || dir != "extra" && dir != "reference" && dir != "samples" && dir != "plaso" || strings.Contains(path, "/expected/") || e.Name() == "LICENSE" {
			return err
		}
		in, err := os.ReadFile(path)
		if err != nil || len(in) == 0 {
			return err
		}
		trails++
		events, err := suite.Check(in)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		unparsed := 0
		var raw []byte
		for i := range events {
			raw = append(raw, events[i].Raw...)
			if events[i].Name == dialect.UnparsedEvent {
				unparsed++
			}
			if err := suite.Boomerang(&events[i]); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
		if !bytes.Equal(raw, in) {
			t.Errorf("%s: the raws are not the trail", path)
		}
		if want := damaged[e.Name()]; unparsed != want && !strings.Contains(e.Name(), "_token") {
			t.Errorf("%s: %d events UNPARSED, want %d", path, unparsed, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d trails", trails)
}

// TestNotOthers: what is no trail is not taken for one.
func TestNotOthers(t *testing.T) {
	for _, s := range []string{"", "type=LOGIN msg=audit(1.1:1): ", "{}", "\x14", "\x14\x00\x00\x00", "\x14\xff\xff\xff\xff\x0b", "\x11text", "<?xml"} {
		if sniff([]byte(s)) {
			t.Errorf("%q is taken for a trail", s)
		}
	}
	in, err := os.ReadFile("testdata/tokens.in")
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{70, 200, 4096} {
		if !sniff(in[:min(n, len(in))]) {
			t.Errorf("the first %d bytes of tokens.in are not taken for a trail", n)
		}
	}
}

// BenchmarkDecode decodes the trail that COUNTERFOIL_BSM_TRAIL names, or else a mix of our own records.
func BenchmarkDecode(b *testing.B) {
	name := os.Getenv("COUNTERFOIL_BSM_TRAIL")
	if name == "" {
		name = "testdata/tokens.in"
	}
	in, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	frames := suite.Cut(in)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	d := new(decoder)
	for b.Loop() {
		for _, f := range frames {
			if got, _ := d.Decode(nil, f); len(got) != 1 {
				b.Fatalf("%d events of the frame at %d", len(got), f.Pos)
			}
		}
	}
	b.ReportMetric(float64(len(frames))*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
