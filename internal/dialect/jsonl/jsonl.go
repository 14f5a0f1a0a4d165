package jsonl

import (
	"bytes"
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads and writes canonical messages, one a line.
var Dialect = &dialect.Dialect{
	Name:    "jsonl",
	Version: 1,
	Doc: `counterfoil's own message, one JSON object a line
Mandatory keys: time, addr, user, svc, event. A key that is not part of a message is refused, and the line kept
undecoded. Names in lower case are taken and kept beside their upper-case form.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Mapping: mapping,
	Decode:  func(any) (dialect.Decoder, error) { return decoder{}, nil },
	Encode:  func(w io.Writer, _ any) (dialect.Encoder, error) { return &encoder{w: w}, nil },

	Canonical: true,
}

func sniff(prefix []byte) bool {
	line, _, _ := bytes.Cut(bytes.TrimLeft(prefix, " \t\r\n"), []byte("\n"))
	return bytes.HasPrefix(line, []byte("{")) && bytes.Contains(line, []byte(`"svc":`)) && bytes.Contains(line, []byte(`"time":`))
}

// Parse reads one message. The event's dialect is "jsonl/1" unless the sender says otherwise; strings of the event
// share line's memory. Errors are those of [counterfoil.ParseEvent].
func Parse(line string) (counterfoil.Event, error) {
	return parse(line, counterfoil.ParseSent, dialect.Insert)
}

// Parser reads many messages and uses its memory again: see [counterfoil.Parser].
type Parser struct {
	counterfoil.Parser
	texts dialect.Arena
	buf   []byte
}

// Parse is the function of that name; the event is valid until Reset.
func (p *Parser) Parse(line string) (counterfoil.Event, error) {
	return parse(line, p.ParseSent, p.insert)
}

// Reset lets the memory of all events be used again.
func (p *Parser) Reset() {
	p.Parser.Reset()
	p.texts.Reset()
}

func (p *Parser) insert(data counterfoil.JSON, key string, v counterfoil.JSON) counterfoil.JSON {
	p.buf = dialect.AppendInsert(p.buf[:0], data, key, v)
	return counterfoil.JSON(p.texts.String(p.buf))
}

func parse(line string, read func(string) (counterfoil.Event, counterfoil.Sent, error),
	insert func(data counterfoil.JSON, key string, v counterfoil.JSON) counterfoil.JSON) (counterfoil.Event, error) {
	e, sent, err := read(line)
	if err != nil {
		return counterfoil.Event{}, err
	}
	if e.Dialect == "" {
		e.Dialect = "jsonl/1"
	}
	if sent.Service != "" {
		e.EventData = insert(e.EventData, "svc", counterfoil.String(sent.Service))
	}
	if sent.Name != "" {
		e.EventData = insert(e.EventData, "event", counterfoil.String(sent.Name))
	}
	if sent.Placed {
		origin := dialect.Origin(sent.Seq, sent.Received, sent.Via)
		if sent.Hidden != (counterfoil.Hash{}) {
			origin = insert(origin, "hidden", counterfoil.String(fmt.Sprintf("%x", sent.Hidden)))
		}
		e.EventData = insert(e.EventData, "origin", origin)
	}
	return e, nil
}

type decoder struct{ dialect.Whole }

func (decoder) Decode(dst []counterfoil.Event, f dialect.Frame) ([]counterfoil.Event, error) {
	if len(f.Data) == 0 {
		return dst, nil
	}
	line := string(f.Data)
	e, err := Parse(line)
	if err != nil {
		return append(dst, dialect.Unparsed(Dialect, f, err.Error())), fmt.Errorf("jsonl at %d: %w", f.Pos, err)
	}
	if e.Host == "" {
		e.Host = f.Host
	}
	return append(dst, e), nil
}

type encoder struct {
	w   io.Writer
	buf []byte
}

// Encode writes the record's canonical message and a LF. Nothing is lost. A record without a time received has no place
// in a trail (it is being converted): the message of its event is written.
func (e *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	if r.Received == 0 {
		e.buf = counterfoil.AppendEvent(e.buf[:0], &r.Event)
	} else {
		e.buf, _ = counterfoil.AppendRecord(e.buf[:0], r)
	}
	e.buf = append(e.buf, '\n')
	_, err := e.w.Write(e.buf)
	return nil, err
}

func (e *encoder) Close() error { return nil }
