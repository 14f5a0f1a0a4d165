package search

import (
	"sync"
	"sync/atomic"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// asked is a question to the indexes of a trail's files.
type asked struct {
	v    *trail.View
	must filter.Required
	said []*segment.Said // of each key: what is remembered

	mu   sync.Mutex       // guards
	vain []segment.Answer // pages that were searched for the one key that was asked for, and do not have it
}

// mostKeys is how many keys of a question are remembered.
const mostKeys = 64

func ask(v *trail.View, must filter.Required) *asked {
	a := &asked{v: v, must: must, said: make([]*segment.Said, min(len(must.Keys), mostKeys))}
	for i := range a.said {
		a.said[i] = v.Said(must.Keys[i])
	}
	return a
}

// of gives what an index said of key i. ok is false where that is not remembered.
func (a *asked) of(i int, x *segment.Index) (pages uint64, ok bool) {
	if i >= len(a.said) {
		return 0, false
	}
	return a.said[i].Of(x)
}

// looks is how many indexes are asked at once: they may have to come from the disk, which does many things at a time.
const looks = 16

// indexes asks those of some files of a list for their pages, and remembers what they say.
func (a *asked) indexes(files []int, list []candidate, q *Query) {
	if len(files) == 0 {
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	answers := make([][]segment.Answer, len(a.said))
	var mu sync.Mutex // guards answers
	look := func() {
		b := indexed{id: a.v.ID, a: a, answers: make([][]segment.Answer, len(a.said))}
		for n := next.Add(1) - 1; n < int64(len(files)); n = next.Add(1) - 1 {
			c := &list[files[n]]
			b.x = c.Index
			c.pages = pages(c.Sealed, q, a.must, &b)
		}
		mu.Lock()
		defer mu.Unlock()
		for i, more := range b.answers {
			answers[i] = append(answers[i], more...)
		}
	}
	for range min(looks, len(files)/4) { // with less to do than that, another goroutine does not help
		wg.Go(look)
	}
	look()
	wg.Wait()
	for i, more := range answers {
		if len(more) > 0 {
			a.v.Remember(a.must.Keys[i], more)
		}
	}
}

// inVain notes which pages of a file have no record that matches, of those that were searched from one end to the other.
func (a *asked) inVain(x *segment.Index, pages uint64) {
	if a == nil || !a.must.Whole || pages == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.vain = append(a.vain, segment.Answer{Index: x, Pages: pages})
}

// learn remembers, as if the indexes had said so, that pages do not have a key.
func (a *asked) learn() {
	if len(a.vain) == 0 {
		return
	}
	key := a.must.Keys[0]
	said := a.v.Said(key)
	var answers []segment.Answer
	for _, v := range a.vain {
		if pages, ok := said.Of(v.Index); ok {
			answers = append(answers, segment.Answer{Index: v.Index, Pages: pages &^ v.Pages})
		}
	}
	if len(answers) > 0 {
		a.v.Remember(key, answers)
	}
}

// remembered tells filter.Required what is remembered of a segment's index.
type remembered struct {
	a       *asked
	x       *segment.Index
	missing bool // something is not remembered
}

func (b *remembered) With(i int, _ filter.Key) uint64 {
	pages, ok := b.a.of(i, b.x)
	if !ok {
		b.missing = true
		return ^uint64(0)
	}
	return pages
}

func (b *remembered) Range(c filter.Column, page int) (least, greatest int64, ok bool) {
	return bounds(b.x, c, page)
}

// indexed tells filter.Required what the index of a segment knows of its pages.
type indexed struct {
	id      counterfoil.TrailID
	x       *segment.Index
	a       *asked             // may be nil
	answers [][]segment.Answer // of each key that will be remembered: what was not
}

func (b *indexed) With(i int, k filter.Key) uint64 {
	if b.a != nil {
		if pages, ok := b.a.of(i, b.x); ok {
			return pages
		}
	}
	pages := b.x.MayHave(b.id, k)
	if i < len(b.answers) {
		b.answers[i] = append(b.answers[i], segment.Answer{Index: b.x, Pages: pages})
	}
	return pages
}

func (b *indexed) Range(c filter.Column, page int) (least, greatest int64, ok bool) {
	return bounds(b.x, c, page)
}

// bounds gives what an index knows of the values of a page.
func bounds(x *segment.Index, c filter.Column, page int) (least, greatest int64, ok bool) {
	z := &x.Pages[page]
	switch c {
	case filter.ColTime:
		return int64(z.MinTime), int64(z.MaxTime), true
	case filter.ColSeq:
		return int64(z.MinSeq), int64(z.MaxSeq), true
	case filter.ColReceived: // of the whole file
		return int64(x.MinReceived), int64(x.MaxReceived), true
	}
	return 0, 0, false
}
