// Package router is the room of what routers and firewalls say of flows and of themselves: the events of Juniper's Session
// Smart Router (SSR, 128T) and those of netfilter, Linux's packet filter.
//
//	{"name":"events","tags":{"type":"admin","subtype":"running_config_change",…},"fields":{…},"timestamp":1710449904}
//	[1795350727.188958]	[DESTROY] ipv4     2 tcp      6 TIME_WAIT src=10.99.1.2 dst=10.99.2.2 sport=34030 …
//	Nov 22 12:31:06 gate kernel: [ 12.3] deny:default IN=lan OUT=wan SRC=10.99.1.2 DST=10.99.2.2 … PROTO=TCP SPT=…
//
// The way of a record: split.go finds the frames, decode.go sees what each is. stream.go, influx.go and printed.go read SSR's
// forms into one record (ssr.go), conntrack.go, logline.go and netlink.go those of netfilter into one flow (flow.go); both say
// there how they become events. encode.go writes.
//
// Specified by SSR's public documentation, the kernel's nfnetlink_conntrack.h, nfnetlink_log.h and nf_log_syslog.c, and
// conntrack-tools (docs/dialects/router.md names what was read). Not understood: SSR's subtypes beyond the few that are
// published, `show events config`, listings of a conntrack table, IPFIX.
package router
