package syslog

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Bounds of the inner decoders that are kept, one for each dialect and host: how many, and about how many bytes.
const (
	maxStreams = 1024
	maxKept    = 256 << 20
)

// stream is what one host sends to one inner dialect. Serial numbers, process ids and the order of messages mean something
// on one host only, so each has a decoder of its own. Messages of several programs of a host go to one: Samba's come under
// two tags and belong together.
type stream struct {
	in   *dialect.Dialect
	host string
	dec  dialect.Decoder

	held    []held           // frames whose messages the inner decoder keeps back, in the order they came
	byText  map[string]chain // those of one message text
	left    int              // how many of held are not taken
	kept    int              // bytes of dec, when it was weighed last
	longest int              // message that dec has read, in bytes
	turn    uint64           // of the last message
}

// held is a frame whose message an inner decoder keeps back.
type held struct {
	raw        string
	from, to   int // what of it was handed to the inner decoder; no LF is in it
	pos        int64
	received   counterfoil.Time
	host       string
	prev, next int // of the same text, -1: none
	taken      bool
}

func (h *held) text() string { return h.raw[h.from:h.to] }

// chain is the frames of one text, oldest first, as indexes in held.
type chain struct{ first, last int }

func (s *stream) push(h held) {
	i := len(s.held)
	h.prev, h.next = -1, -1
	c, ok := s.byText[h.text()]
	if ok {
		h.prev = c.last
		s.held[c.last].next = i
		c.last = i
	} else {
		c = chain{i, i}
	}
	if s.byText == nil {
		s.byText = map[string]chain{}
	}
	s.held = append(s.held, h)
	s.byText[h.text()] = c
	s.left++
}

// find gives the oldest frame of a text behind the index after, else the oldest, -1: there is none.
func (s *stream) find(text string, after int) int {
	c, ok := s.byText[text]
	if !ok {
		return -1
	}
	for i := c.first; i >= 0; i = s.held[i].next {
		if i > after {
			return i
		}
	}
	return c.first
}

func (s *stream) remove(i int) {
	h := &s.held[i]
	c := s.byText[h.text()]
	if h.prev >= 0 {
		s.held[h.prev].next = h.next
	} else {
		c.first = h.next
	}
	if h.next >= 0 {
		s.held[h.next].prev = h.prev
	} else {
		c.last = h.prev
	}
	if c.first < 0 {
		delete(s.byText, h.text())
	} else {
		s.byText[h.text()] = c
	}
	h.taken = true
	s.left--
}

// take finds the frames whose messages are the lines of an event's raw, and gives the first, their bytes parted by LF, and
// how many bytes are no longer held. nil: a line is that of no frame; then nothing is taken.
func (s *stream) take(lines string) (first *held, raw string, bytes int) {
	var found []int
	last := -1
	for line := range strings.SplitSeq(lines, "\n") {
		if last = s.find(line, last); last < 0 || s.held[last].taken {
			s.restore(found)
			return nil, "", 0
		}
		s.remove(last)
		found = append(found, last)
		bytes += len(s.held[last].raw)
	}
	first = &s.held[found[0]]
	if len(found) == 1 {
		return first, first.raw, bytes
	}
	var b strings.Builder
	b.Grow(bytes + len(found) - 1)
	for k, i := range found {
		if k > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(s.held[i].raw)
	}
	return first, b.String(), bytes
}

// restore puts frames back that were taken for an event which is not of them alone.
func (s *stream) restore(found []int) {
	for _, i := range found {
		s.held[i].taken = false
	}
	if len(found) > 0 {
		s.rebuild()
	}
}

// compact lets go of frames that were taken, once they are the most.
func (s *stream) compact() {
	if s.left == 0 || len(s.held) > 2*s.left+64 {
		s.rebuild()
	}
}

func (s *stream) rebuild() {
	all := s.held
	s.held, s.left = s.held[:0], 0
	clear(s.byText)
	for _, h := range all {
		if !h.taken {
			s.push(h)
		}
	}
	clear(all[len(s.held):])
}

type streamKey struct {
	in   *dialect.Dialect
	host string
}

// stream finds the stream of a dialect and host, or begins it.
func (d *decoder) stream(dst []counterfoil.Event, in *dialect.Dialect, host string) ([]counterfoil.Event, *stream, error) {
	if s := d.last; s != nil && s.in == in && s.host == host {
		return dst, s, nil
	}
	k := streamKey{in, host}
	if s := d.byKey[k]; s != nil {
		d.last = s
		return dst, s, nil
	}
	if len(d.streams) >= maxStreams {
		dst = d.forget(dst)
	}
	dec, err := in.Decode(nil)
	if err != nil {
		return dst, nil, err
	}
	k.host = strings.Clone(host) // it is a part of a frame
	s := &stream{in: in, host: k.host, dec: dec}
	d.streams = append(d.streams, s)
	d.byKey[k] = s
	d.last = s
	return dst, s, nil
}

// forget makes room for streams: those go that hold nothing; if all hold something, everything is given.
func (d *decoder) forget(dst []counterfoil.Event) []counterfoil.Event {
	idle := func(s *stream) bool { return s.left == 0 }
	if !slices.ContainsFunc(d.streams, idle) {
		dst = d.Flush(dst, time.Time{})
	}
	d.streams = slices.DeleteFunc(d.streams, idle)
	clear(d.byKey)
	d.kept = 0
	for _, s := range d.streams {
		d.byKey[streamKey{s.in, s.host}] = s
		d.kept += s.kept
	}
	d.last = nil
	return dst
}

// fit weighs a stream that has got a message. Where all are too large, those go that were silent longest, those that hold nothing
// first; what one holds is given.
func (d *decoder) fit(dst []counterfoil.Event, s *stream) []counterfoil.Event {
	d.turn++
	s.turn = d.turn
	for d.weigh(s); d.kept > d.most && len(d.streams) > 1; {
		dst = d.drop(dst)
	}
	return dst
}

func (d *decoder) weigh(s *stream) {
	size := dialect.SizeOf(s.dec, s.longest)
	d.kept += size - s.kept
	s.kept = size
}

func (d *decoder) drop(dst []counterfoil.Event) []counterfoil.Event {
	s := slices.MinFunc(d.streams, func(a, b *stream) int {
		if x, y := a.left == 0, b.left == 0; x != y && a.turn != d.turn && b.turn != d.turn {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.turn, b.turn)
	})
	dst = d.flush(dst, s, time.Time{})
	d.kept -= s.kept
	d.streams = slices.DeleteFunc(d.streams, func(x *stream) bool { return x == s })
	delete(d.byKey, streamKey{s.in, s.host})
	if d.last == s {
		d.last = nil
	}
	return dst
}

// Size is that of the inner decoders and of the frames that are held.
func (d *decoder) Size() int { return d.kept + d.bytes }

// Flush gives what the inner decoders give.
func (d *decoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	for _, s := range d.streams {
		dst = d.flush(dst, s, now)
	}
	return dst
}

func (d *decoder) flush(dst []counterfoil.Event, s *stream, now time.Time) []counterfoil.Event {
	if s.left == 0 {
		return dst
	}
	d.events = s.dec.Flush(d.events[:0], now)
	dst = d.match(dst, s, nil)
	if s.left > 0 && !s.dec.Held().Any {
		dst = d.orphans(dst, s)
	}
	d.weigh(s)
	return dst
}

// orphans gives frames whose messages an inner decoder neither holds nor gave as they were: its contract is broken, and
// nothing is lost.
func (d *decoder) orphans(dst []counterfoil.Event, s *stream) []counterfoil.Event {
	for i := range s.held {
		h := &s.held[i]
		if h.taken {
			continue
		}
		m := parse(h.raw, h.received, &d.zone)
		f := dialect.Frame{Received: h.received, Host: h.host}
		dst = d.appendPlain(dst, &m, &f, s.in.Name, "the message was neither held nor given")
		d.bytes -= len(h.raw)
		h.taken = true
	}
	s.rebuild()
	return dst
}

// Held gives the oldest position and the earliest deadline of the inner decoders.
func (d *decoder) Held() dialect.Held {
	var all dialect.Held
	d.frames = d.frames[:0]
	known := true
	for _, s := range d.streams {
		if s.left == 0 {
			continue
		}
		h := s.dec.Held()
		if !h.Any { // orphans: due at once
			first := s.held[slices.IndexFunc(s.held, func(h held) bool { return !h.taken })]
			h = dialect.Held{Any: true, Pos: first.pos, Deadline: first.received.Std()}
		}
		if !all.Any || h.Pos < all.Pos {
			all.Pos = h.Pos
		}
		if !all.Any || h.Deadline.Before(all.Deadline) {
			all.Deadline = h.Deadline
		}
		all.Any = true
		known = known && h.Frames != nil
		d.frames = append(d.frames, h.Frames...)
	}
	if all.Any && known {
		slices.Sort(d.frames)
		all.Frames = d.frames
	}
	return all
}
