// Package gelf is the room of the Graylog Extended Log Format, version 1.1: JSON objects with a host, a short message, a
// time, and additional fields whose names begin with '_'.
//
//	{"version":"1.1","host":"nas1","short_message":"anna renamed a to b","timestamp":1795348800.123,"level":6,"_user":"anna"}
//
// Messages end in NUL (GELF over TCP) or LF (files, newer senders); both are read, the option framing says which is written.
// map.go reads the messages of others, own.go those that encode.go wrote; tables.go has the names of both ways.
//
// Specified by Graylog's "GELF Payload Specification", version 1.1 (November 2013), and its pages on TCP and UDP. Not read:
// chunks and compression, which are of UDP's datagrams, and messages over several lines.
package gelf
