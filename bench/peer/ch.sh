#!/usr/bin/env bash
# ch.sh init|start|stop|restart|pid|size - ClickHouse (Debian's 18.16; apt-get install clickhouse-server) under $BENCH_DIR/ch, on 127.0.0.1:28123
set -euo pipefail
R=${BENCH_DIR:?the directory of the benchmark}; D=$R/ch; here=$(cd "$(dirname "$0")" && pwd)
U=http://127.0.0.1:28123
pid() { cat "$R/ch.pid"; }
start() {
	if curl -s "$U/ping" >/dev/null; then echo "another program answers at $U/ping" >&2; exit 3; fi
	setsid clickhouse-server --config-file="$R/ch.xml" >>"$R/ch.log" 2>&1 &
	echo $! >"$R/ch.pid"
	for _ in $(seq 600); do curl -fs "$U/ping" >/dev/null && return; sleep .1; done
	echo "ClickHouse did not start: see $R/ch.log" >&2; exit 3
}
stop() { kill "$(pid)" 2>/dev/null || return 0; while kill -0 "$(pid)" 2>/dev/null; do sleep .05; done; }
case $1 in
init)
	rm -rf "$D"; mkdir -p "$D/data" "$D/tmp" "$D/logs"; sed "s,@R@,$D,g" "$here/ch.xml" >"$R/ch.xml"
	start; curl -fsS "$U/?allow_experimental_low_cardinality_type=1" --data-binary @"$here/ch.sql"; stop ;;
start) start ;; stop) stop ;; restart) stop; start ;; pid) pid ;;
size) # of what is in force: parts that were merged lie about for some minutes
	start; curl -fsS "$U/" --data-binary "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'ev'"; stop ;;
*) echo "ch.sh: $1?" >&2; exit 2 ;;
esac
