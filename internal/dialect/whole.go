package dialect

import (
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
)

// Whole is part of decoders for which no frame waits for another: nothing is held.
type Whole struct{}

func (Whole) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event { return dst }
func (Whole) Held() Held                                                     { return Held{} }

// Give appends the event that frame f is: e with the dialect, the bytes of f, its host and its time of arrival where e tells none. A
// frame that is none, as err says, or whose event could not be kept, is UNPARSED.
func (d *Dialect) Give(dst []counterfoil.Event, f Frame, e counterfoil.Event, err error) ([]counterfoil.Event, error) {
	if e.Dialect == "" {
		e.Dialect = d.ID()
	}
	if e.Raw == "" {
		e.Raw = string(f.Data)
	}
	if e.Host == "" {
		e.Host = f.Host
	}
	if e.Time == 0 {
		e.Time = f.Received
	}
	if err == nil {
		err = e.Check()
	}
	if err != nil {
		return append(dst, Unparsed(d, f, err.Error())), fmt.Errorf("%s at %d: %w", d.Name, f.Pos, err)
	}
	return append(dst, e), nil
}
