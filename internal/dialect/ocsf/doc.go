// Package ocsf is the room of the Open Cybersecurity Schema Framework, version 1.3.0: JSON objects, one a line, each of an
// event class with a category, an activity and the objects the class asks for.
//
//	{"activity_id":5,"actor":{…},"category_uid":1,"class_uid":1001,"device":{…},"file":{…},"metadata":{…},"severity_id":1,"type_uid":100105,…}
//
// encode.go writes an event; tables.go says of which class, object.go builds the objects, and own.go carries the canonical
// message in unmapped.counterfoil, so that all but raw and dialect reads back. map.go reads the events of others.
//
// classes.go and schema_test.go are generated from the schema (https://github.com/ocsf/ocsf-schema, tag 1.3.0, Apache-2.0) by
// gen/; the test holds every event that is written to each fact of it: attributes, requirements, types, enums, constraints.
//
// Not understood: classes other than those of tables.go (their events are read with what all classes share), profiles other
// than host, observables, enrichments.
package ocsf
