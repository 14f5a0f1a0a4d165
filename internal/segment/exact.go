package segment

import (
	"encoding/hex"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// isCarried reports whether a column can hold a value as it is. Raw is a column of bytes, and canonical JSON is valid.
func isCarried(c *textColumn, v string) bool {
	switch c.col {
	case filter.ColRaw, filter.ColEventData, filter.ColSvcData:
		return true
	}
	return utf8.ValidString(v)
}

// exact gives what the other columns cannot carry of row i; empty if they carry all.
func (s *segmentWriter) exact(i int) string {
	var b counterfoil.Builder
	n := 0
	b.Object("")
	for k := range textColumns {
		c, col := &textColumns[k], &s.t.cols[k]
		if !isCoded(k) {
			continue // carried in any case
		}
		code := uint32(0)
		if col.codes != nil {
			code = col.codes[i]
		}
		if v := col.values[code]; !isCarried(c, v) {
			b.String(c.name, v)
			n++
		}
	}
	if s.forgotten() && s.t.hidden[i] != (counterfoil.Hash{}) {
		b.String(exactHidden, hex.EncodeToString(s.t.hidden[i][:]))
		n++
	}
	b.End()
	if n == 0 {
		return ""
	}
	return string(b.JSON())
}
