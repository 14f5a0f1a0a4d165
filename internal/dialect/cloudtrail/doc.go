// Package cloudtrail is the room of AWS CloudTrail: the log files that it delivers, one object with all records in a list,
// records a line each, and events as EventBridge hands them on.
//
//	{"Records":[{"eventVersion":"1.11","userIdentity":{…},"eventTime":"…","eventSource":"iam.amazonaws.com",…},…]}
//	{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{"eventVersion":"1.11",…}}
//
// The way of a record: cloudtrail.go cuts the stream; parse.go finds the members; identity.go says who it was; tables.go
// has the calls that are known by name; map.go translates, object.go names what was acted on.
//
// Specified by the AWS CloudTrail user guide: "CloudTrail record contents", "CloudTrail userIdentity element", "CloudTrail
// log file examples", "AWS Management Console sign-in events", up to event version 1.11. Not understood: parameters and
// responses of calls beyond the name of what they are about, digest files, the output of lookup-events.
package cloudtrail
