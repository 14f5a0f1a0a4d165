package cloudtrail

import (
	"bytes"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads AWS CloudTrail.
var Dialect = &dialect.Dialect{
	Name:    "cloudtrail",
	Version: 1,
	Doc: `AWS CloudTrail: log files ({"Records":[…]}), a record a line, and events from EventBridge
Management, data, network and insight events. A log file of any size is read record by record; unpack it before.`,
	Split:   dialect.SplitObjects(list),
	Sniff:   sniff,
	Decode:  func(any) (dialect.Decoder, error) { return decoder{}, nil },
	Mapping: rows,
}

// list is the member of a log file that holds the records.
const list = "Records"

// sniff asks for an eventSource of AWS, or, where the prefix ends before it, for what stands before it in a record. S3's
// notifications are Records too, with the eventSource aws:s3 and eventVersion 2.
func sniff(prefix []byte) bool {
	if records, ok := bytes.CutPrefix(dialect.Peek(prefix, list), []byte("[")); ok {
		prefix = records
	} else if bytes.HasPrefix(dialect.Peek(prefix, "detail"), []byte("{")) {
		prefix = dialect.Peek(prefix, "detail")
	}
	if source, ok := bytes.CutPrefix(dialect.Peek(prefix, "eventSource"), []byte(`"`)); ok {
		source, _, _ = bytes.Cut(source, []byte(`"`))
		return bytes.HasSuffix(source, []byte(suffix)) && dialect.Peek(prefix, "svc") == nil
	}
	return bytes.HasPrefix(dialect.Peek(prefix, "eventVersion"), []byte(`"1.`)) && dialect.Peek(prefix, "userIdentity") != nil
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
