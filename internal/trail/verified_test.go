package trail

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

func incremental(t *testing.T, dir string, against ...[]byte) *Report {
	t.Helper()
	r, err := Check(t.Context(), dir, &CheckOptions{Incremental: true, Now: 1, Against: against})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func change(t *testing.T, name string, f func([]byte) []byte) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err == nil {
		err = os.WriteFile(name, f(b), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func flipAt(n int) func([]byte) []byte {
	return func(b []byte) []byte { b[n%len(b)] ^= 1; return b }
}

func TestIncremental(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 100})
	story := stories()
	var early []byte
	for i := 0; i < 300; i += 50 {
		mustAppend(t, tr, append(events(i, 44), story[i/50:i/50+6]...))
		if i == 100 {
			if err := tr.Checkpoint(); err != nil {
				t.Fatal(err)
			}
			early, _, _ = tr.LastCheckpoint()
		}
	}
	again := func() {
		t.Helper()
		if err := tr.Rotate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
	}
	again()
	full := mustCheck(t, dir, 300)
	if r := incremental(t, dir); !r.OK || r.From != 0 || !strings.Contains(r.Full, "nothing was verified") || r.Root != full.Root {
		t.Fatalf("at first: %+v", r)
	}
	if r := incremental(t, dir); !r.OK || r.From != 300 || r.Full != "" || r.Root != full.Root || r.Segments != full.Segments || r.Gaps != full.Gaps ||
		!reflect.DeepEqual(r.Completeness, full.Completeness) {
		t.Errorf("again: %+v\n%+v\nwant\n%+v", r, r.Completeness, full.Completeness)
	}
	if r := incremental(t, dir, early); !r.OK || r.From != 0 || !strings.Contains(r.Full, "given") || r.Passed != 1 {
		t.Errorf("with a checkpoint that was not looked at: %+v", r)
	}
	if r := incremental(t, dir, early); !r.OK || r.From != 300 || r.Passed != 1 {
		t.Errorf("with a checkpoint that was: %+v", r)
	}
	tr = mustOpen(t, dir, Options{SegmentRows: 100})
	mustAppend(t, tr, events(300, 130))
	again()
	full = mustCheck(t, dir, 430)
	if r := incremental(t, dir); !r.OK || r.From != 300 || r.Records != 430 || r.Root != full.Root || !reflect.DeepEqual(r.Completeness, full.Completeness) {
		t.Errorf("grown: %+v\n%+v\nwant\n%+v", r, r.Completeness, full.Completeness)
	}
	incremental(t, dir)
	for _, c := range []struct {
		what, file string
		do         func([]byte) []byte
		ok         bool
		from       uint64
		says       string
	}{
		{"a segment that was verified is changed", "segment/*099.parquet", flipAt(700), false, 0, "digest"},
		{"a segment that was verified is cut", "segment/*099.parquet", func(b []byte) []byte { return b[:len(b)-1] }, false, 0, "bytes"},
		{"its index is changed", "segment/*099.idx", flipAt(90), true, 430, ""},
		{"what was remembered is changed", "verified", func(b []byte) []byte { return bytes.Replace(b, []byte("\n430 "), []byte("\n330 "), 1) }, true, 0, "secret"},
		{"its last line is cut off", "verified", func(b []byte) []byte { return b[:len(b)-66] }, true, 0, "secret"},
		{"it is empty", "verified", func([]byte) []byte { return nil }, true, 0, "secret"},
	} {
		to := filepath.Join(t.TempDir(), "var")
		if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(to, c.file))
		if err != nil || len(files) != 1 {
			t.Fatal(c.what, files, err)
		}
		change(t, files[0], c.do)
		r := incremental(t, to)
		said := r.Full
		if r.Problem != nil {
			said = r.Problem.Error()
		}
		if r.OK != c.ok || r.From != c.from || !strings.Contains(said, c.says) || (len(r.Derived) > 0) != strings.HasSuffix(c.file, "idx") {
			t.Errorf("%s: %+v, %s", c.what, r, said)
		}
	}
	if err := os.Remove(filepath.Join(dir, signerFile)); err != nil {
		t.Fatal(err)
	}
	if r := incremental(t, dir); !r.OK || r.From != 0 || !strings.Contains(r.Full, signerFile) {
		t.Errorf("without the secret: %+v", r)
	}
}

// A seal that somebody with the key made anew over other bytes is not what was verified.
func TestIncrementalSeesNewSeal(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 100})
	mustAppend(t, tr, events(0, 100))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	sp := tr.View().spans[0]
	s := sp.files[0]
	incremental(t, dir)
	s.Bytes++ // the text of the seal
	change(t, filepath.Join(dir, s.Name()), func(b []byte) []byte { return append(b, 0) })
	s.Digest = counterfoil.Hash{1}
	note, err := tr.id.signer.Sign(sp.text(tr.Origin()))
	if err != nil {
		t.Fatal(err)
	}
	change(t, filepath.Join(dir, sealName(sp.base())), func([]byte) []byte { return note })
	if r := incremental(t, dir); r.OK || !strings.Contains(r.Problem.Reason, "other bytes than those that were verified") {
		t.Errorf("%+v, %v", r, r.Problem)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
