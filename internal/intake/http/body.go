package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"sync"
	"unsafe"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/counterfoil/counterfoil/internal/intake"
)

// Sizes of the buffer that one request reads into. It grows as data comes; beyond maxChunk only for one long line.
const (
	firstChunk = 256 << 10
	maxChunk   = intake.MaxBytes
)

// buffers is the memory of one request.
type buffers struct {
	lines intake.Lines
	chunk []byte
}

// take reads body chunk by chunk and keeps the lines of each. An error may share the memory of b.
func (h *Handler) take(r *nethttp.Request, body io.Reader, b *buffers, taken *intake.Taken) error {
	lines := &b.lines
	lines.Line = 0
	body = &limited{body, h.opts.MaxBody}
	buf, n := b.chunk[:cap(b.chunk)], 0
	via := h.via(r.Context())
	// What has come is kept, even if no more comes: a client that has closed its half of the connection ends the request's
	// context, and waits for its answer all the same.
	ctx := context.WithoutCancel(r.Context())
	for {
		var err error
		buf, n, err = fill(body, buf, n)
		b.chunk = buf
		if err != nil && err != io.EOF {
			return err
		}
		end := n
		if err == nil {
			end = bytes.LastIndexByte(buf[:n], '\n') + 1
		}
		if end == 0 && n > intake.MaxLine || err == io.EOF && n == 0 {
			if n == 0 {
				return nil
			}
			h.Refused.Add(1)
			return &intake.LineError{Line: lines.Line + 1, Kind: intake.KindLong, Err: fmt.Errorf("is longer than %d bytes", intake.MaxLine)}
		}
		// The lines are read where they lie. The trail copies what it keeps.
		if _, terr := lines.Take(ctx, via, unsafe.String(unsafe.SliceData(buf), end), taken); terr != nil {
			return terr
		}
		n = copy(buf, buf[end:n])
		if err == io.EOF {
			return nil
		}
	}
}

// fill reads until the body ends or buf, grown to maxChunk at least, is full and holds a whole line. n bytes are there.
func fill(body io.Reader, buf []byte, n int) ([]byte, int, error) {
	seen := 0 // how far buf is known to hold no LF, once it is larger than maxChunk
	for {
		if n == len(buf) {
			if n >= maxChunk {
				if bytes.IndexByte(buf[seen:n], '\n') >= 0 || n > intake.MaxLine {
					return buf, n, nil
				}
				seen = n
			}
			grown := make([]byte, min(2*len(buf), intake.MaxLine+maxChunk))
			copy(grown, buf[:n])
			buf = grown
		}
		m, err := body.Read(buf[n:])
		if n += m; err != nil {
			return buf, n, err
		}
	}
}

// limited reads at most n bytes and gives errTooLong if there are more. Other errors become body errors.
type limited struct {
	r io.Reader
	n int64
}

func (l *limited) Read(p []byte) (int, error) {
	m, err := l.r.Read(p)
	if l.n -= int64(m); l.n < 0 {
		return m, errTooLong
	}
	if err != nil && err != io.EOF {
		err = &bodyError{err}
	}
	return m, err
}

// Decompressors are dear to make and cheap to reset.
var (
	zstds sync.Pool
	gzips sync.Pool
)

// decompress gives the plain body; done must be called when it is no longer read.
func decompress(r *nethttp.Request) (body io.Reader, done func(), err error) {
	switch enc := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); enc {
	case "", "identity":
		return r.Body, func() {}, nil
	case "zstd":
		d, _ := zstds.Get().(*zstd.Decoder)
		if d == nil {
			// One goroutine, and a window as RFC 9659 demands of HTTP, so that a sender cannot ask for memory.
			d, err = zstd.NewReader(r.Body, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true))
		} else {
			err = d.Reset(r.Body)
		}
		return d, func() { d.Reset(nil); zstds.Put(d) }, err
	case "gzip", "x-gzip":
		d, _ := gzips.Get().(*gzip.Reader)
		if d == nil {
			d = new(gzip.Reader)
		}
		// The header is read by the first Read, so that its errors are those of the body.
		return &lateGzip{d: d, r: r.Body}, func() { gzips.Put(d) }, nil
	default:
		return nil, nil, fmt.Errorf("content encoding %q is not understood: want zstd, gzip or none", enc)
	}
}

type lateGzip struct {
	d    *gzip.Reader
	r    io.Reader
	open bool
}

func (g *lateGzip) Read(p []byte) (int, error) {
	if !g.open {
		if err := g.d.Reset(g.r); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return 0, err
		}
		g.open = true
	}
	return g.d.Read(p)
}
