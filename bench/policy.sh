#!/usr/bin/env bash
# What preselection costs: the stream is loaded without a policy, with the 50 rules of bench/policy.yaml, and with the same rules
# so changed that they leave nothing out, one after the other, several times; then the CPU-seconds per million events of each, and
# the difference in the same round.
#
#   N=1000000 ROUNDS=5 BENCH_DIR=/big/disk bench/policy.sh
#
# The third shows what judging costs, the second what a policy does in all: what it leaves out is not written. Events get classes
# and categories (load -classes), so that masks and categories decide, too.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
export BENCH_DIR=${BENCH_DIR:-$root/.bench}
N=${N:-1000000} ROUNDS=${ROUNDS:-5}
mkdir -p "$BENCH_DIR/bin"
BENCH_DIR=$(cd "$BENCH_DIR" && pwd)
events=$BENCH_DIR/events-$N.jsonl results=$BENCH_DIR/policy-$N.jsonl
PEER=none N=$N bench/run.sh build
go build -o "$BENCH_DIR/bin/policy" ./bench/policy
cp bench/policy.yaml "$BENCH_DIR/policy.yaml"
sed -e 's/^flags: .*/flags: all/' -e 's/^naflags: .*/naflags: all/' -e 's/never: [^}]*/never: no/' -e 's/then: refuse/then: keep/' bench/policy.yaml >"$BENCH_DIR/keeping.yaml"
trap 'bench/peer/counterfoil.sh stop' EXIT

load() { # load NAME [POLICY]
	bench/peer/counterfoil.sh init
	bench/peer/counterfoil.sh policy "${2:-}"
	bench/peer/counterfoil.sh token >"$BENCH_DIR/token"
	bench/peer/counterfoil.sh start
	"$BENCH_DIR/bin/load" -as "$1" -classes -url http://127.0.0.1:28470/api/v1/events -token "$(cat "$BENCH_DIR/token")" -in "$events" -pid "$(bench/peer/counterfoil.sh pid)" -out "$results"
	bench/peer/counterfoil.sh stop
}

: >"$results"
for _ in $(seq "$ROUNDS"); do
	load none
	load policy "$BENCH_DIR/policy.yaml"
	load keeping "$BENCH_DIR/keeping.yaml"
done
"$BENCH_DIR/bin/policy" "$results"
