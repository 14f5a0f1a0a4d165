#!/bin/bash
# run.sh [SIZE [RUNS]]: our Linux decoder beside laurel on the same generated logs, in one session: raw as auditd's file,
# enriched with EOE as auditd's plugins see it. Both read standard input and write JSON to /dev/null. Prints processor seconds
# (user + system, the least of RUNS) and records a second of them, and the ratio. Every record must be in an event, or it fails.
# Wants the log generator beside the repository (../shared/bench/gen_auditlog.py) and python3; installs laurel if it is missing.
set -euo pipefail
size=${1:-200M} runs=${2:-3}
root=$(cd "$(dirname "$0")/../.." && pwd)
gen=${GEN_AUDITLOG:-$root/../shared/bench/gen_auditlog.py}
[ -f "$gen" ] || { echo "run.sh: $gen is missing: set GEN_AUDITLOG to the log generator" >&2; exit 2; }
command -v laurel >/dev/null || apt-get install -y -q laurel >&2
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$root" && go build -o "$dir/ours" ./bench/linux)

# laurel with its translation of ids and calls, without what looks into /proc of a machine the log is not from.
cat > "$dir/laurel.toml" <<END
directory = "$dir"
user = "$(id -un)"
[auditlog]
file = "-"
[transform]
execve-argv = ["array"]
[translate]
universal = true
user-db = false
[enrich]
pid = false
execve-env = []
container = false
script = false
END

# cpu COMMAND...: processor seconds of a command that reads $log; its output goes to /dev/null and $dir/err.
cpu() {
	local TIMEFORMAT='%U %S'
	{ time "$@" < "$log" > /dev/null 2> "$dir/err"; } 2>&1 | awk '{print $1 + $2}'
}
least() { sort -n | head -1; }

for kind in raw enriched; do
	log=$dir/$kind.log
	flags=(); [ $kind = enriched ] && flags=(--enriched --eoe)
	python3 "$gen" --size "$size" "${flags[@]}" > "$log" 2> "$dir/gen"
	read -r _ records bytes < <(sed 's/[a-z]*=//g' "$dir/gen")
	echo "$kind: $records records, $bytes bytes"
	a=$(for ((i = 0; i < runs; i++)); do cpu "$dir/ours"; done | least)
	tally=$(cat "$dir/err")
	b=$(for ((i = 0; i < runs; i++)); do cpu laurel -c "$dir/laurel.toml"; done | least)
	echo "  ours    $a s  $(awk "BEGIN{printf \"%d\", $records/$a}") records/s  $tally"
	echo "  laurel  $b s  $(awk "BEGIN{printf \"%d\", $records/$b}") records/s  ($(laurel --version))"
	echo "  ratio   $(awk "BEGIN{printf \"%.1f\", $b/$a}")"
	case $tally in "records=$records kept=$records "*" unparsed=0") ;; *) echo "run.sh: not every record is in an event: $tally" >&2; exit 1 ;; esac
done
