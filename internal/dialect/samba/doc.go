// Package samba is the room of what a stock Samba file server logs, read only: vfs_full_audit's lines, the JSON of
// auth_json_audit, and debug messages of levels 1 to 3, in the one ordered stream that `logging = syslog@4` gives:
//
//	<173>Nov 22 12:00:00 smbd_audit: COUNTERFOIL1|PID|SMB3_11|192.0.2.1|anna|pc|finance|/srv/finance|renameat|ok|/srv/finance/a|/srv/finance/b
//	<29>Nov 22 12:00:00 smbd_audit: [2026/11/22 12:00:00.527, 2, pid=PID] ../../source3/smbd/open.c:1678(open_file)
//	<29>Nov 22 12:00:00 smbd_audit:   anna opened file a read=Yes write=No (numopen=1)
//	<29>Nov 22 12:00:00 smbd[PID]:   {"timestamp": …, "type": "Authentication", "Authentication": {…}}
//
// Read as datagrams of /dev/log, as lines of a system logger's file, or as Samba's own log file. What comes out are
// events in the shape of TrueNAS's SMB audit messages. Specified by Samba's source (vfs_full_audit.c, debug.c, auth_log.c)
// and by sessions recorded with 4.17; the stanza for smb.conf is on docs/dialects/samba.md, the long form of this page.
//
// A decoder keeps state for each smbd process, which is a client's connection: the share's user, what is open, what was
// read and written. Lines that say nothing by themselves join the raw of the process's next event, or become a LOG.
//
// Not told by stock Samba, and left out: attribute values, quota values, the security information mask, share access and
// create options, session and tree numbers, the close of directories, and the target of a rename that smbd refused.
package samba
