package router

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// packet is what NFLOG tells of one.
type packet struct {
	hwProtocol uint16
	payload    []byte
	prefix     string
	uid        string
	sec, usec  uint64
	headed     bool // hwProtocol is told
}

const (
	etherIPv4 = 0x0800
	etherIPv6 = 0x86dd
)

// packetEvent reads NFLOG's attributes. The packet itself stays in the raw; what its headers say is in event_data.
func (m *netlinkMessage) packetEvent(e *counterfoil.Event, attrs []byte) {
	m.r.read(attrs, logAttrs, nil)
	p := &m.packet
	proto := m.headers(p)
	e.Service, e.Name = "NETFILTER", "NFLOG"
	m.d.packet(e, p.prefix, proto, &m.c.orig)
	if p.uid != "" {
		e.User, e.Subject.ID = "UID:"+p.uid, p.uid
	}
	if at := counterfoil.Time(p.sec*1e9 + p.usec*1e3); p.sec < maxSeconds && p.usec < 1e6 && at.Valid() {
		e.Time = at
	}
}

// takePacket is told of NFLOG's attributes.
func (m *netlinkMessage) takePacket(s slot, n uint64, v []byte) {
	p, b := &m.packet, &m.d.b
	switch s {
	case slotPacketHeader:
		p.hwProtocol, p.headed = binary.BigEndian.Uint16(v), true
		b.String("hw_protocol", "0x"+hex.EncodeToString(v[:2]))
		b.String("hook", named(hooks[:], uint64(v[2])))
	case slotPacketTime:
		p.sec, p.usec = bigEndian(v[:8]), bigEndian(v[8:16])
		b.Object("timestamp")
		b.Uint("sec", p.sec)
		b.Uint("usec", p.usec)
		b.End()
	case slotHardware:
		if n := int(binary.BigEndian.Uint16(v)); n <= len(v)-4 {
			b.String("hwaddr", colons(v[4:4+n]))
		} else {
			b.String("8", hex.EncodeToString(v))
		}
	case slotPayload:
		p.payload = v
	case slotPrefix:
		p.prefix = string(v)
	case slotUID:
		p.uid = strconv.FormatUint(n, 10)
	}
}

// colons writes a hardware address as people do.
func colons(v []byte) string {
	parts := make([]string, len(v))
	for i := range v {
		parts[i] = hex.EncodeToString(v[i : i+1])
	}
	return strings.Join(parts, ":")
}

func addrText(v []byte) string {
	if a, ok := netip.AddrFromSlice(v); ok {
		return a.String()
	}
	return ""
}

// headers reads the packet's headers as far as they are there, and gives the protocol's name.
func (m *netlinkMessage) headers(p *packet) (proto string) {
	data := p.payload
	version := byte(0)
	if len(data) > 0 {
		version = data[0] >> 4
	}
	b := &m.d.b
	switch {
	case version == 4 && len(data) >= 20 && (!p.headed || p.hwProtocol == etherIPv4):
		header := int(data[0]&15) * 4
		m.c.orig.src, m.c.orig.dst = addrText(data[12:16]), addrText(data[16:20])
		b.Object("ip")
		b.String("src", m.c.orig.src)
		b.String("dst", m.c.orig.dst)
		b.Int("len", int64(binary.BigEndian.Uint16(data[2:])))
		b.Int("id", int64(binary.BigEndian.Uint16(data[4:])))
		b.Int("ttl", int64(data[8]))
		b.Int("tos", int64(data[1]))
		b.Int("protocol", int64(data[9]))
		fragment := binary.BigEndian.Uint16(data[6:])
		if fragment&0x3fff != 0 {
			b.Int("fragment_offset", int64(fragment&0x1fff)*8)
			b.Bool("more_fragments", fragment&0x2000 != 0)
		}
		b.End()
		proto = protocolOf(strconv.Itoa(int(data[9])))
		if fragment&0x1fff == 0 && header >= 20 && header <= len(data) {
			m.transport(data[9], data[header:])
		}
	case version == 6 && len(data) >= 40 && (!p.headed || p.hwProtocol == etherIPv6):
		m.c.orig.src, m.c.orig.dst = addrText(data[8:24]), addrText(data[24:40])
		b.Object("ip")
		b.String("src", m.c.orig.src)
		b.String("dst", m.c.orig.dst)
		b.Int("len", int64(binary.BigEndian.Uint16(data[4:])))
		b.Int("hop_limit", int64(data[7]))
		b.Int("flow_label", int64(binary.BigEndian.Uint32(data)&0xfffff))
		next, rest := extensions(data[6], data[40:])
		b.Int("protocol", int64(next))
		b.End()
		proto = protocolOf(strconv.Itoa(int(next)))
		m.transport(next, rest)
	}
	return proto
}

// extensions skips IPv6's extension headers, at most eight, and gives the protocol behind them with its bytes; none where
// they are cut off or of a later fragment.
func extensions(next byte, data []byte) (byte, []byte) {
	for range 8 {
		size := 0
		switch next {
		case 0, 43, 60: // hop-by-hop, routing, destination
			if len(data) < 8 {
				return next, nil
			}
			size = (int(data[1]) + 1) * 8
		case 51: // authentication
			if len(data) < 8 {
				return next, nil
			}
			size = (int(data[1]) + 2) * 4
		case 44: // fragment
			if len(data) < 8 {
				return next, nil
			}
			if size = 8; binary.BigEndian.Uint16(data[2:])&0xfff8 != 0 {
				return data[0], nil
			}
		default:
			return next, data
		}
		if size > len(data) {
			return data[0], nil
		}
		next, data = data[0], data[size:]
	}
	return next, nil
}

var tcpFlags = [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}

// transport reads the ports of a protocol that has some, TCP's flags, and ICMP's type and code.
func (m *netlinkMessage) transport(proto byte, data []byte) {
	b, t := &m.d.b, &m.c.orig
	switch proto {
	case 6, 17, 33, 132, 136: // tcp, udp, dccp, sctp, udplite
		if len(data) < 4 {
			return
		}
		sport, dport := binary.BigEndian.Uint16(data), binary.BigEndian.Uint16(data[2:])
		t.sport, t.dport = strconv.Itoa(int(sport)), strconv.Itoa(int(dport))
		b.Int("sport", int64(sport))
		b.Int("dport", int64(dport))
		if proto == 6 && len(data) >= 14 {
			var flags []string
			for i, name := range tcpFlags {
				if data[13]>>i&1 != 0 {
					flags = append(flags, name)
				}
			}
			list(b, "tcp_flags", flags)
		}
	case 1, 58:
		if len(data) >= 2 {
			b.Int("icmp_type", int64(data[0]))
			b.Int("icmp_code", int64(data[1]))
		}
	}
}
