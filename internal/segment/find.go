package segment

import (
	"strings"
	"unsafe"

	"github.com/parquet-go/parquet-go"

	"github.com/counterfoil/counterfoil/internal/filter"
)

// Find calls hit with each row of a text column where needle begins, at least once; it may run over into the next row. ok
// is false where the column has a dictionary: then ask its values. A page that is read for it is not kept in the cache:
// who looks through everything would only empty it.
func (b *Block) Find(col filter.Column, needle string, hit func(row int)) (ok bool, err error) {
	t := b.texts[col]
	if b.h != nil {
		if t, err = b.Text(col); err != nil {
			return false, err
		}
		for i, v := range t.Values {
			if strings.Contains(v, needle) {
				hit(i)
			}
		}
		return t.Values != nil, nil
	}
	if t == nil {
		if _, constant := b.r.constant(col); constant || textOf[col] < 0 {
			return false, nil
		}
		if v, cached := b.r.cache.get(cacheKey{b.r, textColumns[textOf[col]].name, b.page}); cached {
			t = v.(*Text)
		}
	}
	if t != nil {
		find(t.All, len(t.Values), func(i int) int { return len(t.Values[i]) }, needle, hit)
		return t.Values != nil, nil
	}
	err = b.r.read(textColumns[textOf[col]].name, b.page, func(p parquet.Page) {
		if p.Dictionary() == nil {
			data := p.Data()
			all, offsets := data.ByteArray()
			text := unsafe.String(unsafe.SliceData(all), len(all)) // as long as the page is there
			find(text, len(offsets)-1, func(i int) int { return int(offsets[i+1] - offsets[i]) }, needle, hit)
			ok = true
		}
	})
	return ok, err
}

// find looks for needle in the texts of n rows, which stand one after the other in all.
func find(all string, n int, length func(row int) int, needle string, hit func(row int)) {
	row, end := -1, 0 // end: where row ends
	rare := rarest(needle, all)
	for at := 0; ; at = end {
		i := index(all[at:], needle, rare)
		if i < 0 {
			return
		}
		for at += i; at >= end && row < n-1; {
			row++
			end += length(row)
		}
		hit(row)
	}
}

// rarest gives the byte of needle, by its index, that is rarest in a sample of text; -1 where none is rare.
func rarest(needle, text string) int {
	const samples, size = 4, 256
	var count [256]int
	seen := 0
	for i := range samples {
		at := len(text) / samples * i
		part := text[at:min(at+size, len(text))]
		for _, c := range []byte(part) {
			count[c]++
		}
		seen += len(part)
	}
	const rare = 16 // from one byte in so many on, what is found in vain costs more than to look at each byte
	best := -1
	for i, c := range []byte(needle) {
		if count[c]*rare <= seen && (best < 0 || count[c] < count[needle[best]]) {
			best = i
		}
	}
	return best
}

// index is strings.Index, which looks for the first byte of needle, for one whose byte number rare is rarer.
func index(text, needle string, rare int) int {
	if rare < 0 {
		return strings.Index(text, needle)
	}
	for at := 0; at+len(needle) <= len(text); at++ {
		i := strings.IndexByte(text[at+rare:len(text)-len(needle)+rare+1], needle[rare])
		if i < 0 {
			return -1
		}
		at += i
		if text[at:at+len(needle)] == needle {
			return at
		}
	}
	return -1
}
