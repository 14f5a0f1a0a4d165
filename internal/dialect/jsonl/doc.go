// Package jsonl is the room of the canonical message itself, one JSON object a line: what senders of our own write, what
// POST /api/v1/events takes and what an export is. The envelope is TrueNAS's; docs/format/event.md is its definition and
// docs/dialects/jsonl.md says what this room does beside it:
//
//   - A service or event name that is not [A-Z0-9_.]+ is taken in upper case, other bytes as '_', and kept as it was sent
//     in event_data under "svc" or "event" ("svc#2", "event#2" where the key is taken).
//   - The message of a record, from another trail, has seq, received and via, and hidden where the rest was forgotten there.
//     They are kept in event_data under "origin".
//   - Where event_data was a string and something must be put beside it, the string moves to event_data.text.
//
// A message is the canonical form of its event, so raw is not set, except by the sender. A line that is no message
// becomes UNPARSED with its bytes as raw.
package jsonl
