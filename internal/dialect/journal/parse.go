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

// entry is what an entry says, with its fields by name; one that stands several times has its values in one list.
type entry struct{ fields []field }

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
	e.fields = make([]field, 0, 32)
	for i := 0; i < len(frame); {
		f, next, state := readField(frame, i, true)
		if state != fieldOK {
			return fmt.Errorf("byte %d: not a field: want NAME=value, or NAME, a length and as many bytes", i+1)
		}
		e.fields = append(e.fields, field{name: text[f.name:f.nameEnd], text: text[f.value:f.end]})
		i = next
	}
	byName := func(a, b field) int { return strings.Compare(a.name, b.name) }
	slices.SortStableFunc(e.fields, byName)
	e.gather()
	return nil
}

// gather makes one field with a list of those that have the same name, which stand together.
func (e *entry) gather() {
	out := e.fields[:0]
	for i := 0; i < len(e.fields); {
		same := i + 1
		for same < len(e.fields) && e.fields[same].name == e.fields[i].name {
			same++
		}
		f := e.fields[i]
		if same > i+1 {
			var b counterfoil.Builder
			b.Array("")
			for _, v := range e.fields[i:same] {
				b.String("", v.text)
			}
			b.End()
			f.other = b.JSON()
		}
		out = append(out, f)
		i = same
	}
	e.fields = out
}

func (e *entry) fromJSON(doc string) error {
	v, err := counterfoil.Canonical(doc)
	if err != nil {
		return err
	}
	for name, v := range v.Members() {
		f := field{name: name}
		if v.Kind() == '"' {
			f.text = v.Text()
		} else if bytes, ok := octets(v); ok {
			f.text = bytes
		} else if f.other = v; v.Kind() == '[' {
			f.text, f.other = list(v)
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

// data gives all fields as event_data.
func (e *entry) data() counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	for i := range e.fields {
		if f := &e.fields[i]; f.other != "" {
			b.Value(f.name, f.other)
		} else {
			b.String(f.name, f.text)
		}
	}
	b.End()
	return b.JSON()
}
