package dialect

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// Classes gives the classes that the mapping names: what a source of this dialect can tell of. Empty where events carry
// their classes themselves, or have none but "other": of such a source nobody can say what it owes.
func (d *Dialect) Classes() (c counterfoil.Class) {
	if d.Mapping == nil {
		return 0
	}
	for _, row := range d.Mapping() {
		for _, word := range strings.FieldsFunc(row.Ours, parts) {
			if one, err := counterfoil.ParseClass(word); err == nil {
				c |= one
			}
		}
	}
	return c
}

// parts reports whether a rune separates words. A dot does not: remote.ip is no class.
func parts(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_')
}
