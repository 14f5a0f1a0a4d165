// Package pagefile writes Parquet files that are flat, and have one row group and places of all pages, and reads single pages of such. What packs and
// unpacks values, and what says which bytes mean what, is the Parquet library's. Its reader makes of a footer's every column some two kilobytes by
// reflection; here it is what a page is found by, 300 bytes of them, so that a question may open a thousand files. Its writer wants each value as a
// [parquet.Value], and looks each up in its dictionary; here a page's values are taken as they stand in memory.
package pagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// magic stands at both ends of a file.
const magic = "PAR1"

// TailBytes is how much of the end of a file is read first: the places of all pages of fifty columns, and the footer.
const TailBytes = 64 << 10

// File is what the end of a Parquet file says. For many goroutines.
type File struct {
	Rows     int64
	Unpacked int64             // bytes of all columns when they are
	Says     map[string]string // key-value metadata
	Columns  []Column          // as they stand in the file

	from io.ReaderAt
}

// Column is what the file says of a column.
type Column struct {
	Name     string
	Type     format.Type
	Length   int // of a value of fixed length, in bytes
	Optional bool
	Codec    format.CompressionCodec
	Bytes    int64 // in the file
	PageRows int   // of every page but the last

	from       int64    // where the first page of values begins
	dictionary int64    // where that of the dictionary does; 0: there is none
	ends       []uint32 // of pages, behind from
	damage     error    // of the places of pages
	index      extent   // where these stand
}

// extent is where something stands in a file.
type extent struct{ at, size int64 }

// Open reads the end of a file of size bytes. Where only the places of a column's pages are damaged, this is told by who reads one. How the file
// begins is not looked at: that would be one more place to read from the disk.
func Open(from io.ReaderAt, size int64) (*File, error) {
	const fixed = 4 + len(magic)
	if size < int64(fixed) {
		return nil, fmt.Errorf("has %d bytes, which are no Parquet file", size)
	}
	tail := takeBytes(int(min(size, TailBytes)))
	defer func() { giveBytes(tail) }()
	if _, err := from.ReadAt(tail, size-int64(len(tail))); err != nil {
		return nil, fmt.Errorf("its end: %w", err)
	}
	if string(tail[len(tail)-len(magic):]) != magic {
		return nil, fmt.Errorf("does not end as a Parquet file does")
	}
	length := int64(binary.LittleEndian.Uint32(tail[len(tail)-fixed:])) + int64(fixed)
	if length > size {
		return nil, fmt.Errorf("its footer would have %d bytes, the file has %d", length-int64(fixed), size)
	}
	if length > int64(len(tail)) {
		giveBytes(tail)
		tail = takeBytes(int(length))
		if _, err := from.ReadAt(tail, size-length); err != nil {
			return nil, fmt.Errorf("its footer: %w", err)
		}
	}
	f := &File{Says: map[string]string{}, from: from}
	if err := f.parse(tail[int64(len(tail))-length : len(tail)-fixed]); err != nil {
		return nil, fmt.Errorf("its footer: %w", err)
	}
	places := places{file: f, tail: tail, size: size}
	for i := range f.Columns {
		f.Columns[i].damage = places.of(&f.Columns[i])
	}
	return f, nil
}

var errNoThrift = errors.New("is no Thrift")

func (f *File) parse(footer []byte) error {
	t := thrift{b: footer}
	groups, chunks, total := 0, 0, int64(-1)
	var failed error
	t.fields(func(id int, k kind) {
		switch {
		case id == 2 && k == kindList:
			failed = f.parseSchema(&t)
		case id == 3 && k == kindInt64:
			f.Rows = t.int()
		case id == 4 && k == kindList:
			t.list(func(kind) {
				groups++
				t.fields(func(id int, k kind) {
					switch {
					case id == 1 && k == kindList:
						t.list(func(kind) {
							if chunks++; groups > 1 || chunks > len(f.Columns) {
								t.skip(kindStruct)
								return
							}
							if err := f.Columns[chunks-1].parseChunk(&t); err != nil && failed == nil {
								failed = err
							}
						})
					case id == 2 && k == kindInt64:
						f.Unpacked = t.int()
					case id == 3 && k == kindInt64:
						total = t.int()
					default:
						t.skip(k)
					}
				})
			})
		case id == 5 && k == kindList:
			t.list(func(kind) { f.parseSaying(&t) })
		default:
			t.skip(k)
		}
	})
	switch {
	case t.bad:
		return errNoThrift
	case failed != nil:
		return failed
	case groups != 1 || total != f.Rows:
		return fmt.Errorf("has %d row groups, of %d of %d rows, should have one", groups, total, f.Rows)
	case chunks != len(f.Columns):
		return fmt.Errorf("has %d columns, should have %d", chunks, len(f.Columns))
	}
	return nil
}

func (f *File) parseSaying(t *thrift) {
	var key, value string
	t.fields(func(id int, k kind) {
		switch {
		case id == 1 && k == kindBytes:
			key = t.text()
		case id == 2 && k == kindBytes:
			value = t.text()
		default:
			t.skip(k)
		}
	})
	f.Says[key] = value
}

// parseSchema reads the columns: what stands behind the root.
func (f *File) parseSchema(t *thrift) (failed error) {
	isRoot := true
	_, n := t.listHead()
	f.Columns = make([]Column, 0, max(n, 1)-1)
	for ; n > 0 && !t.bad; n-- {
		c := Column{Type: -1}
		children, repetition := int64(0), int64(-1)
		t.fields(func(id int, k kind) {
			switch {
			case id == 1 && k == kindInt32:
				c.Type = format.Type(t.int())
			case id == 2 && k == kindInt32:
				c.Length = int(t.int())
			case id == 3 && k == kindInt32:
				repetition = t.int()
			case id == 4 && k == kindBytes:
				c.Name = t.text()
			case id == 5 && k == kindInt32:
				children = t.int()
			default:
				t.skip(k)
			}
		})
		c.Optional = repetition == int64(format.Optional)
		if isRoot {
			isRoot = false
			continue
		}
		if children != 0 || c.Type < 0 || repetition != int64(format.Required) && !c.Optional {
			failed = fmt.Errorf("column %s has columns of its own, no type, or several values in a row", c.Name)
		}
		f.Columns = append(f.Columns, c)
	}
	return failed
}

// parseChunk reads what the row group has of the column.
func (c *Column) parseChunk(t *thrift) (failed error) {
	known := false
	t.fields(func(id int, k kind) {
		switch {
		case id == 3 && k == kindStruct:
			known = true
			failed = c.parseMetaData(t)
		case id == 4 && k == kindInt64:
			c.index.at = t.int()
		case id == 5 && k == kindInt32:
			c.index.size = t.int()
		default:
			t.skip(k)
		}
	})
	if !known && !t.bad {
		return fmt.Errorf("column %s: nothing is said of its values", c.Name)
	}
	return failed
}

func (c *Column) parseMetaData(t *thrift) error {
	kindOf, elements, isNamed := c.Type, 0, true
	t.fields(func(id int, k kind) {
		switch {
		case id == 1 && k == kindInt32:
			kindOf = format.Type(t.int())
		case id == 3 && k == kindList:
			t.list(func(kind) {
				elements++
				isNamed = string(t.bytes()) == c.Name
			})
		case id == 4 && k == kindInt32:
			c.Codec = format.CompressionCodec(t.int())
		case id == 7 && k == kindInt64:
			c.Bytes = t.int()
		case id == 9 && k == kindInt64:
			c.from = t.int()
		case id == 11 && k == kindInt64:
			c.dictionary = t.int()
		default:
			t.skip(k)
		}
	})
	if kindOf != c.Type || elements > 1 || !isNamed {
		return fmt.Errorf("column %s of type %v is said to be of type %v, or has another name there", c.Name, c.Type, kindOf)
	}
	return nil
}

// Pages gives how many pages of values the column has.
func (c *Column) Pages() (int, error) {
	if c.damage != nil {
		return 0, fmt.Errorf("column %s: the places of its pages: %w", c.Name, c.damage)
	}
	return len(c.ends), nil
}

// Page gives where page p stands, and its bytes.
func (c *Column) Page(p int) (at, size int64) {
	if p == 0 {
		return c.from, int64(c.ends[0])
	}
	return c.from + int64(c.ends[p-1]), int64(c.ends[p] - c.ends[p-1])
}

// Dictionary gives where the dictionary stands, and its bytes; none where there is none.
func (c *Column) Dictionary() (at, size int64) {
	if c.dictionary == 0 {
		return 0, 0
	}
	return c.dictionary, c.from - c.dictionary
}
