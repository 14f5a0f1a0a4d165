package wal

import (
	"fmt"
	"strings"
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
