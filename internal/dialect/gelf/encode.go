package gelf

import (
	"fmt"
	"io"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w   io.Writer
	end string // of a message
	b   counterfoil.Builder
}

// Encode writes the message that r came as, if it was GELF, or else one of ours. All texts are valid UTF-8; one that is not
// has its exact bytes beside it, as a JSON string in an additional field.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	line := r.Raw
	loss, ok := carry.Again(Dialect, &r.Event, line)
	if !ok && r.Dialect == Dialect.ID() {
		line = string(r.EventData) // the same object in canonical form
		if loss, ok = carry.Again(Dialect, &r.Event, line); ok && r.Raw != "" {
			loss = append(loss, "raw")
		}
	}
	if !ok {
		loss = carry.Loss(Dialect, &r.Event)
		line = string(e.message(&r.Event))
	}
	_, err := io.WriteString(e.w, line+e.end)
	return loss, err
}

func (*encoder) Close() error { return nil }

func (e *encoder) message(v *counterfoil.Event) counterfoil.JSON {
	b := &e.b
	b.Reset()
	b.Object("")
	b.String(marker, Dialect.ID())
	b.String("_dialect", carry.Valid(v.Dialect))
	for i := range carry.Fields {
		e.field(&carry.Fields[i], keys[i], v)
	}
	if v.Host == "" {
		b.String("host", noHost)
	}
	if v.Raw != "" {
		b.String("full_message", carry.Valid(v.Raw))
	}
	b.Int("level", levels[carry.LevelOf(v)])
	b.String("short_message", carry.Valid(v.SentenceText()))
	b.Value("timestamp", seconds(v.Time))
	b.String("version", "1.1")
	b.End()
	return b.JSON()
}

func (e *encoder) field(f *carry.Field, key string, v *counterfoil.Event) {
	text := f.Text(v)
	switch {
	case text == "":
		return
	case f.Name == "subject.pid":
		e.b.Int(key, v.Subject.PID)
		return
	}
	shown := carry.Valid(text)
	e.b.String(key, shown)
	if shown != text || key == "host" && text == noHost {
		e.b.String("_"+strings.TrimPrefix(key, "_")+exact, carry.Quote(text))
	}
}

// seconds gives a time in seconds since 1970 to the millisecond.
func seconds(t counterfoil.Time) counterfoil.JSON {
	ms, sign := int64(t)/1e6, ""
	if ms < 0 {
		ms, sign = -ms, "-"
	}
	return counterfoil.JSON(fmt.Sprintf("%s%d.%03d", sign, ms/1000, ms%1000))
}
