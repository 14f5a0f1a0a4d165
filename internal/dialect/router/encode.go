package router

import (
	"io"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

type encoder struct {
	w   io.Writer
	b   counterfoil.Builder
	buf []byte
	// flat writes every word on one level, else tags and fields as Telegraf does.
	flat bool
}

// Encode writes a line: the record that r came as, if it came in the form that is asked for, else one of ours.
func (n *encoder) Encode(r *counterfoil.Record) (dialect.Loss, error) {
	line, loss, ok := n.again(&r.Event)
	if !ok {
		loss = carry.Loss(Dialect, &r.Event)
		line = string(n.record(&r.Event))
	}
	n.buf = append(append(n.buf[:0], line...), '\n')
	_, err := n.w.Write(n.buf)
	return loss, err
}

func (n *encoder) Close() error { return nil }

// again gives the bytes that an event of SSR came as, or the same record as canonical JSON, where they say all.
func (n *encoder) again(e *counterfoil.Event) (line string, loss dialect.Loss, ok bool) {
	if isStream := e.EventData.Member("tags") != ""; isStream == n.flat {
		return "", nil, false
	}
	if strings.HasPrefix(e.Raw, "{") && string(dialect.Element([]byte(e.Raw), metrics)) == e.Raw {
		if loss, ok = carry.Again(Dialect, e, e.Raw); ok {
			return e.Raw, loss, true
		}
	}
	if e.EventData.Kind() != '{' {
		return "", nil, false
	}
	if loss, ok = carry.Again(Dialect, e, string(e.EventData)); ok && e.Raw != "" {
		loss = append(loss, "raw")
	}
	return string(e.EventData), loss, ok
}

// record writes a record of ours.
func (n *encoder) record(e *counterfoil.Event) counterfoil.JSON {
	b := &n.b
	b.Reset()
	b.Object("")
	if n.flat {
		b.String(writerWord, writer)
		n.words(e, true)
		n.words(e, false)
		n.shown(e)
	} else {
		b.String("name", "events")
		b.Int("timestamp", seconds1970(e.Time))
		b.Object("tags")
		b.String(writerWord, writer)
		n.words(e, true)
		n.flow(e)
		b.End()
		b.Object("fields")
		n.words(e, false)
		n.shown(e)
		b.End()
	}
	b.End()
	return b.JSON()
}

// seconds1970 rounds down, before 1970 too.
func seconds1970(t counterfoil.Time) int64 {
	return (int64(t) - (int64(t)%1e9+1e9)%1e9) / 1e9
}

// words writes the tags or the fields that hold the event.
func (n *encoder) words(e *counterfoil.Event, tags bool) {
	for i := range carry.Fields {
		f := &carry.Fields[i]
		h := homeOf(f.Name)
		text := f.Text(e)
		if h.tag != tags || text == "" {
			continue
		}
		switch {
		case f.Name == "event":
			text = strings.ToLower(text)
		case f.Name == "category" && e.Category == ssrCategories[0].ours:
			text = ssrCategories[0].theirs
		case f.Name == "success":
			n.b.Bool(h.word, e.Outcome == counterfoil.Success)
			continue
		case f.Name == "subject.pid":
			n.b.Int(h.word, e.Subject.PID)
			continue
		case f.Kind == carry.JSON && n.flat && text[0] == '{':
			n.b.Value(h.word, counterfoil.JSON(text))
			continue
		}
		n.b.String(h.word, text)
	}
}

// shown writes what is there to be seen and is not read back: what happened in a sentence, the reason, and a flow's sums.
func (n *encoder) shown(e *counterfoil.Event) {
	n.b.String("event_detail", e.SentenceText())
	for _, key := range [...]string{"reason", "duration_ms", "packets", "bytes"} {
		if v := e.EventData.Member(key); v.Kind() == '"' || v.Kind() == '0' {
			n.b.Value(key, v)
		}
	}
	if n.flat {
		n.flow(e)
	}
}

// flow writes the parts of a flow, which its object names: "tcp 10.20.1.7:51514 192.0.2.80:443".
func (n *encoder) flow(e *counterfoil.Event) {
	if e.Object.Kind != "flow" {
		return
	}
	parts := strings.Split(e.Object.ID, " ")
	if len(parts) != 3 {
		return
	}
	names := [...]string{"protocol", "source-address", "source-port", "destination-address", "destination-port"}
	if n.flat {
		names = [...]string{"protocol", "src", "sport", "dst", "dport"}
	}
	n.b.String(names[0], parts[0])
	for i, part := range parts[1:] {
		addr, port := splitEndpoint(part)
		n.b.String(names[2*i+1], addr)
		if p, err := strconv.ParseUint(port, 10, 16); err == nil && n.flat {
			n.b.Uint(names[2*i+2], p)
		} else if err == nil {
			n.b.String(names[2*i+2], port) // a tag is a text
		}
	}
}

// splitEndpoint parts what endpoint put together.
func splitEndpoint(s string) (addr, port string) {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		addr, port, _ = strings.Cut(inner, "]:")
		return addr, port
	}
	if i := strings.IndexByte(s, ':'); i >= 0 && i == strings.LastIndexByte(s, ':') {
		return s[:i], s[i+1:]
	}
	return s, ""
}
