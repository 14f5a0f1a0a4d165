package convert

import (
	"io"
	"os"
)

// source is a file that is being read.
type source struct {
	io.Reader
	file    *os.File // nil: standard input, which is not ours to close
	raw     *counted
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
	s := &source{}
	if name == Stdin {
		s.raw = &counted{r: r.job.Stdin}
		if f, ok := r.job.Stdin.(*os.File); ok {
			s.regular = isRegular(f)
		}
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		s.file, s.raw, s.regular = f, &counted{r: f}, isRegular(f)
	}
	s.Reader = s.raw
	return s, nil
}

func isRegular(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode().IsRegular()
}

func (s *source) close() error {
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
