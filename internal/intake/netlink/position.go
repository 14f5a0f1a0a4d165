package netlink

import (
	"encoding/binary"
	"errors"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// position is where a run stands. Losses are told some seconds after they happen; until then they are in it, so that they are told
// by the next run if this one ends.
//
//	version 1  serial (uvarint) time (varint) boot
//	version 2  serial time | n runs of missing serials, each the distance from the one before and its length | how many more are missing |
//	           overruns | 0, or the kernel's counter and 1 | boot
type position struct {
	boot     string
	serial   uint64
	at       counterfoil.Time
	missing  []span // ascending; noticed is not kept
	more     uint64
	overruns uint64
	kernel   uint32
	known    bool // kernel was read
}

const (
	positionVersion = 1
	positionLosses  = 2
)

// mostMissing is how many bytes of a position the missing serials may take: the rest of them are a number.
const mostMissing = intake.MaxPosition - 256

func (p *position) encode() []byte {
	b := binary.AppendUvarint([]byte{positionLosses}, p.serial)
	b = binary.AppendVarint(b, int64(p.at))
	var runs []byte
	n, more, last := 0, p.more, uint64(0)
	for i, x := range p.missing {
		if len(runs) > mostMissing-2*binary.MaxVarintLen64 {
			for _, x := range p.missing[i:] {
				more += x.last - x.first + 1
			}
			break
		}
		runs = binary.AppendUvarint(binary.AppendUvarint(runs, x.first-last), x.last-x.first)
		last = x.last
		n++
	}
	b = append(binary.AppendUvarint(b, uint64(n)), runs...)
	b = binary.AppendUvarint(binary.AppendUvarint(b, more), p.overruns)
	kernel := uint64(0)
	if p.known {
		kernel = uint64(p.kernel) + 1
	}
	return append(binary.AppendUvarint(b, kernel), p.boot...)
}

func decodePosition(b []byte) (p position, err error) {
	bad := errors.New("the stored position is damaged or was written by a newer version")
	if len(b) == 0 || b[0] != positionVersion && b[0] != positionLosses {
		return p, bad
	}
	version := b[0]
	b = b[1:]
	u := func() uint64 {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			err, b = bad, nil
			return 0
		}
		b = b[n:]
		return v
	}
	p.serial = u()
	at, n := binary.Varint(b)
	if n <= 0 {
		return p, bad
	}
	p.at, b = counterfoil.Time(at), b[n:]
	if version == positionVersion {
		p.boot = string(b)
		return p, err
	}
	last := uint64(0)
	for n := u(); n > 0 && err == nil; n-- {
		x := span{first: last + u()}
		x.last = x.first + u()
		last = x.last
		p.missing = append(p.missing, x)
	}
	p.more, p.overruns = u(), u()
	if k := u(); k > 0 {
		p.kernel, p.known = uint32(k-1), true
	}
	p.boot = string(b)
	return p, err
}
