// Package windows is the room of the Windows Event Log as XML: single Event elements, one behind the other, or within
// Events, as wevtutil, Get-WinEvent's ToXml and forwarders write them.
//
//	<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><Provider Name="…"/><EventID>4624</EventID>…
//	</System><EventData><Data Name="TargetUserName">anna</Data>…</EventData></Event>
//
// The way of an event: frame.go cuts the stream; xml.go reads the subset of XML that events are; parse.go makes event_data
// and the record of it; tables.go knows event ids; map.go and object.go translate.
//
// Specified by Microsoft's Event schema (EventType) and "Advanced security auditing" pages, one for each event id. Not
// understood: event ids that are not in tables.go beyond who and whether it succeeded, messages rendered as text, numbers
// that stand for texts ("%%1833"), and binary logs (.evtx).
package windows
