package dialecttest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// split runs a SplitFunc over a stream. A frame's position is that of its first byte.
func split(fn bufio.SplitFunc, r io.Reader, size int) ([]dialect.Frame, error) {
	var frames []dialect.Frame
	var pos, start int64
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64), max(size, 64)+1)
	sc.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		n, token, err := fn(data, atEOF)
		if token != nil {
			start = pos
		}
		pos += int64(n)
		return n, token, err
	})
	for sc.Scan() {
		frames = append(frames, dialect.Frame{Data: bytes.Clone(sc.Bytes()), Pos: start, Received: Received})
	}
	return frames, sc.Err()
}

// chunks is a reader that gives its bytes in pieces of random size.
type chunks struct {
	data []byte
	rnd  *rand.Rand
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.data) == 0 {
		return 0, io.EOF
	}
	n := min(1+c.rnd.IntN(97), len(p), len(c.data))
	copy(p, c.data[:n])
	c.data = c.data[n:]
	return n, nil
}

// checkChunks: how a stream is cut into reads does not change its frames.
func (s *Suite) checkChunks(t *testing.T, in []byte) {
	if s.Frames != nil {
		return
	}
	want := s.Cut(in)
	for seed := range uint64(4) {
		got, err := split(s.Dialect.Split, &chunks{in, rand.New(rand.NewPCG(seed, 0))}, len(in))
		if err != nil {
			t.Fatalf("re-chunked: %v", err)
		}
		if len(got) != len(want) {
			t.Fatalf("re-chunked: %d frames, want %d", len(got), len(want))
		}
		for i := range got {
			if got[i].Pos != want[i].Pos || !bytes.Equal(got[i].Data, want[i].Data) {
				t.Fatalf("re-chunked: frame %d at %d %q, want %d %q", i, got[i].Pos, got[i].Data, want[i].Pos, want[i].Data)
			}
		}
	}
}

// checkReplay: a stream that commits positions below Held.Pos and is read again from there after a crash misses no
// event: every line that no event given before the crash had is in an event afterwards.
func (s *Suite) checkReplay(t *testing.T, in []byte, all []counterfoil.Event) {
	frames := s.Cut(in)
	step := max(1, len(frames)/50)
	for crash := step - 1; crash < len(frames); crash += step {
		d := s.decoder()
		var given []counterfoil.Event
		for _, f := range frames[:crash+1] {
			given, _ = d.Decode(given, f)
		}
		from := frames[crash].Pos + 1
		if h := d.Held(); h.Any {
			from = h.Pos
		}
		d = s.decoder()
		var rest []dialect.Frame
		var again []counterfoil.Event
		for _, f := range frames {
			if f.Pos >= from {
				rest = append(rest, f)
				again, _ = d.Decode(again, f)
			}
		}
		again = d.Flush(again, time.Time{})
		if err := s.checkNothingLost(rest, again); err != nil {
			t.Fatalf("read again from %d after a crash at frame %d: %v", from, crash, err)
		}
		// What was not given before must lie behind the position.
		missing := map[int64]bool{}
		for _, f := range frames[:crash+1] {
			if _, header := s.header(frames)[string(f.Data)]; f.Pos < from && len(f.Data) > 0 && !header {
				missing[f.Pos] = true
			}
		}
		if err := s.checkGiven(frames[:crash+1], missing, given); err != nil {
			t.Fatalf("crash at frame %d, position %d: %v", crash, from, err)
		}
	}
	if len(all) == 0 && len(frames) > 0 && len(bytes.TrimSpace(in)) > 0 {
		t.Fatal("an input that is not blank gives no event")
	}
}

// checkHeldFrames: an input that starts again with exactly the frames that Held names, and goes on behind the last one
// read, keeps every line once.
func (s *Suite) checkHeldFrames(t *testing.T, in []byte) {
	frames := s.Cut(in)
	step := max(1, len(frames)/50)
	for crash := step - 1; crash < len(frames); crash += step {
		d := s.decoder()
		var events []counterfoil.Event
		for _, f := range frames[:crash+1] {
			events, _ = d.Decode(events, f)
		}
		h := d.Held()
		if h.Any && h.Frames == nil {
			continue
		}
		if !slices.IsSorted(h.Frames) || h.Any != (len(h.Frames) > 0) || h.Any && h.Frames[0] != h.Pos {
			t.Fatalf("after frame %d, Held says %+v", crash, h)
		}
		held := slices.Clone(h.Frames)
		d = s.decoder()
		for i, f := range frames {
			if _, ok := slices.BinarySearch(held, f.Pos); ok || i > crash {
				events, _ = d.Decode(events, f)
			}
		}
		if err := s.checkNothingLost(frames, d.Flush(events, time.Time{})); err != nil {
			t.Fatalf("started again with the frames held after frame %d: %v", crash, err)
		}
	}
}

// checkGiven: the lines of the frames that would not be read again are in the events given.
func (s *Suite) checkGiven(frames []dialect.Frame, missing map[int64]bool, given []counterfoil.Event) error {
	if s.Canonical {
		if len(given) < len(missing) {
			return fmt.Errorf("%d events given for %d lines passed", len(given), len(missing))
		}
		return nil
	}
	if s.Parts {
		return checkParts(frames, given)
	}
	have := map[string]int{}
	for _, e := range given {
		for _, line := range bytes.Split([]byte(e.Raw), []byte("\n")) {
			have[string(line)]++
		}
	}
	for _, f := range frames {
		if !missing[f.Pos] {
			continue
		}
		for _, line := range bytes.Split(f.Data, []byte("\n")) {
			if have[string(line)]--; have[string(line)] < 0 {
				return fmt.Errorf("line at %d is in no event and would not be read again: %q", f.Pos, line)
			}
		}
	}
	return nil
}

// checkDamage: cut off anywhere and with any bit flipped, an input still keeps the promises of Check, and memory
// stays in proportion to the input.
func (s *Suite) checkDamage(t *testing.T, in []byte) {
	rounds, size := 60, len(in)
	if size > 64<<10 {
		in, size = in[:64<<10], 64<<10
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range rounds {
		damaged := bytes.Clone(in[:rnd.IntN(size+1)])
		what := fmt.Sprintf("cut to %d bytes", len(damaged))
		if i%3 > 0 && len(damaged) > 0 {
			for range i % 7 {
				bit := rnd.IntN(len(damaged) * 8)
				damaged[bit/8] ^= 1 << (bit % 8)
			}
			what += fmt.Sprintf(", %d bits flipped", i%7)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		s.Decode(damaged)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(len(damaged))*100+8<<20 {
			t.Fatalf("%s: decoding allocates %d bytes", what, n)
		}
		if _, err := s.Check(damaged); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// checkReuse: a decoder that takes the memory of its events back after each frame gives the same events.
func (s *Suite) checkReuse(t *testing.T, in []byte, all []counterfoil.Event) {
	d := s.decoder()
	r, ok := d.(dialect.Reuser)
	if !ok {
		return
	}
	var got [][]byte
	keep := func(events []counterfoil.Event) {
		for i := range events {
			got = append(got, counterfoil.AppendEvent(nil, &events[i]))
		}
		r.Reuse()
	}
	for _, f := range s.Cut(in) {
		events, _ := d.Decode(nil, f)
		keep(events)
	}
	keep(d.Flush(nil, time.Time{}))
	if len(got) != len(all) {
		t.Fatalf("with Reuse behind each frame: %d events, want %d", len(got), len(all))
	}
	for i := range all {
		if want := counterfoil.AppendEvent(nil, &all[i]); !bytes.Equal(got[i], want) {
			t.Fatalf("with Reuse behind each frame: event %d is\n%s\nwant\n%s", i, got[i], want)
		}
	}
}
