#!/bin/bash
# Records corpus/sudo: what sudo logs of the same commands through syslog and to a file, in its own format and as JSON.
#
# Needs root, and from Debian: sudo rsyslog. It makes three accounts and a file in /etc/sudoers.d and takes them away again; its
# own rsyslogd listens at /dev/log, which must not be there, and is ended by its number.
set -eu
out=$(cd "$(dirname "$0")/.." && pwd)/sudo
work=$(mktemp -d)
chmod 755 "$work"
[ ! -e /dev/log ] || { echo "/dev/log is there: a system logger runs; this script wants its own" >&2; exit 1; }
pid=
cd /

clean() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	wait 2>/dev/null || true
	rm -f /dev/log /etc/sudoers.d/cf-record
	for u in cf-anna cf-ben cf-carl; do userdel -f $u 2>/dev/null || true; done
	rm -rf "$work"
}
trap clean EXIT

for u in cf-anna cf-ben cf-carl; do useradd -M -d / -s /bin/sh $u; echo "$u:right" | chpasswd; done
cat >"$work/sudoers" <<SUDOERS
Defaults:cf-anna,cf-carl logfile=$work/sudo.log, log_year, log_exit_status, passwd_tries=3, !fqdn
Defaults:cf-ben logfile=$work/sudo.json, log_format=json, log_exit_status, log_subcmds, passwd_tries=3, !fqdn
Defaults!/usr/bin/tee log_host
cf-anna,cf-ben ALL = (ALL:ALL) NOPASSWD: /usr/bin/id, /usr/bin/env, /bin/echo, /usr/bin/echo, /usr/bin/tee, /tmp/cf*/with*
cf-anna,cf-ben ALL = (ALL:ALL) PASSWD: /usr/bin/true
SUDOERS
visudo -cqf "$work/sudoers"
install -m 440 "$work/sudoers" /etc/sudoers.d/cf-record
cat >"$work/rsyslog.conf" <<CONF
module(load="imuxsock")
template(name="full" type="string" string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% %PROCID% %MSGID% %STRUCTURED-DATA%%msg%\n")
*.* action(type="omfile" file="$work/auth.log" template="RSYSLOG_TraditionalFileFormat")
*.* action(type="omfile" file="$work/auth-5424.log" template="full")
CONF
rsyslogd -n -f "$work/rsyslog.conf" -i "$work/pid" &
pid=$!
for i in $(seq 50); do [ -S /dev/log ] && break; sleep 0.1; done

place="/tmp/cf-place ; USER=forged ; COMMAND=sh"
mkdir -p "$place" "/tmp/cf dir"
cp /usr/bin/id "/tmp/cf dir/with space"
as() { local u=$1; shift; (cd "${dir:-/}"; env -i PATH=/usr/bin:/bin /usr/sbin/runuser -u "$u" -- "$@") >/dev/null 2>&1 </dev/null || true; }
for u in cf-anna cf-ben; do
	as $u sudo id
	as $u sudo -u nobody -g nogroup id -un
	as $u sudo echo 'two words' "it's" 'back\slash' $'tab\there' 'new
line' '#040' 'ünïcode' $'bad\xff'
	as $u sudo echo ';' 'USER=forged' ';' 'COMMAND=/bin/sh'
	as $u sudo '/tmp/cf dir/with space'
	dir=$place as $u sudo id
	as $u sudo echo $(seq -f 'argument-%g' 200)
	as $u sudo env sh -c 'exit 3'
	as $u sudo env sh -c 'kill -9 $$'
	as $u sudo -n true
	as $u sudo sh -c 'cat /etc/shadow'
	as $u sudo -u nosuch id
	as $u sudo LD_PRELOAD=/tmp/x.so id
	(printf 'wrong\nworse\nworst\n' | env -i PATH=/usr/bin:/bin /usr/sbin/runuser -u $u -- sudo -S true) >/dev/null 2>&1 || true
	(printf 'right\n' | env -i PATH=/usr/bin:/bin /usr/sbin/runuser -u $u -- sudo -k -S true) >/dev/null 2>&1 || true
	as $u sudo -l
	as $u sudo tee /dev/null
done
as cf-carl sudo -n id
(printf 'right\n' | env -i PATH=/usr/bin:/bin /usr/sbin/runuser -u cf-carl -- sudo -S id) >/dev/null 2>&1 || true
rm -rf "$place" "/tmp/cf dir"

sleep 1
mkdir -p "$out"
for f in auth.log auth-5424.log sudo.log sudo.json; do
	grep -av ' \(useradd\|userdel\|chpasswd\|usermod\|runuser\|rsyslogd\)\(:\|\[\| \)\|pam_limits(' "$work/$f" | sed "s/ $(hostname) / gate /; s/HOST=$(hostname)/HOST=gate/; s/\"submithost\": *\"[^\"]*\"/\"submithost\":\"gate\"/; s#$work#/var/log#g" >"$out/$f"
done
wc "$out"/*
