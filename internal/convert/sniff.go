package convert

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
)

// sniffed is how much of an input is looked at to tell its dialect.
const sniffed = 64 << 10

// begin reads the beginning of the stream, finds its dialect where none is told, and makes the decoder. A file without a
// byte tells nothing: the next one does.
func (s *stream) begin() error {
	d := s.run.job.From
	for d == nil && s.w < sniffed && !s.eof {
		if err := s.fill(); err != nil {
			return err
		}
		if !s.src.regular { // whoever writes to a pipe may wait for an answer to what is there
			d = readable(s.buf[:s.w])
		}
	}
	if d == nil && s.w == 0 {
		return nil
	}
	if s.run.job.From == nil {
		if d == nil {
			d = readable(s.buf[:min(s.w, sniffed)])
		}
		if d == nil {
			return usage("%s: no dialect is recognised in its first %d bytes: name it with --from (%s)", s.name, min(s.w, sniffed),
				strings.Join(tried(), ", "))
		}
		s.run.sum.guessed(d, s.name)
	}
	opts, err := settle(d, s.run.job.FromOptions)
	if err != nil {
		return err
	}
	if s.decoder, err = d.Decode(opts); err != nil {
		return &UsageError{err}
	}
	s.dialect = d
	return nil
}

// readable gives the dialect that a prefix looks like, if files of it can be read.
func readable(prefix []byte) *dialect.Dialect {
	if d := all.Sniff(prefix); d != nil && d.Decode != nil && d.Split != nil {
		return d
	}
	return nil
}

// tried lists the dialects that an input may be.
func tried() (names []string) {
	for _, d := range all.Dialects {
		if d.Decode != nil && d.Split != nil {
			names = append(names, d.Name)
		}
	}
	return names
}
