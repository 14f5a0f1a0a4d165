package pagefile

import (
	"fmt"
	"math"
)

// places reads where the pages of a file's columns stand, which one list for each column says.
type places struct {
	file *File
	tail []byte // the end of the file
	size int64  // of the file
	ends []uint32
}

// of reads those of a column, from the end of the file if they are there.
func (p *places) of(c *Column) error {
	x, before := c.index, p.size-int64(len(p.tail))
	if x.at <= 0 || x.size <= 0 || x.size > p.size || x.at > p.size-x.size {
		return fmt.Errorf("%d bytes at %d in a file of %d", x.size, x.at, p.size)
	}
	if x.at >= before {
		return p.parse(c, p.tail[x.at-before:][:x.size])
	}
	b := takeBytes(int(x.size))
	defer giveBytes(b)
	if _, err := p.file.from.ReadAt(b, x.at); err != nil {
		return err
	}
	return p.parse(c, b)
}

// parse reads a list of places. Pages stand one behind the other, and all but the last have as many rows.
func (p *places) parse(c *Column, b []byte) error {
	t := thrift{b: b}
	known := false
	var failed error
	t.fields(func(id int, k kind) {
		if id != 1 || k != kindList || known {
			t.skip(k)
			return
		}
		known = true
		failed = p.pages(c, &t)
	})
	switch {
	case t.bad || !known:
		return errNoThrift
	case failed != nil:
		return failed
	case c.dictionary != 0 && (c.dictionary < int64(len(magic)) || c.dictionary >= c.from):
		return fmt.Errorf("its dictionary would be at %d, its first page is at %d", c.dictionary, c.from)
	}
	return nil
}

func (p *places) pages(c *Column, t *thrift) error {
	elements, n := t.listHead()
	if elements != kindStruct || n == 0 {
		return errNoThrift
	}
	c.ends = p.room(int(n))
	c.PageRows = int(min(p.file.Rows, math.MaxInt32))
	next := c.from
	for i := range int64(n) {
		at, bytes, first := t.place()
		if i == 1 {
			c.PageRows = int(min(first, math.MaxInt32))
		}
		if t.bad || at != next || bytes <= 0 || at < int64(len(magic)) || at > p.size-bytes {
			return fmt.Errorf("page %d would have %d bytes at %d", i, bytes, at)
		}
		if first != i*int64(c.PageRows) || first >= p.file.Rows {
			return fmt.Errorf("page %d would begin with row %d", i, first)
		}
		next = at + bytes
		c.ends = append(c.ends, uint32(next-c.from))
	}
	if next-c.from > math.MaxUint32 {
		return fmt.Errorf("its pages have %d bytes", next-c.from)
	}
	return nil
}

// room gives memory for n ends: that of all columns is one piece.
func (p *places) room(n int) []uint32 {
	if n > len(p.ends) {
		p.ends = make([]uint32, n*len(p.file.Columns))
	}
	room := p.ends[:0:n]
	p.ends = p.ends[n:]
	return room
}

// place reads where a page stands, of how many bytes, and which row is its first.
func (t *thrift) place() (at, bytes, first int64) {
	if ok := t.next(1<<4|byte(kindInt64)) && t.number(&at) && t.next(1<<4|byte(kindInt32)) && t.number(&bytes) &&
		t.next(1<<4|byte(kindInt64)) && t.number(&first) && t.next(0); ok {
		return at, bytes, first
	}
	t.fail() // all writers write it so
	return 0, 0, 0
}

// next reads a byte if it is this one.
func (t *thrift) next(b byte) bool {
	if len(t.b) == 0 || t.b[0] != b {
		return false
	}
	t.b = t.b[1:]
	return true
}

func (t *thrift) number(n *int64) bool {
	*n = t.int()
	return !t.bad
}
