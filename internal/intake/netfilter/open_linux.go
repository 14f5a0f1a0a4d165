package netfilter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil/internal/recv"
)

// Numbers of linux/netfilter/nfnetlink.h, nfnetlink_log.h and nfnetlink_compat.h.
const (
	subsystemConntrack = 1
	subsystemLog       = 4

	groupNew, groupUpdate, groupDestroy = 1 << 0, 1 << 1, 1 << 2 // NF_NETLINK_CONNTRACK_…

	logConfig    = subsystemLog<<8 | 1 // NFULNL_MSG_CONFIG
	attrCommand  = 1                   // NFULA_CFG_CMD, struct nfulnl_msg_config_cmd
	attrMode     = 2                   // NFULA_CFG_MODE, struct nfulnl_msg_config_mode
	attrQueue    = 5                   // NFULA_CFG_QTHRESH
	commandBind  = 1                   // NFULNL_CFG_CMD_BIND
	copyPacket   = 2                   // NFULNL_COPY_PACKET
	longestEvent = 8 << 10             // of conntrack; its longest have some 600 bytes
)

// OpenConntrack listens to the events of connection tracking that are named: "new", "update", "destroy".
func OpenConntrack(o Options, events []string) (*Stream, error) {
	groups := uint32(0)
	for _, e := range events {
		switch e {
		case "new":
			groups |= groupNew
		case "update":
			groups |= groupUpdate
		case "destroy":
			groups |= groupDestroy
		default:
			return nil, fmt.Errorf("listen to conntrack: there are no events %q", e)
		}
	}
	s := newStream(o, source{"conntrack", "events", subsystemConntrack, silent})
	socket, err := recv.OpenNetlink(recv.Options{Protocol: unix.NETLINK_NETFILTER, Groups: groups, Receive: s.opts.Receive, Longest: longestEvent})
	if err != nil {
		return nil, fmt.Errorf("listen to conntrack: %w", explain(err))
	}
	s.socket = socket
	return s, nil
}

// silent says why the kernel tells of no events, "" if it does.
func silent() string {
	const name = "net.netfilter.nf_conntrack_events"
	text, err := os.ReadFile("/proc/sys/" + strings.ReplaceAll(name, ".", "/"))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "the kernel tracks no connections: its module nf_conntrack is not loaded"
	case err == nil && strings.TrimSpace(string(text)) == "0":
		return "the kernel tells of no events: set " + name + "=1"
	}
	return ""
}

// OpenNFLOG listens to the packets that rules log to a group, the first bytes of each.
func OpenNFLOG(o Options, group uint16, bytes int) (*Stream, error) {
	s := newStream(o, source{fmt.Sprintf("nflog group %d", group), "packets", subsystemLog, func() string { return "" }})
	socket, err := recv.OpenNetlink(recv.Options{Protocol: unix.NETLINK_NETFILTER, Receive: s.opts.Receive, Longest: bytes + 4<<10})
	if err != nil {
		return nil, fmt.Errorf("listen to nflog: %w", explain(err))
	}
	s.socket = socket
	err = socket.Ask(bind(group, uint32(bytes)), func(m []byte) { s.take(m) })
	if errors.Is(err, unix.EPERM) {
		err = fmt.Errorf("%w: run as root or with CAP_NET_ADMIN, and let no other program listen to this group", err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen to nflog group %d: %w", group, err), socket.Close())
	}
	return s, nil
}

// bind is the request for a group. Each packet is sent by itself, so that a message that is dropped is one packet.
func bind(group uint16, bytes uint32) []byte {
	const header, generic = unix.NLMSG_HDRLEN, 4
	m := make([]byte, header+generic)
	binary.BigEndian.PutUint16(m[header+2:], group)
	attr := func(kind uint16, value []byte) {
		m = binary.NativeEndian.AppendUint16(m, uint16(4+len(value)))
		m = append(binary.NativeEndian.AppendUint16(m, kind), value...)
		for len(m)%4 != 0 {
			m = append(m, 0)
		}
	}
	attr(attrCommand, []byte{commandBind})
	attr(attrMode, append(binary.BigEndian.AppendUint32(nil, bytes), copyPacket, 0))
	attr(attrQueue, binary.BigEndian.AppendUint32(nil, 1))
	binary.NativeEndian.PutUint32(m, uint32(len(m)))
	binary.NativeEndian.PutUint16(m[4:], logConfig)
	binary.NativeEndian.PutUint16(m[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	return m
}

func explain(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: run as root or with CAP_NET_ADMIN", err)
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return fmt.Errorf("%w: this kernel was built without netfilter's netlink", err)
	}
	return err
}
