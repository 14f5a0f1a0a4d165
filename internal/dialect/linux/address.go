package linux

import (
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Families of socket addresses (include/linux/socket.h).
const (
	afUnspec  = 0
	afLocal   = 1
	afInet    = 2
	afInet6   = 10
	afNetlink = 16
	afPacket  = 17
	afVsock   = 40
	afMax     = 46
)

var families = map[int]string{afUnspec: "unspec", afLocal: "local", afInet: "inet", 3: "ax25", 8: "atmpvc", 9: "x25", afInet6: "inet6",
	15: "key", afNetlink: "netlink", afPacket: "packet", 29: "can", 31: "bluetooth", 38: "alg", afVsock: "vsock", 44: "xdp"}

// address is a socket address as a system call passed it.
type address struct {
	family     int
	ip         netip.Addr
	port       uint16
	path       string // of a local socket
	abstract   bool   // path is no path
	pid, group uint32 // netlink
	cid        uint32 // vsock; its port is vport
	vport      uint32
}

// parseAddress reads the bytes of a struct sockaddr in hex. Its family is in the byte order of the machine: the order
// that gives a family that exists is taken.
func parseAddress(hex string) (a address, ok bool) {
	if is, _ := isHex(hex); !is || len(hex) < 4 {
		return a, false
	}
	b := decodeHex(hex)
	order := binary.ByteOrder(binary.LittleEndian)
	if a.family = int(b[0]) | int(b[1])<<8; a.family >= afMax {
		order = binary.BigEndian
		if a.family = int(b[0])<<8 | int(b[1]); a.family >= afMax {
			return a, false
		}
	}
	u32 := func(i int) uint32 { return order.Uint32([]byte(b[i : i+4])) }
	switch {
	case a.family == afInet && len(b) >= 8:
		a.port = uint16(b[2])<<8 | uint16(b[3])
		a.ip, _ = netip.AddrFromSlice([]byte(b[4:8]))
	case a.family == afInet6 && len(b) >= 24:
		a.port = uint16(b[2])<<8 | uint16(b[3])
		a.ip, _ = netip.AddrFromSlice([]byte(b[8:24]))
	case a.family == afLocal && len(b) > 2 && b[2] != 0:
		a.path, _, _ = strings.Cut(b[2:], "\x00")
	case a.family == afLocal && len(b) > 3:
		a.path, a.abstract = b[3:], true
	case a.family == afNetlink && len(b) >= 12:
		a.pid, a.group = u32(4), u32(8)
	case a.family == afVsock && len(b) >= 12:
		a.vport, a.cid = u32(4), u32(8)
	}
	return a, true
}

// String names the address as people do: 192.0.2.1:443, [2001:db8::1]:443, /run/socket, @abstract.
func (a *address) String() string {
	switch {
	case a.ip.IsValid():
		return netip.AddrPortFrom(a.ip, a.port).String()
	case a.abstract:
		return "@" + a.path
	case a.path != "":
		return a.path
	case a.family == afNetlink:
		return "netlink:" + strconv.FormatUint(uint64(a.pid), 10)
	case a.family == afVsock:
		return "vsock:" + strconv.FormatUint(uint64(a.cid), 10) + ":" + strconv.FormatUint(uint64(a.vport), 10)
	}
	return ""
}

// appendJSON appends the address as an object.
func (a *address) appendJSON(dst []byte) []byte {
	dst = append(dst, '{')
	switch {
	case a.ip.IsValid():
		dst = append(a.ip.AppendTo(append(dst, `"addr":"`...)), '"', ',')
	case a.abstract:
		dst = append(counterfoil.AppendText(append(dst, `"abstract":`...), a.path), ',')
	case a.family == afVsock:
		dst = append(strconv.AppendUint(append(dst, `"cid":`...), uint64(a.cid), 10), ',')
	}
	dst = append(dst, `"family":"`...)
	if name := families[a.family]; name != "" {
		dst = append(dst, name...)
	} else {
		dst = strconv.AppendInt(append(dst, "af_"...), int64(a.family), 10)
	}
	dst = append(dst, '"')
	switch {
	case a.ip.IsValid():
		dst = strconv.AppendUint(append(dst, `,"port":`...), uint64(a.port), 10)
	case a.family == afNetlink:
		dst = strconv.AppendUint(append(dst, `,"groups":`...), uint64(a.group), 10)
		dst = strconv.AppendUint(append(dst, `,"pid":`...), uint64(a.pid), 10)
	case a.path != "" && !a.abstract:
		dst = counterfoil.AppendText(append(dst, `,"path":`...), a.path)
	case a.family == afVsock:
		dst = strconv.AppendUint(append(dst, `,"port":`...), uint64(a.vport), 10)
	}
	return append(dst, '}')
}
