package trail_test

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// specimen is a trail that has a file of every kind, as a crash left it, and what it answers.
type specimen struct {
	disk    *disktest.Memory
	opts    trail.Options
	files   map[string][]string // names of each kind
	answers string
	proofs  []uint64 // numbers of records that are proved
}

// newSpecimen makes the trail: segments in two directories, of which files have expired; a hold; tiles; a cosigned checkpoint;
// what an incremental verification remembers; and a log that nobody closed.
func newSpecimen(t *testing.T) *specimen {
	w := &world{t: t, rng: rand.New(rand.NewPCG(12, 43)), disk: disktest.New(), clock: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s := &specimen{disk: w.disk, opts: trail.Options{SegmentRows: 120, SplitRows: 30, Now: func() time.Time { return w.clock }, Dist: true,
		Dirs: []trail.Dir{{Path: "b"}, {Path: "."}}, Space: trail.Space{Reserve: 1 << 12}, Retention: trail.Retention{Rules: []trail.RetentionRule{
			{Category: counterfoil.CategoryTraffic, After: trail.ExpireAfter{Age: day}}}}}}
	w.disk.Limit(smallDisk)
	tr, err := trail.OpenFS(w.disk, s.opts)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(err)
	send := func(n int) {
		for range n {
			var events []counterfoil.Event
			for range 20 {
				events = append(events, w.event())
			}
			_, err := tr.AppendAt(t.Context(), "in", events, fmt.Append(nil, n))
			must(err)
		}
	}
	send(15)
	must(tr.Rotate(t.Context()))
	w.clock = w.clock.Add(2 * day)
	must(tr.Expire(t.Context()))
	_, err = tr.AddHold(t.Context(), "user = anna", "case 17", olga)
	must(err)
	send(9)
	must(tr.Rotate(t.Context()))
	must(tr.Checkpoint())
	must(tr.KeepCosigned(cosigned(t, tr)))
	send(3)
	must(tr.Checkpoint())
	_, err = trail.CheckFS(t.Context(), w.disk, &trail.CheckOptions{Incremental: true, Now: 1})
	must(err)
	v := tr.View()
	for seq := range v.Size() {
		var r counterfoil.Record
		if v.Record(seq, &r) == nil && seq%97 == 0 {
			s.proofs = append(s.proofs, seq)
		}
	}
	s.disk = w.disk.Reopen(1, 1)
	s.find(t, ".")
	log, err := s.disk.Open(s.files["wal"][0], true)
	must(err)
	size, err := log.Size()
	must(err)
	must(log.Preallocate(size + 4<<10)) // on a larger disk it would be 16 MiB, and that is all that most flips would hit
	must(log.Sync())
	must(log.Close())
	s.answers = s.ask(t, "as it is", s.disk.Reopen(1, 1))
	return s
}

// cosigned gives the newest checkpoint with the signature of a witness.
func cosigned(t *testing.T, tr *trail.Trail) []byte {
	t.Helper()
	msg, _, _ := tr.LastCheckpoint()
	secret, _, err := note.GenerateKey(nil, "witness.example.org")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		t.Fatal(err)
	}
	v, err := note.NewVerifier(tr.VerifierKey())
	if err != nil {
		t.Fatal(err)
	}
	n, err := note.Open(msg, note.VerifierList(v))
	if err != nil {
		t.Fatal(err)
	}
	out, err := note.Sign(n, signer)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// find sorts the files by kind.
func (s *specimen) find(t *testing.T, dir string) {
	if s.files == nil {
		s.files = map[string][]string{}
	}
	names, err := s.disk.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		name := path.Join(dir, n)
		if _, err := s.disk.ReadDir(name); err == nil {
			s.find(t, name)
			continue
		}
		kind := strings.TrimPrefix(path.Ext(n), ".")
		switch {
		case n == "lock":
			continue // empty
		case strings.Contains(dir, "dist"):
			kind = "dist"
		case strings.HasPrefix(dir, "tile"):
			kind = "tile"
		case kind == "":
			kind = n
		}
		s.files[kind] = append(s.files[kind], name)
	}
}
