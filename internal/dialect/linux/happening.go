package linux

import (
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// line is where a record stands in the raw of its event.
type line struct {
	pos                     int64 // of its frame
	num                     uint16
	name0, name1, body, end uint32
}

// happening is an event while its records come.
type happening struct {
	key      key
	host     string
	marked   bool // host is what node= said
	pos      int64
	received counterfoil.Time // of its last record; the event's time where the transport does not say
	raw      []byte
	lines    []line
	titled   bool // has its PROCTITLE
	ended    bool // has its EOE
	wantsEnd bool // its node writes EOE
	late     bool // an event of this key was given before
	oversize bool // was given because it grew too large
	evicted  bool // was given because too much was held
	done     bool
	listed   bool // it is found by its key

	prev, next *happening // in the list of its node
}

func (ev *happening) append(h *header, f *dialect.Frame) {
	if len(ev.lines) > 0 {
		ev.raw = append(ev.raw, '\n')
	}
	at := uint32(len(ev.raw))
	ev.raw = append(ev.raw, f.Data...)
	n := len(ev.lines)
	ev.lines = slices.Grow(ev.lines, 1)[:n+1]
	l := &ev.lines[n]
	l.pos, l.num, l.name0, l.name1, l.body, l.end = f.Pos, h.num, 0, 0, at+uint32(h.body), uint32(len(ev.raw))
	if h.name != nil {
		l.name0 = at + uint32(h.nameAt)
		l.name1 = l.name0 + uint32(len(h.name))
	}
	if ev.received = f.Received; ev.received == 0 {
		ev.received = counterfoil.Time(ev.key.id.ns)
	}
}
