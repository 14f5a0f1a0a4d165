package intake

import (
	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// Note is something a stream has to say of itself. The pump makes it an event of the program's own.
type Note struct {
	Name   string           // act.Gap, act.InputError, act.InputStart
	Reason string           // a sentence without a full stop
	Count  int64            // gaps: how many are missing; Unknown if nobody can tell
	Unit   string           // gaps: of what: "events", "records", "lines", "bytes"
	From   counterfoil.Time // gaps: when it began, 0 if not known
	To     counterfoil.Time // gaps: when it ended, 0: now
	Data   func(*counterfoil.Builder)
}

// UnknownCount stands for a loss whose size nobody can tell.
const UnknownCount = -1

var noteActions = map[string]counterfoil.Action{
	act.Gap: counterfoil.AuditGap, act.InputStart: counterfoil.AuditStart, act.InputStop: counterfoil.AuditStop,
	act.InputError: counterfoil.AuditStart,
}

// Event words a note of the input called name that reads source.
func (n Note) Event(now counterfoil.Time, host, name, source string) counterfoil.Event {
	data := func(b *counterfoil.Builder) {
		b.String("input", name)
		b.String("source", source)
		if n.Reason != "" {
			b.String("reason", n.Reason)
		}
		if n.Name == act.Gap {
			if n.Count == UnknownCount {
				b.String("count", "unknown")
			} else {
				b.Int("count", n.Count)
			}
			to := n.To
			if to == 0 {
				to = now
			}
			if n.From != 0 {
				b.String("from", n.From.String())
			}
			b.String("to", to.String())
			b.String("unit", n.Unit)
		}
		if n.Data != nil {
			n.Data(b)
		}
	}
	object := counterfoil.Object{Kind: "input", Name: name}
	return act.New(now, act.Who{Host: host}, n.Name, noteActions[n.Name], n.Name != act.InputError, object, data)
}
