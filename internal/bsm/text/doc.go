// Package text is how praudit(1) shows BSM records, as text and as XML, and how that is read. print.go and xml.go write,
// scan.go reads; the shapes of internal/bsm say what a token's values are.
//
// What is written is what OpenBSM's praudit writes, byte for byte, but where that could be forged or is no XML. In strings
// of others' making a backslash is written \\, and as \ooo, three octal digits for a byte: control characters, bytes that are
// not UTF-8, a NUL that is not the end, and the delimiter where another field follows on the line.
package text
