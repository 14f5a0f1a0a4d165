package cef

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// foreign makes an event of another vendor's message.
func (d *decoder) foreign(received counterfoil.Time) counterfoil.Event {
	r := &d.r
	e := counterfoil.Event{Major: 1, Class: counterfoil.ClassApplication, Service: "CEF", Name: "EVENT"}
	if r.product != "" {
		e.Service = counterfoil.ServiceName(r.product)
	}
	if id := strings.TrimSpace(r.id); id != "" && (strings.Trim(id, "0123456789") != "" || r.name == "") {
		e.Name = counterfoil.ServiceName(id)
	} else if name := strings.TrimSpace(r.name); name != "" {
		e.Name = counterfoil.ServiceName(name)
	}
	missing := d.time(&e, received)
	for _, f := range foreign {
		for _, k := range f.keys {
			if v := r.get(k); v != "" {
				// A pid that is no number is in event_data all the same.
				_ = carry.FieldOf(f.field).Set(&e, v)
				break
			}
		}
	}
	if e.Subject.PID < 0 || e.Check() != nil {
		e.Subject.PID = 0
	}
	if e.Host == "" {
		e.Host = r.prefix.host
	}
	if a := r.get(address6); e.Addr == "" && r.get(address6+"Label") == address6Label {
		e.Addr = a
	}
	if _, err := netip.ParseAddr(e.Addr); err != nil {
		e.Addr = ""
	}
	d.what(&e)
	e.EventData = d.data(missing)
	return e
}

func (d *decoder) time(e *counterfoil.Event, received counterfoil.Time) inferred {
	for _, s := range [...]string{d.r.get("rt"), d.r.get("end"), d.r.get("start"), d.r.prefix.time} {
		if t, missing, ok := parseTime(s, received); s != "" && ok {
			e.Time = t
			return missing
		}
	}
	e.Time = max(received, 1)
	return inferred{}
}

// what sets action, class, outcome and object.
func (d *decoder) what(e *counterfoil.Event) {
	r := &d.r
	if b, ok := behaviours[r.get("categoryBehavior")]; ok {
		e.Action, e.Class = b.action, b.class
	}
	if e.Outcome = outcomes[r.get("outcome")]; e.Outcome == counterfoil.Unknown {
		e.Outcome = outcomes[r.get("categoryOutcome")]
	}
	o := &e.Object
	if o.Name = r.get("filePath"); o.Name == "" {
		o.Name = r.get("fname")
	}
	if o.Name != "" {
		o.Kind, o.ID = "file", r.get("fileId")
		if from := r.get(renamedFrom); from != "" {
			o.Name, o.To = from, o.Name
		}
		return
	}
	if u := r.get("duser"); u != "" && r.get("suser") != "" {
		o.Kind, o.Name, o.ID = "account", u, r.get("duid")
		return
	}
	if u := r.get("request"); u != "" {
		o.Kind, o.Name = "url", u
		return
	}
	if o.Name = r.get("dhost"); o.Name == "" {
		o.Name = r.get("dst")
	}
	if o.Name == "" {
		return
	}
	o.Kind = "socket"
	e.Class |= counterfoil.ClassNetwork
	if port := r.get("dpt"); port != "" {
		if strings.Contains(o.Name, ":") {
			o.Name = "[" + o.Name + "]"
		}
		o.Name += ":" + port
	}
}

// data gives everything the message says.
func (d *decoder) data(missing inferred) counterfoil.JSON {
	r, b := &d.r, &d.b
	b.Reset()
	b.Object("")
	b.String("deviceEventClassId", r.id)
	b.String("deviceProduct", r.product)
	b.String("deviceVendor", r.vendor)
	b.String("deviceVersion", r.device)
	if len(r.pairs) > 0 || r.loose != "" {
		b.Object("extension")
		if r.loose != "" {
			b.String("", r.loose)
		}
		for _, p := range r.pairs {
			b.String(p.key, p.value)
		}
		b.End()
	}
	if missing != (inferred{}) {
		b.Array("inferred")
		if missing.year {
			b.String("", "year")
		}
		if missing.zone {
			b.String("", "zone")
		}
		b.End()
	}
	b.String("name", r.name)
	b.String("severity", r.severity)
	if r.prefix.text != "" {
		b.String("syslog", r.prefix.text)
	}
	n, err := strconv.ParseInt(r.version, 10, 32)
	if err != nil {
		b.String("version", r.version)
	} else {
		b.Int("version", n)
	}
	b.End()
	return b.JSON()
}
