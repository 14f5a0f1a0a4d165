#!/usr/bin/env bash
# The benchmark: counterfoil and a peer, one after the other on the same data in one session, and the ratios.
#
#   PEER=ch|vl|none N=10000000 BENCH_DIR=/big/disk bench/run.sh [build|load|query|report]…
#
# PEER       ch (ClickHouse from PATH), vl (the VictoriaLogs binary that $VICTORIA_LOGS names), several of them ("vl ch"), none;
#            default: every one that is there
# N          events (default 1000000; a million a day); 10,000,000 are 6.9 GB and want 20 GB of disk
# BENCH_DIR  where data and servers live (default .bench); the events are kept from run to run
# PROFILE=1  also profiles the load: $BENCH_DIR/counterfoil.cpu and .alloc, for go tool pprof
# RUNS       warm runs of each query, at least (default 9; for two seconds);  QUERIES=Q1,Q3 only these
#
# Run it as root, so that the page cache can be dropped before each cold run. docs/benchmarks.md has what came out.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export BENCH_DIR=${BENCH_DIR:-$root/.bench}
N=${N:-1000000} RUNS=${RUNS:-9} BATCH=${BATCH:-5000} CONNS=${CONNS:-2}
mkdir -p "$BENCH_DIR/bin"
BENCH_DIR=$(cd "$BENCH_DIR" && pwd)
events=$BENCH_DIR/events-$N.jsonl params=$BENCH_DIR/params-$N.json results=$BENCH_DIR/results-$N.jsonl
steps=${*:-load query report}

if [ -z "${PEER:-}" ]; then
	PEER=
	[ -x "${VICTORIA_LOGS:-}" ] && PEER="$PEER vl"
	command -v clickhouse-server >/dev/null && PEER="$PEER ch"
fi
[ "$PEER" != none ] || PEER=
for p in $PEER; do
	case $p in
	ch) command -v clickhouse-server >/dev/null || { echo "PEER=ch: there is no clickhouse-server in PATH (Debian: apt-get install clickhouse-server)" >&2; exit 2; } ;;
	vl) [ -x "${VICTORIA_LOGS:-}" ] || { echo "PEER=vl: VICTORIA_LOGS names no program" >&2; exit 2; } ;;
	*) echo "PEER=$p: want ch, vl or none" >&2; exit 2 ;;
	esac
done

build() {
	for tool in gen load query report; do go build -o "$BENCH_DIR/bin/$tool" "./bench/$tool"; done
	[ -z "${COUNTERFOIL:-}" ] || return 0
	if [ -n "${PROFILE:-}" ]; then
		printf '{"Replace":{"%s/cmd/counterfoil/profile.go":"%s/bench/profile/profile.go"}}' "$root" "$root" >"$BENCH_DIR/overlay.json"
		CGO_ENABLED=0 go build -overlay "$BENCH_DIR/overlay.json" -tags profile -trimpath -o "$BENCH_DIR/bin/counterfoil" ./cmd/counterfoil
	else
		CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$BENCH_DIR/bin/counterfoil" ./cmd/counterfoil
	fi
}

generate() {
	[ -f "$params" ] && return # written last
	echo "generating $N events in $events"
	"$BENCH_DIR/bin/gen" -n "$N" -days "$(awk "BEGIN { print $N / 1000000 }")" -o "$events" -params "$params"
}

running= # the peer that is to be stopped however this ends
finish() { [ -z "$running" ] || "bench/peer/$running.sh" stop; }
trap finish EXIT

profile() { # profile begin|end
	[ -z "${PROFILE:-}" ] || kill "-$([ "$1" = begin ] && echo USR1 || echo USR2)" "$(bench/peer/counterfoil.sh pid)"
}

load() { # load PEER URL [TOKEN]
	local s=bench/peer/$1.sh
	[ "$1" != counterfoil ] || profile begin
	"$BENCH_DIR/bin/load" -peer "$1" -url "$2" -token "${3:-}" -in "$events" -batch "$BATCH" -conns "$CONNS" -pid "$($s pid)" -out "$results"
	[ "$1" != counterfoil ] || profile end
}

disk() { # disk PEER: what it takes, once it has stopped
	local bytes; bytes=$("bench/peer/$1.sh" size)
	echo "$1: $bytes bytes on disk"
	printf '{"peer":"%s","disk":{"events":%d,"bytes":%d}}\n' "$1" "$N" "$bytes" >>"$results"
}

load_all() {
	: >"$results"
	running=counterfoil
	bench/peer/counterfoil.sh init
	bench/peer/counterfoil.sh token >"$BENCH_DIR/token"
	bench/peer/counterfoil.sh start
	load counterfoil http://127.0.0.1:28470/api/v1/events "$(cat "$BENCH_DIR/token")"
	bench/peer/counterfoil.sh sealed "$(cat "$BENCH_DIR/token")"
	bench/peer/counterfoil.sh stop
	bench/peer/counterfoil.sh default
	disk counterfoil
	for running in $PEER; do
		"bench/peer/$running.sh" init
		"bench/peer/$running.sh" start
		case $running in
		ch) load ch 'http://127.0.0.1:28123/?query=INSERT+INTO+ev+FORMAT+JSONEachRow&date_time_input_format=best_effort&input_format_skip_unknown_fields=1' ;;
		vl) load vl 'http://127.0.0.1:29428/insert/jsonline?_stream_fields=host,svc&_time_field=time&_msg_field=_msg' ;;
		esac
		"bench/peer/$running.sh" stop
		disk "$running"
	done
	running=
}

query_all() {
	grep -v '"query"' "$results" >"$results.new" || true
	mv "$results.new" "$results"
	for running in counterfoil $PEER; do
		local s="bench/peer/$running.sh" url='' token=''
		if [ "$running" = counterfoil ]; then url=http://127.0.0.1:28470 token=$(cat "$BENCH_DIR/token"); fi
		echo "queries: $running"
		"$s" stop
		"$s" start
		"$BENCH_DIR/bin/query" -peer "$running" -url "$url" -token "$token" -params "$params" -restart "$s restart" -pid "$s pid" -runs "$RUNS" -q "${QUERIES:-}" -out "$results"
		"$s" stop
	done
	running=
}

build
generate
for step in $steps; do
	case $step in
	load) load_all ;;
	query) query_all ;;
	report) "$BENCH_DIR/bin/report" "$results" ;;
	build) ;; # of the programs and the events only
	*) echo "run.sh: $step? Steps are build, load, query and report" >&2; exit 2 ;;
	esac
done
