package router

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// influxPrefix begins an item of the stream in Influx line protocol: the measurement is events.
const influxPrefix = "events,"

// influx reads a line of Influx line protocol, which is what Telegraf writes unless told otherwise:
//
//	events,type=admin,subtype=running_config_change user="admin",permitted=true 1710449904469000000
//
// What it says becomes event_data in the shape of the JSON form.
func (d *decoder) influx(e *counterfoil.Event, _ dialect.Frame) (problem string) {
	p := influxParser{s: e.Raw, i: len(influxPrefix)}
	b := &d.b
	b.Reset()
	b.Object("")
	b.String("name", strings.TrimSuffix(influxPrefix, ","))
	b.Object("tags")
	for p.problem == "" && !p.ended(' ') {
		key, v := p.until('='), p.until(',')
		b.String(key, v)
		p.r.set(key, v)
	}
	b.End()
	b.Object("fields")
	for p.problem == "" && !p.ended(' ') {
		p.field(b)
	}
	b.End()
	if rest := strings.TrimRight(p.s[p.i:], " \r"); rest != "" && p.problem == "" {
		if p.r.time = stamp(rest); p.r.time == 0 {
			p.problem = "the time at the end is no number of seconds to nanoseconds since 1973"
		}
		number(b, "timestamp", rest)
	}
	b.End()
	if p.problem == "" {
		p.problem = p.r.event(e)
		e.EventData = b.JSON()
	}
	return p.problem
}

// influxParser reads keys and values.
type influxParser struct {
	r       ssr
	s       string
	i       int
	part    byte // what ended the last value: ',' or ' ', 0 at the end of the line
	begun   bool // in this section
	problem string
}

// ended reports whether a section is over, which end parts from the next.
func (p *influxParser) ended(end byte) bool {
	if p.begun && p.part != ',' {
		p.begun = false
		return true
	}
	p.begun = true
	return false
}

// until takes a key or tag value up to stop, a space, or the end. A backslash before ',', '=', ' ' or itself is taken off.
func (p *influxParser) until(stop byte) string {
	var b []byte
	for ; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		if c == '\\' && p.i+1 < len(p.s) && strings.IndexByte(`,= \`, p.s[p.i+1]) >= 0 {
			p.i++
			b = append(b, p.s[p.i])
			continue
		}
		if c == stop || c == ' ' {
			p.part = c
			p.i++
			if stop == '=' && c == ' ' {
				p.problem = "a key without a value"
			}
			return string(b)
		}
		b = append(b, c)
	}
	p.part = 0
	if stop == '=' {
		p.problem = "the line ends in a key"
	}
	return string(b)
}

// field reads a field: a quoted text, a number with or without its type, or a truth value.
func (p *influxParser) field(b *counterfoil.Builder) {
	key := p.until('=')
	if p.problem != "" {
		return
	}
	if p.i < len(p.s) && p.s[p.i] == '"' {
		v := p.quoted()
		b.String(key, v)
		p.r.set(key, v)
		return
	}
	v := p.until(',')
	p.r.set(key, v)
	switch v {
	case "t", "T", "true", "True", "TRUE":
		b.Bool(key, true)
	case "f", "F", "false", "False", "FALSE":
		b.Bool(key, false)
	default:
		if n := strings.TrimRight(v, "iu"); len(v)-len(n) == 1 && isDigits(n) {
			v = n
		}
		number(b, key, v)
	}
}

func (p *influxParser) quoted() string {
	var b []byte
	for p.i++; p.i < len(p.s); p.i++ {
		c := p.s[p.i]
		if c == '\\' && p.i+1 < len(p.s) && (p.s[p.i+1] == '"' || p.s[p.i+1] == '\\') {
			p.i++
			b = append(b, p.s[p.i])
			continue
		}
		if c == '"' {
			p.i++
			p.part = 0
			if p.i < len(p.s) {
				if p.part = p.s[p.i]; p.part != ',' && p.part != ' ' {
					p.problem = "text behind a closing quote"
				}
				p.i++
			}
			return string(b)
		}
		b = append(b, c)
	}
	p.problem = "a quote does not close"
	return string(b)
}
