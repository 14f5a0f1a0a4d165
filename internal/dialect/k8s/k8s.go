package k8s

import (
	"bytes"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads the Kubernetes audit log.
var Dialect = &dialect.Dialect{
	Name:    "k8s",
	Version: 1,
	Doc: `Kubernetes audit events: the API server's log, a JSON object a line, or the EventList of its webhook
audit.k8s.io/v1 and what of the older versions is alike. Each stage of a request is an event; auditID in event_data ties
them together.`,
	Split:   dialect.SplitObjects(list),
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return decoder{}, nil },
	Mapping: rows,
}

// list is the member of an EventList that holds the events.
const list = "items"

func sniff(prefix []byte) bool {
	return bytes.HasPrefix(dialect.Peek(prefix, "apiVersion"), []byte(`"audit.k8s.io/`))
}

type decoder struct{ dialect.Whole }

func (decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	e := counterfoil.Event{Major: 1, Host: f.Host, Time: f.Received, Raw: string(f.Data)}
	err := decode(&e, dialect.Element(f.Data, list))
	return Dialect.Give(dst, f, e, err)
}
