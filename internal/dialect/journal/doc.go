// Package journal is the room of systemd's journal as journalctl gives it: the export format, which keeps any bytes, and
// JSON, an entry a line (-o json), over lines (-o json-pretty) or behind a record separator (-o json-seq).
//
//	__CURSOR=s=…
//	__REALTIME_TIMESTAMP=1795348800000000
//	_UID=0
//	MESSAGE                          a field of any bytes: its name, its length in 64 bits little-endian, the bytes
//	\x05\x00…\x00a\nb=c
//	                                 an empty line ends the entry
//
// The way of an entry: frame.go cuts the stream; parse.go reads both forms into fields; tables.go knows MESSAGE_IDs and
// types of audit records; map.go translates. What fields whose names begin with '_' say is the journal's own word; anything
// else is what a program said of itself, and is believed for who did what only where the program ran as root.
//
// Specified by systemd's "Journal Export Formats", systemd.journal-fields(7), src/systemd/sd-messages.h and
// src/journal/journald-audit.c. Not understood: the text of messages, -o json-sse, -o verbose and the short forms, which
// cannot be read without doubt. Audit records are not put together to events: that is the dialect linux.
package journal
