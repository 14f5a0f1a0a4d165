package segment

import (
	"bytes"
	"fmt"
	"strings"
	"sync"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/pagefile"
)

// joiner puts the event data of a page of a split segment together: see splitter. Its memory is used again for other pages.
type joiner struct {
	b     *Block
	texts partPage // with marks; the joiner does not close their page
	parts [numParts]partPage

	every  bool // row is joined: dictionaries are worth being kept
	joined []byte
	ends   []int // of the rows in joined
}

// partPage is a page of a column of parts, or of the texts.
type partPage struct {
	page   *pagefile.Page // nil: not asked for yet
	levels []byte         // of all rows: 1 where one has a value; nil: each has
	row, n int            // so many values have the rows before this one
	texts  string
	ends   []uint32
	codes  []int32
	dict   *Dict // nil: see texts
}

var joiners = sync.Pool{New: func() any { return new(joiner) }}

// join hands f what puts the event data of the block's rows together. What that gives is good until f returns.
func (b *Block) join(f func(*joiner) error) error {
	return b.r.read(nameEventData, b.page, func(p *pagefile.Page) error {
		j := joiners.Get().(*joiner)
		defer func() { // what is damaged may panic
			j.close()
			joiners.Put(j)
		}()
		j.b = b
		if err := j.fill(&j.texts, nameEventData, p); err != nil {
			return err
		}
		return f(j)
	})
}

// fill takes what a page of a column holds.
func (j *joiner) fill(to *partPage, name string, page *pagefile.Page) (err error) {
	if page.Coded {
		if to.codes, err = page.Codes(); err == nil && len(to.codes) > 0 {
			to.dict, err = j.b.r.dict(name, j.every)
		}
		return err
	}
	texts, ends, err := page.Texts()
	to.texts, to.ends = stringOf(texts), ends
	return err
}

func (j *joiner) close() {
	for k := range j.parts {
		j.parts[k].page.Close()
		j.parts[k] = partPage{}
	}
	j.b, j.texts, j.every = nil, partPage{}, false
	j.joined, j.ends = j.joined[:0], j.ends[:0]
}

// part gives the page for a letter.
func (j *joiner) part(letter byte) (*partPage, error) {
	k := int(letter) - 'a'
	if k < 0 || k >= numParts {
		return nil, fmt.Errorf("column %s, page %d: a mark with the byte %#x", nameEventData, j.b.page, letter)
	}
	p := &j.parts[k]
	if p.page != nil {
		return p, nil
	}
	page, err := j.b.r.open(partName(k), j.b.page)
	if err != nil {
		return nil, err
	}
	p.page, p.levels = page, page.Levels
	return p, j.fill(p, partName(k), page)
}

// at gives the part of row i, if it has one.
func (p *partPage) at(i int) (string, bool) {
	if p.levels == nil {
		p.n = i
	} else {
		if i < p.row {
			p.row, p.n = 0, 0
		}
		p.n += bytes.Count(p.levels[p.row:i], []byte{1})
		p.row = i
		if p.levels[i] != 1 {
			return "", false
		}
	}
	if p.dict != nil {
		return p.dict.At(uint32(p.codes[p.n])), true
	}
	return p.texts[p.ends[p.n]:p.ends[p.n+1]], true
}

// appendRow appends the event data of row i.
func (j *joiner) appendRow(to []byte, i int) ([]byte, error) {
	text, _ := j.texts.at(i)
	var joined uint32
	valued := false // one of the marks side by side, before this one, has a value
	for at := 0; ; {
		n := strings.IndexByte(text[at:], mark)
		if n < 0 {
			return append(to, text[at:]...), nil
		}
		from, next := at, at+n+2
		if next > len(text) {
			return nil, fmt.Errorf("column %s, row %d of page %d: a mark without a letter", nameEventData, i, j.b.page)
		}
		letter := text[next-1]
		p, err := j.part(letter)
		if err != nil {
			return nil, err
		}
		bit := uint32(1) << (letter - 'a')
		if joined&bit != 0 { // without that, what is damaged could grow without end
			return nil, fmt.Errorf("column %s, row %d of page %d: the mark %c stands there twice", nameEventData, i, j.b.page, letter)
		}
		joined |= bit
		to = append(to, text[from:next-2]...)
		v, ok := p.at(i)
		if beside := n == 0 && from > 0; !beside && !beginsValue(text[:next-2]) || beside && valued && ok || !endsValue(text[next:]) {
			return nil, fmt.Errorf("column %s, row %d of page %d: the mark %c stands for no whole value", nameEventData, i, j.b.page, letter)
		} else if !beside {
			valued = false
		}
		valued = valued || ok
		to = append(to, v...)
		at = next
	}
}

// beginsValue reports whether a scalar value of JSON begins behind before, endsValue whether one has ended before after, where a mark may stand too. See [runsOver].
func beginsValue(before string) bool {
	n := len(before)
	return n > 0 && (before[n-1] == '"' || before[n-1] == ',' || before[n-1] == '[' || before[n-1] == ':' && n > 1 && before[n-2] == '"')
}

func endsValue(after string) bool {
	return after != "" && (after[0] == '"' || after[0] == ',' || after[0] == '}' || after[0] == ']' || after[0] == mark)
}

// runsOver reports whether a text may stand partly in a part and partly beside it, where [beginsValue] and [endsValue] hold. Behind a colon that is in none of them there is a
// value only if a quote is before it.
func runsOver(text string) bool {
	return strings.ContainsAny(text, `",[]}`) || strings.HasPrefix(text, ":")
}

// within calls hit with each row in which needle stands, which does not run over, or may stand; see [Block.Find].
func (j *joiner) within(needle string, fold bool, hit func(row int)) error {
	j.texts.within(needle, fold, hit)
	for k := range numParts {
		p, err := j.part('a' + byte(k))
		if err != nil {
			return err
		}
		p.within(needle, fold, hit)
	}
	return nil
}

func (p *partPage) within(needle string, fold bool, hit func(row int)) {
	if p.dict == nil {
		if len(p.texts) > 0 {
			within(p.texts, len(p.ends)-1, func(n int) int { return int(p.ends[n+1] - p.ends[n]) }, needle, fold, func(n int) { hit(p.rowOf(n)) })
		}
		return
	}
	words := p.dict
	var there []bool // by code; nil: none
	within(words.all, words.Len(), func(code int) int { return int(words.bounds[code+1] - words.bounds[code]) }, needle, fold, func(code int) {
		if there == nil {
			there = make([]bool, words.Len())
		}
		there[code] = true
	})
	if there == nil {
		return
	}
	for n, code := range p.codes {
		if there[code] {
			hit(p.rowOf(n))
		}
	}
}

// rowOf gives the row that has value number n.
func (p *partPage) rowOf(n int) int {
	if p.levels == nil {
		return n
	}
	if n < p.n {
		p.row, p.n = 0, 0
	}
	for ; p.n < n || p.levels[p.row] != 1; p.row++ { // p.n of the rows before p.row have a value
		if p.levels[p.row] == 1 {
			p.n++
		}
	}
	return p.row
}

// all joins all rows, in memory that is the joiner's.
func (j *joiner) all() error {
	j.every = true
	for i := range j.b.rows {
		if err := j.add(i); err != nil {
			return err
		}
	}
	return nil
}

// add joins a row more.
func (j *joiner) add(i int) (err error) {
	if j.joined, err = j.appendRow(j.joined, i); err == nil {
		j.ends = append(j.ends, len(j.joined))
	}
	return err
}

// few gives a copy of what was joined for rows, which are all that were, in that order, ascending.
func (j *joiner) few(rows []uint16) *few {
	ends := make([]uint32, len(j.ends))
	for i, end := range j.ends {
		ends[i] = uint32(end)
	}
	return newFew(rows, ends, string(j.joined))
}

// valueOf gives what was joined for each of rows, which are all that were, in that order.
func (j *joiner) valueOf(rows []uint16) func(row uint16) string {
	at := make(map[uint16]int, len(rows))
	for i, row := range rows {
		at[row] = i
	}
	return func(row uint16) string {
		i := at[row]
		return stringOf(j.joined[j.ends[i]-j.length(i) : j.ends[i]])
	}
}

// length gives that of a joined row.
func (j *joiner) length(i int) int {
	if i == 0 {
		return j.ends[0]
	}
	return j.ends[i] - j.ends[i-1]
}

// text gives a copy of the joined rows.
func (j *joiner) text() *Text {
	all := string(j.joined)
	t := &Text{All: all, ascii: indexHigh(all) < 0, Values: make([]string, len(j.ends))}
	from := 0
	for i, end := range j.ends {
		t.Values[i] = all[from:end]
		from = end
	}
	return t
}

// isJoined reports whether a column's values are put together from more than one column of the file.
func (b *Block) isJoined(col filter.Column) bool { return b.r.isSplit && col == filter.ColEventData }

// joinedText gives the event data of a page, through the cache.
func (b *Block) joinedText() (t *Text, err error) {
	at := &b.r.placesOf(nameEventData).pages[b.page]
	if v := at.get(); v != nil {
		return v.(*Text), nil
	}
	err = b.join(func(j *joiner) error {
		if err := j.all(); err != nil {
			return err
		}
		t = j.text()
		return nil
	})
	if err != nil {
		return nil, err
	}
	b.r.cache.put(at, &cached{v: t, size: int64(len(t.All) + 16*len(t.Values))})
	return t, nil
}
