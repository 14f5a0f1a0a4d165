package main

import (
	"fmt"
	"hash/crc32"
	"strings"
	"time"
)

// Each function appends the event_data of one service's event. The order of its draws is part of the data set.

func smb(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	st := "NT_STATUS_OK"
	if !ok {
		st = "NT_STATUS_ACCESS_DENIED"
	}
	p := g.path()
	ino := crc32.ChecksumIEEE([]byte(p)) // a file keeps its inode
	b = fmt.Appendf(b, `{"vers":{"major":0,"minor":1},"handle":{"type":"DEV_INO","value":"%d:%d:0"},"file":{"type":"REGULAR","path":"%s","stream":null,"snap":null},`,
		50+ino%8, ino>>8, p)
	switch ev {
	case "RENAME":
		b = fmt.Appendf(b, `"dst_file":{"path":"%s"},`, g.path())
	case "READ", "WRITE":
		b = fmt.Appendf(b, `"parameters":{"offset":%d,"count":%d,"sync":%t},`, g.r.IntN(1<<18)*4096, 4096<<g.r.IntN(9), g.r.IntN(9) == 0)
	default:
		b = fmt.Appendf(b, `"parameters":{"DesiredAccess":"0x%08x","ShareAccess":["READ","WRITE"],"CreateDisposition":"FILE_OPEN_IF"},`, g.r.Uint32()&0x1f01ff)
	}
	return fmt.Appendf(b, `"unix_token":{"uid":%d,"gid":%d,"groups":[%d,545,90000003]},"tcon":{"share":"share%d","tid":%d},"result":{"type":"NTSTATUS","value_raw":%d,"value_parsed":"%s"}}`,
		s.uid, 10000+s.uid%40, 10000+s.uid%40, s.uid%30, 1+s.pid%9999, len(st)-12, st)
}

func linux(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	exe := []string{"/usr/bin/python3.11", "/usr/bin/bash", "/usr/bin/rsync", "/usr/bin/grep", "/usr/bin/tar", "/usr/bin/curl", "/usr/sbin/zfs", "/usr/bin/find"}[g.r.IntN(8)]
	ex := 0
	if !ok {
		ex = -13
	}
	p := g.path()
	return fmt.Appendf(b, `{"type":"SYSCALL","arch":"c000003e","syscall":%d,"exit":%d,"pid":%d,"ppid":%d,"auid":%d,"uid":%d,"euid":%d,"tty":"pts%d","comm":"%s","exe":"%s","cwd":"%s","args":["%s","--%s=%s","-n","%d","%s"],"key":"rule-%s","subj":"unconfined"}`,
		59+len(ev)%5, ex, 1000+g.r.IntN(4_000_000), s.pid, s.uid, s.uid, s.uid, s.uid%8, exe[strings.LastIndexByte(exe, '/')+1:], exe,
		g.dirs[g.r.IntN(300)], exe, g.word(), g.word(), g.r.IntN(10000), p, strings.ToLower(ev))
}

func mongo(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	res := 0
	if !ok {
		res = 13
	}
	coll := words[g.r.IntN(40)]
	db := words[50+s.uid%12]
	return fmt.Appendf(b, `{"atype":"%s","local":{"ip":"10.0.0.%d","port":27017},"remote":{"ip":"%s","port":%d},"users":[{"user":"%s","db":"admin"}],"roles":[{"role":"readWrite","db":"%s"}],"param":{"command":"%s","ns":"%s.%s","args":{"filter":{"_id":"%s","status":"%s"},"limit":%d,"lsid":"%s"}},"result":%d}`,
		ev, s.uid%20, s.addr, s.port, s.user, db, []string{"find", "update", "insert", "aggregate", "delete"}[g.r.IntN(5)], db, coll, g.uuid()[:24], g.word(), 10*(1+g.r.IntN(20)), s.id, res)
}

func ssh(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	return fmt.Appendf(b, `{"method":"%s","key":{"type":"ssh-ed25519","fingerprint":"SHA256:%016x%016x"},"client":{"ip":"%s","port":%d,"version":"SSH-2.0-OpenSSH_9.%dp1"},"server":{"port":22,"version":"SSH-2.0-OpenSSH_9.2p1 Debian-2"},"pid":%d,"tty":"/dev/pts/%d","cipher":"chacha20-poly1305@openssh.com","kex":"sntrup761x25519-sha512","reason":"%s %s"}`,
		[]string{"publickey", "password", "gssapi-with-mic"}[s.uid%3], uint64(s.uid)*0x9e3779b97f4a7c15, uint64(s.pid)*0xbf58476d1ce4e5b9, s.addr, s.port, s.uid%8, s.pid, g.r.IntN(12), strings.ToLower(ev), map[bool]string{true: "accepted", false: "permission denied"}[ok])
}

func conntrack(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	dst, dp, sp := g.addrs[g.zAddr.draw(g.r)], []int{443, 80, 53, 445, 22, 5432, 27017, 2049, 9000}[g.r.IntN(9)], 32768+g.r.IntN(28000)
	return fmt.Appendf(b, `{"proto":"tcp","state":"%s","orig":{"src":"%s","dst":"%s","sport":%d,"dport":%d,"packets":%d,"bytes":%d},"reply":{"src":"%s","dst":"%s","sport":%d,"dport":%d,"packets":%d,"bytes":%d},"mark":%d,"zone":%d,"id":%d,"timeout":%d,"assured":%t,"interface":{"in":"eth%d","out":"bond0.%d"}}`,
		[]string{"ESTABLISHED", "SYN_SENT", "TIME_WAIT", "FIN_WAIT"}[g.r.IntN(4)], s.addr, dst, sp, dp, g.r.IntN(4000), g.r.IntN(1<<24), dst, s.addr, dp, sp, g.r.IntN(4000), g.r.IntN(1<<24), s.uid%4, s.uid%3, g.r.Uint32(), g.r.IntN(432000), ok, s.uid%4, 100+s.uid%20)
}

func middleware(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	m := words[g.r.IntN(60)] + "." + []string{"query", "update", "create", "delete", "get_instance"}[g.r.IntN(5)]
	return fmt.Appendf(b, `{"vers":{"major":0,"minor":1},"origin":"%s:%d","protocol":"WEBSOCKET","credentials":{"credentials":"LOGIN_PASSWORD","credentials_data":{"username":"%s","login_at":"%s","session_id":"%s"}},"method":"%s","params":[{"name":"%s","dataset":"tank/%s/%s","quota":%d,"enabled":true}],"description":"%s %s","authenticated":true,"authorized":%t}`,
		s.addr, s.port, s.user, g.now.Truncate(time.Hour).Format(time.RFC3339), s.id, m, g.word(), g.word(), g.word(), g.r.IntN(1<<20), "Call "+m, g.word(), ok)
}

func sudo(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	p := g.path()
	return fmt.Appendf(b, `{"sudo":{"accept":%t,"uuid":"%s","server_time":{"seconds":%d,"nanoseconds":%d},"submithost":"%s","submituser":"%s","submitcwd":"%s","ttyname":"/dev/pts/%d","runuser":"root","runuid":0,"runargv":["/usr/bin/%s","-%c","%s"],"lines":24,"columns":80}}`,
		ok, g.uuid(), g.now.Unix(), g.now.Nanosecond(), s.host, s.user, g.dirs[g.r.IntN(300)], s.uid%9, []string{"cat", "chown", "rm", "systemctl", "vim"}[g.r.IntN(5)], 'a'+rune(g.r.IntN(26)), p)
}

func nfs(g *gen, b []byte, s *session, ev string, ok bool) []byte {
	st := "NFS4_OK"
	if !ok {
		st = "NFS4ERR_ACCESS"
	}
	p := g.path()
	return fmt.Appendf(b, `{"vers":"4.2","xid":"0x%08x","clientid":"%016x","op":"%s","file":{"path":"%s","fh":"%016x%016x","fsid":"%d:%d"},"stateid":{"seq":%d,"other":"%024x"},"cred":{"flavor":"AUTH_SYS","uid":%d,"gid":%d},"export":"/mnt/tank","status":"%s"}`,
		g.r.Uint32(), uint64(s.pid)*0x9e3779b97f4a7c15, ev, p, crc32.ChecksumIEEE([]byte(p)), uint64(0x0100010000000000), 50+s.uid%5, s.uid%9, g.r.IntN(20), g.r.Uint64(), s.uid, 10000+s.uid%40, st)
}
