package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/evidence"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// directory reads a data directory in this process, without a lock: a daemon may be writing it.
type directory struct {
	dir string
	*trail.Directory
}

func openDirectory(dir string) (*directory, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("data directory: %w; give the trail's directory with --data-dir, or a daemon with --server", err)
	}
	t, err := trail.OpenReadOnly(dir)
	if err != nil {
		return nil, err
	}
	return &directory{dir, t}, nil
}

func (d *directory) search(ctx context.Context, q *question, yield func(*counterfoil.Record) bool) error {
	v := d.View()
	defer v.Close()
	_, err := search.Run(ctx, v, q.query(), yield)
	return err
}

func (d *directory) count(ctx context.Context, q *question, by string) ([]search.Bucket, error) {
	group, err := grouping(by)
	if err != nil {
		return nil, err
	}
	v := d.View()
	defer v.Close()
	groups, _, err := search.Count(ctx, v, q.query(), group)
	if err != nil {
		return nil, err
	}
	return groups[0], nil
}

func (d *directory) record(ctx context.Context, seq uint64) (*counterfoil.Record, error) {
	v := d.View()
	defer v.Close()
	if seq >= v.Size() {
		return nil, noRecord(seq, v.Size())
	}
	r, _, err := search.Get(ctx, v, seq)
	if _, expired := errors.AsType[*trail.ExpiredError](err); expired {
		return nil, &exit{exitNo, err}
	}
	return r, err
}

func noRecord(seq, size uint64) error {
	return &exit{exitNo, fmt.Errorf("there is no record %d: the trail has %d, numbered from 0", seq, size)}
}

func (d *directory) size(context.Context) (uint64, error) {
	v := d.View()
	defer v.Close()
	return v.Size(), nil
}

func (d *directory) follow(ctx context.Context, q *question, size uint64, yield func(*counterfoil.Record) bool) error {
	next := *q
	next.limit, next.oldest = 0, true
	for {
		wake := d.Changed()
		now, err := d.size(ctx)
		if err != nil {
			return err
		}
		if now > size {
			more := true
			next.after, next.before = size, now
			if err := d.search(ctx, &next, func(r *counterfoil.Record) bool { more = yield(r); return more }); err != nil || !more {
				return err
			}
			size = now
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// A daemon beside us signs new records at least every minute, as a rule every second. coverWait is how long prove waits.
const coverWait = 5 * time.Second

func (d *directory) prove(ctx context.Context, seq uint64, madeBy string) ([]byte, error) {
	v := d.View()
	size := v.Size()
	v.Close()
	if seq >= size {
		return nil, noRecord(seq, size)
	}
	b, err := d.Directory.Prove(seq, madeBy)
	for until := time.Now().Add(coverWait); errors.Is(err, trail.ErrNotCovered) && time.Now().Before(until) && ctx.Err() == nil; {
		time.Sleep(200 * time.Millisecond)
		b, err = d.Directory.Prove(seq, madeBy)
	}
	if err != nil {
		return nil, err
	}
	return b.Marshal(), nil
}

func (d *directory) evidence(ctx context.Context, q *question, madeBy string) ([]byte, error) {
	p, err := d.Prover()
	if err != nil {
		return nil, err
	}
	defer p.View.Close()
	doc, _, err := evidence.Make(ctx, p, evidence.Query{Text: q.text, Filter: q.expr, From: q.from, To: q.to, By: localUser(), MadeBy: madeBy,
		Now: counterfoil.TimeOf(time.Now())})
	return doc, err
}

func (d *directory) export(ctx context.Context, q *question, format string, w io.Writer) (dialect.Loss, error) {
	form, _ := all.Lookup(format) // the flag was checked
	buffered := bufio.NewWriterSize(w, 1<<16)
	enc, err := form.NewEncoder(buffered, nil)
	if err != nil {
		return nil, err
	}
	lost := map[string]bool{}
	var werr error
	err = d.search(ctx, q, func(r *counterfoil.Record) bool {
		var loss dialect.Loss
		loss, werr = enc.Encode(r)
		for _, field := range loss {
			lost[field] = true
		}
		return werr == nil
	})
	if err = errors.Join(err, werr); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(lost)), errors.Join(enc.Close(), buffered.Flush())
}

func (d *directory) status(context.Context) (*daemon.Status, error) {
	return daemon.StatusOf(d.dir, d.Directory)
}

func (d *directory) close() error { return d.Close() }
