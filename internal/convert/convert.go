// Package convert moves audit records from files of any dialect to a writer of another, without a trail: what
// `counterfoil convert` does. It owns how files become streams (compression, sniffing, framing) and what is counted on
// the way. Memory does not grow with the input. docs/convert.md is the page for users.
package convert

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// Stdin is the name under which standard input is an input.
const Stdin = "-"

// Input is what one decoder reads as one stream: the names of its files, oldest first.
type Input []string

// Setting is an option of a dialect as it was given.
type Setting struct{ Name, Value string }

// Job says what is converted. Inputs, To and Now must be set.
type Job struct {
	Inputs      []Input
	Stdin       io.Reader
	From        *dialect.Dialect // nil: each input is sniffed apart
	FromOptions []Setting
	To          *dialect.Dialect
	ToOptions   []Setting

	Where        filter.Expr      // nil: every event is written
	Since, Until counterfoil.Time // 0: no bound

	Merge    bool // write the events of all inputs in the order of their times
	Lossless bool // end with a *LossError at the first event that To cannot wholly express
	Now      func() time.Time
	Progress func(Progress) // called after each read; may be nil
}

// Progress is how far a job has come.
type Progress struct {
	Bytes, Total int64 // read from the files, compressed where they are; Total is 0 where a size is not known
	Events       int
}

// UsageError is a mistake of whoever asked: an input that no dialect fits, an option that is not known.
type UsageError struct{ err error }

func (e *UsageError) Error() string { return e.err.Error() }
func (e *UsageError) Unwrap() error { return e.err }

func usage(format string, args ...any) error { return &UsageError{fmt.Errorf(format, args...)} }

// LossError ends a job that must be lossless.
type LossError struct {
	To     string
	Fields []string
	Number int // of the event, from 1, among those written
	Event  counterfoil.Event
}

func (e *LossError) Error() string {
	return fmt.Sprintf("%s cannot wholly express event %d (%v %s %s): %s", e.To, e.Number, e.Event.Time, e.Event.Service, e.Event.Name,
		strings.Join(e.Fields, ", "))
}

// Run does the job. The summary is that of what was done, with an error too. Errors are a *[UsageError], a *[LossError],
// that of ctx, or those of reading and writing, which name the file and the byte.
func Run(ctx context.Context, w io.Writer, j Job) (*Summary, error) {
	opts, err := settle(j.To, j.ToOptions)
	if err != nil {
		return &Summary{}, err
	}
	r := &run{ctx: ctx, job: j, out: bufio.NewWriterSize(w, 1<<16), received: counterfoil.TimeOf(j.Now())}
	r.sum.Lost = map[string]int{}
	if err := r.measure(); err != nil {
		return &r.sum, err
	}
	if r.enc, err = j.To.Encode(r.out, opts); err != nil {
		return &r.sum, &UsageError{err}
	}
	work := r.sequence
	if j.Merge {
		work = r.merge
	}
	if err := work(); err != nil {
		return &r.sum, errors.Join(err, r.out.Flush())
	}
	if err := r.enc.Close(); err != nil {
		return &r.sum, err
	}
	if err := r.out.Flush(); err != nil {
		return &r.sum, fmt.Errorf("write: %w", err)
	}
	return &r.sum, nil
}

// settle gives the options of a dialect with the settings made.
func settle(d *dialect.Dialect, settings []Setting) (opts any, err error) {
	if d.Options != nil {
		opts = d.Options()
	}
	for _, s := range settings {
		if err := dialect.SetOption(opts, s.Name, s.Value); err != nil {
			return nil, usage("%s: %w", d.Name, err)
		}
	}
	return opts, nil
}

// run is a job under way.
type run struct {
	ctx      context.Context // of Run, which this value does not outlive
	job      Job
	out      *bufio.Writer
	enc      dialect.Encoder
	record   counterfoil.Record
	received counterfoil.Time // the time of what has none of its own
	sum      Summary
	progress Progress
}

// sequence converts one input after the other.
func (r *run) sequence() error {
	var batch []counterfoil.Event
	for _, in := range r.job.Inputs {
		s := r.stream(in)
		for {
			var err error
			if batch, err = s.read(batch[:0]); err == io.EOF {
				break
			} else if err != nil {
				return errors.Join(err, s.close())
			}
			for i := range batch {
				if err := r.write(&batch[i]); err != nil {
					return errors.Join(err, s.close())
				}
			}
			clear(batch)
			s.reuse()
		}
	}
	return nil
}

// write hands an event to the encoder if it is wanted, and counts what is lost.
func (r *run) write(e *counterfoil.Event) error {
	if r.job.Since != 0 && e.Time < r.job.Since || r.job.Until != 0 && e.Time >= r.job.Until {
		return nil
	}
	r.record.Event, r.record.Seq = *e, uint64(r.sum.Written)
	if r.job.Where != nil && !filter.Eval(r.job.Where, &r.record) {
		return nil
	}
	loss, err := r.enc.Encode(&r.record)
	if err != nil {
		return fmt.Errorf("write event %d: %w", r.sum.Written+1, err)
	}
	r.sum.Written++
	for _, field := range loss {
		r.sum.Lost[field]++
	}
	if r.job.Lossless && len(loss) > 0 {
		return &LossError{r.job.To.Name, loss, r.sum.Written, *e}
	}
	return nil
}
