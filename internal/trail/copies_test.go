package trail

import (
	"bytes"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// mustRead gives a file.
func mustRead(t *testing.T, fs disk.FS, name string) []byte {
	t.Helper()
	b, err := disk.ReadFile(fs, name, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCopyThatWasInterrupted: of two files of one name the one counts that was sealed, wherever it lies, and the other goes.
func TestCopyThatWasInterrupted(t *testing.T) {
	const name = "0000000000000000-0000000000000511.parquet"
	for what, spoil := range map[string]func([]byte) []byte{
		"half of it":       func(b []byte) []byte { return b[:len(b)/2] },
		"a hole":           func(b []byte) []byte { clear(b[3000:3100]); return b },
		"nothing":          func([]byte) []byte { return nil },
		"the whole of it":  func(b []byte) []byte { return b },
		"more than of it":  func(b []byte) []byte { return append(b, 0) },
		"both have a hole": func(b []byte) []byte { clear(b[3000:3100]); return b },
	} {
		o := Options{SegmentRows: 512, Dirs: []Dir{{Path: "b"}}}
		d, _ := built(t, o, 512, 1)
		good := mustRead(t, d, "b/"+name)
		bad := spoil(append([]byte(nil), good...))
		if what == "both have a hole" {
			if err := disk.WriteFile(d, "b/"+name, bad); err != nil {
				t.Fatal(err)
			}
		}
		if err := disk.WriteFile(d, "segment/"+name, bad); err != nil {
			t.Fatal(err)
		}
		tr, err := OpenFS(d, o)
		if what == "both have a hole" {
			if err == nil {
				_ = tr.Close()
			}
			mustRead(t, d, "b/"+name)
			mustRead(t, d, "segment/"+name)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		all(t, tr.View())
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := CheckFS(t.Context(), d, nil); err != nil || !r.OK {
			t.Errorf("%s: %+v, %v, %v", what, r, r.Problem, err)
		}
		_, err1 := disk.ReadFile(d, "b/"+name, 1<<30)
		_, err2 := disk.ReadFile(d, "segment/"+name, 1<<30)
		if isMissing(err1) == isMissing(err2) {
			t.Errorf("%s: in b %v, in segment %v", what, err1, err2)
		}
	}
}

// TestRepairIntoAnotherDirectory: the file that a repair makes again counts, though the damaged one lies in a directory before it.
func TestRepairIntoAnotherDirectory(t *testing.T) {
	d := disktest.New()
	a, b := &volume{disk.Below(d, "a"), 200 << 20}, &volume{disk.Below(d, "b"), 200 << 20}
	o := Options{SegmentRows: 512, Dirs: []Dir{{Path: "a", FreeBytes: 50 << 20, FS: a}, {Path: "b", FreeBytes: 50 << 20, FS: b}}}
	tr := mustOpenFS(t, d, o)
	for i := 0; i < 512; i += 64 {
		mustAppend(t, tr, mixed(i, 64))
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	name := tr.View().Segments[0].base + ".parquet"
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	data := mustRead(t, d, "a/"+name)
	data[bytes.Index(data, []byte("counterfoil version"))] ^= 1 // which no record needs
	if err := disk.WriteFile(d, "a/"+name, data); err != nil {
		t.Fatal(err)
	}
	a.free = 0
	done, err := RepairFS(t.Context(), d, o)
	if err != nil || len(done.Salvaged) != 1 || done.Salvaged[0].Kept != 512 {
		t.Fatalf("%+v, %v", done, err)
	}
	if r, err := CheckFS(t.Context(), d, nil); err != nil || !r.OK {
		t.Errorf("%+v, %v, %v", r, r.Problem, err)
	}
}
