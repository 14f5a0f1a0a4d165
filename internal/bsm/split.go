package bsm

import "encoding/binary"

// window is how far Split looks, from where a frame begins. It is below the longest frame that inputs take from a stream.
const window = 1<<20 - 1

// minRecord is the shortest record: a header of 32 bits and a trailer.
const minRecord = 18 + trailerSize

// Split is the framing of a stream of records (a bufio.SplitFunc): each record is a frame, each file token between them,
// and all bytes from where the stream is damaged to where records begin again.
//
// A record is taken where its trailer says the size that its header says, or where tokens fill that size exactly and
// another record, a file token or the end follows. Behind damage records begin where a trailer answers a header. Who is
// audited can put any bytes into a record (as arguments of a program), also such that look like records; therefore, within
// the bytes that the damaged record claims for itself, only records that follow each other without a gap to the end of
// those bytes are believed.
func Split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if len(data) == 0 {
		return 0, nil, nil
	}
	s := splitter{b: data[:min(len(data), window)], end: atEOF && len(data) < window, full: len(data) >= window}
	n := s.frame()
	if s.short && !atEOF && !s.full {
		return 0, nil, nil
	}
	return n, data[:n], nil
}

type splitter struct {
	b     []byte
	end   bool // the stream ends with b
	full  bool // b is all that may be looked at
	short bool // what was asked depends on bytes behind b
	walk  Record
	dead  map[int]bool // places from which records do not follow each other far enough
}

// frame gives the length of the first frame.
func (s *splitter) frame() int {
	if n := s.whole(0); n > 0 {
		return n
	}
	if n := s.filled(); n > 0 {
		return n
	}
	return s.junk()
}

// whole gives the length of the record or file token at i, 0 if there is none: a trailer answers the header.
func (s *splitter) whole(i int) int {
	b := s.b[i:]
	if b[0] == IDFile {
		return s.file(i)
	}
	n := s.claim(i)
	if n == 0 {
		return 0
	}
	if len(b) < n {
		s.short = true
		return 0
	}
	if hasTrailer(b[:n]) {
		return n
	}
	return 0
}

// claim gives the size that a header at i claims, 0 if there is no header or its size cannot be.
func (s *splitter) claim(i int) int {
	b := s.b[i:]
	if !IsHeader(b[0]) {
		return 0
	}
	if len(b) < 6 {
		s.short = true
		return 0
	}
	size, version := binary.BigEndian.Uint32(b[1:]), b[5]
	if size < minRecord-trailerSize || size > MaxRecord || version == 0 || version > 11 {
		return 0
	}
	return int(size)
}

// file gives the length of a file token: a name that ends in NUL or none, and behind it a record, another one, or the end.
func (s *splitter) file(i int) int {
	b := s.b[i:]
	if len(b) < 11 {
		s.short = true
		return 0
	}
	n := 11 + int(binary.BigEndian.Uint16(b[9:]))
	if len(b) <= n && !(s.end && len(b) == n) {
		s.short = true
		return 0
	}
	if n > 11 && b[n-1] != 0 || !s.begins(i+n) {
		return 0
	}
	return n
}

// begins reports whether a record or file token may begin at i, or the stream ends there.
func (s *splitter) begins(i int) bool {
	if i >= len(s.b) {
		s.short = s.short || !s.end
		return i == len(s.b) && s.end
	}
	return s.b[i] == IDFile || s.claim(i) > 0
}

// filled gives the length of a first record without a trailer that answers its header: tokens fill it exactly.
func (s *splitter) filled() int {
	n := s.claim(0)
	if n == 0 || n > len(s.b) || !s.begins(n) || s.walk.Parse(s.b[:n]) != nil {
		return 0
	}
	return n
}

// junk gives the length of the bytes before the next record that is believed.
func (s *splitter) junk() int {
	claimed := s.claim(0)
	limit := min(len(s.b), max(claimed, maxJunk))
	for i := 1; i < limit; i++ {
		if c := s.b[i]; !IsHeader(c) && c != IDFile {
			continue
		}
		if s.whole(i) > 0 && (i >= claimed || s.reaches(i, claimed)) {
			return i
		}
	}
	if limit == len(s.b) {
		s.short = s.short || !s.end
	}
	return limit
}

// maxJunk is how many bytes that no record claims make one frame.
const maxJunk = 64 << 10

// reaches reports whether records follow each other without a gap from i to the offset to, or to the end.
func (s *splitter) reaches(i, to int) bool {
	begin := i
	for i < to && i < len(s.b) && !s.dead[i] {
		n := s.whole(i)
		if n == 0 {
			break
		}
		i += n
	}
	if i >= to || i == len(s.b) && (s.end || s.full) {
		return true
	}
	if i == len(s.b) {
		s.short = true
		return false
	}
	if s.dead == nil {
		s.dead = map[int]bool{}
	}
	for begin < i { // whoever comes to one of these places comes to the same gap
		s.dead[begin] = true
		begin += s.whole(begin)
	}
	s.dead[i] = true
	return false
}

// Claims gives the size that a header at the beginning of b claims, 0 if there is none whose size can be.
func Claims(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	s := splitter{b: b}
	return s.claim(0)
}
