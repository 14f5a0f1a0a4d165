package otlp

import (
	"net/netip"
	"strconv"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// event makes an event of a log record, without its raw.
func (d *decoder) event(r counterfoil.JSON, from source, f dialect.Frame) counterfoil.Event {
	e, ok := own(r, from)
	if !ok {
		e = d.foreign(r, from, f.Received)
	}
	e.Dialect = Dialect.ID()
	if e.Host == "" {
		e.Host = f.Host
	}
	return e
}

func (d *decoder) foreign(r counterfoil.JSON, from source, received counterfoil.Time) counterfoil.Event {
	e := counterfoil.Event{Major: 1, Class: counterfoil.ClassApplication, SvcData: from.data, EventData: d.data(r)}
	e.Time = timeOf(r, received)
	attributes := e.EventData.Member("attributes")
	e.Host = text(from.resource, hostName)
	e.Service = counterfoil.ServiceName(known(text(from.resource, serviceName), from.scope, "OTLP"))
	e.Name = counterfoil.ServiceName(known(text(r, "eventName"), text(attributes, "event.name"), "LOG"))
	for _, n := range names {
		v := ""
		for i := 0; v == "" && i < len(n.keys); i++ {
			if v = text(attributes, n.keys[i]); v == "" && n.field != "addr" {
				v = text(from.resource, n.keys[i])
			}
		}
		switch n.field {
		case "addr":
			if _, err := netip.ParseAddr(v); err == nil {
				e.Addr = v
			}
		case "subject.pid":
			if pid, err := strconv.ParseInt(v, 10, 64); err == nil && pid > 0 && pid <= 1<<53 {
				e.Subject.PID = pid
			}
		default:
			_ = carry.FieldOf(n.field).Set(&e, v) // a text takes any value
		}
	}
	if e.Object.Name != "" {
		e.Object.Kind = "file"
	}
	return e
}

// data gives everything a record says, values as JSON.
func (d *decoder) data(r counterfoil.JSON) counterfoil.JSON {
	b := &d.b
	b.Reset()
	b.Object("")
	if r.Kind() != '{' {
		b.Value("record", r)
	}
	for key, v := range r.Members() {
		appendMember(b, key, v)
	}
	b.End()
	return b.JSON()
}

// timeOf gives when the record says that it happened, or was seen; else when it was received.
func timeOf(r counterfoil.JSON, received counterfoil.Time) counterfoil.Time {
	for _, key := range [...]string{"timeUnixNano", "observedTimeUnixNano"} {
		if n, err := strconv.ParseInt(text(r, key), 10, 64); err == nil && n > 0 && counterfoil.Time(n).Valid() {
			return counterfoil.Time(n)
		}
	}
	return max(received, 1)
}

func known(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
