package bsm

import (
	"io"

	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes BSM records.
var Dialect = &dialect.Dialect{
	Name:    "bsm",
	Version: 1,
	Doc: `BSM audit trails of FreeBSD, macOS and Solaris, as their bytes
Records of 32 and 64 bits, with and without the host's address; file tokens. Damage is told with its place and skipped to
where records begin again. Records of other dialects are written so that OpenBSM's praudit and auditreduce read them.`,
	Split:   bsm.Split,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return new(decoder), nil },
	Encode:  func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: w}, nil },
	Mapping: mapping,
}

// sniff asks for a header or file token with nothing before it: a record that is all there, or a beginning that can be one.
func sniff(prefix []byte) bool {
	if len(prefix) == 0 || !bsm.IsHeader(prefix[0]) && prefix[0] != bsm.IDFile {
		return false
	}
	var r bsm.Record
	if n, frame, _ := bsm.Split(prefix, false); n > 0 {
		return r.Parse(frame) == nil
	}
	n, frame, _ := bsm.Split(prefix, true)
	return n > 0 && r.Parse(frame) == nil || bsm.Claims(prefix) > len(prefix)
}

func mapping() (rows []dialect.Row) {
	for _, r := range event.Rows() {
		ours := "`" + r.Service + "` " + r.Class
		if r.Action != "" {
			ours += ", `" + r.Action + "`"
		}
		rows = append(rows, dialect.Row{Theirs: r.Event, Ours: ours})
	}
	return rows
}
