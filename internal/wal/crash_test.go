package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// batchOf gives the batch that a test appends as its n-th: some compressible, some not, some long.
func batchOf(n uint64) []byte {
	r := rand.New(rand.NewPCG(n, 2))
	b := fmt.Appendf(nil, "batch %d ", n)
	for range r.IntN(4000) {
		b = append(b, byte(r.IntN(1+255*int(n%2))))
	}
	return b
}

// work makes a file, or goes on with it, until it has the given number of batches. Every second batch is synced. It tells
// how many batches were acknowledged, that is: synced.
func work(d disk.FS, from, to uint64) (synced uint64, err error) {
	var w *Writer
	if from == 0 {
		w, err = Create(d, "wal", []byte("head"))
	} else {
		var tail Tail
		if tail, err = Replay(d, "wal", func(uint64, int, []byte) error { return nil }); err == nil {
			w, err = Continue(d, "wal", tail)
		}
	}
	if err != nil {
		return from, err
	}
	for n := from; n < to; n++ {
		if err = w.Append(batchOf(n), n*10, 10); err != nil {
			return synced, errors.Join(err, w.Close())
		}
		if n%2 == 1 {
			if err = w.Sync(); err != nil {
				return synced, errors.Join(err, w.Close())
			}
			synced = n + 1
		}
	}
	return synced, w.Close()
}

// replayed checks that a file holds the batches from 0 on and gives their number.
func replayed(t *testing.T, d disk.FS) (uint64, Tail) {
	t.Helper()
	var n uint64
	tail, err := Replay(d, "wal", func(first uint64, count int, b []byte) error {
		if first != n*10 || count != 10 || string(b) != string(batchOf(n)) {
			return fmt.Errorf("batch %d is another: first %d, count %d, %d bytes", n, first, count, len(b))
		}
		n++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n, tail
}

func TestEveryCut(t *testing.T) {
	const batches = 6
	torn := 0
	for cut := 0; ; cut++ {
		d := disktest.New()
		d.CutAfter(cut)
		synced, err := work(d, 0, batches)
		if !d.Cut() {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		for seed := range uint64(15) {
			for _, p := range []float64{0, 0.1, 0.5, 0.9, 1} {
				e := d.Reopen(seed, p)
				if _, err := e.Open("wal", false); errors.Is(err, fs.ErrNotExist) && synced == 0 {
					continue
				}
				n, tail := replayed(t, e)
				if n < synced {
					t.Fatalf("cut %d, seed %d, p %g: %d batches survive of %d acknowledged (%v)", cut, seed, p, n, synced, tail.Torn)
				}
				if tail.Torn != nil {
					torn++
				}
				if seed > 3 {
					continue
				}
				// What was torn is gone for good, and the file can be gone on with.
				if _, err := work(e, n, batches+1); n > 0 && err != nil {
					t.Fatal(err)
				}
				if again, tail := replayed(t, e); n > 0 && (again != batches+1 || tail.Torn != nil) {
					t.Fatalf("cut %d, seed %d, p %g: then %d batches, %v", cut, seed, p, again, tail.Torn)
				}
			}
		}
	}
	if torn == 0 {
		t.Error("no crash tore a frame")
	}
}

// TestEveryFault lets each call fail in turn, with and without its work done.
func TestEveryFault(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n++ {
			m := disktest.New()
			d := disktest.Fail(m, n, did)
			synced, err := work(d, 0, 6)
			if d.Calls() <= n {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			if err == nil {
				t.Errorf("call %d, did %v: the failure was swallowed", n, did)
			}
			for _, e := range []*disktest.Memory{m, m.Reopen(1, 0), m.Reopen(2, 0.5)} {
				if _, err := e.Open("wal", false); errors.Is(err, fs.ErrNotExist) && synced == 0 {
					continue
				}
				if have, _ := replayed(t, e); have < synced {
					t.Errorf("call %d, did %v: %d batches of %d acknowledged", n, did, have, synced)
				}
			}
		}
	}
}

// TestAppendAfterAFault goes on with the same writer: what failed can be tried again, with a shorter batch in the place of
// a longer one, unless a sync failed.
func TestAppendAfterAFault(t *testing.T) {
	long := string(make([]byte, 9000)) + "long"
	for _, did := range []bool{false, true} {
		retried, refused := 0, 0
		for n := 0; ; n++ {
			m := disktest.New()
			d := disktest.Fail(m, n, did)
			w, err := Create(d, "wal", nil)
			if err != nil {
				continue
			}
			var want []string
			broken := false
			for i := range uint64(4) {
				batch := fmt.Sprint(i, long)
				err := w.Append([]byte(batch), i, 1)
				if err != nil && !broken {
					retried++
					if got, err := all(m.Reopen(uint64(n), 1)); err != nil || !slices.Equal(got, want) {
						t.Fatalf("call %d, did %v: after a batch failed %v, batches %.20q, want %.20q", n, did, err, got, want)
					}
					batch = fmt.Sprint(i, "short")
					err = w.Append([]byte(batch), i, 1)
				}
				if err == nil {
					err = w.Sync()
				}
				if broken && err == nil {
					t.Fatalf("call %d, did %v: the writer goes on after a failed sync", n, did)
				}
				if broken = err != nil; broken {
					refused++
					continue
				}
				want = append(want, batch)
				if got, err := all(m.Reopen(uint64(n), 0.5)); err != nil || !slices.Equal(got, want) {
					t.Fatalf("call %d, did %v: %v, batches %.20q, want %.20q", n, did, err, got, want)
				}
			}
			if d.Calls() <= n {
				break
			}
		}
		if retried == 0 || refused == 0 {
			t.Errorf("did %v: %d retries, %d refusals", did, retried, refused)
		}
	}
}

// all gives the batches of a file that is not torn.
func all(d disk.FS) (got []string, err error) {
	tail, err := Replay(d, "wal", func(_ uint64, _ int, b []byte) error {
		got = append(got, string(b))
		return nil
	})
	return got, errors.Join(err, tail.Torn)
}

func TestFullDisk(t *testing.T) {
	d := disktest.New()
	d.Limit(64 << 10) // less than a chunk
	w, err := Create(d, "wal", nil)
	if err != nil {
		t.Fatal(err)
	}
	var n uint64
	for ; n < 1000; n++ {
		if err = w.Append(batchOf(n), n*10, 10); err != nil {
			break
		}
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	if !errors.Is(err, disk.ErrFull) || n < 5 {
		t.Fatalf("after %d batches: %v", n, err)
	}
	if err := w.Append(batchOf(n), n*10, 10); !errors.Is(err, disk.ErrFull) {
		t.Fatalf("again: %v", err)
	}
	if have, tail := replayed(t, d); have != n || tail.Torn != nil {
		t.Fatalf("%d batches of %d, %v", have, n, tail.Torn)
	}
	d.Limit(1 << 30)
	for ; n < 100; n++ {
		if err := errors.Join(w.Append(batchOf(n), n*10, 10), w.Sync()); err != nil {
			t.Fatal(err)
		}
	}
	if have, _ := replayed(t, d); have != n {
		t.Fatalf("%d batches of %d", have, n)
	}
}
