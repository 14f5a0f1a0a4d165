package pagefile

import (
	"bytes"
	"strings"
	"sync"
	"unsafe"

	"github.com/parquet-go/parquet-go/encoding/plain"
	libthrift "github.com/parquet-go/parquet-go/encoding/thrift"
)

// scratch is the memory in which the pages of all columns are made, one after the other.
type scratch struct {
	levels, values, packed []byte // of a page: encoded; and values compressed
	texts                  []byte // before they are encoded:
	ends                   []uint32
	codes                  []int32
	head                   bytes.Buffer // what header writes to
	header                 *libthrift.Encoder
}

var scratches = sync.Pool{New: func() any {
	s := new(scratch)
	s.header = libthrift.NewEncoder(new(libthrift.CompactProtocol).NewWriter(&s.head))
	return s
}}

// dictionary is the values of a column, in the order in which they came.
type dictionary struct {
	plain    []byte
	n        int32
	ofTexts  map[string]int32
	ofInts   map[int64]int32
	numbered []int32 // of codes that were given; 0: of none yet, else one more than that in the dictionary
}

// number appends the codes that the words of given codes have here.
func (d *dictionary) number(to []int32, codes []uint32, words []string) []int32 {
	if n := len(words) - len(d.numbered); n > 0 {
		d.numbered = append(d.numbered, make([]int32, n)...)
	}
	for _, code := range codes {
		if d.numbered[code] == 0 {
			d.plain = plain.AppendByteArrayString(d.plain, words[code])
			d.n++
			d.numbered[code] = d.n
		}
		to = append(to, d.numbered[code]-1)
	}
	return to
}

// texts appends the codes of texts.
func (d *dictionary) texts(to []int32, values []string) []int32 {
	return codesOf(to, values, d.ofTexts, func(v string) (string, int32) {
		d.plain = plain.AppendByteArrayString(d.plain, v)
		d.n++
		return strings.Clone(v), d.n - 1
	})
}

// ints appends the codes of numbers.
func (d *dictionary) ints(to []int32, values []int64) []int32 {
	return codesOf(to, values, d.ofInts, func(v int64) (int64, int32) {
		d.plain = plain.AppendInt64(d.plain, v)
		d.n++
		return v, d.n - 1
	})
}

// codesOf appends the codes of values, some of which are known; add gives the code of one that is not, and it to be kept.
func codesOf[T comparable](to []int32, values []T, known map[T]int32, add func(T) (T, int32)) []int32 {
	for i, v := range values {
		if i > 0 && v == values[i-1] {
			to = append(to, to[len(to)-1])
			continue
		}
		code, ok := known[v]
		if !ok {
			v, code = add(v)
			known[v] = code
		}
		to = append(to, code)
	}
	return to
}

// chunks is bytes one behind the other, which stay where they are until they are given back.
type chunks struct {
	list [][]byte
	size int
}

const (
	leastChunk = 2 << 10
	mostChunk  = 256 << 10
)

// add adds the bytes of parts, and gives them as they stand there.
func (c *chunks) add(parts ...[]byte) (added []byte) {
	n := 0
	for _, part := range parts {
		n += len(part)
	}
	last := len(c.list) - 1
	if last < 0 || len(c.list[last])+n > cap(c.list[last]) {
		c.list = append(c.list, takeBytes(max(n, min(max(c.size, leastChunk), mostChunk)))[:0])
		last++
	}
	at := len(c.list[last])
	for _, part := range parts {
		c.list[last] = append(c.list[last], part...)
	}
	c.size += n
	return c.list[last][at:]
}

func (c *chunks) free() {
	for _, b := range c.list {
		giveBytes(b)
	}
	*c = chunks{}
}

// bytesOf shares the memory of s: nothing here writes to it.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
