package vault

import (
	"bytes"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads audit devices of Vault and OpenBao.
var Dialect = &dialect.Dialect{
	Name:    "vault",
	Version: 1,
	Doc: `the audit devices of HashiCorp Vault and OpenBao (format json)
Entries of requests and of responses are events of their own; request.id in event_data ties them together. Hashed values
stay as they are.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return decoder{}, nil },
	Mapping: rows,
}

func sniff(prefix []byte) bool {
	doc := object(bytes.TrimLeft(prefix, " \t\r\n"))
	typ := dialect.Peek(doc, "type")
	return (bytes.HasPrefix(typ, []byte(`"request"`)) || bytes.HasPrefix(typ, []byte(`"response"`))) &&
		bytes.HasPrefix(dialect.Peek(doc, "time"), []byte(`"`)) &&
		(bytes.HasPrefix(dialect.Peek(doc, "auth"), []byte("{")) || bytes.HasPrefix(dialect.Peek(doc, "request"), []byte("{")))
}

// object gives what stands behind the prefix that a device can be told to write, such as "@cee: ".
func object(line []byte) []byte {
	if i := bytes.IndexByte(line, '{'); i > 0 {
		return line[i:]
	}
	return line
}

type decoder struct{ dialect.Whole }

func (decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	e := counterfoil.Event{Major: 1, Host: f.Host, Time: f.Received, Raw: string(f.Data)}
	err := decode(&e, object(f.Data))
	return Dialect.Give(dst, f, e, err)
}
