package journal

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// field is a field of an entry: one value of any bytes, or what JSON has in its place (null, a list, anything else).
type field struct {
	name, text string
	other      counterfoil.JSON
}

// entry is what an entry says, with its fields in the order of their names; one that stands several times has its values
// in one list. doc is all of it where JSON had it as event_data wants it.
type entry struct {
	fields []field
	doc    counterfoil.JSON
}

// parse reads an entry of either form, given as bytes and as a string that the fields may share. An error says why it is
// none.
func parse(frame []byte, text string) (e entry, err error) {
	if doc := strings.TrimLeft(text, "\x1e \t\r\n"); strings.HasPrefix(doc, "{") {
		err = e.fromJSON(doc)
	} else {
		err = e.fromExport(frame, text)
	}
	if err != nil {
		return entry{}, err
	}
	for _, name := range [...]string{"MESSAGE", "__REALTIME_TIMESTAMP", "_TRANSPORT", "__CURSOR"} {
		if e.has(name) {
			return e, nil
		}
	}
	return entry{}, errors.New("not a journal entry: no MESSAGE, __REALTIME_TIMESTAMP, _TRANSPORT or __CURSOR")
}

func (e *entry) fromExport(frame []byte, text string) error {
	raw := make([]rawField, 0, 40)
	for i := 0; i < len(frame); {
		f, next, state := readField(frame, i, true)
		if state != fieldOK {
			return fmt.Errorf("byte %d: not a field: want NAME=value, or NAME, a length and as many bytes", i+1)
		}
		raw = append(raw, f)
		i = next
	}
	name := func(f rawField) string { return text[f.name:f.nameEnd] }
	slices.SortStableFunc(raw, func(a, b rawField) int { return strings.Compare(name(a), name(b)) })
	e.fields = make([]field, 0, len(raw))
	for i := 0; i < len(raw); {
		f := field{name: name(raw[i]), text: text[raw[i].value:raw[i].end]}
		same := i + 1
		for same < len(raw) && name(raw[same]) == f.name {
			same++
		}
		if same > i+1 {
			f.other = several(raw[i:same], text)
		}
		e.fields = append(e.fields, f)
		i = same
	}
	return nil
}

// several gives the values of fields that have one name as a list.
func several(raw []rawField, text string) counterfoil.JSON {
	var b counterfoil.Builder
	b.Array("")
	for _, f := range raw {
		b.String("", text[f.value:f.end])
	}
	b.End()
	return b.JSON()
}

func (e *entry) fromJSON(doc string) error {
	v, err := counterfoil.Canonical(doc)
	if err != nil {
		return err
	}
	e.doc = v
	e.fields = make([]field, 0, 40)
	for name, v := range v.Members() {
		f := field{name: name}
		switch v.Kind() {
		case '"':
			f.text = v.Text()
		case '[':
			e.doc = ""
			if bytes, ok := octets(v); ok {
				f.text = bytes
			} else {
				f.text, f.other = list(v)
			}
		default:
			f.other = v
		}
		e.fields = append(e.fields, f)
	}
	return nil
}

// octets gives the bytes of a value that journalctl writes as a list of numbers since it is not printable UTF-8.
func octets(v counterfoil.JSON) (string, bool) {
	if v.Kind() != '[' || v == "[]" {
		return "", false
	}
	var b []byte
	for x := range v.Elements() {
		n, err := strconv.ParseUint(string(x), 10, 8)
		if err != nil {
			return "", false
		}
		b = append(b, byte(n))
	}
	return string(b), true
}

// list gives the first text of several values, and all of them with bytes as strings.
func list(v counterfoil.JSON) (first string, all counterfoil.JSON) {
	var b counterfoil.Builder
	b.Array("")
	n := 0
	for x := range v.Elements() {
		text, ok := octets(x)
		if x.Kind() == '"' {
			text, ok = x.Text(), true
		}
		if ok {
			b.String("", text)
		} else {
			b.Value("", x)
		}
		if n++; n == 1 {
			first = text
		}
	}
	b.End()
	return first, b.JSON()
}

func (e *entry) has(name string) bool {
	return slices.ContainsFunc(e.fields, func(f field) bool { return f.name == name })
}

// get gives the value of a field, the first where it has several. Both forms leave the fields in the order of their names.
func (e *entry) get(name string) string {
	i, ok := slices.BinarySearchFunc(e.fields, name, func(f field, name string) int { return strings.Compare(f.name, name) })
	if !ok {
		return ""
	}
	return e.fields[i].text
}

// data gives all fields as event_data. It is written here and not by a Builder, since the fields have their order: a name
// of the export format has no byte that JSON escapes, and one of JSON came from canonical text.
func (e *entry) data() counterfoil.JSON {
	if e.doc != "" {
		return e.doc
	}
	size := 2
	for i := range e.fields {
		size += len(e.fields[i].name) + len(e.fields[i].text) + len(e.fields[i].other) + 8
	}
	out := append(make([]byte, 0, size), '{')
	for i := range e.fields {
		f := &e.fields[i]
		if i > 0 {
			out = append(out, ',')
		}
		out = append(counterfoil.AppendText(out, f.name), ':')
		if f.other != "" {
			out = append(out, f.other...)
		} else {
			out = counterfoil.AppendText(out, f.text)
		}
	}
	return counterfoil.JSON(append(out, '}'))
}
