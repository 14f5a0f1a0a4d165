#!/bin/bash
# Records corpus/router: what conntrack prints, its netlink messages, those of NFLOG, and the kernel log's lines, for flows
# through a gateway between two networks, all three in network namespaces of our own.
#
# Needs root, and from Debian: iproute2 nftables conntrack netcat-openbsd procps. It leaves nothing behind: namespaces and
# what runs in them go away, the one sysctl outside is set back. Processes are ended by their number.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../router
work=$(mktemp -d)
pids=()
all_netns=$(sysctl -n net.netfilter.nf_log_all_netns)

clean() {
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	wait 2>/dev/null || true
	for ns in cf-lan cf-gate cf-wan; do ip netns del $ns 2>/dev/null || true; done
	sysctl -qw net.netfilter.nf_log_all_netns="$all_netns"
	rm -rf "$work"
}
trap clean EXIT

(cd "$here" && go build -o "$work/record" .)
for ns in cf-lan cf-gate cf-wan; do ip netns add $ns; ip -n $ns link set lo up; done
ip link add lan netns cf-gate type veth peer name eth0 netns cf-lan
ip link add wan netns cf-gate type veth peer name eth0 netns cf-wan
for x in "cf-gate lan 10.99.1.1/24 2001:db8:1::1/64" "cf-lan eth0 10.99.1.2/24 2001:db8:1::2/64" \
	"cf-gate wan 10.99.2.1/24 2001:db8:2::1/64" "cf-wan eth0 10.99.2.2/24 2001:db8:2::2/64"; do
	set -- $x
	ip -n $1 addr add $3 dev $2
	ip -n $1 addr add $4 dev $2 nodad
	ip -n $1 link set $2 up
done
for x in "cf-lan 10.99.1.1 2001:db8:1::1" "cf-wan 10.99.2.1 2001:db8:2::1"; do
	set -- $x
	ip -n $1 route add default via $2
	ip -n $1 -6 route add default via $3
done
gate() { ip netns exec cf-gate "$@"; }
lan() { ip netns exec cf-lan "$@"; }

gate sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
gate sysctl -qw net.netfilter.nf_conntrack_acct=1 net.netfilter.nf_conntrack_timestamp=1 net.netfilter.nf_conntrack_events=1 \
	net.netfilter.nf_conntrack_tcp_timeout_time_wait=2 net.netfilter.nf_conntrack_tcp_timeout_syn_sent=3 \
	net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2 \
	net.netfilter.nf_conntrack_icmp_timeout=2 net.netfilter.nf_conntrack_icmpv6_timeout=2
sysctl -qw net.netfilter.nf_log_all_netns=1
gate nft -f - <<'NFT'
table inet gateway {
	chain passing {
		type filter hook forward priority filter; policy drop;
		ct state invalid log prefix "gate:invalid " group 5 drop
		ct state established,related accept
		ct state new tcp dport { 8080, 8082 } ct mark set 42 log prefix "gate:permit:web " group 5 accept
		ct state new udp dport 5353 log prefix "gate:permit:dns " group 5 accept
		ct state new icmp type echo-request accept
		ct state new icmpv6 type echo-request accept
		tcp dport 22 log prefix "gate:deny:ssh " flags all
		tcp dport 22 log prefix "gate:deny:ssh " group 5 reject with tcp reset
		log prefix "gate:deny:default "
		log prefix "gate:deny:default " group 5 snaplen 80 drop
	}
	chain sending {
		type filter hook output priority filter;
		udp dport 9 log prefix "gate:block:own " flags skuid
		udp dport 9 log prefix "gate:block:own " group 5 drop
	}
	chain masked {
		type nat hook postrouting priority srcnat;
		oifname "wan" tcp dport 8082 masquerade
	}
}
NFT

mkdir -p "$out"
start() { # NAME COMMAND…: runs it in the gateway and waits for what it prints first
	local name=$1
	shift
	ip netns exec cf-gate "$@" >"$work/$name" 2>"$work/$name.err" &
	pids+=($!)
}
start ready1 "$work/record" conntrack "$out/conntrack.nl"
start ready2 "$work/record" nflog:5 "$out/nflog.nl"
start conntrack.log stdbuf -oL conntrack -E -o timestamp,extended,id,ktimestamp
for name in ready1 ready2; do
	for i in $(seq 50); do grep -q ready "$work/$name" && break; sleep 0.1; done
	grep -q ready "$work/$name" || { cat "$work/$name.err" >&2; exit 1; }
done
sleep 1
ip netns exec cf-wan nc -lkN 8080 </dev/null >/dev/null 2>&1 & pids+=($!)
ip netns exec cf-wan nc -lkN 8082 </dev/null >/dev/null 2>&1 & pids+=($!)
ip netns exec cf-wan sh -c 'echo pong | nc -u -l 5353' >/dev/null 2>&1 & pids+=($!)
sleep 1

echo hello | lan nc -N -w2 10.99.2.2 8080 >/dev/null || true        # a whole connection
echo hello | lan nc -N -w2 10.99.2.2 8082 >/dev/null || true        # the same behind NAT
echo hello | lan nc -N -w2 2001:db8:2::2 8080 >/dev/null || true    # refused in IPv6: nobody listens there
echo ping | lan nc -u -w2 10.99.2.2 5353 >/dev/null || true         # a datagram and its answer
lan ping -c1 -W1 10.99.2.2 >/dev/null || true
lan ping -6 -c1 -W1 2001:db8:2::2 >/dev/null || true
kill "${pids[3]}"; sleep 0.5
lan nc -w2 10.99.2.2 8080 </dev/null >/dev/null 2>&1 || true        # refused: nobody listens any more
lan nc -w1 10.99.2.77 8080 </dev/null >/dev/null 2>&1 || true       # no such host
echo ping | lan nc -u -w1 2001:db8:2::2 5353 >/dev/null 2>&1 || true # port unreachable
lan nc -w1 10.99.2.2 22 </dev/null >/dev/null 2>&1 || true          # rejected by the gateway
lan nc -w2 10.99.2.2 8081 </dev/null >/dev/null 2>&1 || true        # dropped by it
echo x | lan nc -u -w1 10.99.2.2 9999 >/dev/null 2>&1 || true
lan nc -w1 2001:db8:2::2 8081 </dev/null >/dev/null 2>&1 || true
echo x | gate nc -u -w1 10.99.2.2 9 >/dev/null 2>&1 || true         # of the gateway's own

sleep 75 # the kernel looks for what is over once a minute
gate conntrack -F >/dev/null 2>&1
sleep 1
cp "$work/conntrack.log" "$out/conntrack.log"
dmesg | grep -a 'gate:' >"$out/kernel.log"
wc "$out"/*
