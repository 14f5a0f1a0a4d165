package wal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// file gives the bytes of a file with the given batches, each synced, cut to the frames and some zeros.
func file(t testing.TB, header string, batches ...string) (data []byte, ends []int64) {
	t.Helper()
	d := disktest.New()
	w, err := Create(d, "wal", []byte(header))
	if err != nil {
		t.Fatal(err)
	}
	ends = append(ends, w.Len())
	for i, b := range batches {
		if err := errors.Join(w.Append([]byte(b), uint64(i), 1), w.Sync()); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, w.Len())
	}
	f, err := d.Open("wal", false)
	if err != nil {
		t.Fatal(err)
	}
	data = make([]byte, w.Len()+2000)
	if _, err := f.ReadAt(data, 0); err != nil {
		t.Fatal(err)
	}
	return data, ends
}

func replayBytes(t testing.TB, data []byte) (got []string, tail Tail, err error) {
	t.Helper()
	d := disktest.New()
	f, err := d.Create("wal")
	if err == nil {
		_, err = f.WriteAt(data, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	tail, err = Replay(d, "wal", func(first uint64, _ int, b []byte) error {
		got = append(got, string(b))
		return nil
	})
	return got, tail, err
}

// some gives n incompressible batches.
func some(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("batch ", i, " ", noise(uint64(i), 300+400*i))
	}
	return out
}

func noise(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for j := range b {
		b[j] = byte(1 + r.IntN(255))
	}
	return string(b)
}

// TestEveryBit flips each bit of a file in turn. A flip before the last frame is damage, with the place; a flip in the
// last one is damage as well, for no sector is missing; a flip behind the end is seen.
func TestEveryBit(t *testing.T) {
	batches := some(3)
	data, ends := file(t, "header", batches...)
	end := ends[len(ends)-1]
	data = data[:end+sector]
	for i := range data {
		bit := byte(1) << (i % 8)
		data[i] ^= bit
		got, tail, err := replayBytes(t, data)
		data[i] ^= bit
		c, damaged := errors.AsType[*CorruptError](err)
		frame := 0
		for frame < len(ends) && int64(i) >= ends[frame] {
			frame++
		}
		switch {
		case frame == len(ends) && !damaged && tail.Torn == nil:
			t.Fatalf("byte %d behind the end: a flip is not seen", i)
		case frame < len(ends) && !damaged:
			t.Fatalf("byte %d of frame %d: %v, %v", i, frame, err, tail.Torn)
		case frame > 0 && frame < len(ends) && (c.Offset != ends[frame-1] || len(got) != frame-1):
			t.Fatalf("byte %d of frame %d, which begins at %d: %d batches and %v", i, frame, ends[frame-1], len(got), err)
		case damaged && !strings.Contains(err.Error(), "wal: damaged at byte "):
			t.Fatal(err)
		}
		for j := range got {
			if got[j] != batches[j] {
				t.Fatalf("byte %d: batch %d is another", i, j)
			}
		}
	}
}

// TestMissingSectors zeroes each sector in turn: in the last frame that is a tear, before it damage.
func TestMissingSectors(t *testing.T) {
	batches := some(4)
	data, ends := file(t, "header", batches...)
	last := ends[len(ends)-2]
	for s := int64(0); s*sector < ends[len(ends)-1]; s++ {
		bad := bytes.Clone(data)
		clear(bad[s*sector : (s+1)*sector])
		got, tail, err := replayBytes(t, bad)
		_, damaged := errors.AsType[*CorruptError](err)
		if s*sector >= last {
			if err != nil || tail.Torn == nil || tail.End != last || len(got) != 3 {
				t.Errorf("sector %d of the last frame: %v, %+v", s, err, tail)
			}
		} else if !damaged {
			t.Errorf("sector %d: %v, %+v", s, err, tail)
		}
	}
}

// TestMovedFrames leaves out, repeats, swaps and borrows whole frames.
func TestMovedFrames(t *testing.T) {
	data, ends := file(t, "header", some(4)...)
	other, otherEnds := file(t, "header", some(4)...)
	frame := func(i int) []byte { return data[ends[i-1]:ends[i]] }
	join := func(parts ...[]byte) []byte { return append(bytes.Join(parts, nil), make([]byte, 600)...) }
	head := data[:ends[0]]
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"left out", join(head, frame(1), frame(3), frame(4)), "does not follow"},
		{"first left out", join(head, frame(2), frame(3), frame(4)), "does not follow"},
		{"repeated", join(head, frame(1), frame(2), frame(2), frame(3)), "does not follow"},
		{"swapped", join(head, frame(2), frame(1), frame(3), frame(4)), "does not follow"},
		{"of another file", join(head, frame(1), other[otherEnds[1]:otherEnds[2]], frame(3)), "damaged"},
		{"all of another file", join(head, other[otherEnds[0]:otherEnds[3]]), "damaged"},
		{"header again", join(head, head, frame(1)), "damaged"},
		{"header missing", join(frame(1), frame(2)), "no header"},
		{"nothing", nil, "no header"},
		{"zeros", make([]byte, 4096), "no header"},
	} {
		if _, tail, err := replayBytes(t, c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %+v", c.name, err, tail)
		}
	}
}

// TestFrameInABatch has a batch that holds what looks like frames, of another file and of this one's past: when it is
// torn nothing of it is taken for a frame.
func TestFrameInABatch(t *testing.T) {
	other, otherEnds := file(t, "header", "x", "y", "z", noise(9, sector-headSize))
	frame := string(other[otherEnds[3]:otherEnds[4]]) // without padding, which S2 would make shorter
	// The filler brings the foreign frames to where frames may begin.
	data, ends := file(t, "header", "first", noise(7, sector-headSize)+frame+noise(8, 3000))
	if b := data[ends[1]+sector:]; !hasMagic(b) || rawHead(b).durable <= ends[1] {
		t.Fatal("no frame stands where one may begin: the test has lost its point")
	}
	clear(data[ends[1]+3*sector : ends[1]+4*sector])
	got, tail, err := replayBytes(t, data)
	if err != nil || tail.Torn == nil || tail.End != ends[1] || len(got) != 1 {
		t.Errorf("%v, %+v, %d batches", err, tail, len(got))
	}
}

func TestCutShort(t *testing.T) {
	data, ends := file(t, "header", some(3)...)
	for n := range ends[3] {
		got, tail, err := replayBytes(t, data[:n])
		switch {
		case n < ends[0]:
			if _, ok := errors.AsType[*CorruptError](err); !ok {
				t.Fatalf("cut to %d: %v", n, err)
			}
		case err != nil || tail.End > n || len(got) != tail.Frames || tail.End != n && tail.Torn == nil && len(bytes.Trim(data[tail.End:n], "\x00")) > 0:
			t.Fatalf("cut to %d: %v, %+v", n, err, tail)
		}
	}
}

func TestAppendRefuses(t *testing.T) {
	w, err := Create(disktest.New(), "wal", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		batch []byte
		first uint64
		count int
		want  string
	}{
		{make([]byte, MaxBatch+1), 0, 1, "at most 67108864 are allowed"},
		{nil, 0, 0, "batch of 0 records"},
		{nil, 1<<64 - 1, 2, "batch of 2 records"},
	} {
		if err := w.Append(c.batch, c.first, c.count); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	if _, err := Create(disktest.New(), "wal", make([]byte, MaxHeader+1)); err == nil {
		t.Error("a header that is too long was taken")
	}
}

func FuzzReplay(f *testing.F) {
	data, ends := file(f, "header", "a batch", strings.Repeat("compressible ", 30), "\xff\x00\xfe")
	f.Add(data[:ends[3]+64], uint16(0), uint32(0))
	f.Add(data[:ends[2]+8], uint16(ends[0]), uint32(1<<31))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, size uint32) {
		data = bytes.Clone(data)
		heal(data, at, size)
		got, tail, err := replayBytes(t, data)
		if len(got) != tail.Frames || tail.End > int64(len(data)) {
			t.Fatalf("%d batches, %+v", len(got), tail)
		}
		if err != nil || tail.Frames == 0 {
			return
		}
		// Going on from the tail gives the same batches and one more. A small disk has no space for whole chunks, which
		// would take their time.
		d := disktest.New()
		d.Limit(int64(2*len(data)) + 8192)
		if err := disk.WriteFile(d, "wal", data); err != nil {
			t.Fatal(err)
		}
		w, err := Continue(d, "wal", tail)
		if err != nil {
			t.Fatal(err)
		}
		if tail.Next > 1<<63 {
			return
		}
		if err := errors.Join(w.Append([]byte("more"), tail.Next, 1), w.Sync()); err != nil {
			t.Fatal(err)
		}
		n := 0
		more, err := Replay(d, "wal", func(_ uint64, _ int, b []byte) error {
			if n < len(got) && got[n] != string(b) {
				t.Fatalf("batch %d changed", n)
			}
			n++
			return nil
		})
		if err != nil || more.Torn != nil || n != len(got)+1 {
			t.Fatalf("%v, %+v", err, more)
		}
	})
}

// heal gives the frame at an offset right sums, so that the fuzzer gets past them, and every frame before it.
func heal(data []byte, at uint16, size uint32) {
	seed, prev := nonceSeed(make([]byte, nonceLen)), uint32(0)
	for off := int64(0); off+headSize <= int64(len(data)); {
		h := rawHead(data[off:])
		if off == int64(at)&^(sector-1) && off > 0 && size > 0 {
			h.size = size % (MaxBatch + 2)
		}
		if h.size > 1<<20 && h.size <= MaxBatch { // allowed, and slow
			h.size = 1 << 20
		}
		n := frameLen(int(h.stored))
		if h.stored > maxStored || n > int64(len(data))-off {
			return
		}
		payload := data[off+headSize:][:h.stored]
		h.payloadSum, h.prev = checksum(payload), prev
		h.put(data[off:], seed)
		if off == 0 {
			if len(payload) < nonceLen {
				return
			}
			seed = nonceSeed(payload[:nonceLen])
		}
		prev = h.sum
		off += n
	}
}
