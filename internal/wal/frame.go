package wal

import (
	"encoding/binary"
	"hash/crc32"
)

const (
	magic    = 0x31574643 // "CFW1"
	headSize = 48
	sector   = 512 // frames begin at its multiples
	nonceLen = 16

	// MaxBatch is the largest batch in bytes.
	MaxBatch = 64 << 20
	// maxStored is what the largest batch may become; a batch that S2 makes longer is stored as it is.
	maxStored = MaxBatch
	// MaxHeader is the longest header in bytes.
	MaxHeader = 16 << 20
)

const (
	kindHeader = iota
	kindS2
	kindPlain
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// head is what stands before a frame's payload.
type head struct {
	kind         uint32
	first        uint64
	count        uint32
	size, stored uint32
	prev         uint32
	durable      int64
	payloadSum   uint32
	sum          uint32
}

// put writes h to b and completes it with its sum. seed is the CRC of the file's nonce.
func (h *head) put(b []byte, seed uint32) {
	le := binary.LittleEndian
	le.PutUint32(b[0:], magic)
	le.PutUint32(b[4:], h.kind)
	le.PutUint64(b[8:], h.first)
	le.PutUint32(b[16:], h.count)
	le.PutUint32(b[20:], h.size)
	le.PutUint32(b[24:], h.stored)
	le.PutUint32(b[28:], h.prev)
	le.PutUint64(b[32:], uint64(h.durable))
	le.PutUint32(b[40:], h.payloadSum)
	h.sum = crc32.Update(seed, castagnoli, b[:44])
	le.PutUint32(b[44:], h.sum)
}

// rawHead reads a head without checking anything.
func rawHead(b []byte) head {
	le := binary.LittleEndian
	return head{
		kind: le.Uint32(b[4:]), first: le.Uint64(b[8:]), count: le.Uint32(b[16:]), size: le.Uint32(b[20:]), stored: le.Uint32(b[24:]),
		prev: le.Uint32(b[28:]), durable: int64(le.Uint64(b[32:])), payloadSum: le.Uint32(b[40:]), sum: le.Uint32(b[44:]),
	}
}

// parseHead reads a head and tells whether magic, sum and limits fit.
func parseHead(b []byte, seed uint32) (h head, ok bool) {
	h = rawHead(b)
	if !hasMagic(b) || crc32.Update(seed, castagnoli, b[:44]) != h.sum || h.stored > maxStored || h.size > MaxBatch || h.durable < 0 {
		return h, false
	}
	switch h.kind {
	case kindHeader:
		ok = h.count == 0 && h.first == 0 && h.size == h.stored && h.size >= nonceLen && h.size <= nonceLen+MaxHeader
	case kindS2:
		ok = h.count > 0 && h.first+uint64(h.count) > h.first
	case kindPlain:
		ok = h.count > 0 && h.first+uint64(h.count) > h.first && h.size == h.stored
	}
	return h, ok
}

func hasMagic(b []byte) bool { return binary.LittleEndian.Uint32(b) == magic }

// frameLen gives the bytes that a frame takes, padding included.
func frameLen(stored int) int64 { return (int64(stored) + headSize + sector - 1) &^ (sector - 1) }

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// nonceSeed gives the CRC that every head sum of a file goes on from.
func nonceSeed(nonce []byte) uint32 { return checksum(nonce) }
