// Package csv is the room of comma-separated values: those that we write for spreadsheets, and those of other programs,
// read with a mapping. It writes RFC 4180: a header row, rows that end in CRLF, cells in quotes where they hold a comma, a
// quote, CR, LF or a space at an end. docs/dialects/csv.md is the long form of this page.
//
// A cell that we write shows a value, it is not always the value:
//
//   - A cell that begins with = + - @ TAB CR LF or ' has a ' put before it, since spreadsheets run what begins so as a
//     formula and names in a trail are hostile. Who takes one ' from the front of every cell that begins with one has
//     the value again.
//   - A byte that is not UTF-8, and a control character other than TAB, CR and LF, is shown as \xff. The encoder says so in
//     its loss: what is read back is the four characters.
//   - class is a list with spaces, svc_data and event_data are their JSON, success is true, false or empty.
//
// Reading: a header all of whose columns have names of ours is that of a table of ours, unless options say how to read it.
// The first row is always a header. Not understood: tables without a header, CR alone as a line end, other separators
// than comma, semicolon and TAB, other quotes than ", comments.
//
// What must be exact is exported as JSON Lines.
package csv
