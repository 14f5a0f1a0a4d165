// Package mongo is the room of the audit logs of Percona Server for MongoDB, JSON and BSON, and of MongoDB Enterprise,
// schemas "mongo" and OCSF.
//
//	{ "atype" : "dropCollection", "ts" : { "$date" : "2025-03-04T09:00:20.740+01:00" }, "local" : { … }, "remote" : { "ip" : …, "port" : … },
//	  "users" : [ { "user" : "nora", "db" : "admin" } ], "roles" : [ … ], "param" : { "ns" : "shop.orders" }, "result" : 0 }
//
// One document is one event; nothing is held. A file is JSON lines or BSON documents one after another, and frame.go finds
// either by their bytes. json.go and bson.go read a document into the same tree (tree.go), extended.go gives the many ways
// to write a date or a number one form, quick.go writes the tree as event_data and leaves what is rare to data.go, map.go,
// object.go and ocsf.go translate it by the tables. repeat.go remembers what stands in record after record. Back: encode.go
// with strict.go (JSON) and bsonwrite.go, and foreign.go for events of other dialects.
//
// BSON is read and written here and not by mongo-driver's package: this is a hot path over hostile bytes, wants no
// reflection and no copy of each string, and framing must look at documents that are damaged. The driver is the oracle of
// the tests.
//
// Specified by the server's generator_legacy_strict.h, bsonspec.org, MongoDB's manual (audit messages, extended JSON) and
// Percona's audit.cpp, as docs/dialects/mongo.md says. Not understood: compressed and encrypted logs of Enterprise, the
// server's own log lines that destination "console" mixes in (they are kept undecoded), and what commands mean beyond
// the table in tables.go.
package mongo
