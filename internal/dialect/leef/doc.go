// Package leef is the room of QRadar's Log Event Extended Format, versions 2.0 and 1.0: one line an event, a header parted by
// '|', then key=value attributes parted by a delimiter. It is a way out, not a way in.
//
//	LEEF:2.0|counterfoil|counterfoil|1|SMB:RENAME|x09|devTime=…<TAB>usrName=anna<TAB>src=10.0.0.7
//
// encode.go writes an event, tables.go has the attributes. LEEF has no escapes: a value is one line without the delimiter; where
// a text is otherwise, its exact form stands beside it as a JSON string, in which the delimiter is escaped.
//
// Specified by IBM's "QRadar Log Event Extended Format (LEEF) Guide", version 2, and the pages "LEEF event components" and
// "Predefined LEEF event attributes".
package leef
