package segment

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Event data of records that follow one another are mostly the same text with a few other values in it. In a segment of many records
// those values stand in columns of their own, each with what is like it, and the text has a mark where each belongs: both together take
// two thirds of the room. Which values get a column is decided page by page; a reader need not know how.

const (
	mark     = 0x1a // in front of a letter; canonical JSON escapes such a byte
	numParts = 16
	numCoded = 8 // of them, the first, have a dictionary, for values that come again and again

	splitRows = 1024 // records that a segment has at the least to be split: below, more columns take more room than they save

	leastPart   = 32      // one in so many rows of a page must change a value, for it to get a column;
	changesPart = 10      // and one in so many of those that have it
	oftenPart   = 8       // one in so many of a value's rows must be there often for a column with a dictionary
	often       = 6       // times that a value is there often
	oftenBytes  = 256     // that such a value has at the most,
	dictBytes   = 1 << 16 // and all dictionaries together
)

// partName is the name of the column for letter 'a' + k.
func partName(k int) string { return partPrefix + string(rune('a'+k)) }

const partPrefix = nameEventData + "_"

// splitter splits the event data of the pages of a segment. Its memory is used again for the next segment.
type splitter struct {
	layouts layouts
	latest  []*layout // of each kind of event
	spots   []spot    // by path
	counts  []uint32  // how often a value was there: 8 bits, below what else is of its hash
	bytes   int       // in dictionaries
	pages   int       // that were looked at

	// Of a page:
	least int // changes that a value must have, and more
	rows  []splitRow
	spans []span
	hot   []bool // of spans: there often
	shown []int  // paths
	text  []byte
	texts []string
	parts [numParts]splitPart
}

// splitPart is a page of a column: the values of the rows that have one there.
type splitPart struct {
	values []string
	there  []byte // 1 for a row that has one, 0 for others; empty: none has
}

// splitRow is a row's layout, nil if it is not to be split, and the first of its spans.
type splitRow struct {
	layout *layout
	spans  int
}

// spot is what is known of the values in one place of the data.
type spot struct {
	n, changes, often int
	last              string
	columns           columns // in this page
	before            columns // in the page before
	counted, found    int     // of the segment: values that were counted, and those that were there often
}

// columns are those for values that are there often, and for others; -1: none.
type columns struct{ coded, plain int }

var noColumns = columns{-1, -1}

// bits are the columns as a set.
func (c columns) bits() uint64 { return (1<<(c.coded+1) | 1<<(c.plain+1)) &^ 1 }

// repeats reports whether it is worth while to count the values: not if hardly any was there often.
func (p *spot) repeats() bool { return p.counted < 2*MaxPageRows || p.found*(2*oftenPart) >= p.counted }

// begin begins with a segment.
func (s *splitter) begin(kinds int) {
	s.layouts.known, s.layouts.paths = map[uint64]*layout{}, map[string]int{}
	s.latest, s.spots, s.shown = make([]*layout, kinds), s.spots[:0], s.shown[:0]
	s.counts = resize(s.counts, 1<<16)
	clear(s.counts)
	s.bytes, s.pages = 0, 0
}

// page splits the event data of a page that [splitter.look] looked at. What it gives, texts and parts, is good until the next page.
func (s *splitter) page(data []string) error {
	if i := slices.IndexFunc(data, func(v string) bool { return strings.IndexByte(v, mark) >= 0 }); i >= 0 {
		return fmt.Errorf("event_data of row %d is not in canonical form: it has the byte %#x", i, mark)
	}
	s.count(data)
	s.choose()
	s.cut(data)
	return nil
}

// look finds the values of a page's event data; kind gives the kind of event of each. It calls novel with parts of them that hold
// every token.
func (s *splitter) look(data []string, kind func(row int) uint32, novel func(part string)) {
	for _, p := range s.shown {
		s.spots[p] = spot{before: s.spots[p].columns, counted: s.spots[p].counted, found: s.spots[p].found}
	}
	s.rows, s.spans, s.shown = resize(s.rows, len(data)), s.spans[:0], s.shown[:0]
	s.pages, s.least = s.pages+1, len(data)/leastPart
	for i, text := range data {
		s.rows[i] = splitRow{nil, len(s.spans)}
		if text == "" {
			continue
		}
		l := s.layoutOf(kind(i), text)
		if l == nil || l.page != s.pages {
			novel(text)
		}
		if l == nil {
			continue
		}
		s.rows[i].layout = l
		for j, p := range l.paths {
			v, at := s.spans[s.rows[i].spans+j], &s.spots[p]
			if at.n == 0 {
				s.shown = append(s.shown, p)
			}
			at.n++
			if value := text[v.from:v.to]; value != at.last {
				at.changes++
				at.last = value
				if l.page == s.pages {
					novel(value)
				}
			}
		}
		l.page = s.pages
	}
}

// layoutOf gives the layout of a text, nil if it is not to be split, and appends where its values stand to s.spans.
func (s *splitter) layoutOf(kind uint32, text string) (l *layout) {
	same := false
	if l = s.latest[kind]; l != nil {
		s.spans, same = l.match(text, s.spans)
	}
	if same {
		return l
	}
	if s.spans, l = s.layouts.of(text, s.spans); l == nil {
		return nil
	}
	s.latest[kind] = l
	for len(s.spots) < len(s.layouts.paths) {
		s.spots = append(s.spots, spot{before: noColumns})
	}
	return l
}

// wants reports whether the values of a place change so often that they had better stand in a column.
func (s *splitter) wants(p *spot) bool { return p.changes > s.least && p.changes*changesPart > p.n }

// count finds which of the values that change are there often.
func (s *splitter) count(data []string) {
	s.hot = resize(s.hot, len(s.spans))
	for i, r := range s.rows {
		if r.layout == nil {
			continue
		}
		for j, p := range r.layout.paths {
			at, v := &s.spots[p], s.spans[r.spans+j]
			s.hot[r.spans+j] = false
			if !s.wants(at) || v.to == v.from || v.to-v.from > oftenBytes || !at.repeats() {
				continue
			}
			at.counted++
			if s.isOften(p, data[i][v.from:v.to]) {
				s.hot[r.spans+j] = true
				at.often++
				at.found++
			}
		}
	}
}

// isOften counts a value. Values with the same place in the table drive one another out: the more frequent stays.
func (s *splitter) isOften(path int, value string) bool {
	h := xxhash.Sum64String(value) ^ uint64(path)*0x9e3779b97f4a7c15
	c := &s.counts[h>>48]
	if tag := uint32(h) &^ 0xff; *c&^0xff != tag {
		if *c&0xff > 1 {
			*c--
		} else {
			*c = tag | 1
		}
		return false
	}
	switch n := *c & 0xff; {
	case n >= often:
		if n < 0xff {
			*c++
		}
		return true
	case n == often-1 && s.bytes+len(value) > dictBytes:
		return false
	case n == often-1:
		s.bytes += len(value)
	}
	*c++
	return *c&0xff >= often
}

// choose gives columns to the places that need one most.
func (s *splitter) choose() {
	var coded, plain []int
	for _, p := range s.shown {
		at := &s.spots[p]
		at.columns = noColumns
		if s.wants(at) && at.often*oftenPart >= at.n {
			coded = append(coded, p)
		}
	}
	s.give(coded, 0, numCoded, func(p int) int { return s.spots[p].often }, func(c *columns) *int { return &c.coded })
	rest := func(p int) int { // values that have no column yet
		if at := &s.spots[p]; at.columns.coded >= 0 {
			return at.n - at.often
		}
		return s.spots[p].n
	}
	for _, p := range s.shown {
		if s.wants(&s.spots[p]) && rest(p) > s.least {
			plain = append(plain, p)
		}
	}
	s.give(plain, numCoded, numParts, rest, func(c *columns) *int { return &c.plain })
}

// give gives the columns from lo to hi-1 to the places with the most values: each the one that it had in the page before, if nobody
// else has it.
func (s *splitter) give(places []int, lo, hi int, values func(place int) int, column func(*columns) *int) {
	slices.SortFunc(places, func(a, b int) int { return cmp.Or(cmp.Compare(values(b), values(a)), cmp.Compare(a, b)) })
	places = places[:min(len(places), hi-lo)]
	var taken [numParts]bool
	for _, p := range places {
		if c := *column(&s.spots[p].before); c >= 0 && !taken[c] {
			*column(&s.spots[p].columns), taken[c] = c, true
		}
	}
	for _, p := range places {
		c := column(&s.spots[p].columns)
		if *c < 0 {
			*c = lo + slices.Index(taken[lo:hi], false)
			taken[*c] = true
		}
	}
}

// cut makes the texts and the parts.
func (s *splitter) cut(data []string) {
	size := 0
	for _, text := range data {
		size += len(text) + 2*numParts // marks may be longer than their values
	}
	s.text, s.texts = slices.Grow(s.text[:0], size), resize(s.texts, len(data))
	for k := range s.parts {
		s.parts[k] = splitPart{s.parts[k].values[:0], s.parts[k].there[:0]}
	}
	for i, text := range data {
		r := s.rows[i]
		if r.layout == nil {
			s.texts[i] = text
			continue
		}
		from, done, cut := len(s.text), int32(0), uint64(0)
		for j, p := range r.layout.paths {
			v, c := s.spans[r.spans+j], s.spots[p].columns
			to := c.plain
			if s.hot[r.spans+j] && c.coded >= 0 {
				to = c.coded
			}
			if to < 0 || cut&c.bits() != 0 { // a mark stands once in a text, even where two values are in one place
				continue
			}
			cut |= c.bits()
			s.text = append(s.text, text[done:v.from]...)
			s.mark(c.coded)
			s.mark(c.plain) // both, one of them for nothing, so that the texts of rows are the same
			s.parts[to].put(i, len(data), text[v.from:v.to])
			done = v.to
		}
		s.text = append(s.text, text[done:]...)
		s.texts[i] = stringOf(s.text[from:])
	}
}

func (s *splitter) mark(column int) {
	if column >= 0 {
		s.text = append(s.text, mark, 'a'+byte(column))
	}
}

// put adds the value of a row.
func (p *splitPart) put(row, rows int, value string) {
	if len(p.there) == 0 {
		p.there = resize(p.there, rows)
		clear(p.there)
	}
	p.there[row], p.values = 1, append(p.values, value)
}

// release lets go of what the splitter shares and keeps the memory.
func (s *splitter) release() {
	s.layouts, s.latest = layouts{memo: s.layouts.memo}, nil
	clear(s.spots)
	s.shown = s.shown[:0]
	clear(s.texts[:cap(s.texts)])
	for k := range s.parts {
		clear(s.parts[k].values[:cap(s.parts[k].values)])
	}
}
