// Package syslog is the room of syslog: an envelope in which other dialects travel. It reads RFC 5424, RFC 3164 and what
// passes for it, from datagrams, lines and octet-counted streams, and hands the message to the dialect that knows it.
//
//	<165>1 2026-11-22T12:00:00.5Z web1 audisp 7 - [x@32473 a="b"] type=USER_LOGIN msg=audit(…): …
//	<86>Nov 22 12:00:00 web1 sshd[4711]: Accepted publickey for anna …
//
// The way of a message: split.go frames, parse.go (clock.go, structured.go) reads the envelope, inner.go finds who
// understands what is inside and stream.go keeps apart what hosts send to dialects that gather several messages. An inner
// event stays as its room made it; its raw is the whole frame, and svc_data.syslog is the envelope. Where no dialect fits,
// map.go makes a plain event SYSLOG/MESSAGE. own.go and encode.go carry
// canonical events in structured data.
//
// Every text is a syslog message (RFC 3164, section 4.3.3), so nothing here is undecodable. Not understood: Cisco's
// sequence numbers and time zones before and behind the time (they stay in the message), signed syslog (RFC 5848).
package syslog
