// Package linux is the room of Linux audit records, as the kernel, auditd and its plugins write them: raw and enriched
// lines, node=, the envelopes of system logs, and the payloads of the audit netlink socket.
//
//	type=SYSCALL msg=audit(1700000000.123:77): arch=c000003e syscall=257 success=yes …
//	type=PATH msg=audit(1700000000.123:77): item=0 name="/etc/passwd" …
//
// The way of a record: header.go reads the head of the line; assemble.go puts the records of one event together by node,
// time and serial number; token.go parts their bodies into words, along.go where they have a shape that is known (shape.go);
// data.go writes them as event_data by means of shapes, value.go, execve.go and address.go; map.go, action.go and object.go translate them.
//
// And back: encode.go chooses how an event is written, lines.go makes lines of event_data, carry.go one record for what no
// records of the kernel tell.
//
// Specified by the kernel and audit-userspace (docs/dialects/linux.md names what was read). Not understood: interpreted
// text (ausearch -i), system call numbers of architectures that audit-userspace has no table for (a name that auditd wrote
// is taken), the arguments of system calls beyond the flags of open, and operations of io_uring.
package linux
