package trail

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
)

// opened opens what a crash left, with a part to seal and a full disk to leave. Where that fails no file is open.
func opened(t *testing.T, fs *disktest.Faults) error {
	tr, err := OpenFS(fs, retiredOptions(&clock{time.Date(2026, 3, 10, 0, 0, 0, 0, time.UTC)}))
	if err != nil {
		if n := fs.Held(); n > 0 {
			t.Errorf("%d files are open behind %v", n, err)
		}
		return err
	}
	tr.sealReady(context.Background())
	return errors.Join(tr.brokenErr(), tr.Close())
}

// TestEveryCallFailsWhileOpening lets each call of a recovery fail. Opening again finds everything.
func TestEveryCallFailsWhileOpening(t *testing.T) {
	left := disktest.New()
	left.Limit(8 << 20) // the log asks for no space in advance, which everybody would have to read
	left.CutAfter(190)
	acknowledged, err := retired(left)
	if err == nil || !left.Cut() {
		t.Fatalf("%v", err)
	}
	for _, did := range []bool{false, true} {
		for n := 0; ; n += thinned {
			d := left.Reopen(5, 0.5)
			if err := disk.WriteFile(d, fullFile, []byte(`{"since":"x","reason":"y","action":"suspend"}`)); err != nil {
				t.Fatal(err)
			}
			f := disktest.Fail(d, n, did)
			_ = opened(t, f)
			if f.Calls() <= n {
				t.Logf("%d calls, done: %v", n, did)
				break
			}
			mustExplain(t, fmt.Sprintf("call %d, done: %v", n, did), d.Reopen(1, 1), acknowledged)
		}
	}
}

// TestEveryCallFailsWhileRepairing lets each call of a repair fail. It is then done again.
func TestEveryCallFailsWhileRepairing(t *testing.T) {
	o := Options{SegmentRows: 512, SplitRows: 200, Retention: byCategory, Now: (&clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}).now}
	broken, names := built(t, o, 512, 1)
	damage(t, broken, names[1], 3000)
	damage(t, broken, strings.TrimSuffix(names[2], ".parquet")+".idx", 100)
	for _, did := range []bool{false, true} {
		for n := 0; ; n += 5 * thinned {
			d := broken.Reopen(1, 1)
			f := disktest.Fail(d, n, did)
			_, err := RepairFS(t.Context(), f, o)
			if f.Calls() <= n {
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d calls, done: %v", n, did)
				break
			}
			e := d.Reopen(1, 1)
			if _, err := RepairFS(t.Context(), e, o); err != nil {
				t.Fatalf("call %d, done: %v: %v", n, did, err)
			}
			if r, err := CheckFS(t.Context(), e, nil); err != nil || !r.OK || len(r.Derived) > 0 {
				t.Fatalf("call %d, done: %v: %+v, %v", n, did, r, err)
			}
		}
	}
}

// filled fills a disk that drops, goes on when there is space, and remembers what was verified.
func filled(d *disktest.Memory, fs disk.FS) (kept []counterfoil.Event, err error) {
	d.Limit(150 << 10)
	tr, err := OpenFS(fs, Options{SegmentRows: 200, Space: Space{Action: Drop, Reserve: 16 << 10}})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tr.Close()) }()
	ctx := context.Background()
	refused := 0
	for range 60 {
		e := events(len(kept), 20)
		switch _, err := tr.Append(ctx, "in", e); {
		case err == nil:
			kept = append(kept, e...)
		case !errors.Is(err, ErrSuspended) && !errors.Is(err, ErrDropped):
			return kept, err
		default:
			if refused++; refused == 3 {
				d.Limit(8 << 20)
			}
		}
	}
	if err := errors.Join(tr.Rotate(ctx), tr.Checkpoint()); err != nil {
		return kept, err
	}
	_, err = CheckFS(ctx, fs, &CheckOptions{Incremental: true, Now: 1})
	return kept, err
}

// TestEveryCallFailsWhileFull lets each call fail of a trail whose disk fills up and has space again.
func TestEveryCallFailsWhileFull(t *testing.T) {
	for _, did := range []bool{false, true} {
		for n := 0; ; n += 7 * thinned {
			d := disktest.New()
			f := disktest.Fail(d, n, did)
			kept, err := filled(d, f)
			if f.Calls() <= n {
				if err != nil {
					t.Fatal(err)
				}
				t.Logf("%d calls, done: %v", n, did)
				break
			}
			what := fmt.Sprintf("call %d, done: %v", n, did)
			d.Limit(8 << 20)
			e := d.Reopen(1, 1)
			tr, err := OpenFS(e, Options{SegmentRows: 200})
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			i := 0
			for _, r := range all(t, tr.View()) {
				if r.Via != act.Via && i < len(kept) {
					if r.EventData != kept[i].EventData {
						t.Fatalf("%s: record %d is %+v", what, r.Seq, r)
					}
					i++
				}
			}
			if i < len(kept) {
				t.Fatalf("%s: %d of %d acknowledged records are there", what, i, len(kept))
			}
			if err := tr.Close(); err != nil {
				t.Fatal(err)
			}
			mustCheckFS(t, e, tr.View().Size())
		}
	}
}
