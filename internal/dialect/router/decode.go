package router

import (
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// decoder reads frames. It keeps, from frame to frame, where the columns of a printed table are.
type decoder struct {
	opts  Options
	verbs map[string]verdict // by a word in upper case

	b     counterfoil.Builder // of event_data
	table table
}

func newDecoder(o Options) *decoder {
	d := &decoder{opts: o, verbs: map[string]verdict{}}
	for _, w := range o.Allow {
		d.verbs[strings.ToUpper(w)] = allows
	}
	for _, w := range o.Deny {
		d.verbs[strings.ToUpper(w)] = denies
	}
	return d
}

// Decode gives the event of a frame; a table's head is held until its first row comes.
func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	e := counterfoil.Event{Major: 1, Dialect: Dialect.ID(), Host: f.Host}
	if f.Type != 0 {
		return d.give(dst, f, e, d.message(&e, f))
	}
	e.Raw = string(f.Data)
	switch {
	case d.table.isHead(f.Data):
		dst = d.Flush(dst, time.Time{})
		d.table.open(f)
		return dst, nil
	case d.table.isRow(f.Data):
		if d.table.held {
			e.Raw = d.table.head + "\n" + e.Raw
			d.table.held = false
		}
		return d.give(dst, f, e, d.row(&e, f))
	}
	dst = d.Flush(dst, time.Time{}) // the head of a table without rows
	return d.give(dst, f, e, d.text(&e, f))
}

// text reads a frame that the transport says nothing of, and says why it cannot.
func (d *decoder) text(e *counterfoil.Event, f dialect.Frame) (problem string) {
	line := e.Raw
	switch {
	case line[0] == '{' || line[0] == ',':
		return d.stream(e, f)
	case strings.HasPrefix(line, influxPrefix):
		return d.influx(e, f)
	case isRule(f.Data):
		return d.printed(e, f)
	case line[0] == '[' || line[0] == ' ' || line[0] == '\t':
		c, problem := readConntrack(line)
		if problem == "" {
			d.conntrack(e, f, &c)
			return ""
		}
		if !strings.Contains(line, " OUT=") {
			return problem
		}
	}
	return d.logline(e, f)
}

// give appends the event, or what keeps the bytes of a frame that could not be read.
func (d *decoder) give(dst []counterfoil.Event, f dialect.Frame, e counterfoil.Event, problem string) ([]counterfoil.Event, error) {
	if problem != "" {
		u := dialect.Unparsed(Dialect, f, problem)
		u.Time = max(u.Time, 1)
		if e.Raw != "" {
			u.Raw = e.Raw // with the head of the table
		}
		return append(dst, u), fmt.Errorf("router at %d: %s", f.Pos, problem)
	}
	if e.Time == 0 {
		e.Time = max(f.Received, 1)
	}
	if e.Service == dialect.UnparsedService && e.Name == dialect.UnparsedEvent {
		return append(dst, e), fmt.Errorf("router at %d: the record holds an event that could not be read", f.Pos)
	}
	return append(dst, e), nil
}

// Flush gives the head of a table whose rows did not come.
func (d *decoder) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	h := d.Held()
	if !h.Any || !now.IsZero() && now.Before(h.Deadline) {
		return dst
	}
	d.table.held = false
	f := dialect.Frame{Data: []byte(d.table.head), Pos: d.table.pos, Host: d.table.host, Received: max(d.table.received, 1)}
	return append(dst, dialect.Unparsed(Dialect, f, "the head of a table without a row"))
}

// Held tells the head of a table.
func (d *decoder) Held() dialect.Held {
	if !d.table.held {
		return dialect.Held{}
	}
	return dialect.Held{Any: true, Pos: d.table.pos, Frames: []int64{d.table.pos},
		Deadline: d.table.received.Std().Add(headTimeout)}
}

// headTimeout is how long the head of a table waits for a row by the clock of the transport.
const headTimeout = 2 * time.Second
