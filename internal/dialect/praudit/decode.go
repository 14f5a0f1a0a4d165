package praudit

import (
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/bsm/text"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type decoder struct {
	dialect.Whole
	zone   *time.Location
	reader event.Reader
}

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	record, err := text.Scan(f.Data, d.zone)
	if err != nil {
		return Dialect.Give(dst, f, counterfoil.Event{}, err)
	}
	size := 0
	if h := record.Header(); h != nil {
		size = int(h.Fields[0].Num)
	}
	return Dialect.Give(dst, f, d.reader.Event(record, size), nil)
}
