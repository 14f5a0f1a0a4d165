// Package praudit is the room of BSM records as praudit(1) shows them: the text of its default, one-line and raw forms, and
// its XML.
//
// The forms are in internal/bsm/text, what records mean is in internal/bsm/event. praudit.go has the Dialect and its
// options, decode.go reads, encode.go writes. Text that praudit itself wrote is not escaped: what cannot be read in one way
// only is kept as it came. docs/dialects/praudit.md is the long form of this page.
package praudit
