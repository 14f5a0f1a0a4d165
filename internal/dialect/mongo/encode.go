package mongo

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// encoder writes records as documents. What a document is worth it finds out by reading it back, so that a loss is never
// a matter of opinion.
type encoder struct {
	w    io.Writer
	bson bool
	t    tree
	buf  []byte
	back decoder
}

// Encode writes a document, in JSON with LF behind it:
//
//   - an event of this dialect as it came, if it came in the form asked for, else from raw or event_data in that form;
//     aid and host are lost, and raw if its bytes are others now;
//   - any other event as the audit message that is nearest to it, with its canonical message in the field "counterfoil";
//     raw and dialect are lost.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	doc, loss := e.document(&r.Event)
	if len(doc) > maxDocument {
		return nil, fmt.Errorf("mongo: the document would have %d bytes, and the longest has %d", len(doc), maxDocument)
	}
	if !e.bson {
		doc = append(doc, '\n')
	}
	_, err := e.w.Write(doc)
	return loss, err
}

func (e *encoder) Close() error { return nil }

// document gives the document of an event, valid until the next call.
func (e *encoder) document(ev *counterfoil.Event) ([]byte, dialect.Loss) {
	var loss dialect.Loss
	if ev.Dialect == Dialect.ID() && ev.Service == service {
		if !ev.AID.IsZero() {
			loss = append(loss, "aid")
		}
		if ev.Host != "" {
			loss = append(loss, "host")
		}
		if e.hasForm(ev.Raw) && e.reads(ev.Raw, ev) {
			e.buf = append(e.buf[:0], ev.Raw...)
			return e.buf, loss
		}
		if ev.Raw != "" {
			loss = append(loss, "raw")
		}
		if ev.Raw != "" && e.parse(ev.Raw) && e.writes(ev) {
			return e.buf, loss
		}
		if ev.EventData.Kind() == '{' && e.t.parseJSON(string(ev.EventData), nil) == nil {
			if e.arrange(ev); e.writes(ev) {
				return e.buf, loss
			}
		}
		loss = nil
	}
	e.foreign(ev)
	e.write()
	if ev.Raw != "" {
		loss = append(loss, "raw")
	}
	if ev.Dialect != "" && ev.Dialect != Dialect.ID() {
		loss = append(loss, "dialect")
	}
	return e.buf, loss
}

// hasForm tells raw bytes that can be written as they are: a BSON document, or one line of JSON.
func (e *encoder) hasForm(raw string) bool {
	s, n := probe(readOnly(raw))
	isBSON := s == whole && n == len(raw)
	return raw != "" && isBSON == e.bson && (isBSON || strings.IndexByte(raw, '\n') < 0)
}

// parse reads raw into the tree.
func (e *encoder) parse(raw string) bool {
	return e.t.parse(raw, nil) == nil
}

// writes writes the tree and reports whether that reads back as ev.
func (e *encoder) writes(ev *counterfoil.Event) bool {
	e.write()
	return e.reads(string(e.buf), ev)
}

func (e *encoder) write() {
	if e.buf = e.buf[:0]; e.bson {
		e.buf = appendBSON(e.buf, &e.t, 0)
	} else {
		e.buf = appendStrict(e.buf, &e.t, 0)
	}
}

// reads reports whether a document reads back as ev, but for what no document has.
func (e *encoder) reads(doc string, ev *counterfoil.Event) bool {
	var got counterfoil.Event
	err := e.back.read(&got, doc, &dialect.Frame{})
	got.AID, got.Host, got.Raw = ev.AID, ev.Host, ev.Raw
	return err == nil && got == *ev
}

// order is that of the fields at the top of a document, as servers write them. Others come before users.
var order = []string{"atype", "ts", "uuid", "local", "remote", "", "users", "roles", "param", "params", "result"}

// arrange makes a document of event_data: adds the time, and puts the fields in order.
func (e *encoder) arrange(ev *counterfoil.Event) {
	t := &e.t
	fields := []int32{}
	for c := t.nodes[0].first; c != 0; c = t.nodes[c].next {
		fields = append(fields, c)
	}
	ms := int64(ev.Time) / 1e6
	switch {
	case t.member(0, "atype") == 0:
		fields = append(fields, t.add(node{key: t.keep("time"), kind: kLong, num: ms}))
	case t.member(0, "ts") == 0:
		fields = append(fields, t.add(node{key: t.keep("ts"), kind: kDate, num: ms}))
	}
	rank := func(c int32) int {
		if i := slices.Index(order, t.key(c)); i >= 0 {
			return i
		}
		return slices.Index(order, "")
	}
	slices.SortStableFunc(fields, func(a, b int32) int { return rank(a) - rank(b) })
	prev := int32(0)
	for _, c := range fields {
		t.nodes[c].next = 0
		t.link(0, prev, c)
		prev = c
	}
}
