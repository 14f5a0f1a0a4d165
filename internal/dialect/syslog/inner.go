package syslog

import (
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

type decoder struct {
	id      string
	opts    Options
	zone    zone
	inner   []*dialect.Dialect
	named   bool   // inner is the one that the operator named
	element string // how structured data that carries an event begins

	streams []*stream // in the order they began
	byKey   map[streamKey]*stream
	last    *stream // that the last message went to
	bytes   int     // of frames held
	kept    int     // bytes of inner decoders
	most    int     // that they may be
	turn    uint64  // messages for them so far

	frames []int64             // of Held
	events []counterfoil.Event // of an inner decoder
	b      counterfoil.Builder
}

func newDecoder(id string, o Options, inner []*dialect.Dialect) (*decoder, error) {
	z, err := parseZone(o.Zone)
	if err != nil {
		return nil, err
	}
	list, err := readable(o.Inner, inner)
	return &decoder{id: id, opts: o, zone: z, inner: list, named: o.Inner != "", element: "[" + o.SDID, most: maxKept, byKey: map[streamKey]*stream{}}, err
}

// Decode reads one frame. It never fails: a message that an inner dialect cannot read is a plain event that says so.
func (d *decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	m := parse(string(f.Data), f.Received, &d.zone)
	if strings.Contains(m.data, d.element) {
		if e, ok, reason := d.carried(&m); ok && reason == "" {
			return append(dst, e), nil
		} else if ok {
			return d.appendPlain(dst, &m, &f, d.opts.SDID, reason), nil
		}
	}
	in, from, to := d.choose(f.Data, &m)
	switch {
	case in == nil:
		return d.appendPlain(dst, &m, &f, "", ""), nil
	case strings.IndexByte(m.raw[from:to], '\n') >= 0:
		return d.apart(dst, in, &m, &f, from, to), nil
	}
	if f.Host == "" || m.host != "" {
		f.Host = m.host
	}
	dst, s, err := d.stream(dst, in, f.Host)
	if err != nil {
		return d.appendPlain(dst, &m, &f, in.Name, err.Error()), nil
	}
	dst = d.decode(dst, s, &m, &f, from, to)
	return d.fit(dst, s), nil
}

func (d *decoder) appendPlain(dst []counterfoil.Event, m *message, f *dialect.Frame, inner, reason string) []counterfoil.Event {
	dst = append(dst, counterfoil.Event{})
	d.plain(&dst[len(dst)-1], m, f, inner, reason)
	return dst
}

// choose gives the dialect that a message is of, and what of the frame is handed to it: the message, or the whole frame
// where a dialect knows its records by what the logger puts before them. What is chosen depends on this frame only.
func (d *decoder) choose(data []byte, m *message) (in *dialect.Dialect, from, to int) {
	from = m.at
	for from < m.end && m.raw[from] == ' ' {
		from++
	}
	if from == m.end {
		return nil, 0, 0
	}
	for _, x := range d.inner {
		if x.Sniff != nil && x.Sniff(data[from:m.end]) {
			return x, from, m.end
		}
	}
	if from > 0 {
		for _, x := range d.inner {
			if x.Sniff != nil && x.Sniff(data[:m.end]) {
				return x, 0, m.end
			}
		}
	}
	if d.named && len(d.inner) > 0 {
		return d.inner[0], from, m.end
	}
	return nil, 0, 0
}

// apart decodes a message of several lines by a decoder of its own: its lines and those of other frames must not be taken
// for each other.
func (d *decoder) apart(dst []counterfoil.Event, in *dialect.Dialect, m *message, f *dialect.Frame, from, to int) []counterfoil.Event {
	reason := ""
	dec, err := in.Decode(nil)
	if err == nil {
		inner := *f
		inner.Data = f.Data[from:to]
		if inner.Host == "" || m.host != "" {
			inner.Host = m.host
		}
		d.events, err = dec.Decode(d.events[:0], inner)
		d.events = dec.Flush(d.events, time.Time{})
	}
	if err != nil {
		reason = err.Error()
	}
	if n := len(d.events); reason != "" || n == 0 || n > 1 && !partition(d.events, m.raw[from:to]) {
		return d.appendPlain(dst, m, f, in.Name, reason)
	}
	for i := range d.events {
		e := &d.events[i]
		raw := m.raw
		if n := len(d.events); n > 1 { // what stands before and behind the message goes with the first and the last
			raw = e.Raw
			if i == 0 {
				raw = m.raw[:from] + raw
			}
			if i == n-1 {
				raw += m.raw[to:]
			}
		}
		d.wrap(e, m, raw, f.Received)
	}
	return append(dst, d.events...)
}

// partition reports whether the raws of events are text, parted at line ends, in order.
func partition(events []counterfoil.Event, text string) bool {
	for i := range events {
		rest, ok := strings.CutPrefix(text, events[i].Raw)
		if ok && i < len(events)-1 {
			rest, ok = strings.CutPrefix(rest, "\n")
		}
		if !ok || events[i].Raw == "" {
			return false
		}
		text = rest
	}
	return text == ""
}

// decode hands a message to its stream and gives what that gives.
func (d *decoder) decode(dst []counterfoil.Event, s *stream, m *message, f *dialect.Frame, from, to int) []counterfoil.Event {
	inner := *f
	inner.Data = f.Data[from:to]
	s.longest = max(s.longest, to-from)
	var err error
	d.events, err = s.dec.Decode(d.events[:0], inner)
	if s.left == 0 && len(d.events) == 1 && (d.events[0].Raw == m.raw[from:to] || d.events[0].Raw == "") {
		e := &d.events[0]
		if isUnparsed(e) && err != nil { // without an error it is what a sender says of itself
			return d.appendPlain(dst, m, f, s.in.Name, reasonOf(e, err))
		}
		d.wrap(e, m, m.raw, f.Received)
		return append(dst, *e)
	}
	s.push(held{raw: m.raw, from: from, to: to, pos: f.Pos, received: f.Received, host: f.Host})
	d.bytes += len(m.raw)
	dst = d.match(dst, s, err)
	if d.bytes > d.opts.MaxHeld {
		dst = d.Flush(dst, time.Time{})
	}
	return dst
}

func isUnparsed(e *counterfoil.Event) bool {
	return e.Service == dialect.UnparsedService && e.Name == dialect.UnparsedEvent
}

// reasonOf says why an inner dialect could not read a message; err is what it said beside the event, if anything.
func reasonOf(e *counterfoil.Event, err error) string {
	if r := e.EventData.Member("reason").Text(); r != "" {
		return r
	}
	if err == nil {
		return "not understood"
	}
	return err.Error()
}

// match gives each of d.events the frames that its lines came in, its raw and its envelope.
func (d *decoder) match(dst []counterfoil.Event, s *stream, err error) []counterfoil.Event {
	for i := range d.events {
		e := &d.events[i]
		first, raw, bytes := s.take(e.Raw)
		if first == nil { // the inner dialect changed what it was given: the frames are given when nothing is held
			continue
		}
		d.bytes -= bytes
		m := parse(first.raw, first.received, &d.zone)
		if isUnparsed(e) {
			f := dialect.Frame{Received: first.received, Host: first.host}
			dst = d.appendPlain(dst, &m, &f, s.in.Name, reasonOf(e, err))
			continue
		}
		d.wrap(e, &m, raw, first.received)
		dst = append(dst, *e)
	}
	s.compact()
	return dst
}
