package convert

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// source is a file that is being read. It is decompressed where its first bytes say that it is compressed.
type source struct {
	file    *os.File // nil: standard input, which is not ours to close
	raw     *counted
	plain   io.Reader // what is in it; nil before the first read
	shut    func()    // frees the decompressor; nil: nothing to free
	form    string    // how it is compressed, "" if it is not
	regular bool
}

// counted counts what is read from a file, before anything is decompressed.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (r *run) open(name string) (*source, error) {
	if name == Stdin {
		f, ok := r.job.Stdin.(*os.File)
		return &source{raw: &counted{r: r.job.Stdin}, regular: ok && isRegular(f)}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return &source{file: f, raw: &counted{r: f}, regular: isRegular(f)}, nil
}

func isRegular(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

func (s *source) Read(p []byte) (int, error) {
	if s.plain == nil {
		if err := s.decompress(); err != nil {
			return 0, err
		}
	}
	return s.plain.Read(p)
}

// forms are the ways of compression, by their first bytes. open is nil where we cannot read it.
var forms = []struct {
	magic, name string
	open        func(s *source, r io.Reader) error
}{
	{"\x1f\x8b\x08", "gzip", (*source).gzip},
	{"\x28\xb5\x2f\xfd", "zstd", (*source).zstd},
	{"BZh", "bzip2", (*source).bzip2},
	{"\xfd7zXZ\x00", "xz", nil},
	{"\x04\x22\x4d\x18", "lz4", nil},
	{"\x1f\x9d", "compress", nil},
}

// decompress looks at the first bytes.
func (s *source) decompress() error {
	r := bufio.NewReaderSize(s.raw, 64<<10)
	s.plain = r
	begin, err := r.Peek(10)
	if err != nil && err != io.EOF {
		return err
	}
	for _, f := range forms {
		if !bytes.HasPrefix(begin, []byte(f.magic)) || f.name == "bzip2" && !bytes.Equal(begin[min(4, len(begin)):], []byte("1AY&SY")) {
			continue
		}
		if s.form = f.name; f.open == nil {
			return fmt.Errorf("it is compressed with %s, which is not read: decompress it first", f.name)
		}
		return f.open(s, r)
	}
	return nil
}

func (s *source) gzip(r io.Reader) error {
	z, err := gzip.NewReader(r)
	s.plain = z
	return err
}

// zstd: the window is that of `zstd --long`; one goroutine's worth of buffers.
func (s *source) zstd(r io.Reader) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20))
	if err != nil {
		return err
	}
	s.plain, s.shut = z, z.Close
	return nil
}

func (s *source) bzip2(r io.Reader) error {
	s.plain = bzip2.NewReader(r)
	return nil
}

func (s *source) close() error {
	if s.shut != nil {
		s.shut()
	}
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// measure looks at every file before anything is written: one that is missing is found at once. It sums the sizes up.
func (r *run) measure() error {
	known := true
	for _, in := range r.job.Inputs {
		for _, name := range in {
			if name == Stdin {
				known = false
				continue
			}
			info, err := os.Stat(name)
			if err != nil {
				return err
			}
			known = known && info.Mode().IsRegular()
			r.progress.Total += info.Size()
		}
	}
	if !known {
		r.progress.Total = 0
	}
	return nil
}

// report tells how far the job has come.
func (r *run) report(s *source) {
	r.progress.Bytes += s.raw.n
	s.raw.n = 0
	r.progress.Events = r.sum.Events
	if r.job.Progress != nil {
		r.job.Progress(r.progress)
	}
}
