// Package otlp is the room of OpenTelemetry's logs as OTLP/JSON: export requests, one a line, of resources with scopes with log
// records.
//
//	{"resourceLogs":[{"resource":{"attributes":[…]},"scopeLogs":[{"scope":{…},"logRecords":[{"timeUnixNano":"…","body":{…},…}]}]}]}
//
// batch.go takes a request apart: each record is an event, and the raws of its events, one behind the other, are the line. value.go
// turns OpenTelemetry's values into JSON and back; map.go reads the records of others, own.go those that encode.go wrote, one
// a request. tables.go has the names of the semantic conventions.
//
// Specified by the OTLP specification 1.3 (JSON Protobuf encoding), opentelemetry-proto v1.5.0 (logs.proto, common.proto) and the
// semantic conventions v1.29. Not understood: names that are not lowerCamelCase, and attributes beyond those of tables.go,
// which stay in event_data.
package otlp
