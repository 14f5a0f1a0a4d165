package netlink

import (
	"bytes"
	"slices"
	"time"
)

// serialOf reads the event number in "audit(1700000000.123:456): …".
func serialOf(b []byte) (n uint32, ok bool) {
	if !bytes.HasPrefix(b, []byte("audit(")) {
		return 0, false
	}
	i := bytes.IndexByte(b[:min(len(b), 48)], ':')
	for i++; i > 0 && i < len(b); i++ {
		c := b[i] - '0'
		if c > 9 {
			return n, b[i] == ')' && b[i-1] != ':'
		}
		n = n*10 + uint32(c)
	}
	return 0, false
}

// serials knows which event numbers came. Events of several processors overtake one another, so a number counts as lost
// only when it has been missing for a while. The kernel's counter has 32 bits and begins again at 0, which numbers overtake as well: here it
// goes on, and its low 32 bits are the kernel's.
type serials struct {
	begun   bool
	max     uint64
	missing []span // ascending
}

// span is a run of numbers that are missing since it was noticed.
type span struct {
	first, last uint64
	noticed     time.Time
}

// maxSpans bounds the memory. Beyond it the oldest are given up early.
const maxSpans = 4096

// start says that the kernel's number last came last.
func (s *serials) start(last uint32) { s.begun, s.max = true, 1<<32+uint64(last) } // there is room for those it overtook

// add takes a number of the kernel's, and gives what it is here.
func (s *serials) add(serial uint32, now time.Time) (n uint64) {
	if !s.begun {
		s.start(serial)
		return s.max
	}
	n = s.max + uint64(int64(int32(serial-uint32(s.max)))) // the one that is nearest
	switch {
	case n > s.max:
		if n > s.max+1 {
			s.missing = append(s.missing, span{s.max + 1, n - 1, now})
		}
		s.max = n
	case n < s.max && len(s.missing) > 0:
		s.found(n)
	}
	return n
}

// found takes n out of the span it is in.
func (s *serials) found(n uint64) {
	i, _ := slices.BinarySearchFunc(s.missing, n, func(x span, n uint64) int {
		if x.last < n {
			return -1
		}
		return 1
	})
	if i == len(s.missing) || s.missing[i].first > n {
		return
	}
	x := &s.missing[i]
	switch {
	case x.first == x.last:
		s.missing = slices.Delete(s.missing, i, i+1)
	case n == x.first:
		x.first++
	case n == x.last:
		x.last--
	default:
		rest := span{n + 1, x.last, x.noticed}
		x.last = n - 1
		s.missing = slices.Insert(s.missing, i+1, rest)
	}
}

// lost takes out the spans that were noticed at or before t, and those that are too many.
func (s *serials) lost(t time.Time) []span {
	n := max(0, len(s.missing)-maxSpans)
	for n < len(s.missing) && !s.missing[n].noticed.After(t) {
		n++
	}
	gone := slices.Clone(s.missing[:n])
	s.missing = slices.Delete(s.missing, 0, n)
	return gone
}
