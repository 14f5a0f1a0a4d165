#!/usr/bin/env bash
# pgo.sh - makes cmd/counterfoil/default.pgo anew, by which the compiler knows what is called often: a profile of the benchmark's load and queries.
#
#   N=3000000 BENCH_DIR=/big/disk bench/pgo.sh
#
# What it brings is to be measured before it is kept: see docs/decisions/0068-what-is-called-often.md
set -euo pipefail
cd "$(dirname "$0")/.."
export N=${N:-3000000} BENCH_DIR=${BENCH_DIR:-$PWD/.bench} PROFILE=1 PEER=none
bench/run.sh build load
BENCH_DIR=$(cd "$BENCH_DIR" && pwd)
mv "$BENCH_DIR/counterfoil.cpu" "$BENCH_DIR/load.cpu"

bench/peer/counterfoil.sh start
trap 'bench/peer/counterfoil.sh stop' EXIT
kill -USR1 "$(bench/peer/counterfoil.sh pid)"
"$BENCH_DIR/bin/query" -peer counterfoil -url http://127.0.0.1:28470 -token "$(cat "$BENCH_DIR/token")" -params "$BENCH_DIR/params-$N.json"
rm "$BENCH_DIR/counterfoil.alloc"
kill -USR2 "$(bench/peer/counterfoil.sh pid)"
until [ -s "$BENCH_DIR/counterfoil.alloc" ]; do sleep .1; done # which is written behind the other
mv "$BENCH_DIR/counterfoil.cpu" "$BENCH_DIR/query.cpu"

# Without crypto: inlined into its callers, sha256.Sum256 has its state on the heap, and a load takes a tenth longer.
go tool pprof -proto -hide '^crypto/' -output cmd/counterfoil/default.pgo "$BENCH_DIR/load.cpu" "$BENCH_DIR/query.cpu"
