package csv

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// service is svc where no column or constant says it; event is ROW then.
const service = "CSV"

// unmapped are fields that a table of another program does not tell.
var unmapped = []string{"seq", "sentence", "svc_data", "event_data", "received", "via", "dialect", "aid", "vers", "raw"}

// mapper makes events of the rows of other programs.
type mapper struct {
	columns   map[string][]*column // the fields that a column of theirs is, by its name
	wanted    []string             // these names, in the order of the option
	constants []constant
	named     map[string]bool // fields that have a column or a constant
	time      func(string) (counterfoil.Time, error)
	words     map[string]counterfoil.Outcome // in lower case
	foreign   bool                           // the options are for a table that is not ours
	b         counterfoil.Builder
}

type constant struct {
	column *column
	value  string
}

// take says what becomes of a column.
type take struct {
	column *column   // ours, in our own header
	fields []*column // in another
}

func newMapper(o Options) (*mapper, error) {
	m := &mapper{columns: map[string][]*column{}, named: map[string]bool{}, words: map[string]counterfoil.Outcome{},
		foreign: len(o.Map)+len(o.Success)+len(o.Failure) > 0 || o.Time+o.Zone+o.Separator != ""}
	var err error
	if m.time, err = timeReader(o.Time, o.Zone); err != nil {
		return nil, err
	}
	if err := m.learn(o); err != nil {
		return nil, err
	}
	for _, item := range o.Map {
		if err := m.item(item); err != nil {
			return nil, fmt.Errorf("csv: option %q: %w", "map", err)
		}
	}
	return m, nil
}

// Words that usually mean one or the other.
var (
	usualSuccess = []string{"true", "yes", "y", "ok", "success", "successful", "succeeded", "allow", "allowed", "granted", "pass", "passed"}
	usualFailure = []string{"false", "no", "n", "fail", "failed", "failure", "error", "deny", "denied", "refused", "rejected"}
)

// learn takes the words for success and failure. A word that is told beats one that is usual.
func (m *mapper) learn(o Options) error {
	unless := func(told, usual []string, means counterfoil.Outcome) {
		if len(told) > 0 {
			return
		}
		for _, w := range usual {
			m.words[w] = means
		}
	}
	unless(o.Success, usualSuccess, counterfoil.Success)
	unless(o.Failure, usualFailure, counterfoil.Failure)
	success := map[string]bool{}
	for _, w := range o.Success {
		success[strings.ToLower(w)] = true
		m.words[strings.ToLower(w)] = counterfoil.Success
	}
	for _, w := range o.Failure {
		if success[strings.ToLower(w)] {
			return fmt.Errorf("csv: the word %q is said to mean success and failure", w)
		}
		m.words[strings.ToLower(w)] = counterfoil.Failure
	}
	return nil
}

// item reads FIELD=COLUMN or FIELD==CONSTANT.
func (m *mapper) item(item string) error {
	name, what, ok := strings.Cut(item, "=")
	field := columnNamed(name)
	switch {
	case !ok || what == "" || what == "=":
		return fmt.Errorf("%q: want FIELD=COLUMN or FIELD==CONSTANT", item)
	case field == nil || slices.Contains(unmapped, name):
		var names []string
		for _, c := range columns {
			if !slices.Contains(unmapped, c.name) {
				names = append(names, c.name)
			}
		}
		return fmt.Errorf("%q is no field: want one of %s", name, strings.Join(names, ", "))
	case m.named[name]:
		return fmt.Errorf("field %q stands twice", name)
	}
	m.named[name] = true
	value, fixed := strings.CutPrefix(what, "=")
	if !fixed {
		m.columns[what] = append(m.columns[what], field)
		m.wanted = append(m.wanted, what)
		return nil
	}
	if err := m.set(&counterfoil.Record{}, field, value); err != nil && err != errChanged {
		return fmt.Errorf("%q: %w", item, err)
	}
	m.constants = append(m.constants, constant{field, value})
	return nil
}

// plan reads a header row. With an error it is a plan all the same: what is there is read.
func (m *mapper) plan(raw string, row []string) (*header, error) {
	h := &header{raw: raw, names: slices.Clone(row)}
	h.names[0] = strings.TrimPrefix(h.names[0], "\ufeff")
	h.own = !m.foreign && ours(h.names)
	h.whole = h.own && slices.Contains(h.names, "raw")
	seen := make(map[string]bool, len(h.names))
	h.keys = make(map[string]bool, len(h.names))
	for i, name := range h.names {
		h.names[i] = h.key(i, name)
		h.keys[h.names[i]] = true
		t := take{column: columnNamed(name), fields: m.columns[name]}
		if seen[name] {
			t.fields = nil // the first of two has it
		} else if t.column != nil && !h.own && !m.named[name] && !slices.Contains(unmapped, name) {
			t.fields = append(slices.Clone(t.fields), t.column)
		}
		seen[name] = true
		h.takes = append(h.takes, t)
	}
	for _, name := range m.wanted {
		if !seen[name] {
			return h, fmt.Errorf("the header has no column %q, which the option map names: it has %.200q", name, raw)
		}
	}
	return h, nil
}

// ours reports whether all columns have names of ours.
func ours(names []string) bool {
	for i, name := range names {
		if columnNamed(name) == nil || slices.Contains(names[:i], name) {
			return false
		}
	}
	return true
}

// sniff knows our own header, if it says enough.
func sniff(prefix []byte) bool {
	line, _, ok := bytes.Cut(prefix, []byte("\n"))
	if !ok || len(line) > 1<<10 {
		return false
	}
	names := strings.Split(strings.TrimPrefix(strings.TrimSuffix(string(line), "\r"), "\ufeff"), ",")
	for _, name := range mandatory {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return ours(names)
}

// row makes an event of the cells of a row.
func (m *mapper) row(h *header, r *counterfoil.Record, row []string) error {
	for _, c := range m.constants {
		if err := m.set(r, c.column, c.value); err != nil && err != errChanged {
			return err // none: it was tried when the decoder was made
		}
	}
	m.b.Reset()
	m.b.Object("")
	for i, cell := range row {
		kept := cell == "" // an empty cell says nothing
		if i < len(h.takes) && !kept {
			for n, field := range h.takes[i].fields {
				err := m.set(r, field, cell)
				if err != nil && field.name == "time" {
					return fmt.Errorf("column %q: %w", h.names[i], err)
				}
				kept = (n == 0 || kept) && err == nil
			}
		}
		if !kept {
			m.b.String(h.name(i), cell)
		}
	}
	m.b.End()
	if r.EventData = m.b.JSON(); r.EventData == "{}" {
		r.EventData = ""
	}
	return nil
}

// name is the key of a column in event_data.
func (h *header) name(i int) string {
	if i < len(h.names) {
		return h.names[i]
	}
	return h.key(i, "")
}

// key makes a name that no column before has: name#2 where it is taken, "column 7" where there is none.
func (h *header) key(i int, name string) string {
	if name == "" {
		name = "column " + strconv.Itoa(i+1)
	}
	if !h.keys[name] {
		return name
	}
	for n := h.twice[name] + 2; ; n++ {
		if key := name + "#" + strconv.Itoa(n); !h.keys[key] {
			if h.twice == nil {
				h.twice = map[string]int{}
			}
			h.twice[name] = n - 1
			return key
		}
	}
}

var errChanged = errors.New("is taken in another form")

// set puts the text of a cell into a field. An error says that the field does not say all that the cell says.
func (m *mapper) set(r *counterfoil.Record, c *column, cell string) (err error) {
	switch c.name {
	case "time":
		t, err := m.time(cell)
		if err == nil {
			r.Time = t
		}
		return err
	case "success":
		o, ok := m.words[strings.ToLower(cell)]
		if !ok {
			return fmt.Errorf("%.40q is no word for success or failure", cell)
		}
		r.Outcome = o
		return nil
	case "svc", "event":
		name := counterfoil.ServiceName(cell)
		if err := c.read(r, name); err != nil || name == cell {
			return err
		}
		return errChanged
	}
	return c.read(r, cell)
}
