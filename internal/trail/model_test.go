package trail_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/proof"
)

// world is a trail on a disk that fails on command, and beside it what the trail must be: a list of records.
type world struct {
	t     testing.TB
	rng   *rand.Rand
	steps []string // what happened, for people
	disk  *disktest.Memory
	clock time.Time
	opts  trail.Options
	tr    *trail.Trail

	faults *disktest.Faults // what the trail sees of the disk; nil: all of it

	records   []known
	acked     map[uint64]counterfoil.Record // not adopted yet
	maybe     []batch                       // whose sender was told nothing, or that nobody knows
	aids      map[counterfoil.AID]uint64
	positions map[string]string
	holds     map[uint64]filter.Expr
	unsure    map[uint64]filter.Expr // of which nobody was told whether they are in force
	pending   []forgetting
	signed    []proof.Checkpoint // that were seen
	asked     counterfoil.Time   // the latest time at which something was asked to expire; 0: nothing was
	rules     trail.Retention    // that were in force then
	overwrite bool               // what is oldest may have gone since
	cut       int                // number of operations of the next opening after which the power is cut; negative: it is not
	faulty    bool               // a call failed since the trail was opened
	spacious  bool               // no quota keeps a trail that is opened from taking records in
	dropped   uint64             // events that were lost, and are to be counted
	here      uint64             // of which this process lost, since it last said that there is space again
	counted   uint64             // of which the trail told
	told      struct {           // what it said of losses since it last said that there is space again
		n       uint64
		unknown bool
	}
	uncounted bool // the program ended while it dropped
}

// known is a record that is, or was, in the trail.
type known struct {
	counterfoil.Record
	was  counterfoil.Event // before it was forgotten
	gone bool
}

// batch is events that a trail may have kept: all or none of them.
type batch struct {
	via      string
	events   []counterfoil.Event
	position string
}

func (w *world) note(format string, args ...any) {
	w.steps = append(w.steps, fmt.Sprintf(format, args...))
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s\nafter:\n  %s", fmt.Sprintf(format, args...), strings.Join(w.steps, "\n  "))
}

// check compares the trail with the model, having taken in what is new.
func (w *world) check() {
	w.t.Helper()
	defer w.spare()()
	v := w.tr.View()
	w.adopt(v)
	w.present(v)
	w.settle()
	w.ask(v)
	w.prove(v)
	w.grow()
	for via, want := range w.positions {
		if got := string(w.tr.Position(via)); got != want {
			w.fail("position of %s is %q, want %q", via, got, want)
		}
	}
	w.checkHolds()
	if w.rng.IntN(3) == 0 {
		w.verify(v)
	}
	w.asked, w.overwrite = 0, false
}

// spare lets every call of the disk pass until end is called: for what the test itself wants to know.
func (w *world) spare() (end func()) {
	if w.faults == nil {
		return func() {}
	}
	w.faults.Spare(true)
	return func() { w.faults.Spare(false) }
}

// adopt takes in the records that are new: those that were acknowledged, the program's own, and whole batches of which nobody
// was told.
func (w *world) adopt(v *trail.View) {
	w.t.Helper()
	for seq := uint64(len(w.records)); seq < v.Size(); seq = uint64(len(w.records)) {
		var r counterfoil.Record
		if err := v.Record(seq, &r); err != nil {
			w.fail("record %d: %v", seq, err)
		}
		want, ok := w.acked[seq]
		switch {
		case ok && want != r:
			w.fail("record %d is %+v, acknowledged was %+v", seq, r, want)
		case !ok && r.Via != act.Via:
			w.adoptBatch(v, &r)
			continue
		}
		delete(w.acked, seq)
		w.take(&r)
	}
	if len(w.acked) > 0 {
		w.fail("the trail has %d records; acknowledged, and not there: %v", v.Size(), w.acked)
	}
	w.maybe = nil
}

func (w *world) take(r *counterfoil.Record) {
	if r.Seq != uint64(len(w.records)) {
		w.fail("record %d stands where %d is next", r.Seq, len(w.records))
	}
	w.records = append(w.records, known{Record: *r, was: r.Event})
	if r.Via != act.Via {
		w.aids[r.AID] = r.Seq
	}
	switch {
	case r.Via == act.Via && r.Name == act.Gap:
		w.count(r)
	case r.Via == act.Via && r.Name == act.Full && r.Action == counterfoil.AlarmClear:
		w.counts(r)
	}
}

// count takes in what the trail says of events that were lost.
func (w *world) count(r *counterfoil.Record) {
	n := r.EventData.Member("count").Text()
	if n == "" {
		if !w.uncounted {
			w.fail("record %d does not know how many events were lost", r.Seq)
		}
		w.told.unknown = true
		return
	}
	var k uint64
	if _, err := fmt.Sscan(n, &k); err != nil {
		w.fail("record %d: %v", r.Seq, err)
	}
	w.told.n += k
}

// counts takes in that the trail has said of all losses. One whose number it does not know is what processes before the one that says it
// lost, all of it.
func (w *world) counts(r *counterfoil.Record) {
	lost := w.dropped - w.counted
	if w.told.n > lost {
		w.fail("record %d ends a list of %d events that were lost, where at most %d are", r.Seq, w.told.n, lost)
	}
	if w.told.unknown && w.told.n != w.here && w.here > 0 && !w.faulty {
		w.fail("record %d ends a list of %d events that were lost, where the process that says it lost %d", r.Seq, w.told.n, w.here)
	}
	if w.counted += w.told.n; w.told.unknown {
		w.uncounted, w.counted = false, w.dropped
	}
	w.told.n, w.told.unknown, w.here = 0, false, 0
}

func (w *world) adoptBatch(v *trail.View, first *counterfoil.Record) {
	w.t.Helper()
	i := slices.IndexFunc(w.maybe, func(b batch) bool { return b.via == first.Via && len(b.events) > 0 && says(first, b.events[0]) })
	if i < 0 {
		w.fail("record %d was never sent: %+v", first.Seq, first)
	}
	b := w.maybe[i]
	w.maybe = slices.Delete(slices.Clone(w.maybe), i, i+1)
	for j, e := range b.events {
		var r counterfoil.Record
		if err := v.Record(first.Seq+uint64(j), &r); err != nil || r.Via != b.via || !says(&r, e) {
			w.fail("of a batch of %d events only %d were kept: %+v, %v", len(b.events), j, r, err)
		}
		w.take(&r)
	}
	if b.position != "" {
		w.positions[b.via] = b.position
	}
}

// says reports whether a record says what an event does, but for an aid that the trail gave.
func says(r *counterfoil.Record, e counterfoil.Event) bool {
	if e.AID.IsZero() {
		e.AID = r.AID
	}
	return r.Event == e
}

// present sees that every record is there as it was, or has expired when it was due.
func (w *world) present(v *trail.View) {
	w.t.Helper()
	there, gone := map[uint64]bool{}, uint64(0)
	if _, err := search.Run(context.Background(), v, search.Query{}, func(r *counterfoil.Record) bool {
		if k := &w.records[r.Seq]; k.gone {
			w.fail("record %d, which had expired, is there again", k.Seq)
		} else if *r != k.Record && !w.hasForgotten(k, r) {
			w.fail("record %d is %+v, was %+v", k.Seq, r, k.Record)
		}
		there[r.Seq] = true
		return true
	}); err != nil {
		w.fail("read: %v", err)
	}
	for i := range w.records {
		k := &w.records[i]
		if there[k.Seq] {
			continue
		}
		gone++
		if k.gone {
			continue
		}
		var r counterfoil.Record
		err := v.Record(k.Seq, &r)
		if _, expired := errors.AsType[*trail.ExpiredError](err); !expired {
			w.fail("record %d: %v", k.Seq, err)
		}
		w.mayGo(k, err)
		k.gone = true
	}
	if n, _, _, err := v.Gone(0, v.Size()); err != nil || n != gone {
		w.fail("%d records have expired, the view says %d, %v", gone, n, err)
	}
}

// mayGo sees that a record that has expired was due, and not under hold.
func (w *world) mayGo(k *known, err error) {
	w.t.Helper()
	for id, x := range w.holds {
		if filter.Eval(x, &k.Record) && w.unsure[id] == nil {
			w.fail("record %d is gone, which hold %d fits: %v", k.Seq, id, err)
		}
	}
	after := period(&w.rules, &k.Record)
	if old := after.Age > 0 && time.Duration(w.asked-k.Received) > after.Age; !w.overwrite && (w.asked == 0 || !old && after.Bytes == 0) {
		w.fail("record %d, received at %v, is gone though it is kept for %v and the clock stood at most at %v: %v", k.Seq, k.Received, after, w.asked, err)
	}
}

// period gives how long a record is kept.
func period(rules *trail.Retention, r *counterfoil.Record) trail.ExpireAfter {
	for _, x := range rules.Rules {
		if (x.Category == 0 || x.Category == r.Category) && (x.Input == "" || x.Input == r.Via) {
			return x.After
		}
	}
	return rules.Default
}

// queries are what every state is asked.
var queries = func() (list []searchq.Query) {
	for _, text := range []string{"", "user = anna", "object.name contains pay", "success = false and not addr exists", "pay", "event_data.a exists",
		"category = traffic", "via = a or via = local", "event = UNPARSED or svc = CONNECT", "seq >= 10 and seq < 90", "not svc = COUNTERFOIL",
		"raw exists and not (user = bob)", "received >= 2026-01-03T00:00:00Z", "since 2026-11-22T11:59:59Z until 2026-11-22T12:00:02Z"} {
		q, err := searchq.Parse(text, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		if err != nil {
			panic(text + ": " + err.Error())
		}
		list = append(list, q)
	}
	return list
}()

// ask sees that every query finds what the model says.
func (w *world) ask(v *trail.View) {
	w.t.Helper()
	for i, q := range queries {
		var want []uint64
		for j := range w.records {
			k := &w.records[j]
			if !k.gone && (q.From == 0 || k.Time >= q.From) && (q.To == 0 || k.Time < q.To) && filter.Eval(q.Expr, &k.Record) {
				want = append(want, k.Seq)
			}
		}
		got, oldest := []uint64{}, w.rng.IntN(2) == 0
		_, err := search.Run(context.Background(), v, search.Query{Filter: q.Expr, From: q.From, To: q.To, Oldest: oldest}, func(r *counterfoil.Record) bool {
			got = append(got, r.Seq)
			return true
		})
		if !oldest {
			slices.Reverse(got)
		}
		if err != nil || !slices.Equal(got, want) {
			w.fail("query %d finds %v, %v; want %v", i, got, err, want)
		}
	}
}

// prove sees that proofs of a few records verify.
func (w *world) prove(v *trail.View) {
	w.t.Helper()
	for range min(3, len(w.records)) {
		k := &w.records[w.rng.IntN(len(w.records))]
		if k.gone {
			continue
		}
		b, err := w.tr.Prove(k.Seq, "test")
		if err != nil && (w.faulty || errors.Is(err, disk.ErrFull)) {
			return // the checkpoint cannot be written
		}
		var r proof.Report
		if err == nil {
			r, err = proof.Verify(b.Marshal(), proof.Options{TrustedKey: w.tr.VerifierKey()})
		}
		if err != nil || r.Record != k.Record {
			w.fail("proof of record %d: %+v, %v", k.Seq, r.Record, err)
		}
	}
}

// grow sees that the newest checkpoint contains the tree of one that was seen before.
func (w *world) grow() {
	w.t.Helper()
	note, size, _ := w.tr.LastCheckpoint()
	if n := len(w.signed); n == 0 || w.signed[n-1].Size != size {
		c, err := proof.ParseCheckpoint(note, w.tr.VerifierKey())
		if err != nil {
			w.fail("the newest checkpoint: %v", err)
		}
		w.signed = append(w.signed, c)
	}
	old := w.signed[w.rng.IntN(len(w.signed))]
	if old.Size > size {
		w.fail("a checkpoint of %d records was signed, the newest counts %d", old.Size, size)
	}
	g, _, err := w.tr.GrowthTo(old.Size, note)
	if err == nil {
		_, err = g.Verify(old, w.tr.VerifierKey())
	} else if old.Size < uint64(len(w.records)) && old.Size > 0 && w.records[old.Size-1].gone && w.records[old.Size].gone {
		return // it ends within what has expired
	}
	if err != nil {
		w.fail("growth from %d to %d records: %v", old.Size, size, err)
	}
}

func (w *world) checkHolds() {
	w.t.Helper()
	have := map[uint64]bool{}
	for _, h := range w.tr.Holds() {
		if have[h.ID] {
			w.fail("two holds have the number %d", h.ID)
		}
		have[h.ID] = true
		if w.holds[h.ID] == nil {
			if w.unsure[h.ID] == nil {
				w.fail("hold %d was never made, or has ended: %+v", h.ID, h)
			}
			w.holds[h.ID] = w.unsure[h.ID]
		}
	}
	for id := range w.holds {
		if !have[id] && w.unsure[id] == nil {
			w.fail("hold %d is gone", id)
		}
		if !have[id] {
			delete(w.holds, id)
		}
	}
}

// verify asks the verifier, and a reader beside the writer.
func (w *world) verify(v *trail.View) {
	w.t.Helper()
	r, err := trail.CheckFS(context.Background(), w.disk, nil)
	if err != nil || !r.OK || r.Records != v.Size() || len(r.Derived) > 0 && !w.faulty && !w.tr.Full() && !w.tr.Ready() {
		w.fail("verify: %+v, %v, %v", r, r.Problem, err)
	}
	d, err := trail.OpenReadOnlyFS(w.disk)
	if err != nil {
		w.fail("read the directory: %v", err)
	}
	defer d.Close()
	n := 0
	if _, err := search.Run(context.Background(), d.View(), search.Query{}, func(r *counterfoil.Record) bool {
		if *r != w.records[r.Seq].Record {
			w.fail("the directory has %+v", r)
		}
		n++
		return true
	}); err != nil {
		w.fail("read the directory: %v", err)
	}
	for i := range w.records {
		if !w.records[i].gone {
			n--
		}
	}
	if n != 0 {
		w.fail("the directory has %d records more than there are", n)
	}
}
