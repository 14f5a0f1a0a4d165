package journal

import (
	"bytes"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads systemd's journal.
var Dialect = &dialect.Dialect{
	Name:    "journal",
	Version: 1,
	Doc: `systemd's journal: journalctl -o export, -o json, -o json-seq
Fields of any bytes. The meaning of a MESSAGE_ID is believed where root sent it. Audit records that journald took are
events of one record each; the dialect linux puts those of auditd together.`,
	Split:   split,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return decoder{}, nil },
	Mapping: rows,
}

func sniff(prefix []byte) bool {
	prefix = bytes.TrimLeft(prefix, "\n\x1e")
	for _, name := range [...]string{"__CURSOR", "__REALTIME_TIMESTAMP", "_BOOT_ID", "_TRANSPORT"} {
		if bytes.HasPrefix(prefix, []byte(name+"=")) || dialect.Peek(prefix, name) != nil {
			return true
		}
	}
	return false
}

type decoder struct{ dialect.Whole }

func (decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	e := counterfoil.Event{Major: 1, Host: f.Host, Time: f.Received, Raw: string(f.Data)}
	err := decode(&e, f.Data)
	return Dialect.Give(dst, f, e, err)
}
