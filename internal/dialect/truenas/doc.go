// Package truenas is the room of TrueNAS SCALE's audit messages, read and written: what its SMB module, its middleware,
// sudo and its auditd handler send to syslog as
//
//	@cee:{"TNAUDIT":{"aid":…,"vers":{"major":0,"minor":1},"addr":…,"user":…,"sess":…,"time":"2026-11-22 12:00:00.000000Z",
//	 "svc":"SMB","svc_data":"{…}","event":"CLOSE","event_data":"{…}","success":true}}
//
// (one line; svc_data and event_data are JSON in a string), bare or behind a syslog header, sudo's own
// @cee:{"sudo":{"accept":{…}}}, and the rows that audit.query and the JSON export of the API give. Specified by
// TrueNAS's documentation and the sources of truenas/samba, truenas/middleware and truenas/audit_rules (25.04 to 27.0).
// docs/dialects/truenas.md is the long form of this page.
//
// What a message has beyond the documented envelope, or has in another form, is kept in event_data.tnaudit: nothing that
// was sent is only in raw. YAML and CSV exports are not read.
package truenas
