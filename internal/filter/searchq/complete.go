package searchq

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Completion is a text that may stand where the cursor is.
type Completion struct {
	From, To int    // the bytes of the query that Text replaces; To is where the cursor is
	Text     string // as it would be written, quotes included
	Doc      string // what it is, in a few words; may be empty
	More     bool   // something must follow, so no space is wanted behind it (event_data.)
}

// Complete gives what may stand at the cursor, a byte index into q, most useful first: fields, operators, values of
// closed sets, time words, and the words that join conditions. It knows nothing of the trail; a surface may add
// values that occur, for the field that [ValueAt] names.
func Complete(q string, cursor int) []Completion {
	at := place(q, cursor)
	var out []Completion
	add := func(doc string, texts ...string) {
		for _, text := range texts {
			if len(text) >= len(at.word) && strings.EqualFold(text[:len(at.word)], at.word) {
				out = append(out, Completion{From: at.from, To: at.to, Text: text, Doc: doc, More: strings.HasSuffix(text, ".")})
			}
		}
	}
	switch at.want {
	case wantField:
		addFields(&at, add)
		add("leaves out what follows", "not")
		add("from a moment on: 2h, today, 2026-11-22", "since")
		add("up to a moment", "until")
	case wantOperator:
		addOperators(at, add)
	case wantValue:
		addValues(at, add)
	case wantMoment:
		add("a moment", "15m", "1h", "24h", "7d", "today", "yesterday", "monday", "now")
	}
	return out
}

// ValueAt gives the field whose value is being written at the cursor, the beginning of it that stands there, and where
// that begins.
func ValueAt(q string, cursor int) (f filter.Field, begun string, from int, ok bool) {
	at := place(q, cursor)
	return at.field, at.word, at.from, at.want == wantValue
}

const (
	nothing = iota // within quotes, or where only new text fits
	wantField
	wantOperator
	wantValue
	wantMoment
)

// spot is what the cursor stands at: a word begun in [from,to), and what kind of piece it is.
type spot struct {
	want     int
	from, to int
	word     string
	field    filter.Field
	op       string
}

// place reads q up to the cursor, piece by piece, without asking that it be right.
func place(q string, cursor int) spot {
	cursor = min(max(cursor, 0), len(q))
	for cursor > 0 && cursor < len(q) && !utf8.RuneStart(q[cursor]) {
		cursor--
	}
	p := parser{scanner: scanner{q: q[:cursor]}, now: time.Unix(0, 0)}
	at := spot{want: wantField, to: cursor}
	for {
		p.space()
		at.from = p.i
		if p.i == len(p.q) {
			at.word = ""
			return at
		}
		if !p.step(&at) {
			at.word = p.q[at.from:]
			return at
		}
	}
}

// step reads the next piece and says in at what is wanted behind it. It gives false if the piece reaches the cursor.
func (p *parser) step(at *spot) bool {
	c := p.q[p.i]
	switch {
	case c == '(' && at.want != wantValue, c == ')':
		p.i++
		at.want, at.op = wantField, ""
		return true
	case at.want == wantValue && at.op == "in" && (c == '(' || c == ','):
		p.i++
		return true
	case c == '"' || c == '\'':
		if _, err := p.quoted(); err != nil {
			p.i = len(p.q)
			at.want = nothing
			return false
		}
		return p.behind(at)
	}
	switch at.want {
	case wantValue, wantMoment:
		p.run("(),")
		if p.i == len(p.q) {
			return false
		}
		return p.behind(at)
	case wantOperator:
		op, _ := p.operator(p.i - 1)
		if op == "" || p.i == len(p.q) && !isSign(op) {
			if w, end := p.keyword(); op == "" && end < len(p.q) && w != "not" { // a free word or a joining one
				at.want = wantField
				return true
			}
			p.i = len(p.q)
			return false
		}
		at.op = strings.TrimPrefix(op, "not ")
		at.want = wantValue
		if at.op == "exists" {
			at.want = wantField
		}
		return true
	}
	return p.stepField(at)
}

func isSign(op string) bool { return strings.IndexByte("=<>!~:", op[0]) >= 0 }

// behind says what is wanted after a value, a moment or a phrase.
func (p *parser) behind(at *spot) bool {
	if at.op != "in" {
		at.want, at.op = wantField, ""
	}
	return true
}

// stepField reads a word where a condition begins: a field, a joining word, a time word or a free word.
func (p *parser) stepField(at *spot) bool {
	w, end := p.keyword()
	name := p.name()
	if p.i == len(p.q) {
		return false
	}
	if name == "" {
		p.i++ // a sign without a field
		return true
	}
	if w == "since" || w == "until" {
		p.i, at.want = end, wantMoment
		return true
	}
	f, err := filter.ParseField(name)
	if err != nil {
		p.run("()")
		return p.i < len(p.q)
	}
	at.field = f
	if p.q[p.i] == ':' {
		p.i++
		at.op, at.want = ":", wantValue
		return true
	}
	at.want = wantOperator
	return true
}

func addFields(at *spot, add func(doc string, texts ...string)) {
	// The fields that people ask for first come first.
	first := []filter.Column{filter.ColUser, filter.ColEvent, filter.ColAction, filter.ColService, filter.ColHost, filter.ColAddr,
		filter.ColSuccess, filter.ColObjectName, filter.ColCategory, filter.ColClass, filter.ColTime}
	for _, c := range first {
		add(columnDocs[c], filter.ColumnNames[c])
	}
	for c, name := range filter.ColumnNames {
		if slices.Contains(first, filter.Column(c)) {
			continue
		}
		if c := filter.Column(c); c == filter.ColEventData || c == filter.ColSvcData {
			name += "."
		}
		add(columnDocs[c], name)
	}
}

var columnDocs = [filter.NumColumns]string{"audit identifier", "version of the message", "number in the trail", "when it happened",
	"when the trail took it in", "input it came by", "dialect that understood it", "machine", "what produced it", "what happened, in its own word",
	"BSM event class", "why it is kept", "what happened, in the common vocabulary", "whether it succeeded", "where it came from", "who did it",
	"session", "identity that logged in", "effective identity", "name of the effective identity", "effective group", "terminal", "process number",
	"program", "kind of what was acted on", "name or path of what was acted on", "number of what was acted on", "second name of a rename",
	"what the service says", "everything the source says", "the bytes as they came"}

func addOperators(at spot, add func(doc string, texts ...string)) {
	k := kindOf(at.field)
	add("is", "=")
	add("is not", "!=")
	if k != boolean {
		add("is one of a list", "in (")
	}
	if k == text || k == data || k == instant {
		add("has the text in it", "contains")
		add("has the text in it, in any case", "icontains")
		add("begins with the text", "startswith")
	}
	add("matches a regular expression", "~")
	add("does not match", "!~")
	if k != boolean {
		add("is less", "<")
		add("is not more", "<=")
		add("is more", ">")
		add("is not less", ">=")
	}
	add("has a value", "exists")
}

func addValues(at spot, add func(doc string, texts ...string)) {
	if at.op == "~" || at.op == "!~" {
		return
	}
	switch at.field.Column {
	case filter.ColSuccess:
		add("it succeeded", "true")
		add("it failed", "false")
	case filter.ColCategory:
		add("", counterfoil.Categories()...)
	case filter.ColAction:
		add("", actionNames()...)
	case filter.ColClass:
		for _, name := range counterfoil.AllClasses.Names() {
			c, _ := counterfoil.ParseClass(name)
			add(c.Doc(), name)
		}
	case filter.ColTime, filter.ColReceived:
		add("a moment", "15m", "1h", "24h", "7d", "today", "yesterday", "monday", "now")
	}
}

func actionNames() []string {
	var names []string
	for _, a := range counterfoil.Actions() {
		if a != "" {
			names = append(names, string(a))
		}
	}
	return names
}
