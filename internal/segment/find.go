package segment

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/pagefile"
)

// Find calls hit with each row of a text column where needle begins, at least once; it may run over into the next row. With fold,
// needle is ASCII in lower case, is found in any case, and each row with a byte above 0x7f is a hit. ok
// is false where the column has a dictionary: then ask its values. A page that is read for it is kept in the cache as by [Block.Some]:
// who looks through everything would only empty it.
func (b *Block) Find(col filter.Column, needle string, fold bool, hit func(row int)) (ok bool, err error) {
	t := b.texts[col]
	if b.h != nil {
		if t, err = b.Text(col); err != nil {
			return false, err
		}
		if len(t.Values) > 0 {
			looks := ways(needle, fold, t.Values[0])
			for i, v := range t.Values {
				if slices.ContainsFunc(looks, func(index func(string) int) bool { return index(v) >= 0 }) {
					hit(i)
				}
			}
		}
		return t.Values != nil, nil
	}
	if t == nil {
		if _, constant := b.r.constant(col); constant || textOf[col] < 0 {
			return false, nil
		}
		at := b.r.placesOf(textColumns[textOf[col]].name)
		if t, _ = at.pages[b.page].get().(*Text); t == nil && b.isKept(at) {
			if t, err = b.Text(col); err != nil {
				return false, err
			}
		}
	}
	if t != nil {
		looks := ways(needle, fold, t.All)
		if t.ascii && fold {
			looks = looks[1:]
		}
		for _, index := range looks {
			find(t.All, len(t.Values), func(i int) int { return len(t.Values[i]) }, index, hit)
		}
		return t.Values != nil, nil
	}
	if b.isJoined(col) {
		return true, b.join(func(j *joiner) error {
			if !runsOver(needle) {
				return j.within(needle, fold, hit)
			}
			if err := j.all(); err != nil {
				return err
			}
			within(stringOf(j.joined), len(j.ends), j.length, needle, fold, hit)
			return nil
		})
	}
	err = b.r.read(textColumns[textOf[col]].name, b.page, func(p *pagefile.Page) error {
		if p.Coded {
			return nil
		}
		all, ends, err := p.Texts()
		if err != nil {
			return err
		}
		ok = true
		text := stringOf(all) // as long as the page is there
		within(text, len(ends)-1, func(i int) int { return int(ends[i+1] - ends[i]) }, needle, fold, hit)
		return nil
	})
	return ok, err
}

// Some calls f with the value of each of some rows of a text column; it is good only during the call. A page that is read for it is not
// kept in the cache, only what a few rows have: to copy it takes longer than to unpack it. ok is false where it is better asked for with Text: if it is in memory,
// or was asked for before, be it by Find that had hits in it, so that it is worth while to keep it (not if Once), or if the column has a dictionary.
func (b *Block) Some(col filter.Column, rows []uint16, f func(row uint16, value string) error) (ok bool, err error) {
	if b.h != nil || b.texts[col] != nil || textOf[col] < 0 {
		return false, nil
	}
	name := textColumns[textOf[col]].name
	at := b.r.placesOf(name)
	if _, constant := b.r.constant(col); constant || at.pages[b.page].Load() != nil {
		return false, nil
	}
	if kept := b.fewOf(at, rows); kept != nil {
		for _, i := range rows {
			value, _ := kept.at(i)
			if err := f(i, value); err != nil {
				return true, err
			}
		}
		return true, nil
	}
	if b.isKept(at) {
		return false, nil
	}
	keep := b.areFew(rows)
	if keep {
		rows = slices.Clone(rows) // f may write what it chooses over the caller's
	}
	if b.isJoined(col) {
		return true, b.joinSome(at, rows, keep, f)
	}
	err = b.r.read(name, b.page, func(p *pagefile.Page) error {
		if ok = !p.Coded; !ok {
			return nil
		}
		all, ends, err := p.Texts()
		if err != nil {
			return err
		}
		text := stringOf(all) // as long as the page is there
		value := func(i uint16) string { return text[ends[i]:ends[i+1]] }
		for _, i := range rows {
			if err := f(i, value(i)); err != nil {
				return err
			}
		}
		if keep {
			b.keepFew(at, copyFew(rows, value))
		}
		return nil
	})
	return ok, err
}

func (b *Block) joinSome(at *places, rows []uint16, keep bool, f func(row uint16, value string) error) error {
	return b.join(func(j *joiner) error {
		for _, i := range rows {
			if !keep {
				j.joined = j.joined[:0]
			}
			from := len(j.joined)
			if err := j.add(int(i)); err != nil {
				return err
			}
			if err := f(i, stringOf(j.joined[from:])); err != nil {
				return err
			}
		}
		if keep {
			b.keepFew(at, copyFew(rows, j.valueOf(rows)))
		}
		return nil
	})
}

// isKept reports whether the page of a column of texts is better kept in memory: if it is asked for again, and is not one of too many.
func (b *Block) isKept(at *places) bool { return !b.Once && !isFirst(&at.asked, b.page) }

// within looks for needle in the texts of n rows, which stand one after the other in all.
func within(all string, n int, length func(row int) int, needle string, fold bool, hit func(row int)) {
	for _, index := range ways(needle, fold, all) {
		find(all, n, length, index, hit)
	}
}

// ways gives functions that each give where in a text something of what is looked for begins, or -1, with fold first one for bytes above 0x7f. like is
// a text of the kind.
func ways(needle string, fold bool, like string) []func(text string) int {
	if !fold {
		rare := rarest(needle, like)
		return []func(string) int{func(text string) int { return index(text, needle, rare) }}
	}
	rare := rarestFold(needle, like)
	list := []func(string) int{indexHigh, func(text string) int { return indexFold(text, needle, rare, needle[rare]) }}
	if upper := upperOf(needle[rare]); upper != needle[rare] {
		list = append(list, func(text string) int { return indexFold(text, needle, rare, upper) })
	}
	return list
}

// find calls hit with the rows in which index, which gives where something begins or -1, finds it.
func find(all string, n int, length func(row int) int, index func(text string) int, hit func(row int)) {
	row, end := -1, 0 // end: where row ends
	for at := 0; ; at = end {
		i := index(all[at:])
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
	count, seen := sample(text)
	const rare = 16 // from one byte in so many on, what is found in vain costs more than to look at each byte
	best := -1
	for i, c := range []byte(needle) {
		if count[c]*rare <= seen && (best < 0 || count[c] < count[needle[best]]) {
			best = i
		}
	}
	return best
}

// sample counts the bytes of some pieces of a text.
func sample(text string) (count [256]int, seen int) {
	const samples, size = 4, 256
	for i := range samples {
		at := len(text) / samples * i
		part := text[at:min(at+size, len(text))]
		for _, c := range []byte(part) {
			count[c]++
		}
		seen += len(part)
	}
	return count, seen
}

// rarestFold gives the byte of needle, by its index, that is rarest in a sample of text in upper and lower case together.
func rarestFold(needle, text string) (best int) {
	count, _ := sample(text)
	both := func(c byte) int {
		if upper := upperOf(c); upper != c {
			return count[c] + count[upper] + 1 // two ways through the text
		}
		return count[c]
	}
	for i := range len(needle) {
		if both(needle[i]) < both(needle[best]) {
			best = i
		}
	}
	return best
}

func upperOf(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}

// indexFold gives where needle begins in any case, with its byte number rare as it is given.
func indexFold(text, needle string, rare int, as byte) int {
	first, last := needle[0]|' ', needle[len(needle)-1]|' ' // in either case
	for at := 0; at+len(needle) <= len(text); at++ {
		i := strings.IndexByte(text[at+rare:len(text)-len(needle)+rare+1], as)
		if i < 0 {
			return -1
		}
		if at += i; text[at]|' ' == first && text[at+len(needle)-1]|' ' == last && strings.EqualFold(text[at:at+len(needle)], needle) {
			return at
		}
	}
	return -1
}

// indexHigh gives where the first byte above 0x7f stands.
func indexHigh(text string) int {
	const high = 0x8080808080808080
	i := 0
	for b := bytesOf(text); i+32 <= len(b); i += 32 {
		if (binary.LittleEndian.Uint64(b[i:])|binary.LittleEndian.Uint64(b[i+8:])|binary.LittleEndian.Uint64(b[i+16:])|binary.LittleEndian.Uint64(b[i+24:]))&high != 0 {
			break
		}
	}
	for ; i < len(text); i++ {
		if text[i] >= 0x80 {
			return i
		}
	}
	return -1
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
