#!/bin/bash
# samba.sh DIR: record what a stock smbd logs while smbclient acts, one file DIR/ACT.in for each act, one line for each
# datagram of /dev/log, a newline inside one as #012 (as rsyslog writes it).
#
# Wants root, smbd, smbclient, smbcacls and python3. Everything happens in namespaces of its own: loopback only, files in memory, users and
# /dev/log that nobody else sees. What it starts it stops, by process number.
set -eu
if [ "${2-}" != inside ]; then
	[ $# = 1 ] && mkdir -p "$1" || { echo "usage: samba.sh DIR" >&2; exit 2; }
	exec unshare --mount --net --uts --propagation private "$0" "$(cd "$1" && pwd)" inside
fi
out=$1
hostname nas1
ip link set lo up
mount --bind "$out" /mnt            # /srv and /tmp may hide it
mount -t tmpfs tmpfs /srv
mkdir -p /srv/{finance,gate,run,lock,state,cache,private,ncalrpc,dev/pts,dev/shm}
cd /srv/run

{ cat /etc/passwd; echo 'anna:x:71001:71001::/:/bin/false'; } > passwd
{ cat /etc/group; echo 'anna:x:71001:'; } > group
mount --bind passwd /etc/passwd
mount --bind group /etc/group
chown anna /srv/finance /srv/gate

cat > receive.py <<'PY'
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/srv/run/log")
out = open("/dev/null", "wb")
while True:
    d = s.recv(1 << 16)
    if d.startswith(b"\0"):  # the name of the next act
        out.close()
        out = open("/mnt/" + d[1:].decode() + ".in", "wb")
        continue
    out.write(d.rstrip(b"\n").replace(b"\n", b"#012") + b"\n")
    out.flush()
PY
python3 receive.py &
receiver=$!
for n in null zero random urandom full tty; do touch "/srv/dev/$n"; mount --bind "/dev/$n" "/srv/dev/$n"; done
mount --bind /dev/pts /srv/dev/pts
ln -s /srv/run/log /srv/dev/log
mount --rbind /srv/dev /dev

cat > smb.conf <<'CONF'
[global]
  workgroup = OFFICE
  netbios name = NAS1
  server role = standalone
  server min protocol = SMB2_02
  interfaces = lo
  bind interfaces only = yes
  smb ports = 445
  disable netbios = yes
  private dir = /srv/private
  lock directory = /srv/lock
  state directory = /srv/state
  cache directory = /srv/cache
  pid directory = /srv/run
  ncalrpc dir = /srv/ncalrpc
  usershare max shares = 0
  load printers = no
  printcap name = /dev/null
  disable spoolss = yes
  log level = 2 auth_json_audit:4 smb2:3
  logging = syslog@4
  debug pid = yes
  debug class = yes
[finance]
  path = /srv/finance
  read only = no
  vfs objects = full_audit acl_xattr streams_xattr
  full_audit:prefix = COUNTERFOIL1|%d|%R|%I|%u|%m|%S|%P
  full_audit:success = connect disconnect create_file close pread pread_recv pwrite pwrite_recv sendfile recvfile offload_read_send offload_write_recv mkdirat renameat unlinkat fset_dos_attributes fntimes fset_nt_acl set_quota fsctl
  full_audit:failure = connect create_file mkdirat renameat unlinkat fset_dos_attributes fntimes fset_nt_acl set_quota
  full_audit:facility = LOCAL5
  full_audit:priority = NOTICE
  full_audit:log_secdesc = yes
[gate]
  copy = finance
  path = /srv/gate
  root preexec = /bin/false
  root preexec close = yes
CONF
printf 'pw\npw\n' | smbpasswd -c smb.conf -s -a anna > smbpasswd.out 2>&1
smbd --foreground -s /srv/run/smb.conf > smbd.out 2>&1 &
server=$!
trap 'kill $server $receiver 2> /dev/null; wait 2> /dev/null' EXIT
for _ in $(seq 100); do
	ss -ltn 2> /dev/null | grep -q ':445 ' && break
	kill -0 $server || { cat smbd.out >&2; exit 1; }
	sleep 0.1
done

children() { ps -o pid= --ppid "$server" | wc -l; }
sleep 0.5
base=$(children)
idle() { # until the connection's process has logged its last and is gone
	for _ in $(seq 200); do
		[ "$(children)" -le "$base" ] && return
		sleep 0.05
	done
}

act() { # what follows is recorded in $1.in
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"\0" + sys.argv[1].encode(), "/srv/run/log")' "$1"
}
# smbclient fails where a command in it fails: some must
client() { smbclient -s /srv/run/smb.conf -n PC17 "//127.0.0.1/${share-finance}" -U "anna%${password-pw}" -c "$1" >> client.out 2>&1 || true; idle; }

head -c 3000000 /dev/zero > big
echo hello > small

act connect;    client 'exit'
act write;      client 'mkdir docs; put small docs/small.txt; put big docs/big.bin'
act read;       client 'get docs/big.bin /dev/null; get docs/small.txt /dev/null'
act rename;     client 'rename docs/small.txt docs/renamed.txt; rename docs/renamed.txt docs/big.bin; rename docs/none docs/x'
act attributes; client 'setmode docs/renamed.txt +rh; utimes docs/renamed.txt 2026:01:02-03:04:05 2026:01:02-03:04:06 2026:01:02-03:04:07 -1; setmode docs/renamed.txt -rh'
act acl;        smbcacls -s /srv/run/smb.conf //127.0.0.1/finance docs/renamed.txt -U anna%pw -a 'ACL:Everyone:ALLOWED/0/READ' >> client.out 2>&1 || true; idle
act copy;       client 'scopy docs/big.bin docs/copy.bin'
act stream;     client 'put small docs/renamed.txt:secret; get docs/renamed.txt:secret /dev/null'
mkdir -m 700 /srv/finance/closed; echo x > /srv/finance/closed/f; echo x > '/srv/finance/pipe|unlinkat|ok|name'; echo x > $'/srv/finance/new\nline'
chown anna /srv/finance/pipe* /srv/finance/new*
act names;      client 'ls; prompt; lcd /srv/state; mget P* N*'
act denied;     client 'get closed/f; rename docs/renamed.txt closed/x; get none'
act delete;     client 'del docs/renamed.txt; del docs/copy.bin; del docs/big.bin; rmdir docs; rmdir closed'
act refused;    password=wrong client ls; share=nosuch client ls; share=gate client ls
act end
rm -f /mnt/end.in
