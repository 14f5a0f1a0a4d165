package text

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// scanXML reads the element of a record, or of a file token. XML does not tell sizes.
func scanXML(b []byte, zone *time.Location) (*bsm.Record, error) {
	x := xmlScanner{rest: string(b), s: scanner{zone: zone, escapes: true, delim: ","}}
	r := new(bsm.Record)
	for {
		x.rest = strings.TrimLeft(x.rest, " \n\t\r")
		at := len(b) - len(x.rest)
		if x.rest == "" {
			return nil, errors.New("the record does not end")
		}
		if x.rest == "</record>" && r.Header() != nil {
			r.Add(bsm.Shapes[bsm.IDTrailer], bsm.Field{Num: bsm.TrailerMagic}, bsm.Field{})
			return r, nil
		}
		e, ok := x.element()
		if !ok {
			return nil, fmt.Errorf("byte %d: it is no XML that praudit writes", at)
		}
		t, ok := x.token(e)
		if !ok || (len(r.Tokens) == 0) != (bsm.IsHeader(t.ID) || t.ID == bsm.IDFile) && t.ID != bsm.IDFile {
			return nil, fmt.Errorf("byte %d: element %.20q cannot be read", at, e.name)
		}
		r.Tokens = append(r.Tokens, t)
		if r.Tokens[0].ID == bsm.IDFile {
			if x.rest != "" {
				return nil, fmt.Errorf("byte %d: text follows a file token", len(b)-len(x.rest))
			}
			return r, nil
		}
	}
}

type xmlScanner struct {
	rest string
	s    scanner
}

// element is one element: its attributes, its text, or the texts of the elements in it. A record's is its start only.
type element struct {
	name     string
	attrs    map[string]string
	content  string
	children []string
}

func (x *xmlScanner) element() (e element, ok bool) {
	name, empty, attrs, ok := x.tag()
	e = element{name: name, attrs: attrs}
	if !ok || empty || name == "record" {
		return e, ok
	}
	for strings.HasPrefix(x.rest, "<") && !strings.HasPrefix(x.rest, "</") {
		child, empty, _, ok := x.tag()
		if !ok {
			return e, false
		}
		text := ""
		if !empty {
			if text, ok = x.until(child); !ok {
				return e, false
			}
		}
		e.children = append(e.children, text)
	}
	e.content, ok = x.until(name)
	return e, ok
}

// tag reads the start of an element.
func (x *xmlScanner) tag() (name string, empty bool, attrs map[string]string, ok bool) {
	t := strings.TrimPrefix(x.rest, "<")
	n := strings.IndexAny(t, " />")
	if n <= 0 || len(t) == len(x.rest) {
		return "", false, nil, false
	}
	name, t = t[:n], t[n:]
	attrs = map[string]string{}
	for {
		t = strings.TrimLeft(t, " ")
		if rest, ok := strings.CutPrefix(t, ">"); ok {
			x.rest = rest
			return name, false, attrs, true
		}
		if rest, ok := strings.CutPrefix(t, "/>"); ok {
			x.rest = rest
			return name, true, attrs, true
		}
		key, rest, ok1 := strings.Cut(t, `="`)
		value, rest, ok2 := strings.Cut(rest, `"`)
		if _, twice := attrs[key]; !ok1 || !ok2 || twice || strings.ContainsAny(key, " <>\n\"") || strings.ContainsAny(value, "<\n") {
			return "", false, nil, false
		}
		attrs[key], t = entities.Replace(value), rest
	}
}

// until reads text up to the end of an element.
func (x *xmlScanner) until(name string) (text string, ok bool) {
	text, rest, _ := strings.Cut(x.rest, "<")
	if rest, ok = strings.CutPrefix(rest, "/"+name+">"); !ok {
		return "", false
	}
	x.rest = rest
	return entities.Replace(text), true
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'")

// token makes a token of an element: the first shape of its name to which its attributes fit.
func (x *xmlScanner) token(e element) (bsm.Token, bool) {
	if e.name == "unknown" {
		var id, data bsm.Field
		ok := parse(bsm.Hex8, e.attrs["token"], &id, &x.s) && parse(bsm.Rest, e.content, &data, &x.s)
		return bsm.Token{Shape: bsm.Unknown(), Fields: []bsm.Field{{Num: id.Num, Bytes: data.Bytes}}}, ok && id.Num < 256
	}
	for _, s := range bsm.Shapes {
		if s == nil || s.XML != e.name || s.ID == bsm.IDTrailer {
			continue
		}
		if fields, ok := x.fields(s, e); ok {
			return bsm.Token{Shape: s, ID: s.ID, Fields: fields}, true
		}
	}
	return bsm.Token{}, false
}

func (x *xmlScanner) fields(s *bsm.Shape, e element) ([]bsm.Field, bool) {
	fields := make([]bsm.Field, len(s.Parts))
	used := 0
	for i, p := range s.Parts {
		f := &fields[i]
		value, have := e.attrs[p.Attr]
		switch {
		case p.Kind == bsm.Size, p.Kind == bsm.AddrLen:
			continue
		case p.Kind == bsm.Data:
			return x.arbitrary(e)
		case isList(p.Kind):
			if p.Kind == bsm.Strings2 {
				return nil, false
			}
			var ok bool
			if *f, ok = listOf(p.Kind, e.children, &x.s); !ok {
				return nil, false
			}
			continue
		case p.Attr == "":
			value, have = e.content, true
		case p.Attr == "tid" && i == len(s.Parts)-1:
			continue
		case p.Attr == "tid":
			if !have || !x.terminal(s, value, f, &fields[i+1]) {
				return nil, false
			}
			used++
			continue
		default:
			used++
		}
		if !have || !x.value(p.Kind, value, f) {
			return nil, false
		}
	}
	if e.name == "socket-unix" {
		used++
	}
	for i, p := range s.Parts {
		if p.Kind == bsm.AddrLen {
			fields[i].Num = uint64(len(fields[len(fields)-1].Bytes))
		}
	}
	return fields, used == len(e.attrs)
}

func (x *xmlScanner) value(k bsm.Kind, t string, f *bsm.Field) bool {
	if k == bsm.YesNo {
		t = map[string]string{"yes": "truncated", "no": "complete"}[t]
	}
	return parse(k, t, f, &x.s)
}

// terminal reads port and address of a subject. praudit writes them without anything between in most tokens: then nobody
// can tell where the address begins, and the text is kept in place of the port.
func (x *xmlScanner) terminal(s *bsm.Shape, t string, port, addr *bsm.Field) bool {
	p, a, ok := strings.Cut(t, " ")
	if !ok {
		port.Named, port.Bytes, addr.Named = true, []byte(t), true
		return s.Parts[len(s.Parts)-1].Kind == bsm.AddrX
	}
	return parse(bsm.U32, p, port, &x.s) && parse(s.Parts[len(s.Parts)-1].Kind, a, addr, &x.s)
}

func (x *xmlScanner) arbitrary(e element) ([]bsm.Field, bool) {
	unit := strings.Index("1248", e.attrs["type"])
	var count bsm.Field
	if len(e.attrs["type"]) != 1 || unit < 0 || !parse(bsm.U8, e.attrs["count"], &count, &x.s) || count.Num > 255 {
		return nil, false
	}
	how := -1
	for i, name := range arbitraryHow {
		if name == e.attrs["print"] {
			how = i
		}
	}
	var n bsm.Field
	if how < 0 && (!parse(bsm.U8, e.attrs["print"], &n, &x.s) || n.Num > 255) {
		return nil, false
	} else if how < 0 {
		how = int(n.Num)
	}
	f, ok := unitsOf(how, unit, int(count.Num), e.content, &x.s)
	return []bsm.Field{f}, ok
}
