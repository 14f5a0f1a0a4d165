package router

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"

	"github.com/counterfoil/counterfoil"
)

// attrKind says how the bytes of a netlink attribute are read. Netfilter writes numbers in network byte order; lengths and
// types of attributes are in that of the machine.
type attrKind uint8

const (
	attrHex     attrKind = iota
	attrNumber           // 1, 2, 4 or 8 bytes: an unsigned number, as many bytes as size says
	attrHexNum           // the same, written in hexadecimal as tools do: marks
	attrIP               // 4 or 16 bytes
	attrText             // up to a NUL
	attrNested           // attributes of sub
	attrTime             // 8 bytes: nanoseconds since 1970
	attrSpecial          // read by its own function
	attrBulk             // kept in the raw alone; only its length is told
)

// attr is a row of a table of attributes; its index there is its number.
type attr struct {
	name string
	kind attrKind
	size int // of attrNumber and attrHexNum
	sub  []attr
	slot slot
}

// slot says which field of what is being read an attribute fills besides event_data.
type slot uint8

const (
	slotNone slot = iota
	slotSrc
	slotDst
	slotProto
	slotSport
	slotDport
	slotICMPType
	slotICMPID
	slotPackets
	slotBytes
	slotTCPState
	slotSCTPState
	slotDCCPState
	slotStatus
	slotStart
	slotStop
	slotAt
	slotPrefix
	slotUID
	slotPacketHeader
	slotPacketTime
	slotHardware
	slotPayload
	slotOrig  // nested: what is inside is of the original direction
	slotReply // nested: of the replies
)

// attrReader walks over attributes. Depth is that of the tables, and nothing is allocated by a length that is read.
type attrReader struct {
	order binary.ByteOrder // of the machine that wrote the message
	b     *counterfoil.Builder
	take  func(s slot, dir *tuple, n uint64, data []byte)
	orig  *tuple
	reply *tuple
}

// read writes the attributes in data under their names; a number that is not in the table, or whose bytes are not as the
// table says, as hex under that number. Bytes that are no attribute are "rest".
func (r *attrReader) read(data []byte, table []attr, dir *tuple) {
	for len(data) >= 4 {
		size := int(r.order.Uint16(data))
		num := int(r.order.Uint16(data[2:]) & 0x3fff) // the two high bits are flags: nested, network byte order
		if size < 4 || size > len(data) {
			break
		}
		r.one(num, data[4:size], table, dir)
		data = data[min((size+3)&^3, len(data)):]
	}
	if len(data) > 0 {
		r.b.String("rest", hex.EncodeToString(data))
	}
}

func (r *attrReader) one(num int, v []byte, table []attr, dir *tuple) {
	var a attr
	if num < len(table) {
		a = table[num]
	}
	switch {
	case a.name == "":
	case a.kind == attrNested:
		switch a.slot {
		case slotOrig:
			dir = r.orig
		case slotReply:
			dir = r.reply
		}
		r.b.Object(a.name)
		r.read(v, a.sub, dir)
		r.b.End()
		return
	case (a.kind == attrNumber || a.kind == attrHexNum) && len(v) == a.size:
		n := bigEndian(v)
		if a.kind == attrHexNum {
			r.b.String(a.name, "0x"+strconv.FormatUint(n, 16))
		} else {
			r.b.Uint(a.name, n)
		}
		r.tell(a.slot, dir, n, v)
		return
	case a.kind == attrIP && (len(v) == 4 || len(v) == 16):
		ip, _ := netip.AddrFromSlice(v)
		r.b.String(a.name, ip.String())
		r.tell(a.slot, dir, 0, v)
		return
	case a.kind == attrTime && len(v) == 8 && counterfoil.Time(bigEndian(v)) > 0 && counterfoil.Time(bigEndian(v)).Valid():
		n := bigEndian(v)
		r.b.String(a.name, counterfoil.Time(n).String())
		r.tell(a.slot, dir, n, v)
		return
	case a.kind == attrText:
		text := v
		for len(text) > 0 && text[len(text)-1] == 0 {
			text = text[:len(text)-1]
		}
		r.b.String(a.name, string(text))
		r.tell(a.slot, dir, 0, text)
		return
	case a.kind == attrBulk:
		r.b.Int(a.name, int64(len(v)))
		r.tell(a.slot, dir, 0, v)
		return
	case a.kind == attrSpecial && len(v) >= a.size:
		r.tell(a.slot, dir, 0, v)
		return
	case a.kind == attrHex:
		r.b.String(a.name, hex.EncodeToString(v))
		return
	}
	r.b.String(strconv.Itoa(num), hex.EncodeToString(v))
}

func (r *attrReader) tell(s slot, dir *tuple, n uint64, v []byte) {
	if s != slotNone {
		r.take(s, dir, n, v)
	}
}

func bigEndian(v []byte) (n uint64) {
	for _, c := range v {
		n = n<<8 | uint64(c)
	}
	return n
}
