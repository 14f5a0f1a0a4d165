package dialect

import (
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil"
)

// NewEncoder is Encode for records of a trail, some of which may have been forgotten. What is left of such a one is written with
// what the leaf has of the rest, as event_data.forgotten, so that nobody takes its empty fields for what the source said. The
// canonical message has a key of its own for that.
func (d *Dialect) NewEncoder(w io.Writer, opts any) (Encoder, error) {
	enc, err := d.Encode(w, opts)
	if err != nil {
		return nil, err
	}
	return &telling{Encoder: enc}, nil
}

type telling struct {
	Encoder
	told counterfoil.Record
}

func (t *telling) Encode(r *counterfoil.Record) (Loss, error) {
	if !r.IsForgotten() {
		return t.Encoder.Encode(r)
	}
	t.told = *r
	t.told.EventData = Insert("", "forgotten", counterfoil.String(fmt.Sprintf("%x", r.Hidden[:])))
	return t.Encoder.Encode(&t.told)
}
