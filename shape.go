package counterfoil

import (
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// shapes remembers how messages looked, so that the next one is read by comparing it. A sender's messages differ in
// their values and hardly ever in what stands between them: keys, braces, white space. Of a message that was read the
// slow way, the texts between its values become a path through a tree of states, and its end tells where the values
// belong and how the canonical form of its data is put together from pieces of the text. A message that follows no path,
// or has a value that is not canonical as it stands, is read the slow way, which also finds every error.
//
// What it remembers changes how fast a message is read and never what comes out. For one goroutine.
type shapes struct {
	states   [][]edge // 0 is the beginning of a message
	programs []program
	room     int  // bytes of literals that may still be remembered
	full     bool // something could not be remembered
	strange  int  // messages that followed no path since then
	values   []span
	arena    []byte   // the free end of what results are cut from
	pieces   [][]byte // what the arena was before since the last reset; only of who resets
	spare    [][]byte // pieces that may be used again
	resets   bool
	o        outline
}

// edge leads on where the text goes on with lit and then has a value of the kind.
type edge struct {
	lit  string
	kind valueKind
	next int32 // state; for atEnd: program
}

type valueKind uint8

const (
	aText valueKind = iota // the bytes of a string that stand for themselves, up to the closing quote, which is not part
	aWord                  // a small integer, true, false or null
	atEnd                  // no value: the message ends behind lit
)

// span is where a value stands in the text.
type span struct{ start, end int32 }

// program says what the values of a message are.
type program struct {
	seen   uint // keys, as bits
	fields []fieldValue
	data   [2]recipe // of svc_data and event_data
}

type fieldValue struct {
	field field
	value uint16
}

// field is where a value belongs: a key of the message, or one of those below, which are a level deeper.
type field uint8

const (
	fieldMajor = field(numKeys) + iota
	fieldMinor
	fieldLoginID
	fieldSubjectID
	fieldSubjectName
	fieldGroup
	fieldTerminal
	fieldPID
	fieldProcess
	fieldObjectKind
	fieldObjectName
	fieldObjectID
	fieldObjectTo
)

var fieldsBelow = map[key]map[string]field{
	keyVers: {"major": fieldMajor, "minor": fieldMinor},
	keySubject: {"login_id": fieldLoginID, "id": fieldSubjectID, "name": fieldSubjectName, "group": fieldGroup,
		"terminal": fieldTerminal, "pid": fieldPID, "process": fieldProcess},
	keyObject: {"kind": fieldObjectKind, "name": fieldObjectName, "id": fieldObjectID, "to": fieldObjectTo},
}

// recipe puts the canonical form of data together. It is empty where the message has no such data.
type recipe []piece

// piece is a literal, or where from >= 0 what the text has between two places.
type piece struct {
	lit      string
	from, to int32 // values
	before   int32 // bytes before the start of from, where the piece begins
	after    int32 // bytes behind the end of to, where it ends
}

// Bounds of what is remembered. Messages have up to maxValues values, and their data are put together from about maxPieces pieces at
// most; a state has up to maxEdges ways on.
const (
	shapeRoom = 256 << 10
	maxValues = 256
	maxPieces = 4 * maxValues
	maxEdges  = 16
	// patience is how many messages may follow no path before everything is forgotten and learnt anew.
	patience = 1 << 14
)

var learned = sync.Pool{New: func() any { return new(shapes) }}

// read fills r from a message that follows a path; false, with anything in r, if it does not.
func (h *shapes) read(r *Record, text string) (seen uint, ok bool) {
	if len(h.states) == 0 || len(text) > 1<<30 {
		return 0, false
	}
	h.values = h.values[:0]
	state, i := int32(0), 0
next:
	for {
		edges := h.states[state]
		for k := range edges {
			e := &edges[k]
			if !strings.HasPrefix(text[i:], e.lit) {
				continue
			}
			start := i + len(e.lit)
			end := start
			switch e.kind {
			case aText:
				if end = textEnd(text, start); end < 0 {
					continue
				}
			case aWord:
				if end = wordEnd(text, start); end < 0 {
					continue
				}
			case atEnd:
				if start != len(text) {
					continue
				}
				p := &h.programs[e.next]
				return p.seen, h.fill(r, text, p)
			}
			h.values = append(h.values, span{int32(start), int32(end)})
			state, i = e.next, end
			continue next
		}
		return 0, false
	}
}

// textEnd gives where the closing quote of a string stands, or -1 if its bytes do not all stand for themselves.
func textEnd(text string, i int) int {
	for {
		i += plainLen(text, i)
		switch {
		case i >= len(text):
			return -1
		case text[i] == '"':
			return i
		case text[i] < 0x80:
			return -1
		}
		n := runeLen(text[i:])
		if n == 0 {
			return -1
		}
		i += n
	}
}

// wordEnd gives where a number, true, false or null ends that is canonical as it stands, -1 if there is none.
func wordEnd(text string, start int) int {
	i := start
	for i < len(text) && text[i]-'0' <= 9 {
		i++
	}
	if n := i - start; n > 0 && n <= 15 && (n == 1 || text[start] != '0') && i < len(text) && endsWord[text[i]] {
		return i // what nearly all words are: digits, fewer than 2^53 has
	}
	for i < len(text) && !endsWord[text[i]] {
		i++
	}
	switch word := text[start:i]; {
	case isPlainInt(word), word == "null", word == "true", word == "false":
		return i
	}
	return -1
}

var endsWord = [256]bool{',': true, '}': true, ']': true, ' ': true, '\t': true, '\n': true, '\r': true}

// fill puts the values where they belong.
func (h *shapes) fill(r *Record, text string, p *program) bool {
	r.Major, r.Minor = 1, 0
	for _, f := range p.fields {
		at := h.values[f.value]
		if !r.set(f.field, text[at.start:at.end]) {
			return false
		}
	}
	r.SvcData = h.make(text, p.data[0])
	r.EventData = h.make(text, p.data[1])
	return true
}

// set gives a field its value; false if it is wrong.
func (r *Record) set(f field, v string) (ok bool) {
	var err error
	switch f {
	case field(keyAID):
		r.AID, err = ParseAID(v)
	case field(keySeq):
		r.Seq, err = strconv.ParseUint(v, 10, 64)
	case field(keyTime):
		r.Time, err = ParseTime(v)
	case field(keyReceived):
		r.Received, err = ParseTime(v)
	case field(keyVia):
		r.Via = v
	case field(keyDialect):
		r.Dialect = v
	case field(keyHost):
		r.Host = v
	case field(keySvc):
		r.Service = v
	case field(keyEvent):
		r.Name = v
	case field(keyClass):
		var c Class
		c, err = ParseClass(v)
		r.Class |= c
	case field(keyCategory):
		r.Category, err = ParseCategory(v)
	case field(keyAction):
		r.Action = Action(v)
		return r.Action.Known()
	case field(keySuccess):
		switch v {
		case "true":
			r.Outcome = Success
		case "false":
			r.Outcome = Failure
		default:
			return v == "null"
		}
	case field(keyAddr):
		r.Addr = v
	case field(keyUser):
		r.User = v
	case field(keySess):
		r.Session = v
	case field(keyRaw):
		r.Raw = v
	case fieldMajor:
		r.Major, err = strconv.Atoi(v)
	case fieldMinor:
		r.Minor, err = strconv.Atoi(v)
	case fieldLoginID:
		r.Subject.LoginID = v
	case fieldSubjectID:
		r.Subject.ID = v
	case fieldSubjectName:
		r.Subject.Name = v
	case fieldGroup:
		r.Subject.Group = v
	case fieldTerminal:
		r.Subject.Terminal = v
	case fieldPID:
		r.Subject.PID, err = strconv.ParseInt(v, 10, 64)
	case fieldProcess:
		r.Subject.Process = v
	case fieldObjectKind:
		r.Object.Kind = v
	case fieldObjectName:
		r.Object.Name = v
	case fieldObjectID:
		r.Object.ID = v
	case fieldObjectTo:
		r.Object.To = v
	default:
		return false
	}
	return err == nil
}

// make gives the canonical form of data. It shares text's memory where it stands there.
func (h *shapes) make(text string, p recipe) JSON {
	switch {
	case len(p) == 0:
		return ""
	case len(p) == 1 && p[0].from >= 0:
		return JSON(h.source(text, &p[0]))
	}
	// The canonical form is no longer than the text: a comma or colon that is a literal of its own stands there too.
	const most = pieceSize / 8
	var out []byte
	switch n := len(text); {
	case n > most:
		out = make([]byte, 0, n)
	case n > len(h.arena):
		h.arena = h.piece()
		fallthrough
	default:
		out = h.arena[:0]
	}
	for k := range p {
		if p[k].from < 0 {
			out = append(out, p[k].lit...)
		} else {
			out = append(out, h.source(text, &p[k])...)
		}
	}
	if len(text) <= most {
		h.arena = h.arena[len(out):]
	}
	return JSON(unsafe.String(unsafe.SliceData(out), len(out))) // nothing writes to it again
}

const pieceSize = 64 << 10

// piece gives memory for results.
func (h *shapes) piece() (b []byte) {
	if n := len(h.spare); n > 0 {
		b, h.spare = h.spare[n-1], h.spare[:n-1]
	} else {
		b = make([]byte, pieceSize)
	}
	if h.resets {
		h.pieces = append(h.pieces, b)
	}
	return b
}

// reset lets the memory of all results be used again.
func (h *shapes) reset() {
	const most = 64 // pieces that stay, which is more than a batch of usual messages takes
	h.spare = append(h.spare, h.pieces[:min(len(h.pieces), max(0, most-len(h.spare)))]...)
	clear(h.pieces)
	h.pieces, h.arena, h.resets = h.pieces[:0], nil, true
}

func (h *shapes) source(text string, p *piece) string {
	return text[h.values[p.from].start-p.before : h.values[p.to].end+p.after]
}
