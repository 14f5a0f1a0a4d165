package trail

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// TestHostileCount: no memory is asked for by a number that stands in a file.
func TestHostileCount(t *testing.T) {
	if _, _, err := parseBatch([]byte{0, 0, 0, 0}, 0, math.MaxInt32); err == nil {
		t.Error("a batch of no records holds very many")
	}
}

// TestLogBeginsWhereItSays: the first batch of a file has the number that the file is called by; nothing else ties it to what is before.
func TestLogBeginsWhereItSays(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	mustAppend(t, tr, events(0, 3))
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	var header []byte
	tail, err := wal.Replay(d, walName(0), func(_ uint64, count int, batch []byte) error {
		w, err := wal.Create(d, "wal/other", header)
		for i := range 3 { // the same records, with later numbers
			batch = bytes.Replace(batch, fmt.Appendf(nil, `"seq":%d`, i), fmt.Appendf(nil, `"seq":%d`, i+5), 1)
			aid := counterfoil.DeriveAID(tr.ID(), uint64(i+5))
			batch = bytes.Replace(batch, []byte(counterfoil.DeriveAID(tr.ID(), uint64(i)).String()), []byte(aid.String()), 1)
		}
		if err == nil {
			err = w.Append(batch, 5, count)
		}
		return errors.Join(err, w.Sync(), w.Trim(), w.Close())
	})
	if err != nil || tail.Frames != 1 {
		t.Fatal(tail, err)
	}
	if err := errors.Join(d.Rename("wal/other", walName(0)), putBack(d, tr)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFS(d, Options{}); err == nil || !strings.Contains(err.Error(), "record 5 where 0") {
		t.Errorf("opened: %v", err)
	}
	if _, err := OpenReadOnlyFS(d); err == nil || !strings.Contains(err.Error(), "record 5 where 0") {
		t.Errorf("read: %v", err)
	}
}

// putBack writes the checkpoint of nothing, as somebody might who kept it.
func putBack(d disk.FS, tr *Trail) error {
	note, err := tr.id.signer.SignCheckpoint(0, (&merkle.Frontier{}).Root())
	return errors.Join(err, disk.WriteFile(d, checkpointFile, note))
}

// TestPositionsAreWhole: a list that ends behind a name is damaged.
func TestPositionsAreWhole(t *testing.T) {
	b := appendPosition(appendPosition(nil, "a", []byte("1")), "b", nil)
	for n := range b {
		if err := parsePositions(b[:n], func(string, []byte) {}); (err == nil) != (n == 0 || n == 4) {
			t.Errorf("%d bytes of %d: %v", n, len(b), err)
		}
	}
}

// TestPositionsOfManyInputs: a file of the log begins with the positions of all inputs, however many those are; one that would make
// them too many is refused, and nothing else.
func TestPositionsOfManyInputs(t *testing.T) {
	d := disktest.New()
	tr := mustOpenFS(t, d, Options{})
	position, refused := make([]byte, MaxPosition), 0
	at := func(i int) string { return fmt.Sprintf("file-%d", i) }
	const many = wal.MaxHeader/MaxPosition + 10
	for i := range many {
		if _, err := tr.AppendAt(t.Context(), at(i), events(i, 1), position); errors.Is(err, ErrBroken) {
			t.Fatal(err)
		} else if err != nil {
			refused++
		}
		if i == many/8 {
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if refused == 0 || refused > many/50 {
		t.Errorf("%d of %d are refused", refused, many)
	}
	if _, err := tr.AppendAt(t.Context(), at(0), events(many, 1), []byte("shorter")); err != nil {
		t.Error(err)
	}
	if err := errors.Join(tr.Rotate(t.Context()), tr.Close()); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, d, Options{})
	if string(tr.Position(at(0))) != "shorter" || len(tr.Position(at(many/2))) != MaxPosition {
		t.Errorf("%d bytes, %d bytes", len(tr.Position(at(0))), len(tr.Position(at(many/2))))
	}
	if _, err := tr.AppendAt(t.Context(), "another", events(many+1, 1), position); err != nil { // as much as file 0 has given back
		t.Error(err)
	}
	if _, err := tr.AppendAt(t.Context(), "yet another", events(many+2, 1), position); err == nil || errors.Is(err, ErrBroken) {
		t.Errorf("behind an opening: %v", err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
}
