package router

// The attributes of conntrack's netlink messages (include/uapi/linux/netfilter/nfnetlink_conntrack.h), by number.
// The names are those that conntrack prints where it prints them, else the kernel's in lower case.
var connAttrs = []attr{
	1:  {name: "orig", kind: attrNested, sub: tupleAttrs, slot: slotOrig},
	2:  {name: "reply", kind: attrNested, sub: tupleAttrs, slot: slotReply},
	3:  {name: "status", kind: attrSpecial, size: 4, slot: slotStatus},
	4:  {name: "protoinfo", kind: attrNested, sub: protoinfoAttrs},
	5:  {name: "help", kind: attrNested, sub: []attr{1: {name: "name", kind: attrText}, 2: {name: "info", kind: attrHex}}},
	6:  {name: "nat_src", kind: attrNested, sub: natAttrs},
	7:  {name: "timeout", kind: attrNumber, size: 4},
	8:  {name: "mark", kind: attrNumber, size: 4},
	9:  {name: "counters_orig", kind: attrNested, sub: counterAttrs, slot: slotOrig},
	10: {name: "counters_reply", kind: attrNested, sub: counterAttrs, slot: slotReply},
	11: {name: "use", kind: attrNumber, size: 4},
	12: {name: "id", kind: attrNumber, size: 4},
	13: {name: "nat_dst", kind: attrNested, sub: natAttrs},
	14: {name: "master", kind: attrNested, sub: masterAttrs},
	15: {name: "seq_adj_orig", kind: attrNested, sub: seqAdjAttrs},
	16: {name: "seq_adj_reply", kind: attrNested, sub: seqAdjAttrs},
	17: {name: "secmark", kind: attrNumber, size: 4},
	18: {name: "zone", kind: attrNumber, size: 2},
	19: {name: "secctx", kind: attrNested, sub: []attr{1: {name: "name", kind: attrText}}},
	20: {name: "timestamp", kind: attrNested, sub: []attr{1: {name: "start", kind: attrTime, slot: slotStart},
		2: {name: "stop", kind: attrTime, slot: slotStop}}},
	21: {name: "mark_mask", kind: attrNumber, size: 4},
	22: {name: "labels", kind: attrHex},
	23: {name: "labels_mask", kind: attrHex},
	24: {name: "synproxy", kind: attrNested, sub: []attr{1: {name: "isn", kind: attrNumber, size: 4},
		2: {name: "its", kind: attrNumber, size: 4}, 3: {name: "tsoff", kind: attrNumber, size: 4}}},
	27: {name: "timestamp_event", kind: attrTime, slot: slotAt}, // since Linux 6.14
}

var tupleAttrs = []attr{
	1: {name: "ip", kind: attrNested, sub: []attr{
		1: {name: "src", kind: attrIP, slot: slotSrc}, 2: {name: "dst", kind: attrIP, slot: slotDst},
		3: {name: "src", kind: attrIP, slot: slotSrc}, 4: {name: "dst", kind: attrIP, slot: slotDst}}},
	2: {name: "proto", kind: attrNested, sub: []attr{
		1: {name: "number", kind: attrNumber, size: 1, slot: slotProto},
		2: {name: "sport", kind: attrNumber, size: 2, slot: slotSport},
		3: {name: "dport", kind: attrNumber, size: 2, slot: slotDport},
		4: {name: "id", kind: attrNumber, size: 2, slot: slotICMPID},
		5: {name: "type", kind: attrNumber, size: 1, slot: slotICMPType},
		6: {name: "code", kind: attrNumber, size: 1},
		7: {name: "id", kind: attrNumber, size: 2, slot: slotICMPID},
		8: {name: "type", kind: attrNumber, size: 1, slot: slotICMPType},
		9: {name: "code", kind: attrNumber, size: 1}}},
	3: {name: "zone", kind: attrNumber, size: 2},
}

// masterAttrs are a tuple's too, but of the connection that this one belongs to.
var masterAttrs = unslotted(tupleAttrs)

// unslotted gives a table whose attributes fill nothing but event_data.
func unslotted(table []attr) []attr {
	out := make([]attr, len(table))
	for i, a := range table {
		a.slot = slotNone
		if a.kind == attrSpecial { // status
			a.kind = attrHexNum
		}
		a.sub = unslotted(a.sub)
		out[i] = a
	}
	return out
}

var protoinfoAttrs = []attr{
	1: {name: "tcp", kind: attrNested, sub: []attr{
		1: {name: "state", kind: attrNumber, size: 1, slot: slotTCPState},
		2: {name: "wscale_orig", kind: attrNumber, size: 1}, 3: {name: "wscale_reply", kind: attrNumber, size: 1},
		4: {name: "flags_orig", kind: attrHex}, 5: {name: "flags_reply", kind: attrHex}}},
	2: {name: "dccp", kind: attrNested, sub: []attr{
		1: {name: "state", kind: attrNumber, size: 1, slot: slotDCCPState},
		2: {name: "role", kind: attrNumber, size: 1}, 3: {name: "handshake_seq", kind: attrNumber, size: 8}}},
	3: {name: "sctp", kind: attrNested, sub: []attr{
		1: {name: "state", kind: attrNumber, size: 1, slot: slotSCTPState},
		2: {name: "vtag_orig", kind: attrHexNum, size: 4}, 3: {name: "vtag_reply", kind: attrHexNum, size: 4}}},
}

var counterAttrs = []attr{
	1: {name: "packets", kind: attrNumber, size: 8, slot: slotPackets}, 2: {name: "bytes", kind: attrNumber, size: 8, slot: slotBytes},
	3: {name: "packets", kind: attrNumber, size: 4, slot: slotPackets}, 4: {name: "bytes", kind: attrNumber, size: 4, slot: slotBytes},
}

var natAttrs = []attr{
	1: {name: "min_ip", kind: attrIP}, 2: {name: "max_ip", kind: attrIP},
	3: {name: "proto", kind: attrNested, sub: []attr{1: {name: "port_min", kind: attrNumber, size: 2}, 2: {name: "port_max", kind: attrNumber, size: 2}}},
	4: {name: "min_ip", kind: attrIP}, 5: {name: "max_ip", kind: attrIP},
}

var seqAdjAttrs = []attr{
	1: {name: "correction_pos", kind: attrNumber, size: 4}, 2: {name: "offset_before", kind: attrNumber, size: 4},
	3: {name: "offset_after", kind: attrNumber, size: 4},
}

// The attributes of NFLOG's messages (nfnetlink_log.h).
var logAttrs = []attr{
	1:  {name: "packet_hdr", kind: attrSpecial, size: 3, slot: slotPacketHeader},
	2:  {name: "mark", kind: attrNumber, size: 4},
	3:  {name: "timestamp", kind: attrSpecial, size: 16, slot: slotPacketTime},
	4:  {name: "indev", kind: attrNumber, size: 4},
	5:  {name: "outdev", kind: attrNumber, size: 4},
	6:  {name: "physindev", kind: attrNumber, size: 4},
	7:  {name: "physoutdev", kind: attrNumber, size: 4},
	8:  {name: "hwaddr", kind: attrSpecial, size: 4, slot: slotHardware},
	9:  {name: "payload_len", kind: attrBulk, slot: slotPayload},
	10: {name: "prefix", kind: attrText, slot: slotPrefix},
	11: {name: "uid", kind: attrNumber, size: 4, slot: slotUID},
	12: {name: "seq", kind: attrNumber, size: 4},
	13: {name: "seq_global", kind: attrNumber, size: 4},
	14: {name: "gid", kind: attrNumber, size: 4},
	15: {name: "hwtype", kind: attrNumber, size: 2},
	16: {name: "hwheader", kind: attrHex},
	17: {name: "hwlen", kind: attrNumber, size: 2},
	18: {name: "ct", kind: attrNested, sub: unslotted(connAttrs)},
	19: {name: "ct_info", kind: attrNumber, size: 4},
	20: {name: "vlan", kind: attrNested, sub: []attr{1: {name: "proto", kind: attrHexNum, size: 2}, 2: {name: "tci", kind: attrNumber, size: 2}}},
	21: {name: "l2hdr", kind: attrHex},
}

// statusBits are enum ip_conntrack_status, in the words that conntrack prints for the three that it prints.
var statusBits = [...]string{"EXPECTED", "SEEN_REPLY", "ASSURED", "CONFIRMED", "SRC_NAT", "DST_NAT", "SEQ_ADJUST",
	"SRC_NAT_DONE", "DST_NAT_DONE", "DYING", "FIXED_TIMEOUT", "TEMPLATE", "NAT_CLASH", "HELPER", "OFFLOAD", "HW_OFFLOAD"}

const (
	statusSeenReply = 1 << 1
	statusAssured   = 1 << 2
)

var tcpStates = [...]string{"NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT", "CLOSE", "SYN_SENT2"}

var sctpStates = [...]string{"NONE", "CLOSED", "COOKIE_WAIT", "COOKIE_ECHOED", "ESTABLISHED", "SHUTDOWN_SENT", "SHUTDOWN_RECD",
	"SHUTDOWN_ACK_SENT", "HEARTBEAT_SENT"}

var dccpStates = [...]string{"NONE", "REQUEST", "RESPOND", "PARTOPEN", "OPEN", "CLOSEREQ", "CLOSING", "TIMEWAIT", "IGNORE", "INVALID"}

// protocols are the names that conntrack prints (IANA's, in lower case).
var protocols = map[uint8]string{1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 33: "dccp", 41: "ipv6", 47: "gre", 50: "esp",
	51: "ah", 58: "icmpv6", 89: "ospf", 103: "pim", 112: "vrrp", 132: "sctp", 136: "udplite"}

// hooks are enum nf_inet_hooks.
var hooks = [...]string{"prerouting", "input", "forward", "output", "postrouting", "ingress"}
