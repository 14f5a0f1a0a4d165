#!/bin/bash
# Records corpus/linux/auditd: what auditd writes to its own file, raw and enriched, of the same acts, with its own records of
# starting, rotating and stopping.
#
# Needs root in the first namespaces, an audit configuration that is not locked and that nobody uses (no daemon, no rules), and
# from Debian: auditd. It takes its rules away again and leaves auditing as off or on as it was.
set -eu
out=$(cd "$(dirname "$0")/.." && pwd)/linux/auditd
work=$(mktemp -d)
place=/tmp/cf-auditd
cd /
status() { auditctl -s | awk -v name="$1" '$1 == name { print $2 }'; }
[ "$(status pid)" = 0 ] && [ "$(auditctl -l)" = "No rules" ] || { echo "auditing is in use on this machine" >&2; exit 1; }
enabled=$(status enabled)
[ "$enabled" != 2 ] || { echo "the audit configuration is locked until the next boot" >&2; exit 1; }
pid=

clean() {
	auditctl -D >/dev/null 2>&1 || true
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	wait 2>/dev/null || true
	auditctl -e "$enabled" >/dev/null 2>&1 || true
	rm -rf "$work" "$place"
}
trap clean EXIT

# The acts: files with names that are hard to write, what is refused, programs with arguments that are, and a socket.
act() {
	chmod 711 "$place"
	echo secret > "$place/secret"
	chmod 600 "$place/secret"
	cat "$place/secret" > /dev/null
	cat "$place/nothing" > /dev/null 2>&1 || true
	setpriv --reuid 65534 --regid 65534 --clear-groups cat "$place/secret" > /dev/null 2>&1 || true
	: > "$place/with space and \"quotes\""
	: > "$place/two"$'\n'"type=SYSCALL msg=audit(1.1:1): forged=1"
	: > "$place/ünïcode"
	: > "$place/bad"$'\xff'
	mv "$place/secret" "$place/moved"
	ln -s moved "$place/link"
	chown 65534:65534 "$place/moved"
	truncate -s 0 "$place/moved"
	/bin/echo 'two words' "it's" $'new\nline' '' 41424344 > /dev/null
	auditctl -m "a program's words: 'quoted' and key=value" > /dev/null
	rm -r "$place"
}

for format in RAW ENRICHED; do
	name=$(echo $format | tr A-Z a-z)
	mkdir -p "$work/etc" "$out"
	cat > "$work/etc/auditd.conf" <<CONF
log_file = $work/$name.log
log_format = $format
flush = SYNC
max_log_file = 50
max_log_file_action = IGNORE
space_left = 2
admin_space_left = 1
space_left_action = IGNORE
admin_space_left_action = IGNORE
disk_full_action = IGNORE
disk_error_action = IGNORE
name_format = NONE
CONF
	mkdir -p "$work/etc/plugins.d"
	chmod 750 "$work/etc"; chmod 640 "$work/etc/auditd.conf"
	auditd -n -s enable -c "$work/etc" &
	pid=$!
	for i in $(seq 50); do [ "$(status pid)" = "$pid" ] && break; sleep 0.1; done
	auditctl -b 4096 > /dev/null
	mkdir -p "$place"
	auditctl -a always,exit -F arch=b64 -S open,openat,creat,rename,renameat,renameat2,unlink,unlinkat,chmod,fchmodat,fchownat,symlinkat,truncate,ftruncate \
		-F dir="$place" -k cf-files
	auditctl -a always,exit -F arch=b64 -S execve -F path=/bin/echo -k cf-programs
	act > /dev/null
	auditctl -D > /dev/null
	sleep 0.5
	kill "$pid"; wait "$pid" || true
	pid=
	install -m 644 "$work/$name.log" "$out/$name.log"
done
