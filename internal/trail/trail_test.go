package trail

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/proof"
)

// event makes the n-th event of a test.
func event(n int) counterfoil.Event {
	return counterfoil.Event{Major: 1, Time: counterfoil.Time(1_700_000_000e9 + int64(n)*1e6), Host: "h", Service: "TEST",
		Name: "EVENT", User: fmt.Sprintf("user%d", n%7), Addr: "192.0.2.1", Session: fmt.Sprint(n % 3), Outcome: counterfoil.OutcomeOf(n%5 != 0),
		Object: counterfoil.Object{Kind: "file", Name: fmt.Sprintf("/f/%d", n)}, EventData: counterfoil.JSON(fmt.Sprintf(`{"n":%d}`, n))}
}

func events(from, n int) (e []counterfoil.Event) {
	for i := range n {
		e = append(e, event(from+i))
	}
	return e
}

func mustOpen(t *testing.T, dir string, o Options) *Trail {
	t.Helper()
	tr, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func mustAppend(t *testing.T, tr *Trail, e []counterfoil.Event) Receipt {
	t.Helper()
	r, err := tr.Append(t.Context(), "test", e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all reads every record of a view.
func all(t *testing.T, v *View) []counterfoil.Record {
	t.Helper()
	recs := make([]counterfoil.Record, v.Size())
	n := 0
	err := v.each(0, v.Size(), func(r *counterfoil.Record) error { recs[r.Seq] = *r; n++; return nil })
	if err != nil || uint64(n) != v.Size() {
		t.Fatalf("read %d of %d records: %v", n, v.Size(), err)
	}
	return recs
}

func mustCheck(t *testing.T, dir string, want uint64) *Report {
	t.Helper()
	r, err := Check(t.Context(), dir, nil)
	if err != nil || !r.OK || r.Records != want || len(r.Derived) > 0 {
		t.Fatalf("check of %d records: %+v, %v, %v", want, r, r.Problem, err)
	}
	return r
}

func TestAppendSealReopen(t *testing.T) {
	dir := t.TempDir()
	o := Options{Node: "node 1", SegmentRows: 100}
	tr := mustOpen(t, dir, o)
	if !tr.Recovery().Made {
		t.Error("the trail is not new")
	}
	n := 0
	for _, k := range []int{1, 30, 69, 1, 250, 49, 50, 2} {
		r := mustAppend(t, tr, events(n, k))
		if r.First != uint64(n) || r.Last != uint64(n+k-1) || r.Seqs != nil {
			t.Fatalf("receipt %+v for %d events after %d", r, k, n)
		}
		n += k
	}
	before := all(t, tr.View())
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(n, 5))
	if got := all(t, tr.View())[:n]; !reflect.DeepEqual(got, before) {
		t.Error("sealing changed records")
	}
	bundle, err := tr.Prove(3, "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.Verify(bundle.Marshal(), proof.Options{TrustedKey: tr.VerifierKey()}); err != nil {
		t.Error(err)
	}
	want := all(t, tr.View())
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	rep := mustCheck(t, dir, uint64(n+5))
	if rep.Sealed != uint64(n) || rep.Checkpoint != uint64(n+5) {
		t.Errorf("%+v", rep)
	}
	d, err := OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got := all(t, d.View()); !reflect.DeepEqual(got, want) {
		t.Error("the directory reads otherwise")
	}
	for _, seq := range []uint64{0, 99, 100, uint64(n) - 1, uint64(n), uint64(n) + 4} {
		b, err := d.Prove(seq, "test")
		if err != nil {
			t.Fatal(err)
		}
		if rep, err := proof.Verify(b.Marshal(), proof.Options{}); err != nil {
			t.Errorf("record %d: %v, %v", seq, rep, err)
		}
	}
	tr = mustOpen(t, dir, o)
	if got := all(t, tr.View()); !reflect.DeepEqual(got, want) {
		t.Error("opening again changed records")
	}
	if r := tr.Recovery(); r.Made || r.Replayed != 5 || len(r.Rebuilt) > 0 || len(r.Torn) > 0 {
		t.Errorf("%+v", r)
	}
	mustAppend(t, tr, events(n+5, 200))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, dir, uint64(n+205))
}

func TestSecondWriterIsRefused(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{})
	defer tr.Close()
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("two writers")
	}
}

func TestRetryIsKnownByAID(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 10})
	e := events(0, 3)
	e[1].AID = counterfoil.AID{1, 2, 3}
	first := mustAppend(t, tr, e)
	again := mustAppend(t, tr, []counterfoil.Event{event(7), e[1], event(8)})
	if again.Retried != 1 || !reflect.DeepEqual(again.Seqs, []uint64{3, 1, 4}) {
		t.Errorf("%+v after %+v", again, first)
	}
	mustAppend(t, tr, events(20, 30))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpen(t, dir, Options{SegmentRows: 10})
	defer tr.Close()
	if r := mustAppend(t, tr, e[1:2]); r.First != 1 || r.Retried != 1 {
		t.Errorf("after a restart: %+v", r)
	}
	other := e[1]
	other.User = "someone else"
	_, err := tr.Append(t.Context(), "test", []counterfoil.Event{event(9), other})
	if bad, ok := errors.AsType[*EventError](err); !ok || bad.Index != 1 {
		t.Errorf("another event with the aid: %v", err)
	}
	if size := tr.View().Size(); size != 35 {
		t.Errorf("size %d: a refused batch left something", size)
	}
}

func TestPositionsAreKeptWithTheBatch(t *testing.T) {
	dir := t.TempDir()
	o := Options{SegmentRows: 10}
	tr := mustOpen(t, dir, o)
	for i := range 5 {
		if _, err := tr.AppendAt(t.Context(), "file", events(i*6, 6), []byte(fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	mustAppend(t, tr, events(100, 25))
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpen(t, dir, o)
	defer tr.Close()
	if got := string(tr.Position("file")); got != "4" {
		t.Errorf("position %q", got)
	}
	if tr.Position("other") != nil {
		t.Error("a position for an input that has none")
	}
}

func TestConcurrentAppends(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 500})
	ctx, cancel := context.WithCancel(t.Context())
	var run, wg sync.WaitGroup
	run.Go(func() {
		if err := tr.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	const senders, batches, size = 8, 20, 17
	for s := range senders {
		wg.Go(func() {
			for b := range batches {
				e := events((s*batches+b)*size, size)
				r, err := tr.Append(t.Context(), fmt.Sprint("sender", s), e)
				if err != nil || r.Last-r.First != size-1 {
					t.Errorf("%+v, %v", r, err)
					return
				}
				var got counterfoil.Record
				v := tr.View()
				if err := v.Record(r.First, &got); err != nil || got.EventData != e[0].EventData {
					t.Errorf("record %d is not visible as sent: %v, %v", r.First, got.EventData, err)
				}
			}
		})
	}
	wg.Wait()
	cancel()
	run.Wait()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, dir, senders*batches*size)
}

// TestEveryFlippedBitIsFound flips a bit in every byte region of every file: verify says no, or the file is derived.
func TestEveryFlippedBitIsFound(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 600})
	for i := range 10 {
		mustAppend(t, tr, events(i*100, 100))
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, tr, events(1000, 40))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustCheck(t, dir, 1040)
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "lock" {
			return err
		}
		flipEverywhere(t, dir, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func flipEverywhere(t *testing.T, dir, name string) {
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rel, _ := filepath.Rel(dir, name)
	used := len(data)
	if filepath.Ext(name) == ".wal" {
		for used > 0 && data[used-1] == 0 {
			used-- // what is preallocated says nothing
		}
	}
	step := max(1, used*thinned/40)
	for i := 0; i < used; i += step {
		bit := byte(1) << (i % 8)
		data[i] ^= bit
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Check(context.Background(), dir, nil)
		if err != nil {
			t.Errorf("%s, byte %d: %v", rel, i, err)
		} else if r.OK && len(r.Derived) == 0 {
			t.Errorf("%s, byte %d: not found", rel, i)
		}
		data[i] ^= bit
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCheckpointsComeWhileRunning(t *testing.T) {
	tr := mustOpen(t, t.TempDir(), Options{CheckpointEvery: time.Millisecond})
	defer tr.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = tr.Run(ctx) })
	mustAppend(t, tr, events(0, 3))
	for {
		if _, size, _ := tr.LastCheckpoint(); size == 3 {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	wg.Wait()
}

// TestCheckBesideAWriter verifies again and again while records arrive and are sealed.
func TestCheckBesideAWriter(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{SegmentRows: 50, CheckpointEvery: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = tr.Run(ctx) })
	wg.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			if _, err := tr.Append(context.Background(), "test", events(i*7, 7)); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(time.Millisecond) // a segment every few milliseconds: nothing stays where a reader saw it
		}
	})
	for range 10 {
		if r, err := Check(t.Context(), dir, nil); err != nil || !r.OK {
			t.Errorf("%+v, %v, %v", r, r.Problem, err)
		}
		d, err := OpenReadOnly(dir)
		if err != nil {
			t.Error(err)
			continue
		}
		all(t, d.View())
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	cancel()
	wg.Wait()
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}

// An aid that the trail derived leads back to its record; one that it has yet to derive is refused, or two records
// would have it.
func TestDerivedAIDsOfSenders(t *testing.T) {
	tr := mustOpen(t, t.TempDir(), Options{SegmentRows: 10})
	defer tr.Close()
	mustAppend(t, tr, events(0, 3))
	again := event(1)
	again.AID = counterfoil.DeriveAID(tr.ID(), 1)
	if r := mustAppend(t, tr, []counterfoil.Event{event(3), again}); r.Retried != 1 || !reflect.DeepEqual(r.Seqs, []uint64{3, 1}) {
		t.Errorf("sent again: %+v", r)
	}
	for _, seq := range []uint64{0, 4, 5, 1 << 40} { // 0 says something else, 4 is next
		again.AID = counterfoil.DeriveAID(tr.ID(), seq)
		_, err := tr.Append(t.Context(), "test", []counterfoil.Event{again})
		if bad, ok := errors.AsType[*counterfoil.FieldError](err); !ok || bad.Field != "aid" {
			t.Errorf("aid of record %d: %v", seq, err)
		}
	}
	if size := tr.View().Size(); size != 4 {
		t.Errorf("size %d", size)
	}
}

// Without its checkpoint a trail could have lost its end unnoticed.
func TestMissingCheckpoint(t *testing.T) {
	dir := t.TempDir()
	tr := mustOpen(t, dir, Options{})
	if note, size, _ := tr.LastCheckpoint(); note == nil || size != 0 {
		t.Errorf("a new trail has the checkpoint %q", note)
	}
	mustAppend(t, tr, events(0, 3))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, checkpointFile)); err != nil {
		t.Fatal(err)
	}
	if r, err := Check(t.Context(), dir, nil); err != nil || r.OK || r.Problem.File != checkpointFile {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := Open(dir, Options{}); !errors.Is(err, errNoCheckpoint) {
		t.Errorf("opened: %v", err)
	}
}
