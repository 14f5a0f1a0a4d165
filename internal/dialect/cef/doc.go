// Package cef is the room of ArcSight's Common Event Format: one message a line, a header of seven fields parted by '|' and
// an extension of key=value pairs, behind an optional syslog header.
//
//	CEF:0|Vendor|Product|1.0|100|worm stopped|10|src=10.0.0.1 suser=anna msg=a\=b
//
// parse.go reads a message in its own names, time.go its times, map.go makes an event of any vendor's message. What we
// write (encode.go) has the vendor and product counterfoil: the dictionary's keys for what they have a word for, keys that
// begin with counterfoil for the rest, so that all of it comes back (own.go). tables.go has the keys of both ways.
//
// Specified by "Implementing ArcSight Common Event Format (CEF)", version 25 (September 2017) and its extension dictionary.
// Not understood: vendors' own vocabularies in act, cat and custom keys, which stay in event_data; time zones that have only
// a name, as most names stand for several.
package cef
