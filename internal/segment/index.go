package segment

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Index is what search knows of a segment without reading its columns. It is derived: BuildIndex makes it again.
type Index struct {
	First    uint64
	Rows     int
	PageRows int // rows in a page; in the last one the rest
	MinTime  counterfoil.Time
	MaxTime  counterfoil.Time
	Pages    []Zone
	Minutes  []Minute                   // how many records each minute has, in order; nil if they are too scattered
	Constant [filter.NumColumns]*string // the value of a text column that has one value only
	Inexact  bool                       // some record has something in the column exact
	bits     signature
	grams    grams
	number   uint64 // among those of a cache, from 1; 0: it has none

	MinReceived, MaxReceived counterfoil.Time
	Kinds                    []Kind // that records are of, in order; nil if they are more than mostKinds, or with Inexact

	mend    func(damage error) *Index // of an index whose signature stays in its file
	mending sync.Once
	anew    *Index // what mend gave
}

// Zone bounds the values of a page.
type Zone struct {
	MinTime, MaxTime counterfoil.Time
	MinSeq, MaxSeq   uint64
}

// Minute counts the records of one minute of their own time.
type Minute struct {
	Start           counterfoil.Time
	Count, Failures uint32
}

// Kind is what decides, with the time of receipt, how long a record is kept.
type Kind struct{ Category, Via string }

// Compare orders kinds by category, then via.
func (k Kind) Compare(o Kind) int {
	return cmp.Or(strings.Compare(k.Category, o.Category), strings.Compare(k.Via, o.Via))
}

const mostKinds = 64

const nsPerMinute = counterfoil.Time(60e9)

// indexBuilder looks at the pages of rows, in order.
type indexBuilder struct {
	x       *Index
	t       *Rows
	sig     *signatureBuilder
	grams   *filter.GramSet            // of the page
	seen    [len(textColumns)][]uint32 // of each coded column: the last page, from 1, that had the code
	minutes map[counterfoil.Time]*Minute
	minute  *Minute
	last    []lastData                                // of each kind of event, which is the code of its name
	look    func(lo, hi int, novel func(part string)) // of event data, if somebody else looks at them too: see splitter.look
	hashes  []uint64
	kinds   map[[2]uint32]Kind // by the codes of category and via
	codes   [2]uint32          // of the row before
}

// lastData is the data of a row that a page, counted from 1, has.
type lastData struct {
	page int
	data string
}

func newIndexBuilder(meta Meta, t *Rows, sig *signatureBuilder) *indexBuilder {
	sig.keys, sig.grams.pages = sig.keys[:0], sig.grams.pages[:0]
	b := &indexBuilder{t: t, sig: sig, minutes: map[counterfoil.Time]*Minute{},
		kinds: map[[2]uint32]Kind{},
		x:     &Index{First: meta.First, Rows: meta.Rows, PageRows: meta.PageRows, MinTime: math.MaxInt64, MaxTime: math.MinInt64, MinReceived: math.MaxInt64, MaxReceived: math.MinInt64}}
	b.last = make([]lastData, len(t.cols[eventColumn].values))
	for k := range t.cols {
		b.seen[k] = make([]uint32, len(t.cols[k].values))
	}
	return b
}

// page adds the next page, rows lo to hi-1.
func (b *indexBuilder) page(lo, hi int) {
	b.x.Pages = append(b.x.Pages, Zone{math.MaxInt64, math.MinInt64, math.MaxUint64, 0})
	b.sig.page()
	b.grams = b.sig.grams.page()
	for k := range textColumns {
		c, col := &textColumns[k], &b.t.cols[k]
		if col.codes == nil && len(col.values) > 0 {
			b.value(c, col.values[0])
			continue
		}
		for _, code := range part(col.codes, lo, hi) {
			if b.seen[k][code] != uint32(len(b.x.Pages)) {
				b.seen[k][code] = uint32(len(b.x.Pages))
				b.value(c, col.values[code])
			}
		}
	}
	z := &b.x.Pages[len(b.x.Pages)-1]
	for i := lo; i < hi; i++ {
		at, seq := counterfoil.Time(b.t.times[i]), b.t.Seq(i)
		z.MinTime, z.MaxTime = min(z.MinTime, at), max(z.MaxTime, at)
		z.MinSeq, z.MaxSeq = min(z.MinSeq, seq), max(z.MaxSeq, seq)
		b.count(at, b.t.outcomes[i])
		b.retained(i)
	}
	for _, h := range part(b.t.hidden, lo, hi) {
		b.x.Inexact = b.x.Inexact || h != counterfoil.Hash{}
	}
	for _, a := range part(b.t.aids, lo, hi) {
		if !a.IsZero() {
			b.sig.add(aidHash(a))
		}
	}
	b.data(lo, hi)
	for i, raw := range part(b.t.cols[rawColumn].each, lo, hi) {
		if raw != "" && b.t.cols[eventColumn].values[b.kind(lo+i)] == unparsed {
			b.hashes = filter.HashTokens(b.hashes[:0], b.grams, raw)
			b.sig.addAll(b.hashes)
		}
	}
}

// data adds the tokens of the event data.
func (b *indexBuilder) data(lo, hi int) {
	if b.look != nil {
		b.look(lo, hi, b.novel)
		return
	}
	for i, data := range part(b.t.cols[dataColumn].each, lo, hi) {
		if data != "" {
			b.tokens(b.kind(lo+i), data)
		}
	}
}

// retained takes what retention asks of a row.
func (b *indexBuilder) retained(i int) {
	at := counterfoil.Time(b.t.received[i])
	b.x.MinReceived, b.x.MaxReceived = min(b.x.MinReceived, at), max(b.x.MaxReceived, at)
	codes := [2]uint32{b.t.code(categoryColumn, i), b.t.code(viaColumn, i)}
	if len(b.kinds) > 0 && codes == b.codes {
		return
	}
	b.codes = codes
	if _, known := b.kinds[codes]; !known && len(b.kinds) <= mostKinds { // the index stays in memory, the records do not
		b.kinds[codes] = Kind{strings.Clone(b.t.cols[categoryColumn].values[codes[0]]), strings.Clone(b.t.cols[viaColumn].values[codes[1]])}
	}
}

// kind is the code of the event's name.
func (b *indexBuilder) kind(i int) uint32 { return b.t.code(eventColumn, i) }

// value adds the keys of a value that the page has.
func (b *indexBuilder) value(c *textColumn, v string) {
	switch {
	case v == "":
		return
	case !isCarried(c, v):
		b.x.Inexact = true
	}
	if c.col == filter.ColSvcData {
		b.hashes = filter.HashTokensJSON(b.hashes[:0], b.grams, v)
	} else {
		b.sig.add(valueHash(c.col, v))
		b.hashes = filter.HashTokens(b.hashes[:0], b.grams, v)
	}
	b.sig.addAll(b.hashes)
}

// tokens adds those of a row's data that the last row of the same kind in the page has not.
func (b *indexBuilder) tokens(kind uint32, data string) {
	before := &b.last[kind]
	if before.page != len(b.x.Pages) {
		*before = lastData{page: len(b.x.Pages)}
	}
	novel(data, before.data, b.novel)
	before.data = data
}

// novel adds the tokens of a part of event data.
func (b *indexBuilder) novel(part string) {
	b.hashes = filter.HashTokensJSON(b.hashes[:0], b.grams, part)
	b.sig.addAll(b.hashes)
}

var (
	dataColumn, rawColumn, eventColumn = textOf[filter.ColEventData], textOf[filter.ColRaw], textOf[filter.ColEvent]
	categoryColumn, viaColumn          = textOf[filter.ColCategory], textOf[filter.ColVia]
)

// unparsed is the event whose raw text is searched (dialect.UnparsedEvent).
const unparsed = "UNPARSED"

func (b *indexBuilder) count(at counterfoil.Time, o counterfoil.Outcome) {
	start := floor(at, nsPerMinute)
	if b.minute == nil || b.minute.Start != start {
		m := b.minutes[start]
		if m == nil {
			m = &Minute{Start: start}
			b.minutes[start] = m
		}
		b.minute = m
	}
	b.minute.Count++
	if o == counterfoil.Failure {
		b.minute.Failures++
	}
}

// floor rounds t down to a multiple of unit, also before 1970.
func floor(t, unit counterfoil.Time) counterfoil.Time {
	f := t - t%unit
	if t < f {
		f -= unit
	}
	return f
}

func (b *indexBuilder) done() *Index {
	for _, z := range b.x.Pages {
		b.x.MinTime, b.x.MaxTime = min(b.x.MinTime, z.MinTime), max(b.x.MaxTime, z.MaxTime)
	}
	if len(b.minutes) <= b.x.Rows/8+16 {
		b.x.Minutes = sortMinutes(b.minutes)
	}
	if len(b.kinds) <= mostKinds && !b.x.Inexact {
		b.x.Kinds = slices.SortedFunc(maps.Values(b.kinds), Kind.Compare)
	}
	const longest = 256
	for k := range textColumns {
		if texts := b.t.cols[k].values; len(texts) == 1 && len(texts[0]) <= longest {
			v := strings.Clone(texts[0]) // the index stays in memory, the records do not
			b.x.Constant[textColumns[k].col] = &v
		}
	}
	b.x.bits = b.sig.finish(b.x.First)
	rows, data := b.sig.grams.finish()
	b.x.grams.setRows(uint64(len(b.x.Pages)), rows)
	b.x.grams.data = data
	return b.x
}

// valueHash stands for "column col has exactly the value v" in a signature.
func valueHash(col filter.Column, v string) uint64 {
	h := uint64(14695981039346656037) ^ uint64(col)*0x9e3779b97f4a7c15
	for i := range len(v) {
		h = (h ^ uint64(v[i])) * 1099511628211
	}
	return mix(h)
}

func aidHash(a counterfoil.AID) uint64 {
	return mix(binary.LittleEndian.Uint64(a[:]) ^ binary.LittleEndian.Uint64(a[8:])*0x9e3779b97f4a7c15)
}

// mix is the finaliser of SplitMix64: every bit of the input reaches every bit of the output.
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// MayHave gives the pages, as bits, of which a record may have a key.
func (x *Index) MayHave(trail counterfoil.TrailID, k filter.Key) uint64 {
	switch k.Kind {
	case filter.KeyToken:
		return x.mayHave(k.Hash)
	case filter.KeyGram:
		return x.ask(func(x *Index) (uint64, error) { return x.grams.pages(uint32(k.Hash)) })
	}
	return x.mayHaveValue(trail, k.Column, k.Value)
}

// mayHave gives the pages that the signature knows by a hash.
func (x *Index) mayHave(h uint64) uint64 {
	return x.ask(func(x *Index) (uint64, error) { return x.bits.pages(h) })
}

// ask asks the file. Where that is damaged, the index is made anew, and all pages may if even that cannot be done: nothing that is
// there stays hidden.
func (x *Index) ask(pages func(*Index) (uint64, error)) uint64 {
	mask, err := pages(x)
	if err == nil {
		return mask
	}
	x.mending.Do(func() {
		if x.mend != nil {
			x.anew = x.mend(err)
		}
	})
	if x.anew == nil {
		return x.allPages()
	}
	return x.anew.ask(pages)
}

// mayHaveValue gives the pages where a text column or the aid may have exactly this value.
func (x *Index) mayHaveValue(trail counterfoil.TrailID, col filter.Column, v string) uint64 {
	all := x.allPages()
	switch col {
	case filter.ColAID:
		aid, err := counterfoil.ParseAID(v)
		if err != nil {
			return 0
		}
		if seq, ok := trail.SeqOf(aid); ok {
			return x.pagesOfSeq(seq)
		}
		return x.mayHave(aidHash(aid))
	case filter.ColEventData, filter.ColSvcData, filter.ColRaw, filter.ColClass:
		return all
	}
	if textOf[col] < 0 || v == "" {
		return all
	}
	if k := x.Constant[col]; k != nil {
		if *k == v {
			return all
		}
		return 0
	}
	return x.mayHave(valueHash(col, v))
}

func (x *Index) pagesOfSeq(seq uint64) (mask uint64) {
	for p, z := range x.Pages {
		if seq >= z.MinSeq && seq <= z.MaxSeq {
			mask |= 1 << p
		}
	}
	return mask
}

func (x *Index) allPages() uint64 { return uint64(math.MaxUint64) >> (64 - len(x.Pages)) }
