package mongo

import (
	"errors"
	"fmt"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// decoder makes an event of each frame.
type decoder struct {
	dialect.Whole
	t tree
	m translation
	a dialect.Arena
	q quickWriter
	r repeats
	w dataWriter

	// A document longer than a transport's frames comes in pieces. What is in a later piece is somebody's data and must
	// not be taken for a record, whatever it looks like.
	next  int64 // where a piece would follow the frame before, which was cut off; 0: it was not
	until int64 // a document of BSON that came in pieces ends here
}

// minPiece is the least length of a frame that a transport may have cut.
const minPiece = 1 << 20

// Decode makes one event of a frame.
func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	dst = append(dst, counterfoil.Event{})
	e := &dst[len(dst)-1]
	err := d.piece(&f)
	if err == nil {
		err = d.read(e, d.a.String(f.Data), &f)
	}
	if err == nil {
		return dst, nil
	}
	if e.Service == "" {
		d.cut(&f)
		*e = dialect.Unparsed(Dialect, f, err.Error())
		e.Time = max(e.Time, 1)
	}
	return dst, fmt.Errorf("mongo at %d: %w", f.Pos, err)
}

// Reuse takes back the memory of the events that were given.
func (d *decoder) Reuse() { d.a.Reset() }

// read understands a document: e, which is zero, becomes its event.
func (d *decoder) read(e *counterfoil.Event, raw string, f *dialect.Frame) error {
	if err := d.t.parse(raw, &d.r); err != nil {
		return err
	}
	return d.event(e, raw, f)
}

// parse reads a document of either form.
func (t *tree) parse(raw string, rep *repeats) error {
	if raw != "" && raw[0] == '{' && (len(raw) < headLen || raw[3] > 1) { // a document of BSON that begins so would be too long
		return t.parseJSON(raw, rep)
	}
	s, n := probe(readOnly(raw))
	switch {
	case s == whole && n == len(raw):
		return t.parseBSON(raw)
	case strings.HasPrefix(strings.TrimLeft(raw, " \t\r\n"), "{"):
		return t.parseJSON(raw, rep)
	case s == open && n > 0:
		return fmt.Errorf("a BSON document of %d bytes ends after %d", n, len(raw))
	case s == whole:
		return fmt.Errorf("%d bytes follow a BSON document", len(raw)-n)
	}
	return errors.New("neither a JSON nor a BSON document")
}

// piece refuses a frame that continues the document of the one before.
func (d *decoder) piece(f *dialect.Frame) error {
	if f.Pos < d.until {
		return fmt.Errorf("piece of a BSON document that ends at byte %d", d.until)
	}
	if d.next != 0 && f.Pos == d.next {
		return errors.New("piece of the line before it")
	}
	return nil
}

// cut notes a frame that a transport may have cut off.
func (d *decoder) cut(f *dialect.Frame) {
	d.next = 0
	if len(f.Data) < minPiece {
		return
	}
	if s, n := probe(f.Data); s == open && f.Pos >= d.until {
		d.until = f.Pos + int64(n)
	} else if f.Pos >= d.until {
		d.next = f.Pos + int64(len(f.Data))
	}
}
