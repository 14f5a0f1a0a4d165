package trail_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

// smallDisk is too small for the log to ask for space in advance, all of which every reader would have to look at.
const smallDisk = 12 << 20

// TestFlippedBits flips bits at random places of every kind of file: the verifier says no and where, or what the trail answers
// is what it answered before. COUNTERFOIL_FLIPS is how many (default 300).
func TestFlippedBits(t *testing.T) {
	n, seed := number(t, "COUNTERFOIL_FLIPS", 300), number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	s := newSpecimen(t)
	kinds := slices.Sorted(maps.Keys(s.files))
	counts := map[string]map[string]int{}
	var mu sync.Mutex // guards counts
	var wg sync.WaitGroup
	workers := uint64(runtime.GOMAXPROCS(0))
	for worker := range workers {
		wg.Go(func() {
			for i := worker; i < n/trail.Thinned; i += workers {
				rng := rand.New(rand.NewPCG(seed, i))
				kind := kinds[i%uint64(len(kinds))]
				names := s.files[kind]
				became := s.flip(t, rng, kind, names[rng.IntN(len(names))])
				mu.Lock()
				if counts[kind] == nil {
					counts[kind] = map[string]int{}
				}
				counts[kind][became]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for _, kind := range kinds {
		t.Logf("%-12s %v", kind, counts[kind])
	}
}

// harmless says why a changed bit of a kind of file may be seen by nobody.
var harmless = map[string]string{
	"reserve":  "its bytes say nothing: it takes space",
	"wal":      "behind the last frame is space that was asked for in advance: what stands there is cut off when the trail is opened",
	"cosigned": "the signature of a witness is for those who have its key: verify --witness",
	"verified": "what cannot be trusted is not: the next verification is a full one, and says why",
}

// flip changes one bit of a file and tells what became of that.
func (s *specimen) flip(t *testing.T, rng *rand.Rand, kind, name string) string {
	fs := s.disk.Reopen(1, 1)
	at, bit := s.place(t, rng, fs, name)
	what := fmt.Sprintf("%s, byte %d, bit %d", name, at, bit)
	change(t, fs, name, at, bit)
	r, err := trail.CheckFS(context.Background(), fs, nil)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return "error"
	}
	if !r.OK {
		said := r.Problem.Error()
		notMounted := kind == "dirs" && strings.Contains(said, "is it not mounted?") // a directory by another name
		if !notMounted && !strings.Contains(said, strings.TrimSuffix(path.Base(name), path.Ext(name))) {
			t.Errorf("%s: the verifier says no, and not where: %s", what, said)
		}
		s.mustNotGetWorse(t, what, fs, name, at, bit)
		return "detected"
	}
	if len(r.Derived) == 0 && harmless[kind] == "" {
		t.Errorf("%s: not found", what)
	}
	if kind == "verified" {
		if r, err = trail.CheckFS(context.Background(), fs, &trail.CheckOptions{Incremental: true}); err != nil || !r.OK || !strings.Contains(r.Full, "changed by somebody") {
			t.Errorf("%s: %+v, %v", what, r, err)
		}
	}
	if len(r.Derived) > 0 {
		s.mustAnswer(t, what, fs.Reopen(1, 1))
		if _, err := trail.RepairFS(context.Background(), fs, s.opts); err != nil {
			t.Errorf("%s: repair: %v", what, err)
		}
	}
	if got := s.ask(t, what, fs); got != s.answers {
		t.Errorf("%s: answers are other ones\n got %.3000s\nwant %.3000s", what, got, s.answers)
	}
	if len(r.Derived) > 0 {
		return "made again"
	}
	return "harmless"
}

// place chooses a bit.
func (s *specimen) place(t *testing.T, rng *rand.Rand, fs disk.FS, name string) (at int64, bit int) {
	b, err := disk.ReadFile(fs, name, 1<<30)
	if err != nil || len(b) == 0 {
		t.Fatalf("%s: %d bytes, %v", name, len(b), err)
	}
	return int64(rng.IntN(len(b))), rng.IntN(8)
}

func change(t *testing.T, fs disk.FS, name string, at int64, bit int) {
	t.Helper()
	f, err := fs.Open(name, true)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 1 << bit
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// mustNotGetWorse opens a damaged trail, if it opens, and appends to it: when the bit is put right again everything is whole.
func (s *specimen) mustNotGetWorse(t *testing.T, what string, fs *disktest.Memory, name string, at int64, bit int) {
	size := uint64(0)
	if tr, err := trail.OpenFS(fs, s.opts); err == nil {
		e := counterfoil.Event{Major: 1, Time: 1e18, Service: "A", Name: "B", User: "somebody new"}
		if _, err := tr.Append(context.Background(), "in", []counterfoil.Event{e}); err != nil {
			t.Errorf("%s: append: %v", what, err)
		}
		if err := tr.Close(); err != nil {
			t.Errorf("%s: close: %v", what, err)
		}
		size = tr.View().Size()
	}
	change(t, fs, name, at, bit)
	r, err := trail.CheckFS(context.Background(), fs, nil)
	if err != nil || !r.OK || size > 0 && r.Records != size {
		t.Errorf("%s: put right again: %+v, %v, %v", what, r, r.Problem, err)
	}
}

// mustAnswer opens a trail with a damaged derived file: what is searched is found all the same. Proofs need the tiles.
func (s *specimen) mustAnswer(t *testing.T, what string, fs *disktest.Memory) {
	tr, err := trail.OpenFS(fs, s.opts)
	if err != nil {
		t.Errorf("%s: open: %v", what, err)
		return
	}
	if got := told(t, tr); !strings.HasPrefix(s.answers, got) {
		t.Errorf("%s: before it was repaired, answers are other ones", what)
	}
	if err := tr.Close(); err != nil {
		t.Errorf("%s: close: %v", what, err)
	}
}

// ask opens a trail and tells what it answers, proofs and holds included.
func (s *specimen) ask(t *testing.T, what string, fs *disktest.Memory) string {
	tr, err := trail.OpenFS(fs, s.opts)
	if err != nil {
		t.Errorf("%s: open: %v", what, err)
		return ""
	}
	answers := told(t, tr)
	for _, seq := range s.proofs {
		b, err := tr.Prove(seq, "test")
		if err == nil {
			_, err = proof.Verify(b.Marshal(), proof.Options{TrustedKey: tr.VerifierKey()})
		}
		if err != nil {
			t.Errorf("%s: proof of %d: %v", what, seq, err)
		}
	}
	for _, h := range tr.Holds() {
		answers += fmt.Sprintf("\n%d %s %s %s", h.ID, h.Filter, h.Reason, h.Author)
	}
	if err := tr.Close(); err != nil {
		t.Errorf("%s: close: %v", what, err)
	}
	if r, err := trail.CheckFS(context.Background(), fs, nil); err != nil || !r.OK || len(r.Derived) > 0 {
		t.Errorf("%s: verify afterwards: %+v, %v, %v", what, r, r.Problem, err)
	}
	return answers
}
