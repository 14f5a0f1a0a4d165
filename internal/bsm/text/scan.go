package text

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// errAmbiguous is what is wrong with text that can be read in several ways, none of which makes as many bytes as the
// header says: praudit writes line ends and delimiters in names as they are.
var errAmbiguous = errors.New("it can be read in several ways, none of the size that its header says")

// Scan reads a record that praudit wrote, of whatever form, or a file token. Times are in zone. What is a token and what
// only looks like one, in a text that praudit did not escape, is told by the size in the header: texts end where all tokens
// together have it. The fields do not refer to b.
func Scan(b []byte, zone *time.Location) (*bsm.Record, error) {
	left := 2 * maxSteps
	return scan(b, zone, &left)
}

// scan is Scan that takes what it costs from left.
func scan(b []byte, zone *time.Location, left *int) (*bsm.Record, error) {
	*left -= len(b) / 64
	if len(b) > 0 && b[0] == '<' {
		return scanXML(b, zone)
	}
	delim := delimiter(b)
	if delim == "" {
		return nil, errors.New("it begins with no header and no file token")
	}
	s := scanner{text: string(b), delim: delim, end: "\n", zone: zone, escapes: true}
	if oneLine(b, delim) || endsInLine(b, delim, "") {
		s.end, s.text = delim, strings.TrimSuffix(s.text, delim)
		if file := named[strings.SplitN(s.text, delim, 2)[0]]; file != nil && file.ID == bsm.IDFile && strings.Count(s.text, delim) < 3 {
			s.end, s.text = "\n", string(b) // on a line of its own, with a name that is empty
		}
	}
	for range 2 { // as we write, then as praudit writes, where a backslash is one
		s.r, s.steps, s.most = new(bsm.Record), 0, min(maxSteps, *left)
		found := s.tokens(0)
		if *left -= s.steps; found {
			return s.r, nil
		}
		s.escapes = false
		if !strings.Contains(s.text, `\`) {
			break
		}
	}
	switch {
	case s.whole == 1:
		s.first.Flaw = bsm.HeaderSize
		return s.first, nil
	case s.whole > 1:
		return nil, errAmbiguous
	}
	return nil, fmt.Errorf("byte %d: no token of praudit's can be read", s.far)
}

// headers are what records begin with: names, and numbers in raw form.
var headers = []string{"header_ex", "header", "116", "121", "20", "21"}

// delimiter gives what stands between a header's name and its size, or a file token's name and its time.
func delimiter(b []byte) string {
	for _, name := range append(headers, "file", "17") {
		rest, ok := bytes.CutPrefix(b, []byte(name))
		if !ok {
			continue
		}
		n := 0
		for n < len(rest) && n < 16 && (rest[n] < '0' || rest[n] > '9') && rest[n] != '\n' {
			n++
		}
		if name == "file" { // its time begins with the name of a day
			for n = 1; n < 16 && n < len(rest) && !isDay(rest[n:]); {
				n++
			}
		}
		if n > 0 && n < 16 {
			return string(rest[:n])
		}
	}
	return ""
}

func isDay(b []byte) bool {
	return len(b) > 3 && b[3] == ' ' && strings.Contains("Sun Mon Tue Wed Thu Fri Sat ", string(b[:4]))
}

// oneLine reports whether the record is a line: praudit -l ends it with a delimiter.
func oneLine(b []byte, delim string) bool {
	return !bytes.Contains(b, []byte("\n")) && bytes.HasSuffix(b, []byte(delim))
}

// endsInLine reports whether b ends with the trailer of a record that is a line, of that size, "" for any. Names may hold line
// ends, so that such a record can be several lines.
func endsInLine(b []byte, delim, size string) bool {
	rest, ok := bytes.CutSuffix(b, []byte(size+delim))
	if size == "" {
		rest = bytes.TrimRight(rest, "0123456789")
	}
	for _, name := range [...]string{"trailer", "19"} {
		if ok && bytes.HasSuffix(rest, []byte(delim+name+delim)) {
			return true
		}
	}
	return false
}

// scanner tries ways to read a text. For one call of Scan.
type scanner struct {
	text, delim string
	end         string // what ends a token: a line end, or the delimiter where a record is a line
	zone        *time.Location
	escapes     bool
	r           *bsm.Record
	steps       int
	most        int         // of them
	whole       int         // ways found that read all of the text, but not with the size that the header says
	first       *bsm.Record // the first of them
	far         int         // how far the text could be read
}

// maxSteps bounds the ways that are tried, and what they cost.
const maxSteps = 200000

// tokens reads the text from i on and reports whether a way was found that has the right size; it is in s.r then.
func (s *scanner) tokens(i int) bool {
	if s.far = max(s.far, i); i >= len(s.text) {
		return s.done()
	}
	if s.steps++; s.steps > s.most {
		return false
	}
	shape, id, at := s.name(i)
	if shape == nil || len(s.r.Tokens) == 0 != (bsm.IsHeader(shape.ID) || shape.ID == bsm.IDFile) {
		return false
	}
	for shape != nil {
		fits, ok := s.as(shape, id, at)
		if fits || s.text[i] < 'a' {
			return ok
		}
		shape = next(shape) // its numbers are too large for the narrow one
	}
	return false
}

// next gives the shape that praudit calls by the same name, nil if there is no other.
func next(s *bsm.Shape) *bsm.Shape {
	if s.ID == 0x2e {
		return bsm.Shapes[0x7f]
	}
	return bsm.Shapes[wider[s.ID]]
}

// as reads the token whose fields begin at i as one of this shape, and goes on. fits is whether they can be.
func (s *scanner) as(shape *bsm.Shape, id uint64, at int) (fits, found bool) {
	fields := make([]bsm.Field, len(shape.Parts))
	last := len(shape.Parts) - 1
	for j, p := range shape.Parts {
		f := &fields[j]
		switch {
		case p.Kind == bsm.Magic:
			f.Num = bsm.TrailerMagic
			continue
		case p.Kind == bsm.AddrLen:
			continue
		case isList(p.Kind) || j == last && (p.Kind == bsm.Str || p.Kind == bsm.CStr || p.Kind == bsm.Data):
			return true, s.open(shape, fields, at, j)
		}
		var ok bool
		if at, ok = s.value(p.Kind, f, at); !ok {
			return false, false
		}
	}
	if shape == bsm.Unknown() {
		fields[0].Num = id
	}
	return true, s.add(shape, fields, at)
}

// add adds a token and goes on behind it; what was added is taken back if that leads nowhere.
func (s *scanner) add(shape *bsm.Shape, fields []bsm.Field, at int) bool {
	if at < len(s.text) {
		if !strings.HasPrefix(s.text[at:], s.end) || shape.ID == bsm.IDTrailer { // which is last, or part of a text
			return false
		}
		at += len(s.end)
	}
	for j, p := range shape.Parts {
		if p.Kind == bsm.AddrLen {
			fields[j].Num = uint64(len(fields[len(fields)-1].Bytes))
		}
	}
	n := len(s.r.Tokens)
	s.r.Add(shape, fields...)
	if s.tokens(at) {
		return true
	}
	s.r.Tokens = s.r.Tokens[:n]
	return false
}

// open reads a last part whose end is not certain: it ends where a token may begin, the first that leads to the right size.
func (s *scanner) open(shape *bsm.Shape, fields []bsm.Field, at, part int) bool {
	kind := shape.Parts[part].Kind
	for end := at; ; end++ {
		s.steps++
		n := strings.Index(s.text[end:], s.end)
		if n < 0 {
			end = len(s.text)
		} else if end += n; !s.mayBegin(end + len(s.end)) {
			continue
		}
		text := s.text[at:end]
		s.steps += len(text) / 64 // what it costs to try
		if !isList(kind) {
			text = strings.TrimPrefix(text, s.delim)
		}
		if s.text[at:end] != "" || isList(kind) {
			if f, ok := s.rest(kind, text); ok {
				mine := append([]bsm.Field(nil), fields...)
				mine[part] = f
				if s.add(shape, mine, end) {
					return true
				}
			}
		}
		if n < 0 || s.steps > s.most {
			return false
		}
	}
}

func (s *scanner) mayBegin(i int) bool {
	if i >= len(s.text) {
		return true
	}
	shape, _, _ := s.name(i)
	return shape != nil
}

// done judges a way that has read everything.
func (s *scanner) done() bool {
	h := s.r.Header()
	s.steps += len(s.r.Tokens)
	if h == nil || resize(s.r, int(h.Fields[0].Num)) {
		return true
	}
	if s.whole++; s.whole == 1 {
		s.first = &bsm.Record{Tokens: append([]bsm.Token(nil), s.r.Tokens...)}
	}
	return false
}

// maxName is longer than the name of any token with what parts it from its fields.
const maxName = 64

// name gives the shape of the token whose name stands at i, its number, and where its fields begin.
func (s *scanner) name(i int) (shape *bsm.Shape, id uint64, at int) {
	rest := s.text[i:min(len(s.text), i+maxName)]
	n := len(rest)
	if j := strings.Index(rest, s.delim); j >= 0 {
		n = j
	}
	if j := strings.Index(rest[:n], s.end); j >= 0 {
		n = j
	}
	word := rest[:n]
	if shape = named[word]; shape != nil {
		return shape, uint64(shape.ID), i + n
	}
	if id, err := strconv.ParseUint(word, 10, 8); err == nil && len(s.text) > 0 && s.text[0] < 'a' {
		return bsm.Unknown(), id, i + n
	}
	return nil, 0, i
}

// named has the first shape of each of praudit's names, and all by their numbers.
var named = func() map[string]*bsm.Shape {
	m := map[string]*bsm.Shape{"unknown": bsm.Unknown()}
	for _, s := range bsm.Shapes {
		if s == nil {
			continue
		}
		if m[s.Name] == nil {
			m[s.Name] = s
		}
		m[strconv.Itoa(int(s.ID))] = s
	}
	return m
}()

func isList(k bsm.Kind) bool { return k == bsm.Strings || k == bsm.Strings2 || k == bsm.Groups }
