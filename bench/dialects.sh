#!/bin/bash
# dialects.sh: what each dialect's decoder does in a second, and the peers that are installed, in one session and on one core
# (CORE, default the last). Prints records/s, MB/s and ratios; above 1, counterfoil did more.
# ROOMS names those that are measured (all), BENCHTIME (2s) is given to each room's BenchmarkDecode, SIZE (50M) is that of the generated Linux log, RUNS (3) are
# made of each program, of which the least processor time counts. A peer that is missing is told.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
core=${CORE:-$(($(nproc) - 1))} runs=${RUNS:-3}
pin() { if command -v taskset >/dev/null; then GOMAXPROCS=1 taskset -c "$core" "$@"; else GOMAXPROCS=1 "$@"; fi; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT

echo "decoders, one core, BenchmarkDecode of each room:"
printf '  %-12s %12s %10s\n' dialect records/s MB/s
for room in internal/dialect/*/; do
	name=$(basename "$room")
	[[ -z ${ROOMS:-} || " $ROOMS " == *" $name "* ]] || continue
	grep -qs '^func BenchmarkDecode(' "$room"*_test.go || continue
	go test -c -o "$dir/test" "./$room"
	(cd "$room" && pin "$dir/test" -test.run '^$' -test.bench '^BenchmarkDecode$' -test.benchtime "${BENCHTIME:-2s}" -test.cpu 1) > "$dir/out" || { cat "$dir/out"; exit 1; }
	# A room with several samples has a line for each.
	awk -v name="$name" '/^BenchmarkDecode/ {
		sub(/^BenchmarkDecode\/?/, "", $1); rate = mb = "-"
		for (i = 3; i < NF; i++) { if ($(i+1) ~ /^(records|lines|events)\/(cpu-)?s$/ && rate == "-") rate = $i; if ($(i+1) == "MB/s") mb = $i }
		printf "  %-12s %12s %10s  %s\n", name, rate == "-" ? rate : sprintf("%.0f", rate), mb, $1; n++
	} END { if (!n) exit 1 }' "$dir/out" || { echo "dialects.sh: no figure of $name:" >&2; cat "$dir/out" >&2; exit 1; }
done

# seconds COMMAND...: processor seconds of a command, the least of RUNS; its output goes nowhere. It must succeed.
seconds() {
	local TIMEFORMAT='%U %S' i
	for ((i = 0; i < runs; i++)); do
		if ! { time pin "$@" > /dev/null 2> "$dir/err"; } 2> "$dir/time"; then
			echo "dialects.sh: $* failed:" >&2
			head -3 "$dir/err" >&2
			return 1
		fi
		awk '{ print $1 + $2 }' "$dir/time"
	done | sort -n | head -1
}
ratio() { awk -v ours="$1" -v theirs="$2" 'BEGIN { if (ours > 0) printf "%.1f", theirs / ours; else print "-" }'; }
rate() { awk -v n="$1" -v s="$2" 'BEGIN { if (s > 0) printf "%d", n / s; else print "-" }'; }

go build -o "$dir/counterfoil" ./cmd/counterfoil

echo "linux, whole programs, processor seconds:"
gen=${GEN_AUDITLOG:-$root/../shared/bench/gen_auditlog.py}
if [ ! -f "$gen" ]; then
	echo "  not run: the log generator is missing (GEN_AUDITLOG)"
else
	python3 "$gen" --size "${SIZE:-50M}" > "$dir/audit.log" 2> "$dir/gen"
	read -r _ records _ < <(sed 's/[a-z]*=//g' "$dir/gen")
	csv=$(seconds "$dir/counterfoil" convert -q --from linux --to csv "$dir/audit.log")
	printf '  %-32s %8s s %10s records/s\n' "counterfoil convert --to csv" "$csv" "$(rate "$records" "$csv")"
	json=$(seconds "$dir/counterfoil" convert -q --from linux --to jsonl "$dir/audit.log")
	printf '  %-32s %8s s %10s records/s\n' "counterfoil convert --to jsonl" "$json" "$(rate "$records" "$json")"
	if command -v ausearch >/dev/null; then
		s=$(seconds ausearch --format csv -if "$dir/audit.log")
		printf '  %-32s %8s s %10s records/s  ratio %s\n' "ausearch --format csv" "$s" "$(rate "$records" "$s")" "$(ratio "$csv" "$s")"
	else
		echo "  ausearch is not installed"
	fi
	rm "$dir/audit.log"
	if command -v laurel >/dev/null; then
		pin bash bench/linux/run.sh "${SIZE:-50M}" "$runs"
	else
		echo "  laurel is not installed"
	fi
fi

# mb TRAIL COMMAND...: megabytes of a trail that a command reads in a processor second.
mb() { local size; size=$(stat -Lc %s "$1"); shift; awk -v size="$size" -v s="$(seconds "$@")" 'BEGIN { printf "%.2f", size / 1e6 / s }'; }
times() { awk -v ours="$1" -v theirs="$2" 'BEGIN { printf "%.1f", ours / theirs }'; }

echo "bsm to text, whole programs, MB of the trail in a processor second:"
trail=${BSM_TRAIL:-$root/../shared/data/bsm/thirdparty/plaso/apple.bsm}
table=/etc/security/audit_event
if ! command -v praudit >/dev/null; then
	echo "  praudit is not installed"
elif [ ! -e "$trail" ]; then
	echo "  not run: no trail (BSM_TRAIL)"
else
	# The peer reads its table anew for each record: a short trail tells its speed, ours would be all start-up with it.
	for ((i = 0; i < 20; i++)); do cat "$trail"; done > "$dir/short"
	for ((i = 0; i < 1600; i++)); do cat "$dir/short"; done > "$dir/long" # 210 MB
	ours=$(mb "$dir/long" "$dir/counterfoil" praudit "$dir/long")
	printf '  %-32s %8s\n' "counterfoil praudit" "$ours"
	if [ -s "$table" ]; then
		theirs=$(mb "$dir/short" praudit "$dir/short")
		printf '  %-32s %8s  ratio %s\n' "praudit as shipped" "$theirs" "$(times "$ours" "$theirs")"
	else
		echo "  praudit as shipped: not run, $table is not there"
	fi
	ours=$(mb "$dir/long" "$dir/counterfoil" praudit -ln "$dir/long")
	printf '  %-32s %8s\n' "counterfoil praudit -ln" "$ours"
	emptied() { [ ! -s "$table" ] || mount --bind /dev/null "$table"; exec praudit -ln "$1"; }
	export -f emptied; export table
	if [ ! -s "$table" ] || unshare -m true 2>/dev/null; then
		theirs=$(mb "$dir/long" unshare -m bash -c 'emptied "$1"' - "$dir/long")
		printf '  %-32s %8s  ratio %s\n' "praudit -ln, its table emptied" "$theirs" "$(times "$ours" "$theirs")"
	else
		echo "  praudit with its table emptied: not run, that takes root (a mount of its own)"
	fi
fi
