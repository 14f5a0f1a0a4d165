package pagefile

import (
	"bytes"
	"math"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// bounds are the least and the greatest value of a page; null where it has none, or they are not wanted.
type bounds struct{ min, max parquet.Value }

func (c *ColumnWriter) intBounds(values []int64) (b bounds) {
	if c.unbound || len(values) == 0 {
		return b
	}
	flip := int64(0)
	if c.unsigned {
		flip = math.MinInt64
	}
	least, most := values[0]^flip, values[0]^flip
	for _, v := range values[1:] {
		least, most = min(least, v^flip), max(most, v^flip)
	}
	return bounds{parquet.Int64Value(least ^ flip), parquet.Int64Value(most ^ flip)}
}

func (c *ColumnWriter) fixedBounds(values []byte, n int) (b bounds) {
	if c.unbound || len(values) == 0 {
		return b
	}
	least, most := values[:n], values[:n]
	for v := range slices.Chunk(values, n) {
		if bytes.Compare(v, least) < 0 {
			least = v
		} else if bytes.Compare(v, most) > 0 {
			most = v
		}
	}
	return bounds{parquet.FixedLenByteArrayValue(least), parquet.FixedLenByteArrayValue(most)}
}

func textBounds[T any](c *ColumnWriter, values []T, text func(T) string) (b bounds) {
	if c.unbound || len(values) == 0 {
		return b
	}
	least, most := text(values[0]), text(values[0])
	for _, v := range values[1:] {
		if v := text(v); v < least {
			least = v
		} else if v > most {
			most = v
		}
	}
	return bounds{parquet.ByteArrayValue(bytesOf(least)), parquet.ByteArrayValue(bytesOf(most))}
}

func (c *ColumnWriter) boolBounds(values []bool) (b bounds) {
	if c.unbound || len(values) == 0 {
		return b
	}
	return bounds{parquet.BooleanValue(!slices.Contains(values, false)), parquet.BooleanValue(slices.Contains(values, true))}
}

// widen widens the bounds of the column by those of a page.
func (c *ColumnWriter) widen(b bounds) {
	if b.min.IsNull() {
		return
	}
	if s := &c.chunk.Statistics; s.MinValue == nil || c.typ.Compare(b.min, c.typ.Kind().Value(s.MinValue)) < 0 {
		s.MinValue = b.min.AppendBytes([]byte{})
	}
	if s := &c.chunk.Statistics; s.MaxValue == nil || c.typ.Compare(b.max, c.typ.Kind().Value(s.MaxValue)) > 0 {
		s.MaxValue = b.max.AppendBytes([]byte{})
	}
}

// pageIndex is what the pages have. Of identifiers the library's indexer gives no bounds to pages that have none, and so those behind them to the wrong
// ones; Parquet wants empty ones there.
func (c *ColumnWriter) pageIndex() format.ColumnIndex {
	x := c.bounds.ColumnIndex()
	x.DefinitionLevelHistogram = c.pageLevels
	if len(x.MinValues) == len(x.NullPages) {
		return x
	}
	least, most := x.MinValues, x.MaxValues
	x.MinValues, x.MaxValues = make([][]byte, len(x.NullPages)), make([][]byte, len(x.NullPages))
	for p, isNull := range x.NullPages {
		if !isNull {
			x.MinValues[p], x.MaxValues[p] = least[0], most[0]
			least, most = least[1:], most[1:]
		}
	}
	return x
}
