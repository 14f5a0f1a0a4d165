package crash_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// periods are how long records are kept, by category: so short that files expire all the time.
var periods = map[counterfoil.Category]time.Duration{counterfoil.CategoryTraffic: time.Second, counterfoil.CategoryData: 3 * time.Second, 0: 8 * time.Second}

var categories = []counterfoil.Category{counterfoil.CategoryTraffic, counterfoil.CategoryData, 0}

// held is a user whose records are under hold from before the first of them on.
const held = "held"

// everything sets to work what a trail has: sealing by number, age and size of the log, two directories and dist, retention by
// category and by input, a policy and an output.
const everything = `trail:
  segment-rows: 3000
  seal-age: 1s
  checkpoint-every: 100ms
  filesz: 512K
  dist: true
  dirs: [{path: %q}, {path: %q}]
  retention:
    expire-after: 8s
    rules:
      - {input: counterfoil, expire-after: never}
      - {category: traffic, expire-after: 1s}
      - {category: data, expire-after: 3s}
policy:
  filters: [{name: noise, filter: 'event = NOISE', then: refuse}]
outputs:
  - {name: copy, type: file, path: %q, format: jsonl, from: start, rotate: reopen, filter: 'svc = CRASH'}
`

// busy is a daemon under load that has everything at work, and an administrator who does what administrators do.
type busy struct {
	t      *testing.T
	daemon *daemon
	load   *load
	admin  *admin
	copied string // path of the output's file
}

func newBusy(t *testing.T, rnd *rand.Rand) *busy {
	t.Helper()
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	d := newDaemon(t, home)
	b := &busy{t: t, daemon: d, load: newLoad(t, d, rnd), copied: filepath.Join(dir, "copy.jsonl")}
	d.settings = fmt.Sprintf(everything, filepath.Join(dir, "second"), home, b.copied)
	b.admin = &admin{d: d, ledger: b.load.ledger, token: d.newToken("boss", "admin"), rnd: rand.New(rand.NewPCG(rnd.Uint64(), rnd.Uint64())), holds: map[uint64]bool{}}
	return b
}

func (b *busy) start() {
	b.t.Helper()
	b.daemon.start()
	if b.hold(); !b.load.ledger.holding.Load() {
		b.t.Fatal("no hold can be made")
	}
}

// hold puts the held user under hold, before the first record of his comes.
func (b *busy) hold() {
	if !b.load.ledger.holding.Load() && b.admin.hold("user = "+held) == nil {
		b.load.ledger.holding.Store(true)
	}
}

func (b *busy) begin() {
	b.load.begin()
	b.load.wg.Go(func() { b.admin.run(b.load.stop) })
}

func (b *busy) end() {
	b.t.Helper()
	b.load.end()
}

// check is everything that must be true of a daemon that has ended, however it did.
func (b *busy) check(when string) trail.Report {
	b.t.Helper()
	report := b.daemon.verify(when)
	if got := b.load.ledger.check(b.t, when, b.daemon.dir); got != report.Records {
		b.t.Fatalf("%s: verify counts %d records, reading finds %d", when, report.Records, got)
	}
	b.admin.check(b.t, when)
	b.copies(when)
	return report
}

// finish sees, after a clean end, that nothing of what was to be at work stood still, and that the output left nothing out
// unsaid.
func (b *busy) finish(report trail.Report) {
	b.t.Helper()
	copied := b.copies("in the end")
	said := map[string]int{}
	refused := uint64(0)
	var left []counterfoil.JSON
	forgotten := 0
	b.records(func(r *counterfoil.Record) {
		said[r.Name]++
		if r.IsForgotten() {
			forgotten++
		}
		switch r.Name {
		case act.OutputGap:
			left = append(left, r.EventData)
		case act.Refused:
			var n uint64
			if _, err := fmt.Sscan(r.EventData.Member("count").Text(), &n); err != nil {
				b.t.Fatalf("record %d: %v", r.Seq, err)
			}
			refused += n
		}
	})
	under := 0
	for seq, a := range b.load.ledger.kept {
		if a.User == held {
			under++
		}
		if !copied[seq] && !covered(b.t, left, seq) {
			b.t.Errorf("record %d is not in %s, and no event says so", seq, b.copied)
		}
	}
	if len(report.Expired) == 0 || forgotten == 0 || report.Torn != "" || len(report.Derived) > 0 || said[act.Hold] == 0 || said[act.Forget] == 0 || said[act.Refused] == 0 ||
		b.load.ledger.refused == 0 || refused == 0 {
		b.t.Errorf("not everything was at work: %d files expired, %d records are under hold, %d are forgotten, %d of %d refusals are counted, events %v; %+v",
			len(report.Expired), under, forgotten, refused, b.load.ledger.refused, said, report)
	}
	b.t.Logf("in the end: %d records, %d files there, %d expired, %d records under hold, %d forgotten, %d of %d refusals counted, %d copied, %d gaps of the output",
		report.Records, report.Segments, len(report.Expired), under, forgotten, refused, b.load.ledger.refused, len(copied), len(left))
}

// covered reports whether an event OUTPUT.GAP tells of a record.
func covered(t *testing.T, gaps []counterfoil.JSON, seq uint64) bool {
	for _, g := range gaps {
		var first, last uint64
		if _, err := fmt.Sscan(g.Member("first").Text(), &first); err != nil {
			continue // it tells of no numbers
		}
		if _, err := fmt.Sscan(g.Member("last").Text(), &last); err != nil {
			t.Fatalf("%s: %v", g, err)
		}
		if seq >= first && seq <= last {
			return true
		}
	}
	return false
}

// copies reads the output's file: records ascend, and say what was acknowledged. The last line may be torn, and the first batch
// may come twice, where the program was killed before it had marked it.
func (b *busy) copies(when string) map[uint64]bool {
	b.t.Helper()
	text, err := os.ReadFile(b.copied)
	if err != nil {
		b.t.Fatalf("%s: %v", when, err)
	}
	seen := map[uint64]bool{}
	first, next, again := uint64(0), uint64(0), false
	for rest := string(text); rest != ""; {
		line, after, whole := strings.Cut(rest, "\n")
		if rest = after; !whole {
			break
		}
		r, err := counterfoil.ParseRecord(line)
		if len(seen) == 0 {
			first = r.Seq
		}
		if r.Seq == first && !again && len(seen) > 0 && len(seen) <= output.MaxRecords {
			next, again = first, true
		}
		if err != nil || r.Seq < next {
			b.t.Fatalf("%s: %s: %v: record %d where %d or a later one is to come\n%s", when, b.copied, err, r.Seq, next, line)
		}
		if want, ok := b.load.ledger.kept[r.Seq]; ok && !b.load.ledger.says(want, &r, false) {
			b.t.Fatalf("%s: %s has %+v, acknowledged was %+v", when, b.copied, r, want)
		}
		next, seen[r.Seq] = r.Seq+1, true
	}
	return seen
}

// records reads everything that is there.
func (b *busy) records(f func(*counterfoil.Record)) {
	b.t.Helper()
	d, err := trail.OpenReadOnly(b.daemon.dir)
	if err != nil {
		b.t.Fatal(err)
	}
	defer d.Close()
	v := d.View()
	var r counterfoil.Record
	for seq := range v.Size() {
		if err := v.Record(seq, &r); err == nil {
			f(&r)
		}
	}
}
