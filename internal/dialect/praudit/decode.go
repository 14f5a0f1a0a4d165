package praudit

import (
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/bsm/text"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type decoder struct {
	zone   *time.Location
	reader event.Reader
}

var id = Dialect.ID()

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	record, err := text.Scan(f.Data, d.zone)
	if err != nil {
		return append(dst, unparsed(f, err.Error())), fmt.Errorf("praudit: %w", err)
	}
	size := 0
	if h := record.Header(); h != nil {
		size = int(h.Fields[0].Num)
	}
	e := d.reader.Event(record, size)
	if e.Time == 0 {
		e.Time = f.Received
	}
	if e.Host == "" {
		e.Host = f.Host
	}
	e.Dialect, e.Raw = id, string(f.Data)
	if err := e.Check(); err != nil {
		return append(dst, unparsed(f, err.Error())), fmt.Errorf("praudit: %w", err)
	}
	return append(dst, e), nil
}

func unparsed(f dialect.Frame, reason string) counterfoil.Event {
	e := dialect.Unparsed(Dialect, f, reason)
	e.Dialect = id
	return e
}

// Flush gives nothing: no frame waits for another.
func (d *decoder) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event { return dst }

// Held says that nothing is held.
func (d *decoder) Held() dialect.Held { return dialect.Held{} }
