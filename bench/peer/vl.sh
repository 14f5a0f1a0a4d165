#!/usr/bin/env bash
# vl.sh init|start|stop|restart|pid|size - the VictoriaLogs binary that $VICTORIA_LOGS names, under $BENCH_DIR/vl, on 127.0.0.1:29428
set -euo pipefail
R=${BENCH_DIR:?the directory of the benchmark}; D=$R/vl
pid() { cat "$R/vl.pid"; }
start() {
	if curl -s "http://127.0.0.1:29428/health" >/dev/null; then echo "another program answers at http://127.0.0.1:29428/health" >&2; exit 3; fi
	setsid "${VICTORIA_LOGS:?the VictoriaLogs binary}" -storageDataPath="$D" -retentionPeriod=100y -httpListenAddr=127.0.0.1:29428 \
		-search.maxQueryDuration=10m -loggerLevel=WARN >>"$R/vl.log" 2>&1 &
	echo $! >"$R/vl.pid"
	for _ in $(seq 600); do curl -fs http://127.0.0.1:29428/health >/dev/null && return; sleep .1; done
	echo "VictoriaLogs did not start: see $R/vl.log" >&2; exit 3
}
stop() { kill "$(pid)" 2>/dev/null || return 0; while kill -0 "$(pid)" 2>/dev/null; do sleep .05; done; }
case $1 in
init) rm -rf "$D"; mkdir -p "$D" ;;
start) start ;; stop) stop ;; restart) stop; start ;; pid) pid ;;
size) du -sB1 "$D" | cut -f1 ;;
*) echo "vl.sh: $1?" >&2; exit 2 ;;
esac
