package bsm

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// decoder makes an event of each frame: every record is whole.
type decoder struct {
	dialect.Whole
	record bsm.Record
	reader event.Reader
}

func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	var e counterfoil.Event
	err := d.record.Parse(f.Data)
	if err == nil {
		e = d.reader.Event(&d.record, len(f.Data))
	}
	return Dialect.Give(dst, f, e, err)
}
