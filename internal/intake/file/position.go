package file

import (
	"encoding/binary"
	"errors"

	"github.com/counterfoil/counterfoil/internal/intake"
)

// position is where a stream stands: the files that it still needs, the place behind the last frame given, and the
// places of the frames that the decoder held. Places are logical: a file's base plus the offset in it; the bases ascend
// from file to file, so places ascend over rotations.
//
// Version 2 says that the place is inside of a frame that is too long, version 3 also how many bytes of it are to come. Versions 4, 5
// and 6 are 1, 2 and 3 with the digest of what stands before the place.
//
//	version 1 to 6 | n files, each: dev ino n base (uvarints) sum (8 bytes) | end | n held, each the distance to the one before | left | before (8 bytes)
type position struct {
	files []part // oldest first; the last is the one being read. Empty: no file was seen yet
	end   int64
	held  []int64
	// within: end is inside of a frame that is too long
	within bool
	left   int64
	before *[8]byte // see digestBefore; nil: not known
}

// part is one file and where its first byte stands.
type part struct {
	identity
	base int64
}

const (
	positionVersion = 1
	positionWithin  = 2
	positionLeft    = 3
	positionBefore  = 3 // more, with the digest
)

// encode gives nil if it takes more than a position may.
func (p *position) encode() []byte {
	b := []byte{positionVersion}
	if p.within {
		b[0] = positionWithin
	}
	if p.left > 0 {
		b[0] = positionLeft
	}
	if p.before != nil {
		b[0] += positionBefore
	}
	u := func(v uint64) { b = binary.AppendUvarint(b, v) }
	u(uint64(len(p.files)))
	for _, f := range p.files {
		u(f.dev)
		u(f.ino)
		u(uint64(f.n))
		u(uint64(f.base))
		b = append(b, f.sum[:]...)
	}
	u(uint64(p.end))
	u(uint64(len(p.held)))
	last := int64(0)
	for _, h := range p.held {
		u(uint64(h - last))
		last = h
	}
	if p.left > 0 {
		u(uint64(p.left))
	}
	if p.before != nil {
		b = append(b, p.before[:]...)
	}
	if len(b) > intake.MaxPosition {
		return nil
	}
	return b
}

var errPosition = errors.New("the stored position is damaged or was written by a newer version")

func decodePosition(b []byte) (p position, err error) {
	if len(b) == 0 || b[0] < positionVersion || b[0] > positionLeft+positionBefore {
		return p, errPosition
	}
	version := b[0]
	if version > positionLeft {
		version -= positionBefore
		p.before = new([8]byte)
	}
	p.within = version == positionWithin
	b = b[1:]
	u := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err, b = errPosition, nil
			return 0
		}
		b = b[n:]
		return v
	}
	for n := u(); n > 0 && err == nil; n-- {
		f := part{identity: identity{dev: u(), ino: u(), n: int64(u())}, base: int64(u())}
		if len(b) < len(f.sum) || f.n < 0 || f.n > maxPrint || f.base < 0 {
			return p, errPosition
		}
		b = b[copy(f.sum[:], b):]
		p.files = append(p.files, f)
	}
	p.end = int64(u())
	last := int64(0)
	for n := u(); n > 0 && err == nil; n-- {
		last += int64(u())
		p.held = append(p.held, last)
	}
	if version == positionLeft {
		p.left = int64(u())
	}
	if err == nil && p.before != nil {
		b = b[copy(p.before[:], b):]
	}
	if err == nil && (len(b) > 0 || p.end < 0 || last < 0 || p.left < 0) {
		err = errPosition
	}
	return p, err
}
