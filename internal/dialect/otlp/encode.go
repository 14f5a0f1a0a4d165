package otlp

import (
	"io"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w io.Writer
	b counterfoil.Builder
}

// Encode writes a request of one record: the one that r came as, if it was OTLP, or else one of ours. All texts are valid
// UTF-8; one that is not has its exact bytes beside it, as a JSON string.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	line := r.Raw
	loss, ok := carry.Again(Dialect, &r.Event, line)
	if !ok {
		loss = carry.Loss(Dialect, &r.Event)
		line = string(e.request(r))
	}
	_, err := io.WriteString(e.w, line+"\n")
	return loss, err
}

func (*encoder) Close() error { return nil }

func (e *encoder) request(r *counterfoil.Record) counterfoil.JSON {
	b := &e.b
	b.Reset()
	b.Object("")
	b.Array("resourceLogs")
	b.Object("")
	b.Object("resource")
	b.Array("attributes")
	e.text(hostName, r.Host)
	e.text(serviceName, r.Service)
	b.End()
	b.End()
	b.Array("scopeLogs")
	b.Object("")
	b.Array("logRecords")
	e.record(r)
	b.End()
	b.Object("scope")
	b.String("name", product)
	b.String("version", Dialect.ID())
	b.End()
	b.End()
	b.End()
	b.End()
	b.End()
	b.End()
	return b.JSON()
}

func (e *encoder) record(r *counterfoil.Record) {
	b := &e.b
	seen := r.Received
	if seen <= 0 {
		seen = max(r.Time, 0)
	}
	level := severities[carry.LevelOf(&r.Event)]
	b.Object("")
	b.Array("attributes")
	for i := range carry.Fields {
		e.field(&carry.Fields[i], &r.Event)
	}
	e.text(ourPrefix+"dialect", r.Dialect)
	e.text(original, r.Raw)
	b.End()
	b.Object("body")
	b.String("stringValue", carry.Valid(r.SentenceText()))
	b.End()
	b.String("eventName", r.Name)
	b.String("observedTimeUnixNano", strconv.FormatInt(int64(seen), 10))
	b.Int("severityNumber", level.number)
	b.String("severityText", level.text)
	b.String("timeUnixNano", strconv.FormatInt(int64(max(r.Time, 0)), 10))
	b.End()
}

// field writes the attribute of a field.
func (e *encoder) field(f *carry.Field, v *counterfoil.Event) {
	text := f.Text(v)
	key := homes[f.Name]
	if key == "" {
		key = ourPrefix + f.Name
	}
	switch f.Name {
	case "svc", "event": // of the resource; of the record itself
		return
	case "time":
		if v.Time > 0 {
			return
		}
	case "host": // shown by the resource
		e.exact(f.Name, text)
		return
	case "object.name":
		if v.Object.Kind == "file" {
			key = filePath
		}
	case "subject.pid":
		if text != "" {
			e.value(key, counterfoil.JSON(text))
		}
		return
	}
	if f.Kind == carry.JSON {
		e.data(key, counterfoil.JSON(text))
		return
	}
	e.text(key, text)
	e.exact(f.Name, text)
}

// data writes data as values, or as a JSON text where values could not hold it.
func (e *encoder) data(key string, v counterfoil.JSON) {
	switch {
	case v == "":
	case carry.Exact(v) && carry.Depth(v) <= deepest && strings.Count(string(v), `":`) <= maxPairs:
		e.value(key, v)
	default:
		e.value(key+jsonSuffix, counterfoil.String(string(v)))
	}
}

func (e *encoder) exact(name, text string) {
	if carry.Valid(text) != text {
		e.text(exactPrefix+name, carry.Quote(text))
	}
}

// text writes an attribute, or nothing where the text is empty.
func (e *encoder) text(key, text string) {
	if text != "" {
		e.value(key, counterfoil.String(carry.Valid(text)))
	}
}

func (e *encoder) value(key string, v counterfoil.JSON) {
	e.b.Object("")
	e.b.String("key", key)
	putValue(&e.b, "value", v)
	e.b.End()
}
