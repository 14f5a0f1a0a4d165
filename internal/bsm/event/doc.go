// Package event is what BSM records mean: a record becomes an event with every token in its event_data, and an event
// becomes a record again. The dialects bsm (bytes) and praudit (text) share it.
//
// An event that was a BSM record is written as that record. One of another dialect becomes a record that OpenBSM's tools
// select and show, with all its fields as texts "key=value" behind a token that marks it: see [Write].
package event
