package disktest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
)

// Run checks that a disk keeps the contract of disk.FS, as far as it can be seen without a power cut. open gives an empty
// one.
func Run(t *testing.T, open func(t *testing.T) disk.FS) {
	t.Run("names", func(t *testing.T) { testNames(t, open(t)) })
	t.Run("bytes", func(t *testing.T) { testBytes(t, open(t)) })
	t.Run("errors", func(t *testing.T) { testErrors(t, open(t)) })
	t.Run("lock", func(t *testing.T) { testLock(t, open(t)) })
	t.Run("whole", func(t *testing.T) { testWhole(t, open(t)) })
	t.Run("walk", func(t *testing.T) {
		for seed := range uint64(20) {
			if got, want := walk(t, open(t), seed), walk(t, New(), seed); got != want {
				t.Fatalf("seed %d: differs from the disk in memory:\n%s", seed, firstDifference(got, want))
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantIs(t *testing.T, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: %v, want %v", what, err, target)
	}
}

func put(t *testing.T, d disk.FS, name, data string) {
	t.Helper()
	f, err := d.Create(name)
	must(t, err)
	_, err = f.WriteAt([]byte(data), 0)
	must(t, err)
	must(t, f.Sync())
	must(t, f.Close())
}

func get(t *testing.T, d disk.FS, name string) string {
	t.Helper()
	b, err := disk.ReadFile(d, name, 1<<30)
	must(t, err)
	return string(b)
}

func testNames(t *testing.T, d disk.FS) {
	must(t, d.MkdirAll("."))
	must(t, d.MkdirAll("a/b/c"))
	must(t, d.MkdirAll("a/b"))
	put(t, d, "a/z", "1")
	put(t, d, "a/y", "22")
	names, err := d.ReadDir("a")
	must(t, err)
	if got := strings.Join(names, " "); got != "b y z" {
		t.Errorf("a holds %s", got)
	}
	must(t, d.Rename("a/z", "a/b/y"))
	must(t, d.Rename("a/y", "a/b/y"))
	if got := get(t, d, "a/b/y"); got != "22" {
		t.Errorf("after two renames: %q", got)
	}
	must(t, d.SyncDir("a/b"))
	must(t, d.SyncDir("."))
	must(t, d.Remove("a/b/y"))
	must(t, d.Remove("a/b/c"))
	if names, err = d.ReadDir("a/b"); err != nil || len(names) != 0 {
		t.Errorf("a/b holds %v, %v", names, err)
	}
	free, total, err := d.Space()
	if err != nil || free == 0 || total < free {
		t.Errorf("space: %d of %d, %v", free, total, err)
	}
	put(t, d, "a/one", "shared")
	must(t, d.Link("a/one", "a/b/two"))
	wantIs(t, "link onto a name that is taken", d.Link("a/one", "a/b/two"), fs.ErrExist)
	wantIs(t, "link what is not there", d.Link("a/none", "a/b/three"), fs.ErrNotExist)
	must(t, d.SyncDir("a/b"))
	must(t, d.Remove("a/one"))
	if got := get(t, d, "a/b/two"); got != "shared" {
		t.Errorf("the second name of a file holds %q", got)
	}
}

func testBytes(t *testing.T, d disk.FS) {
	f, err := d.Create("f")
	must(t, err)
	_, err = f.WriteAt([]byte("world"), 1000)
	must(t, err)
	_, err = f.WriteAt([]byte("hello"), 0)
	must(t, err)
	want := append(append([]byte("hello"), make([]byte, 995)...), "world"...)
	check := func(what string) {
		t.Helper()
		size, err := f.Size()
		must(t, err)
		got := make([]byte, size+1)
		n, err := f.ReadAt(got, 0)
		if err != io.EOF || n != int(size) || !bytes.Equal(got[:n], want) {
			t.Errorf("%s: %d bytes of %d, %v: %q", what, n, size, err, got[:n])
		}
	}
	check("written")
	must(t, f.Truncate(1003))
	want = want[:1003]
	check("cut")
	must(t, f.Truncate(2000))
	want = append(want, make([]byte, 997)...)
	check("made longer")
	must(t, f.Preallocate(3000))
	want = append(want, make([]byte, 1000)...)
	check("preallocated")
	must(t, f.Preallocate(10))
	check("preallocated less than there is")
	must(t, f.Settle(500, 1000))
	check("settled")
	must(t, f.Sync())
	if n, err := f.ReadAt(make([]byte, 1), 5000); n != 0 || err != io.EOF {
		t.Errorf("read behind the end: %d, %v", n, err)
	}
	must(t, d.Remove("f"))
	check("removed while open")
	must(t, f.Close())
}

func testErrors(t *testing.T, d disk.FS) {
	for _, name := range []string{"", "/a", "../a", "a/", "a//b", "a/../b"} {
		_, err := d.Create(name)
		wantIs(t, fmt.Sprintf("create %q", name), err, fs.ErrInvalid)
		wantIs(t, fmt.Sprintf("mkdir %q", name), d.MkdirAll(name), fs.ErrInvalid)
		wantIs(t, fmt.Sprintf("rename to %q", name), d.Rename("x", name), fs.ErrInvalid)
	}
	_, err := d.Open("none", false)
	wantIs(t, "open what is not there", err, fs.ErrNotExist)
	_, err = d.ReadDir("none")
	wantIs(t, "read a directory that is not there", err, fs.ErrNotExist)
	_, err = d.Create("none/f")
	wantIs(t, "create where no directory is", err, fs.ErrNotExist)
	wantIs(t, "rename what is not there", d.Rename("none", "f"), fs.ErrNotExist)
	wantIs(t, "remove what is not there", d.Remove("none"), fs.ErrNotExist)
	wantIs(t, "sync a directory that is not there", d.SyncDir("none"), fs.ErrNotExist)
	put(t, d, "f", "x")
	_, err = d.Create("f")
	wantIs(t, "create twice", err, fs.ErrExist)
	must(t, d.MkdirAll("dir/below"))
	for what, err := range map[string]error{
		"remove a directory that holds something": d.Remove("dir"),
		"make a directory over a file":            d.MkdirAll("f"),
		"make a directory below a file":           d.MkdirAll("f/g"),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if _, err := d.Open("dir", false); err == nil {
		t.Error("a directory opens as a file")
	}
	f, err := d.Open("f", false)
	must(t, err)
	if _, err := f.WriteAt([]byte("y"), 0); err == nil {
		t.Error("a file that was opened for reading can be written")
	}
	must(t, f.Close())
	_, err = f.ReadAt(make([]byte, 1), 0)
	wantIs(t, "read a closed file", err, fs.ErrClosed)
	if got := get(t, d, "f"); got != "x" {
		t.Errorf("f holds %q", got)
	}
}

func testLock(t *testing.T, d disk.FS) {
	must(t, d.MkdirAll("."))
	l, err := d.Lock("lock")
	must(t, err)
	_, err = d.Lock("lock")
	wantIs(t, "lock twice", err, disk.ErrLocked)
	must(t, l.Close())
	l, err = d.Lock("lock")
	must(t, err)
	must(t, l.Close())
}

func testWhole(t *testing.T, d disk.FS) {
	must(t, d.MkdirAll("a"))
	put(t, d, "a/f"+disk.TempSuffix, "left by a crash")
	for _, data := range []string{"one", "", strings.Repeat("x", 10000)} {
		must(t, disk.WriteFile(d, "a/f", []byte(data)))
		if got := get(t, d, "a/f"); got != data {
			t.Errorf("wrote %d bytes, read %d", len(data), len(got))
		}
	}
	if _, err := disk.ReadFile(d, "a/f", 9999); err == nil || !strings.Contains(err.Error(), "10000 bytes are more than the 9999") {
		t.Errorf("a file over the limit: %v", err)
	}
	if names, err := d.ReadDir("a"); err != nil || !slices.Equal(names, []string{"f"}) {
		t.Errorf("a holds %v, %v", names, err)
	}
}

// walk does random things and tells what happened, for comparison.
func walk(t *testing.T, d disk.FS, seed uint64) string {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 1))
	var log strings.Builder
	must(t, d.MkdirAll("."))
	names := []string{"a", "b", "d", "d/a", "d/b", "d/e", "d/e/f", "none/x"}
	pick := func() string { return names[r.IntN(len(names))] }
	kind := func(err error) string {
		for _, k := range []error{fs.ErrExist, fs.ErrNotExist, fs.ErrInvalid, io.EOF, disk.ErrFull} {
			if errors.Is(err, k) {
				return k.Error()
			}
		}
		if err != nil {
			return "error"
		}
		return "ok"
	}
	for range 300 {
		switch op, a, b := r.IntN(8), pick(), pick(); op {
		case 0:
			fmt.Fprintln(&log, "create", a, kind(with(d.Create(a))))
		case 1:
			// Renaming directories is not modelled, nor onto one.
			if a != "d" && a != "d/e" && b != "d" && b != "d/e" {
				fmt.Fprintln(&log, "rename", a, b, kind(d.Rename(a, b)))
			}
		case 2:
			fmt.Fprintln(&log, "remove", a, kind(d.Remove(a)))
		case 3:
			if a == "d" || a == "d/e" {
				fmt.Fprintln(&log, "mkdir", a, kind(d.MkdirAll(a)))
			}
		case 4:
			if names, err := d.ReadDir(a); kind(err) != "error" {
				fmt.Fprintln(&log, "readdir", a, names, kind(err))
			}
		default:
			f, err := d.Open(a, true)
			fmt.Fprintln(&log, "open", a, kind(err))
			if err == nil {
				walkFile(&log, f, r)
				must(t, f.Close())
			}
		}
	}
	return log.String()
}

func with(f disk.File, err error) error {
	if err == nil {
		err = f.Close()
	}
	return err
}

func walkFile(log *strings.Builder, f disk.File, r *rand.Rand) {
	for range 5 {
		at, n := r.Int64N(3000), r.IntN(1500)
		switch r.IntN(6) {
		case 0:
			m, err := f.WriteAt(bytes.Repeat([]byte{byte('a' + r.IntN(26))}, n), at)
			fmt.Fprintln(log, "write", at, n, m, err)
		case 1:
			fmt.Fprintln(log, "truncate", at, f.Truncate(at))
		case 2:
			fmt.Fprintln(log, "preallocate", at, f.Preallocate(at))
		case 3:
			fmt.Fprintln(log, "sync", f.Sync())
		case 4:
			fmt.Fprintln(log, "settle", f.Settle(at, int64(n)))
		}
		p := make([]byte, 5000)
		m, err := f.ReadAt(p, 0)
		size, serr := f.Size()
		fmt.Fprintln(log, m, err, size, serr, string(p[:m]))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d: got  %.200q\nwant %.200q", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}
