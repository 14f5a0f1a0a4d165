package intaketest

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Groups is a dialect whose events are groups of lines that interleave: "NAME text", ended by "NAME end". A group that
// is not ended is given 2 seconds after its first line, by the clock of the frames.
var Groups = &dialect.Dialect{Name: "groups", Version: 1, Doc: "test", Decode: func(any) (dialect.Decoder, error) { return &groups{}, nil }}

type groups struct {
	open   []group
	frames []int64
}

type group struct {
	name  string
	lines []string
	pos   []int64
	due   time.Time
}

func (d *groups) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	name, text, ok := bytes.Cut(f.Data, []byte(" "))
	if !ok {
		return append(dst, dialect.Unparsed(Groups, f, "has no name")), errors.New("has no name")
	}
	i := slices.IndexFunc(d.open, func(g group) bool { return g.name == string(name) })
	if i < 0 {
		i = len(d.open)
		d.open = append(d.open, group{name: string(name), due: f.Received.Std().Add(2 * time.Second)})
	}
	g := &d.open[i]
	g.lines, g.pos = append(g.lines, string(f.Data)), append(g.pos, f.Pos)
	if string(text) == "end" {
		return d.give(dst, i, f.Received), nil
	}
	return dst, nil
}

func (d *groups) give(dst []counterfoil.Event, i int, at counterfoil.Time) []counterfoil.Event {
	g := d.open[i]
	d.open = slices.Delete(d.open, i, i+1)
	return append(dst, counterfoil.Event{Major: 1, Time: at, Dialect: "groups/1", Service: "TEST", Name: "GROUP",
		Session: g.name, Raw: strings.Join(g.lines, "\n")})
}

func (d *groups) Flush(dst []counterfoil.Event, now time.Time) []counterfoil.Event {
	for i := 0; i < len(d.open); {
		if g := d.open[i]; now.IsZero() || !g.due.After(now) {
			dst = d.give(dst, i, counterfoil.TimeOf(g.due))
			continue
		}
		i++
	}
	return dst
}

func (d *groups) Held() (h dialect.Held) {
	d.frames = d.frames[:0]
	for _, g := range d.open {
		d.frames = append(d.frames, g.pos...)
		if !h.Any || g.due.Before(h.Deadline) {
			h.Any, h.Deadline = true, g.due
		}
	}
	if h.Any {
		slices.Sort(d.frames)
		h.Pos, h.Frames = d.frames[0], d.frames
	}
	return h
}

// Plain is a dialect of one event a line, "GROUP" with the line as raw.
var Plain = &dialect.Dialect{Name: "plain", Version: 1, Doc: "test", Decode: func(any) (dialect.Decoder, error) { return plain{}, nil }}

type plain struct{}

func (plain) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	return append(dst, counterfoil.Event{Major: 1, Time: f.Received, Dialect: "plain/1", Service: "TEST", Name: "GROUP", Raw: string(f.Data)}), nil
}
func (plain) Flush(dst []counterfoil.Event, _ time.Time) []counterfoil.Event { return dst }
func (plain) Held() (h dialect.Held)                                         { return h }
