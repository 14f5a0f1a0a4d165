package segment

import (
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// pageCodec compresses the pages of a segment with zstd. The Parquet library has such a codec, with a window of 8 MiB, for
// which each encoder keeps 16 MiB; a page of texts has one, rarely two.
type pageCodec struct{ encoders sync.Pool }

const pageWindow = 1 << 20

// The fastest level looks for what repeats in a table of 256 KiB, where the next one has two, of 1.25 MiB in all. Dozens of small pages
// are packed one after the other, of other columns each, while somebody else wants the processor's cache as well (decision 69).
var zstdText = &pageCodec{encoders: sync.Pool{New: func() any {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(pageWindow),
		zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false), zstd.WithAllLitEntropyCompression(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
}}}

func (*pageCodec) String() string { return "ZSTD" }

func (*pageCodec) CompressionCodec() format.CompressionCodec { return format.Zstd }

// Encode gives src compressed, in dst's memory where it is enough.
func (c *pageCodec) Encode(dst, src []byte) ([]byte, error) {
	e := c.encoders.Get().(*zstd.Encoder)
	defer c.encoders.Put(e)
	return e.EncodeAll(src, dst[:0]), nil
}

// Decode is for who reads with a writer's schema, which nobody does: files name their codec, and the library has it.
func (*pageCodec) Decode(dst, src []byte) ([]byte, error) { return parquet.Zstd.Decode(dst, src) }
