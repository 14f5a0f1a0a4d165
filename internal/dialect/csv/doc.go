// Package csv is the room of comma-separated values, for spreadsheets: a way out, not a way in. It writes RFC 4180: a
// header row, rows that end in CRLF, cells in quotes where they hold a comma, a quote, CR, LF or a space at an end.
// docs/dialects/csv.md is the long form of this page.
//
// A cell shows a value, it is not always the value:
//
//   - A cell that begins with = + - @ TAB CR LF or ' has a ' put before it, since spreadsheets run what begins so as a
//     formula and names in a trail are hostile. Who takes one ' from the front of every cell that begins with one has
//     the value again.
//   - A byte that is not UTF-8, and a control character other than TAB, CR and LF, is shown as \xff.
//   - class is a list with spaces, svc_data and event_data are their JSON, success is true, false or empty.
//
// What must be exact is exported as JSON Lines.
package csv
