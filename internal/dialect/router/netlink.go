package router

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Frame.Type of a netlink message is nlmsg_type: the subsystem of nfnetlink in the high byte, its message in the low one.
// Frame.Data is the whole message from nlmsghdr on, one in a frame: NEW and UPDATE differ in the header's flags alone, and
// the header's length tells the byte order of the machine that wrote it.
const (
	typeConnNew    = 0x0100 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
	typeConnDelete = 0x0102 // IPCTNL_MSG_CT_DELETE
	typePacket     = 0x0400 // NFNL_SUBSYS_ULOG, NFULNL_MSG_PACKET

	headerSize  = 16 // nlmsghdr: length, type, flags, sequence number, port
	genericSize = 4  // nfgenmsg: family, version, resource id

	flagCreate = 0x400 // NLM_F_CREATE: a connection that was not known before
)

// message reads a netlink message and says why it cannot.
func (d *decoder) message(e *counterfoil.Event, f dialect.Frame) (problem string) {
	if f.Type != typeConnNew && f.Type != typeConnDelete && f.Type != typePacket {
		return fmt.Sprintf("netlink message type %#04x is none of conntrack's events or NFLOG's packets", f.Type)
	}
	e.Raw = string(f.Data)
	data := f.Data
	if len(data) < headerSize+genericSize {
		return fmt.Sprintf("a netlink message of %d bytes: the headers have %d", len(data), headerSize+genericSize)
	}
	m := netlinkMessage{d: d, r: attrReader{order: byteOrder(data, f.Type), b: &d.b}}
	order := m.r.order
	if n := order.Uint16(data[4:]); int(n) != f.Type {
		return fmt.Sprintf("the header says message type %#04x, the transport %#04x", n, f.Type)
	}
	d.b.Reset()
	d.b.Object("")
	d.b.Int("family", int64(data[headerSize]))
	attrs, size := data[headerSize+genericSize:], int(order.Uint32(data))
	if size >= headerSize+genericSize && size < len(data) {
		attrs = data[headerSize+genericSize : size]
		d.b.String("trailing", hex.EncodeToString(data[size:]))
	} else if size != len(data) {
		d.b.Bool("truncated", true)
	}
	m.c.orig, m.c.reply = tuple{}, tuple{}
	m.r.orig, m.r.reply, m.r.take = &m.c.orig, &m.c.reply, m.take
	if f.Type == typePacket {
		d.b.Int("group", int64(binary.BigEndian.Uint16(data[headerSize+2:])))
		m.packetEvent(e, attrs)
	} else {
		m.connEvent(e, attrs, f.Type, order.Uint16(data[6:]))
	}
	d.b.End()
	e.EventData = d.b.JSON()
	return ""
}

// byteOrder tells the order in which a header is written: the one in which its length and type are right. Damaged
// headers are taken for little-endian unless only the type in the other order fits.
func byteOrder(data []byte, typ int) binary.ByteOrder {
	little, big := binary.LittleEndian, binary.BigEndian
	switch {
	case int(little.Uint32(data)) == len(data):
		return little
	case int(big.Uint32(data)) == len(data), int(little.Uint16(data[4:])) != typ && int(big.Uint16(data[4:])) == typ:
		return big
	}
	return little
}

// netlinkMessage is what is gathered while the attributes of one message are read.
type netlinkMessage struct {
	d     *decoder
	r     attrReader
	c     conn
	start uint64 // nanoseconds, 0: not told
	stop  uint64
	at    uint64

	packet packet
}

// connEvent reads conntrack's attributes.
func (m *netlinkMessage) connEvent(e *counterfoil.Event, attrs []byte, typ int, flags uint16) {
	switch {
	case typ == typeConnDelete:
		m.c.kind = connDestroy
	case flags&flagCreate != 0:
		m.c.kind = connNew
	default:
		m.c.kind = connUpdate
	}
	m.r.read(attrs, connAttrs, nil)
	if m.c.proto != "" {
		m.d.b.String("protocol", m.c.proto)
	}
	if m.c.state != "" {
		m.d.b.String("state", m.c.state)
	}
	if m.start != 0 && m.stop >= m.start {
		m.c.duration, m.c.timed = int64((m.stop-m.start)/1e6), true
	}
	switch { // when it happened, by the kernel; the transport's clock where the kernel says nothing
	case m.at != 0:
		e.Time = counterfoil.Time(m.at)
	case m.c.kind == connDestroy:
		e.Time = counterfoil.Time(m.stop)
	case m.c.kind == connNew:
		e.Time = counterfoil.Time(m.start)
	}
	m.c.event(e, &m.d.b)
}

// take is told of attributes with a meaning beyond their own.
func (m *netlinkMessage) take(s slot, dir *tuple, n uint64, v []byte) {
	switch s {
	case slotStatus:
		m.status(uint32(bigEndian(v[:4])))
	case slotTCPState:
		m.c.state = named(tcpStates[:], n)
	case slotSCTPState:
		m.c.state = named(sctpStates[:], n)
	case slotDCCPState:
		m.c.state = named(dccpStates[:], n)
	case slotStart:
		m.start = n
	case slotStop:
		m.stop = n
	case slotAt:
		m.at = n
	case slotProto:
		if dir == m.r.orig {
			m.c.proto = protocolOf(strconv.FormatUint(n, 10))
		}
	case slotSrc, slotDst, slotSport, slotDport, slotICMPType, slotICMPID, slotPackets, slotBytes:
		if dir != nil {
			dir.take(s, n, v)
		}
	default:
		m.takePacket(s, n, v)
	}
}

// take fills a direction.
func (t *tuple) take(s slot, n uint64, v []byte) {
	switch s {
	case slotSrc:
		t.src = addrText(v)
	case slotDst:
		t.dst = addrText(v)
	case slotSport:
		t.sport = strconv.FormatUint(n, 10)
	case slotDport:
		t.dport = strconv.FormatUint(n, 10)
	case slotICMPType:
		t.icmpType = strconv.FormatUint(n, 10)
	case slotICMPID:
		t.icmp = strconv.FormatUint(n, 10)
	case slotPackets:
		t.packets, t.counted = int64(min(n, 1<<62)), true
	case slotBytes:
		t.bytes, t.counted = int64(min(n, 1<<62)), true
	}
}

// status writes what the kernel says of a connection; a bit without a name as its number.
func (m *netlinkMessage) status(bits uint32) {
	m.c.unreplied, m.c.assured = bits&statusSeenReply == 0, bits&statusAssured != 0
	m.d.b.Array("status")
	for i := range 32 {
		if bits>>i&1 != 0 {
			m.d.b.String("", named(statusBits[:], uint64(i)))
		}
	}
	m.d.b.End()
}

// named gives the name of a number, or the number.
func named(names []string, n uint64) string {
	if n < uint64(len(names)) {
		return names[n]
	}
	return strconv.FormatUint(n, 10)
}

// protocolOf gives the name of a protocol's number in decimal, or the number.
func protocolOf(n string) string {
	if v, err := strconv.ParseUint(n, 10, 8); err == nil {
		if name, ok := protocols[uint8(v)]; ok {
			return name
		}
	}
	return n
}
