#!/usr/bin/env bash
# counterfoil.sh init|default|policy [FILE]|start|stop|restart|pid|size|token|sealed - counterfoil under $BENCH_DIR/counterfoil, on 127.0.0.1:28470
set -euo pipefail
R=${BENCH_DIR:?the directory of the benchmark}; D=$R/counterfoil; U=http://127.0.0.1:28470
start() {
	if curl -s "$U/healthz" >/dev/null; then echo "another program answers at $U/healthz" >&2; exit 3; fi
	COUNTERFOIL_PROFILE=${PROFILE:+$R/counterfoil} setsid "${COUNTERFOIL:-$R/bin/counterfoil}" run --config "$R/counterfoil.yaml" >>"$R/counterfoil.log" 2>&1 &
	echo $! >"$R/counterfoil.pid"
	for _ in $(seq 600); do curl -fs "$U/healthz" >/dev/null && return; kill -0 "$(pid)" 2>/dev/null || break; sleep .1; done
	echo "counterfoil did not start: see $R/counterfoil.log" >&2; tail -5 "$R/counterfoil.log" >&2; exit 3
}
pid() { cat "$R/counterfoil.pid"; }
stop() { kill "$(pid)" 2>/dev/null || return 0; while kill -0 "$(pid)" 2>/dev/null; do sleep .05; done; }
# A young head is sealed soon, so that what is measured on disk is what a long-lived trail has; queries run with the default.
config() { printf 'data-dir: %s\nlisten: 127.0.0.1:28470\nlog: {level: warn}\n%s' "$D" "${1:-}" >"$R/counterfoil.yaml"; }
case $1 in
init) rm -rf "$D"; mkdir -p "$D"; config $'trail: {seal-age: 10s}\n' ;;
default) config ;;
policy) # of a file; none without one. Its lists name inputs, which are there either way and have nothing to read
	config "$(printf 'inputs:\n'; for n in 4 5 6 7 8 9; do printf '  - {name: nas%d, type: file, path: %s/nas%d, dialect: jsonl}\n' $n "$R" $n; done
		[ -z "${2:-}" ] || printf 'policy: {file: %s}' "$2")" ;;
start) start ;; stop) stop ;; restart) stop; start ;; pid) pid ;;
size) du -sB1 "$D" | cut -f1 ;;
token) "${COUNTERFOIL:-$R/bin/counterfoil}" token create --data-dir "$D" --name bench --role admin ;;
sealed) # wait until nothing is left to seal
	for _ in $(seq 1200); do
		curl -fs -H "Authorization: Bearer $2" "$U/api/v1/status" | grep -q '"head":0,' && exit; sleep .5
	done; echo "counterfoil has not sealed its head in 10 minutes" >&2; exit 3 ;;
*) echo "counterfoil.sh: $1?" >&2; exit 2 ;;
esac
