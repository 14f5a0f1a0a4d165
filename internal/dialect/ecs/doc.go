// Package ecs is the room of the Elastic Common Schema, version 8.17: JSON objects, one a line, with nested fields, as
// Elasticsearch and Filebeat take them. It is a way out, not a way in.
//
//	{"@timestamp":"2026-11-22T12:00:00.123456789Z","ecs":{"version":"8.17.0"},"event":{"action":"file.rename","category":["file"],…},…}
//
// encode.go writes an event, tables.go has the category and type of each action. Below counterfoil stands what the schema has no
// word for, so that nothing is left out.
//
// Specified by https://github.com/elastic/ecs, tag v8.17.0 (Apache-2.0): schemas/*.yml; the test holds the table to the event
// types that schemas/event.yml expects of each category.
package ecs
