package pagefile

import (
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"
	libthrift "github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Writer writes a file as the Parquet library would, byte for byte, from values as they stand in memory: the library wants each in a [parquet.Value], and
// looks each up in its column's dictionary. Pages are kept until the file is written. One is for one goroutine.
type Writer struct {
	schema  *parquet.Schema
	columns []*ColumnWriter
	says    map[string]string
	by      string
	shared  *scratch
}

// NewWriter begins a file of a flat schema, which is said to be created by by, and has the given key-value metadata.
func NewWriter(schema *parquet.Schema, by string, says map[string]string) *Writer {
	w := &Writer{schema: schema, says: says, by: by, shared: scratches.Get().(*scratch)}
	fields := schema.Fields()
	w.columns = make([]*ColumnWriter, len(fields))
	for i, f := range fields {
		w.columns[i] = newColumnWriter(f, w.shared)
	}
	return w
}

// Column finds a column; it panics if the schema has none of that name.
func (w *Writer) Column(name string) *ColumnWriter {
	i := slices.IndexFunc(w.columns, func(c *ColumnWriter) bool { return c.name == name })
	if i < 0 {
		panic("there is no column " + name)
	}
	return w.columns[i]
}

// Close lets others have the memory. It is called once.
func (w *Writer) Close() {
	for _, c := range w.columns {
		c.pages.free()
	}
	scratches.Put(w.shared)
	w.shared = nil
}

// WriteTo writes the file: the pages of all columns, what they are, where they stand, and the footer. It is called once.
func (w *Writer) WriteTo(to io.Writer) (int64, error) {
	out := &counted{to: to}
	out.Write([]byte(magic))
	group := format.RowGroup{FileOffset: out.n, Columns: make([]format.ColumnChunk, len(w.columns)), SortingColumns: []format.SortingColumn{}}
	for i, c := range w.columns {
		if c.rows != w.columns[0].rows {
			return out.n, fmt.Errorf("column %s has %d rows, column %s %d", c.name, c.rows, w.columns[0].name, w.columns[0].rows)
		}
		if err := c.writeTo(out); err != nil {
			return out.n, fmt.Errorf("column %s: %w", c.name, err)
		}
		group.Columns[i].MetaData = c.chunk
		group.NumRows = c.rows
		group.TotalByteSize += c.chunk.TotalUncompressedSize
		group.TotalCompressedSize += c.chunk.TotalCompressedSize
	}
	encoder := libthrift.NewEncoder(new(libthrift.CompactProtocol).NewWriter(out))
	for i, c := range w.columns {
		to, from := &group.Columns[i], out.n
		pages := c.pageIndex()
		if err := encoder.Encode(&pages); err != nil {
			return out.n, fmt.Errorf("column %s: %w", c.name, err)
		}
		to.ColumnIndexOffset, to.ColumnIndexLength = from, int32(out.n-from)
	}
	for i, c := range w.columns {
		to, from := &group.Columns[i], out.n
		if err := encoder.Encode(&format.OffsetIndex{PageLocations: c.places}); err != nil {
			return out.n, fmt.Errorf("column %s: %w", c.name, err)
		}
		to.OffsetIndexOffset, to.OffsetIndexLength = from, int32(out.n-from)
	}
	from := out.n
	footer := w.footer(group)
	if err := encoder.Encode(&footer); err != nil {
		return out.n, fmt.Errorf("footer: %w", err)
	}
	out.Write(binary.LittleEndian.AppendUint32(nil, uint32(out.n-from)))
	out.Write([]byte(magic))
	return out.n, out.err
}

func (w *Writer) footer(group format.RowGroup) format.FileMetaData {
	f := format.FileMetaData{Version: 2, Schema: []format.SchemaElement{element(w.schema.Name(), w.schema)}, NumRows: group.NumRows,
		RowGroups: []format.RowGroup{group}, CreatedBy: w.by}
	f.Schema[0].NumChildren = libthrift.New(int32(len(w.columns)))
	for _, field := range w.schema.Fields() {
		e := element(field.Name(), field)
		e.RepetitionType = libthrift.New(format.Required)
		if field.Optional() {
			e.RepetitionType = libthrift.New(format.Optional)
		}
		f.Schema = append(f.Schema, e)
		f.ColumnOrders = append(f.ColumnOrders, *field.Type().ColumnOrder())
	}
	for _, key := range slices.Sorted(maps.Keys(w.says)) {
		f.KeyValueMetadata = append(f.KeyValueMetadata, format.KeyValue{Key: key, Value: w.says[key]})
	}
	return f
}

// element is what the footer says of a node of the schema.
func element(name string, node parquet.Node) format.SchemaElement {
	e := format.SchemaElement{Name: name, FieldID: int32(node.ID())}
	t := node.Type()
	if logical := t.LogicalType(); logical != nil {
		e.LogicalType = *logical
	}
	if n := t.Length(); n > 0 {
		e.TypeLength = libthrift.New(int32(n))
	}
	if physical := t.PhysicalType(); physical != nil {
		e.Type = libthrift.New(*physical)
	}
	if converted := t.ConvertedType(); converted != nil {
		e.ConvertedType = libthrift.New(*converted)
	}
	return e
}

// counted counts what is written, up to the first failure, which it keeps.
type counted struct {
	to  io.Writer
	n   int64
	err error
}

func (c *counted) Write(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.to.Write(b)
	c.n, c.err = c.n+int64(n), err
	return n, err
}
