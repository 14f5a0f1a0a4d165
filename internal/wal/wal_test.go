package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
)

func TestRoundTrip(t *testing.T) {
	fsys, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(fsys, "wal", []byte("header"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	next := uint64(7)
	add := func(w *Writer, batch string, count int) {
		t.Helper()
		if err := w.Append([]byte(batch), next, count); err != nil {
			t.Fatal(err)
		}
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprint(next, count, batch))
		next += uint64(count)
	}
	check := func() Tail {
		t.Helper()
		var got []string
		tail, err := Replay(fsys, "wal", func(first uint64, count int, b []byte) error {
			got = append(got, fmt.Sprint(first, count, string(b)))
			return nil
		})
		if err != nil || tail.Torn != nil {
			t.Fatal(err, tail.Torn)
		}
		if string(tail.Header) != "header" || tail.Frames != len(want) || len(want) > 0 && tail.Next != next {
			t.Fatalf("%+v", tail)
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
		return tail
	}
	check()
	for i := range 20 {
		add(w, strings.Repeat("record", i*i*100), 1+i)
		check()
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, err = Continue(fsys, "wal", check())
	if err != nil {
		t.Fatal(err)
	}
	check()
	add(w, "more", 3)
	check()
	if err := w.Append([]byte("x"), next+1, 1); err == nil {
		t.Error("a gap in the numbers was taken")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// A reader beside the writer meets frames that are half written, a file that is trimmed and a name that is gone.
func TestReadBesideTheWriter(t *testing.T) {
	fsys, err := disk.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(fsys, "wal", nil)
	if err != nil {
		t.Fatal(err)
	}
	batch := make([]byte, 300_000) // many pages, so that a write is seen in parts
	rand.NewChaCha8([32]byte{}).Read(batch)
	held, err := Open(fsys, "wal")
	if err != nil {
		t.Fatal(err)
	}
	var synced atomic.Uint64
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range uint64(300) {
			if err := errors.Join(w.Append(batch, i, 1), w.Sync()); err != nil {
				t.Error(err)
			}
			synced.Store(i + 1)
		}
		if err := errors.Join(w.Trim(), fsys.Remove("wal"), w.Close()); err != nil {
			t.Error(err)
		}
		synced.Store(1000)
	})
	for done := false; !done; {
		least := synced.Load()
		done = least == 1000
		late, err := Open(fsys, "wal")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		for _, f := range []*File{held, late} {
			tail, err := f.Replay(func(uint64, int, []byte) error { return nil })
			if err != nil || tail.Torn != nil {
				t.Fatalf("%+v, %v", tail, err)
			}
			if f == late && tail.Next < min(least, 300) {
				t.Errorf("read %d batches, %d were synced before", tail.Next, least)
			}
		}
		if err := late.Close(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	if err := held.Close(); err != nil {
		t.Fatal(err)
	}
}
