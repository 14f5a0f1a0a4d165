package file_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/file"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
)

func encode(t testing.TB, name string) output.Encode {
	t.Helper()
	d, ok := all.Lookup(name)
	if !ok {
		t.Fatalf("no dialect %s", name)
	}
	return func(w io.Writer) (dialect.Encoder, error) {
		var opts any
		if d.Options != nil {
			opts = d.Options()
		}
		return d.Encode(w, opts)
	}
}

const name = "audit.log"

// text gives everything that a directory has: what was put aside, then the file.
func text(t testing.TB, fs disk.FS) string {
	t.Helper()
	var b strings.Builder
	names, err := fs.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(names, func(a, b string) int { // the file itself is last
		if a == name {
			return 1
		} else if b == name {
			return -1
		}
		return strings.Compare(a, b)
	})
	for _, n := range names {
		if strings.HasPrefix(n, name) {
			part, err := disk.ReadFile(fs, n, 1<<30)
			if err != nil {
				t.Fatal(err)
			}
			b.Write(part)
		}
	}
	return b.String()
}

// objects gives the object names of the messages in a file, which must all be whole.
func objects(t testing.TB, text string) []string {
	t.Helper()
	names, err := outputtest.Names([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// full is a disk that is full at times: half of what is written fits.
type full struct {
	disk.FS
	now atomic.Bool
}

func (d *full) Open(name string, write bool) (disk.File, error) {
	f, err := d.FS.Open(name, write)
	return fullFile{f, d}, err
}

type fullFile struct {
	disk.File
	d *full
}

func (f fullFile) WriteAt(p []byte, off int64) (int, error) {
	if !f.d.now.Load() {
		return f.File.WriteAt(p, off)
	}
	n, err := f.File.WriteAt(p[:len(p)/2], off)
	return n, errors.Join(err, disk.ErrFull)
}

func TestSuite(t *testing.T) {
	outputtest.Run(t, func(t *testing.T) outputtest.Subject {
		dir := filepath.Join(t.TempDir(), "logs")
		fs, err := disk.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := fs.MkdirAll("."); err != nil {
			t.Fatal(err)
		}
		d := &full{FS: fs}
		return outputtest.Subject{Exact: true,
			Open: func(_ context.Context, mark []byte) (output.Sink, error) {
				return file.Open(file.Options{FS: d, Name: name, Path: filepath.Join(dir, name), Encode: encode(t, "jsonl")}, mark)
			},
			Names: func() []string {
				text, err := os.ReadFile(filepath.Join(dir, name)) // which may be cut off meanwhile
				if err != nil && !errors.Is(err, iofs.ErrNotExist) {
					t.Fatal(err)
				}
				return objects(t, whole(string(text)))
			},
			Break: func() { d.now.Store(true) }, Heal: func() { d.now.Store(false) },
		}
	})
}

// whole leaves out a line that is just being written.
func whole(text string) string { return text[:strings.LastIndexByte(text, '\n')+1] }

// one is a record that a destination takes.
func one(n int) counterfoil.Record {
	return counterfoil.Record{Event: outputtest.Event(fmt.Sprintf("r%d", n)), Seq: uint64(n), Received: 1, Via: "in"}
}

func write(t testing.TB, s output.Sink, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := s.Write(t.Context(), []counterfoil.Record{one(n)}); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, fs disk.FS, dialect string, mark []byte) output.Sink {
	t.Helper()
	s, err := file.Open(file.Options{FS: fs, Name: name, Path: "/logs/" + name, Encode: encode(t, dialect)}, mark)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func closed(t testing.TB, s output.Sink) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What stands behind the mark is cut off, if it is the same file.
func TestMark(t *testing.T) {
	fs := disktest.New()
	s := open(t, fs, "jsonl", nil)
	empty := s.Mark()
	write(t, s, 0, 3)
	mark := s.Mark()
	write(t, s, 3, 20)
	closed(t, s)
	s = open(t, fs, "jsonl", mark)
	if string(s.Mark()) != string(mark) {
		t.Errorf("mark %x, want %x", s.Mark(), mark)
	}
	write(t, s, 3, 5)
	closed(t, s)
	if got := fmt.Sprint(objects(t, text(t, fs))); got != "[r0 r1 r2 r3 r4]" {
		t.Errorf("the file has %s", got)
	}
	// A mark of another file, or of an empty one, cuts nothing.
	for _, m := range [][]byte{nil, empty, {}, {1}, append([]byte{9, 4}, "12345678"...), mark[:5]} {
		s = open(t, fs, "jsonl", m)
		closed(t, s)
	}
	if got := len(objects(t, text(t, fs))); got != 5 {
		t.Errorf("the file has %d records", got)
	}
}

func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	fs, err := disk.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, fs, "jsonl", nil)
	defer closed(t, s)
	_, err = file.Open(file.Options{FS: fs, Name: name, Encode: encode(t, "jsonl")}, nil)
	if !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), "another program, or another output, writes to it") {
		t.Errorf("a second writer: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o037 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

// Percona's names: the path, a dot, the time in UTC to the second.
func TestRotate(t *testing.T) {
	fs := disktest.New()
	s := open(t, fs, "jsonl", nil)
	at := time.Date(2026, 11, 22, 7, 8, 9, 5e8, time.FixedZone("EST", -5*3600))
	rotate := func(want string, wantErr string) {
		t.Helper()
		_, to, err := s.(output.Rotator).Rotate(at)
		if err == nil && wantErr != "" || err != nil && err.Error() != wantErr {
			t.Errorf("%v, want %s", err, wantErr)
		}
		if to != want {
			t.Errorf("put aside as %q, want %q", to, want)
		}
	}
	rotate("", "") // nothing is in it
	write(t, s, 0, 2)
	rotate("/logs/audit.log.2026-11-22T12-08-09", "")
	write(t, s, 2, 3)
	rotate("/logs/audit.log.2026-11-22T12-08-09", "rotate /logs/audit.log: there is a file /logs/audit.log.2026-11-22T12-08-09")
	write(t, s, 3, 4) // the old one goes on
	at = at.Add(time.Second)
	rotate("/logs/audit.log.2026-11-22T12-08-10", "")
	closed(t, s)
	for n, want := range map[string]string{name + ".2026-11-22T12-08-09": "[r0 r1]", name + ".2026-11-22T12-08-10": "[r2 r3]", name: "[]"} {
		b, err := disk.ReadFile(fs, n, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(objects(t, string(b))); got != want {
			t.Errorf("%s has %s, want %s", n, got, want)
		}
	}
}

// With Reopen somebody else has moved the file.
func TestReopen(t *testing.T) {
	fs := disktest.New()
	s, err := file.Open(file.Options{FS: fs, Name: name, Path: name, Encode: encode(t, "jsonl"), Reopen: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, s, 0, 1)
	if _, to, err := s.(output.Rotator).Rotate(time.Now()); to != "" || err != nil {
		t.Errorf("%q, %v", to, err)
	}
	write(t, s, 1, 2)
	if err := fs.Rename(name, "moved"); err != nil {
		t.Fatal(err)
	}
	if _, to, err := s.(output.Rotator).Rotate(time.Now()); to != "" || err != nil {
		t.Errorf("%q, %v", to, err)
	}
	write(t, s, 2, 3)
	closed(t, s)
	moved, err := disk.ReadFile(fs, "moved", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(objects(t, string(moved)), objects(t, text(t, fs))); got != "[r0 r1] [r2]" {
		t.Errorf("the files have %s", got)
	}
}

// A table has its header once in each file, and a form with an end has it in each file that is left.
func TestForms(t *testing.T) {
	for _, d := range []string{"csv", "praudit"} {
		fs := disktest.New()
		s := open(t, fs, d, nil)
		write(t, s, 0, 1)
		mark := s.Mark()
		closed(t, s)
		s = open(t, fs, d, mark)
		write(t, s, 1, 2)
		if _, _, err := s.(output.Rotator).Rotate(time.Now()); err != nil {
			t.Fatal(err)
		}
		closed(t, s)
		var want strings.Builder
		enc, err := encode(t, d)(&want)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			r := one(n)
			if _, err := enc.Encode(&r); err != nil {
				t.Fatal(err)
			}
		}
		if err := enc.Close(); err != nil {
			t.Fatal(err)
		}
		if got := text(t, fs); got != want.String() {
			t.Errorf("%s: got\n%s\nwant\n%s", d, got, want.String())
		}
	}
}

// deliver runs an output on a disk that loses its power after some operations, and again when it is back.
func deliver(t *testing.T, tr *outputtest.Trail, fs disk.FS, until func(*output.Runner) bool) {
	t.Helper()
	r := output.New(output.Options{Name: "out", Host: "h", Target: name, Format: "jsonl", Source: tr, Append: tr.Append,
		FS: fs, Now: time.Now, Wait: time.Hour, Wants: func(*counterfoil.Record) bool { return true },
		Open: func(_ context.Context, mark []byte) (output.Sink, error) {
			return file.Open(file.Options{FS: fs, Name: name, Path: name, Encode: encode(t, "jsonl")}, mark)
		}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	for end := time.Now().Add(20 * time.Second); !until(r); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("it stands still: %+v", r.Counters())
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// Whenever the power goes: the files have every record once, whole, in order. The one exception is a new file's first
// batch, which may come again in the next file.
func TestPowerCut(t *testing.T) {
	const records = 12
	cuts := 0
	for cut := 0; ; cut++ {
		d := disktest.New()
		d.CutAfter(cut)
		tr := &outputtest.Trail{}
		n := 0
		deliver(t, tr, d, func(r *output.Runner) bool {
			if r.Counters().Problem != "" || r.Counters().Next < uint64(n) {
				return r.Counters().Problem != ""
			}
			if n == records {
				return true
			}
			n++
			if _, err := tr.Append(t.Context(), "in", []counterfoil.Event{outputtest.Event(fmt.Sprintf("r%d", n-1))}); err != nil {
				t.Fatal(err)
			}
			return false
		})
		if !d.Cut() {
			break
		}
		cuts++
		for seed := range uint64(4) {
			for _, p := range []float64{0, 0.5, 1} {
				survived, size := d.Reopen(seed, p), tr.Size()
				deliver(t, tr, survived, func(r *output.Runner) bool { return r.Counters().Next >= size })
				checkCut(t, cut, survived, n)
			}
		}
	}
	if cuts < 20 {
		t.Errorf("only %d cuts", cuts)
	}
}

func checkCut(t *testing.T, cut int, fs disk.FS, n int) {
	t.Helper()
	got, err := disk.ReadFile(fs, name, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	names := objects(t, string(got)) // each line is whole
	var want []string
	for i := range n {
		want = append(want, fmt.Sprintf("r%d", i))
	}
	if !slices.Equal(names, want) {
		t.Fatalf("cut %d: the file has %q, want %q", cut, names, want)
	}
}
