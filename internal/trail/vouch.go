package trail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/background"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/segment"
)

// Whoever can write the directory can change a column, or make an index that leaves a record out and whose checksums are right. A proof is not
// deceived by that, but a search is, and so would be the statement that this was all that was found. Where that is to be signed, the search is done
// in files that were vouched for just before: their columns have the digests that the trail's key signed, and their indexes are those that the columns give.

// vouched remembers for which indexes that was found to be so: by name and digest of the file, the digest of the index.
type vouched struct{ sync.Map }

// vouchedBytes is for the pages of files that are vouched for. They are read anew: what is in memory may have been read before.
const vouchedBytes = 64 << 20

// Vouch gives the prover a view of its own, whose files were looked at as said above, until done is called. It reads all files of the trail, and makes
// all indexes again but those that an incremental verification, or this process, found right before.
func (p *Prover) Vouch(ctx context.Context) (done func() error, err error) {
	was := p.View
	now := &View{ID: was.ID, Head: was.Head, Segments: make([]*Sealed, len(was.Segments)), cache: segment.NewCache(vouchedBytes)}
	leave := func() error {
		p.View = was
		var problems []error
		for _, s := range now.Segments {
			if s != nil {
				problems = append(problems, s.close())
			}
		}
		return errors.Join(problems...)
	}
	for i, s := range was.Segments {
		now.Segments[i] = s.unopened(s.place, now.cache)
	}
	if err := p.vouchAll(ctx, now.Segments); err != nil {
		return nil, errors.Join(err, leave())
	}
	mine := map[*Sealed]*Sealed{}
	for i, s := range was.Segments {
		mine[s] = now.Segments[i]
	}
	for _, sp := range was.spans {
		next := *sp
		next.files = make([]*Sealed, len(sp.files))
		for i, s := range sp.files {
			next.files[i] = mine[s]
		}
		now.spans = append(now.spans, &next)
	}
	p.View = now
	return leave, nil
}

// vouchAll vouches for files on all processors.
func (p *Prover) vouchAll(ctx context.Context, files []*Sealed) error {
	known := p.rightIndexes()
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range background.Processors() {
		g.Go(func() error {
			var again segment.IndexBuilder
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) || ctx.Err() != nil {
					return ctx.Err()
				}
				s := files[i]
				if err := s.vouch(known[s.vouchedName()], p.vouched, &again); isMissing(err) {
					return fmt.Errorf("%s went away meanwhile: ask again", s.Name())
				} else if err != nil {
					return fmt.Errorf("%s: %w", s.Name(), err)
				}
			}
		})
	}
	return g.Wait()
}

// rightIndexes gives the digests of indexes that a verification found right, by what they are of.
func (p *Prover) rightIndexes() map[string]counterfoil.Hash {
	known := map[string]counterfoil.Hash{}
	if v, err := readVerified(p.fs, p.signer, p.origin); err == nil { // else all are made again
		for _, f := range v.files {
			known[vouchedName(f.name, f.digest)] = f.idx
		}
	}
	return known
}

func vouchedName(file string, digest counterfoil.Hash) string {
	return fmt.Sprintf("%s %x", file, digest[:])
}

func (s *Sealed) vouchedName() string { return vouchedName(s.base+".parquet", s.Digest) }

// vouch opens a file that nobody else has yet. right is the digest that the index had when it was found right; zeros: it was not looked at.
func (s *Sealed) vouch(right counterfoil.Hash, before *vouched, again *segment.IndexBuilder) error {
	r, err := s.columns()
	if err != nil {
		return err
	}
	if got, err := digestOf(s.file, s.Bytes); err != nil {
		return err
	} else if got != s.Digest {
		return fmt.Errorf("its digest is %x…, %s says %x… (counterfoil verify says more)", got[:4], s.sealName(), s.Digest[:4])
	}
	data, err := disk.ReadFile(s.place.fs, s.place.file(s.base+".idx"), 1<<30)
	if err != nil && !isMissing(err) {
		return err
	}
	is := counterfoil.Hash(sha256.Sum256(data))
	if seen, ok := before.Load(s.vouchedName()); is != right && (!ok || is != seen) {
		once, err := segment.Open(s.file, s.Bytes, segment.NewCache(1<<20)) // everything is read once
		if err != nil {
			return err
		}
		x, err := again.Build(once)
		if err != nil {
			return err
		}
		if !bytes.Equal(x.Marshal(), data) { // it is derived: the one that the columns give is used, which verify tells and repair writes
			s.Index, err = r.BuildIndex()
			r.Index = s.Index
			return err
		}
		before.Store(s.vouchedName(), is)
	}
	damage, err := s.openIndex(false, slog.New(slog.DiscardHandler))
	r.Index = s.Index
	return errors.Join(damage, err)
}
