package filter

import "github.com/counterfoil/counterfoil"

// Texts calls yield with each value of a field as text, until it returns false: what counting by a field groups by.
// Null and structures in data have none.
func Texts(f Field, r *counterfoil.Record, yield func(text string) bool) {
	some(f, r, func(v val) bool {
		if v.kind == NullValue || v.kind == structure {
			return false
		}
		return !yield(v.text())
	})
}

// IsPlain tells a text that canonical JSON writes as it is, wherever it stands in a string.
func IsPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
