package trail

import "context"

// What Run does, one step at a time, for the tests that lie outside to see search as well.

func (t *Trail) SealReady(ctx context.Context)     { t.sealReady(ctx) }
func (t *Trail) Relieve(ctx context.Context) error { return t.relieve(ctx) }
func (t *Trail) WatchSpace()                       { t.watchSpace(t.opts.Now()) }
func (t *Trail) RotateOld()                        { t.rotateOld() }

// Ready reports whether the sealer has something to do, tiles of what is sealed among it.
func (t *Trail) Ready() bool { return t.ready() }

// Broken gives why the trail takes nothing in until it is opened again, nil if it does.
func (t *Trail) Broken() error { return t.brokenErr() }

// Full reports whether nothing is taken in because no more may be written.
func (t *Trail) Full() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full != nil
}

// Thinned is thinned.
const Thinned = thinned

func (t *Trail) ResumeForgetting(ctx context.Context) error { return t.resumeForgetting(ctx) }
