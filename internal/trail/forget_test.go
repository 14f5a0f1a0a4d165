package trail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/wal"
	"github.com/counterfoil/counterfoil/proof"
)

// mark stands in every hidden field of anna's records, and nowhere else.
const (
	mark = "q7f3a9c"
	anna = "anna-" + mark
)

// shared makes events of three categories, every third one anna's.
func shared(from, n int) []counterfoil.Event {
	e := mixed(from, n)
	for i := range e {
		if k := from + i; k%4 == 1 || k%7 == 0 { // anna's
			e[i].Addr, e[i].User, e[i].Session = "host-"+mark, anna, fmt.Sprint("s-", mark, k%3)
			e[i].Subject = counterfoil.Subject{LoginID: mark, ID: "i" + mark, Name: "n" + mark, Group: "g" + mark, Terminal: "t" + mark, PID: 4711, Process: "/bin/" + mark}
			e[i].Object = counterfoil.Object{Kind: "k" + mark, Name: fmt.Sprintf("/home/%s/%d", mark, k), ID: "o" + mark, To: "to" + mark}
			e[i].SvcData, e[i].EventData = `{"svc":"`+mark+`"}`, counterfoil.JSON(fmt.Sprintf(`{"n":%d,"what":"%s"}`, k, mark))
			e[i].Raw = "raw " + mark
			if k%8 == 1 {
				e[i].Session, e[i].Raw = "bytes \xff "+mark, "raw \xff "+mark
			}
		}
	}
	return e
}

// findMark gives the files in which the mark stands: as it is, or packed.
func findMark(t *testing.T, fs disk.FS) (names []string) {
	t.Helper()
	var walk func(dir string)
	walk = func(dir string) {
		list, err := fs.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range list {
			name := path.Join(dir, n)
			if _, err := fs.ReadDir(name); err == nil {
				walk(name)
				continue
			}
			if data, err := disk.ReadFile(fs, name, 1<<30); err != nil {
				t.Fatal(err)
			} else if bytes.Contains(data, []byte(mark)) || strings.Contains(n, mark) || packed(t, fs, name, data) {
				names = append(names, name)
			}
		}
	}
	walk(".")
	return names
}

// packed looks for the mark where bytes are compressed.
func packed(t *testing.T, fs disk.FS, name string, data []byte) (found bool) {
	t.Helper()
	switch path.Ext(name) {
	case ".wal":
		if _, err := wal.Replay(fs, name, func(_ uint64, _ int, batch []byte) error {
			found = found || bytes.Contains(batch, []byte(mark))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	case ".parquet":
		r, err := segment.Open(bytes.NewReader(data), int64(len(data)), segment.NewCache(1<<20))
		if err != nil {
			t.Fatal(err)
		}
		for p := range r.Pages() {
			b := r.Block(p)
			for col := range filter.NumColumns {
				text, err := b.Text(filter.Column(col))
				if err != nil {
					continue // not text
				}
				for _, v := range slices.Concat(text.Dict.Words(), text.Values) {
					found = found || strings.Contains(v, mark)
				}
			}
			for i := range b.Rows() {
				var rec counterfoil.Record
				if err := b.Record(i, &rec); err != nil {
					t.Fatal(err)
				}
				msg, _ := counterfoil.AppendRecord(nil, &rec)
				found = found || bytes.Contains(msg, []byte(mark))
			}
		}
	}
	return found
}

func forgetOptions(c *clock) Options {
	return Options{SegmentRows: 300, Now: c.now, Retention: byCategory, Dist: true, Dirs: []Dir{{Path: "b"}, {Path: "."}}}
}

// mustShow compares a trail with what it was made of: records below before are as they were, or anna's and forgotten.
func mustShow(t *testing.T, what string, v *View, want map[uint64]counterfoil.Event, id counterfoil.TrailID, isForgotten func(seq uint64) bool) {
	t.Helper()
	got := present(t, v)
	for seq, e := range want {
		e.AID = counterfoil.DeriveAID(id, seq)
		r, ok := got[seq]
		if !ok {
			t.Fatalf("%s: record %d is missing", what, seq)
		}
		if isForgotten(seq) {
			if e = (&counterfoil.Record{Event: e}).Forget(r.Hidden).Event; !r.IsForgotten() {
				t.Fatalf("%s: record %d is not forgotten", what, seq)
			}
		} else if r.IsForgotten() {
			t.Fatalf("%s: record %d is forgotten", what, seq)
		}
		if r.Event != e {
			t.Fatalf("%s: record %d is %+v, want %+v", what, seq, r.Event, e)
		}
	}
}

func appendShared(tr *Trail, want map[uint64]counterfoil.Event, from, n int) error {
	e := shared(from, n)
	r, err := tr.Append(context.Background(), "in", e)
	for i := range e {
		want[r.First+uint64(i)] = e[i]
	}
	return err
}

func mustAppendShared(t *testing.T, tr *Trail, want map[uint64]counterfoil.Event, from, n int) {
	t.Helper()
	if err := appendShared(tr, want, from, n); err != nil {
		t.Fatal(err)
	}
}

func TestForget(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	tr := mustOpenFS(t, fs, forgetOptions(c))
	want := map[uint64]counterfoil.Event{}
	for n := 0; n < 1000; n += 100 {
		mustAppendShared(t, tr, want, n, 100)
		if n == 600 {
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	// A range of hers alone, whose index has what is the same in all rows.
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for k := 1; k < 80; k += 4 {
		mustAppendShared(t, tr, want, k, 1)
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustAppendShared(t, tr, want, 0, 10)
	before := findMark(t, fs)
	for _, kind := range []string{"keys/subjects", ".wal", "dist/", ".parquet", ".idx"} {
		if !slices.ContainsFunc(before, func(n string) bool { return strings.Contains(n, kind) }) {
			t.Errorf("before, the mark stands in %v: nothing of %s", before, kind)
		}
	}
	old := tr.View()
	bundles := map[uint64][]byte{}
	for seq := uint64(0); seq < 1000; seq += 13 {
		b, err := tr.Prove(seq, "test")
		if err != nil {
			t.Fatal(err)
		}
		bundles[seq] = b.Marshal()
	}
	if r, err := CheckFS(t.Context(), fs, &CheckOptions{Incremental: true}); err != nil || !r.OK {
		t.Fatal(r, err)
	}
	note, _, _ := tr.LastCheckpoint()

	plan, err := tr.PlanForget(anna)
	if err != nil {
		t.Fatal(err)
	}
	annas := 0
	for _, e := range want {
		if e.User == anna {
			annas++
		}
	}
	if plan.Records != annas || plan.Head == 0 || plan.Held != 0 || plan.First != event(0).Time.String() {
		t.Errorf("%+v", plan)
	}
	f, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "request 17"}, auditor)
	if err != nil {
		t.Fatal(err)
	}
	if f.Records != annas || f.Subject != subject(f.Secret, anna) || len(f.Ranges) == 0 {
		t.Errorf("%+v", f)
	}
	if left := findMark(t, fs); len(left) > 0 {
		t.Fatalf("the mark stands in %v", left)
	}
	forgotten := func(seq uint64) bool { return seq < f.Before && want[seq].User == anna }
	mustShow(t, "after", tr.View(), want, tr.ID(), forgotten)
	mustShow(t, "a view from before", old, want, tr.ID(), func(uint64) bool { return false })
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "request 17"}, auditor); !errors.Is(err, ErrNobody) {
		t.Errorf("again: %v", err)
	}

	// Every proof verifies, those from before and new ones.
	for seq, doc := range bundles {
		if _, err := proof.Verify(doc, proof.Options{TrustedKey: tr.VerifierKey()}); err != nil {
			t.Errorf("the proof of record %d from before: %v", seq, err)
		}
	}
	mustProve(t, tr, 1000, forgotten)

	// Records to come are anna's as ever, with another key.
	mustAppendShared(t, tr, want, 2001, 300)
	r := mustCheckFS(t, fs, tr.View().Size())
	if len(r.Forgotten) != 1 || r.Forgotten[0].Records != annas || r.Forgotten[0].Event != f.Event || r.Forgotten[0].At == "" {
		t.Errorf("%+v", r.Forgotten)
	}
	if r.Completeness.Complete || len(r.Completeness.Forgotten) != 1 || r.Completeness.Forgotten[0].Records != fmt.Sprint(annas) {
		t.Errorf("%+v", r.Completeness)
	}
	if r, err := CheckFS(t.Context(), fs, &CheckOptions{Against: [][]byte{note}}); err != nil || !r.OK || r.Passed != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	for _, wantFrom := range []bool{false, true} {
		r, err := CheckFS(t.Context(), fs, &CheckOptions{Incremental: true})
		if err != nil || !r.OK || (r.From > 0) != wantFrom || len(r.Forgotten) != 1 {
			t.Errorf("incremental: %+v, %v", r, err)
		}
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	mustDist(t, "after", fs)
	d, err := OpenReadOnlyFS(fs)
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, "the directory", d.View(), want, tr.ID(), forgotten)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, fs, forgetOptions(c))
	mustShow(t, "opened again", tr.View(), want, tr.ID(), forgotten)
	if rec := tr.Recovery(); rec.Forgot != "" || len(rec.Rebuilt) > 0 {
		t.Errorf("%+v", rec)
	}

	// A second time, over what the first has left.
	f, err = tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "request 18"}, auditor)
	if err != nil {
		t.Fatal(err)
	}
	forgotten = func(seq uint64) bool { return seq < f.Before && want[seq].User == anna }
	mustShow(t, "the second time", tr.View(), want, tr.ID(), forgotten)
	other, err := tr.Forget(t.Context(), ForgetRequest{User: "user3", Reason: "request 19"}, auditor)
	if err != nil {
		t.Fatal(err)
	}
	mustShow(t, "another", tr.View(), want, tr.ID(), func(seq uint64) bool {
		return forgotten(seq) || seq < other.Before && want[seq].User == "user3"
	})
	if left := findMark(t, fs); len(left) > 0 {
		t.Fatalf("the mark stands in %v", left)
	}
	if r := mustCheckFS(t, fs, tr.View().Size()); len(r.Forgotten) != 3 {
		t.Errorf("%+v", r.Forgotten)
	}

	// What is forgotten expires like the rest, and what is left is proved.
	c.at = c.at.Add(40 * day)
	if err := tr.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	mustProve(t, tr, 1000, func(seq uint64) bool {
		return forgotten(seq) || seq < other.Before && want[seq].User == "user3"
	})
	mustCheckFS(t, fs, tr.View().Size())
	c.at = c.at.Add(200 * day)
	if err := errors.Join(tr.Rotate(t.Context()), tr.Expire(t.Context())); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r := mustCheckFS(t, fs, tr.View().Size()); len(r.Forgotten) != 3 {
		t.Errorf("when everything has expired: %+v", r.Forgotten)
	}
}

// mustProve proves every few of the first n records that are there.
func mustProve(t *testing.T, tr *Trail, n uint64, isForgotten func(seq uint64) bool) {
	t.Helper()
	for seq := uint64(0); seq < n; seq += 11 {
		b, err := tr.Prove(seq, "test")
		if isExpired(err) {
			continue
		}
		if err != nil {
			t.Fatalf("prove %d: %v", seq, err)
		}
		r, err := proof.Verify(b.Marshal(), proof.Options{TrustedKey: tr.VerifierKey()})
		if err != nil || r.Forgotten != isForgotten(seq) {
			t.Fatalf("proof of %d: %+v, %v", seq, r, err)
		}
	}
}

func TestForgetAsks(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	tr := mustOpenFS(t, fs, forgetOptions(c))
	defer tr.Close()
	want := map[uint64]counterfoil.Event{}
	mustAppendShared(t, tr, want, 0, 100)
	for _, x := range []struct {
		ForgetRequest
		who act.Who
		err error
	}{
		{ForgetRequest{"", "request 17", false}, auditor, ErrForget},
		{ForgetRequest{anna, " ", false}, auditor, ErrForget},
		{ForgetRequest{anna, "request 17", false}, act.Who{}, ErrForget},
		{ForgetRequest{anna, "as ANNA-Q7f3a9c asked", false}, auditor, ErrForget},
		{ForgetRequest{"nobody", "request 17", false}, auditor, ErrNobody},
		{ForgetRequest{"ann", "an annual request of an annex", false}, auditor, ErrNobody},
	} {
		if _, err := tr.Forget(t.Context(), x.ForgetRequest, x.who); !errors.Is(err, x.err) {
			t.Errorf("%+v: %v", x.ForgetRequest, err)
		}
	}
	if n := tr.View().Size(); n != 100 {
		t.Errorf("the trail has %d records", n)
	}
	mustShow(t, "refused", tr.View(), want, tr.ID(), func(uint64) bool { return false })
}

func TestForgetUnderHold(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	tr := mustOpenFS(t, fs, forgetOptions(c))
	want := map[uint64]counterfoil.Event{}
	mustAppendShared(t, tr, want, 0, 200)
	h, err := tr.AddHold(t.Context(), `object.name contains "/1"`, "case 17", auditor)
	if err != nil {
		t.Fatal(err)
	}
	held := func(seq uint64) bool { return strings.Contains(want[seq].Object.Name, "/1") }
	plan, err := tr.PlanForget(anna)
	if err != nil || plan.Held == 0 || !slices.Equal(plan.Holds, []uint64{h.ID}) {
		t.Fatalf("%+v, %v", plan, err)
	}
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); !errors.Is(err, ErrHeld) {
		t.Fatal(err)
	}
	f, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r", ExceptHeld: true}, auditor)
	if err != nil || f.Held != plan.Held {
		t.Fatalf("%+v, %v", f, err)
	}
	mustAppendShared(t, tr, want, 2001, 60)
	forgotten := func(seq uint64) bool { return seq < f.Before && want[seq].User == anna && !held(seq) }
	mustShow(t, "but for what is held", tr.View(), want, tr.ID(), forgotten)
	mustProve(t, tr, 200, forgotten)
	mustCheckFS(t, fs, tr.View().Size())
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r", ExceptHeld: true}, auditor); err != nil { // what came since
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	tr = mustOpenFS(t, fs, forgetOptions(c))
	if err := tr.ReleaseHold(t.Context(), h.ID, "settled", auditor); err != nil {
		t.Fatal(err)
	}
	if f, err = tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); err != nil {
		t.Fatal(err)
	}
	forgotten = func(seq uint64) bool { return want[seq].User == anna }
	mustShow(t, "all", tr.View(), want, tr.ID(), forgotten)
	mustProve(t, tr, 200, forgotten)
	if left := findMark(t, fs); len(left) > 0 {
		t.Errorf("the mark stands in %v", left)
	}
	if b, err := disk.ReadFile(fs, saltsFile, 1<<20); err != nil || len(b) > 0 {
		t.Errorf("salts are left: %q, %v", b, err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r := mustCheckFS(t, fs, tr.View().Size()); len(r.Forgotten) != 3 {
		t.Errorf("%+v", r.Forgotten)
	}
}

// TestForgottenAuthor forgets who had others forgotten: the certificates tell what the events cannot any more.
func TestForgottenAuthor(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	tr := mustOpenFS(t, fs, forgetOptions(c))
	want := map[uint64]counterfoil.Event{}
	mustAppendShared(t, tr, want, 0, 100)
	for _, user := range []string{"user3", anna, anna} { // the last time for the two events of the times before
		if _, err := tr.Forget(t.Context(), ForgetRequest{User: user, Reason: "r"}, act.Who{Host: "h", User: anna}); err != nil {
			t.Fatal(user, err)
		}
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	if r := mustCheckFS(t, fs, tr.View().Size()); len(r.Forgotten) != 3 {
		t.Errorf("%+v", r.Forgotten)
	}
	if err := fs.Remove(certificateName(100)); err != nil {
		t.Fatal(err)
	}
	if r, err := CheckFS(t.Context(), fs, nil); err != nil || r.OK {
		t.Errorf("a certificate is gone: %+v, %v", r, err)
	}
}

// TestForgottenIsNotTakenBack sends what was forgotten again.
func TestForgottenIsNotTakenBack(t *testing.T) {
	c := &clock{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	fs := disktest.New()
	tr := mustOpenFS(t, fs, forgetOptions(c))
	defer tr.Close()
	e := shared(0, 2)
	e[0].AID = counterfoil.AID{1, 2, 3}
	mustAppend(t, tr, e)
	if _, err := tr.Forget(t.Context(), ForgetRequest{User: anna, Reason: "r"}, auditor); err != nil {
		t.Fatal(err)
	}
	if r := mustAppend(t, tr, e[:1]); r.Retried != 1 || r.First != 0 {
		t.Errorf("%+v", r)
	}
	e[0].Name = "OTHER"
	if _, err := tr.Append(t.Context(), "in", e[:1]); err == nil {
		t.Error("another event with the aid")
	}
	if left := findMark(t, fs); len(left) > 0 {
		t.Errorf("the mark stands in %v", left)
	}
}

// TestForgetDespiteTheIndex has indexes that say that all records are another's.
func TestForgetDespiteTheIndex(t *testing.T) {
	fs, want := forgetful(t)
	d, err := OpenReadOnlyFS(fs)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range d.View().Segments {
		var recs []counterfoil.Record
		if err := eachAlone(s, func(r *counterfoil.Record) error { r.User = "otto"; recs = append(recs, *r); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(recs, func(a, b counterfoil.Record) int { return int(a.Seq) - int(b.Seq) })
		x, err := segment.Write(io.Discard, segment.Meta{Trail: d.id.id}, rowsOf(d.id.id, recs))
		if err == nil {
			err = disk.WriteFile(s.place.fs, s.place.file(s.base+".idx"), x.Marshal())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := forgetWith(fs, want); err != nil {
		t.Fatal(err)
	}
	if _, err := RepairFS(t.Context(), fs, smallOptions(&clock{time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)})); err != nil { // of the files that were not concerned
		t.Fatal(err)
	}
	mustHaveForgotten(t, "with false indexes", fs, want, true)
}

// TestForgettingNeedsAnEvent makes hidden halves vanish in ways that nobody said.
func TestForgettingNeedsAnEvent(t *testing.T) {
	whole, _ := forgetful(t)
	forgot := whole.Reopen(1, 1)
	if _, err := forgetWith(forgot, map[uint64]counterfoil.Event{}); err != nil {
		t.Fatal(err)
	}
	put := func(fs disk.FS, name string, data []byte) {
		if err := disk.WriteFile(fs, name, data); err != nil {
			t.Fatal(err)
		}
	}
	get := func(fs disk.FS, name string) []byte {
		b, err := disk.ReadFile(fs, name, 1<<30)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	id, err := readIdentity(forgot)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := readCertificates(forgot, &id)
	if err != nil || len(certs) != 1 {
		t.Fatal(err)
	}
	var cert string
	for event := range certs {
		cert = certificateName(event)
	}
	seal := sealName(spanBase(0, 9))
	for name, change := range map[string]func(fs *disktest.Memory){
		"the certificate is gone": func(fs *disktest.Memory) {
			if err := fs.Remove(cert); err != nil {
				t.Fatal(err)
			}
		},
		"the certificate is changed": func(fs *disktest.Memory) {
			put(fs, cert, bytes.Replace(get(fs, cert), []byte(`"held":`), []byte(`"held":1`), 1))
		},
		"a seal from before is put back": func(fs *disktest.Memory) { put(fs, seal, get(whole, seal)) },
		"a forgetting that nobody signed": func(fs *disktest.Memory) {
			g := &forgetting{User: "user2", Before: 20, Secret: "x", event: event(1)}
			put(fs, forgettingFile, []byte(g.text(id.origin)+"\n— "+id.origin+" AAAA\n"))
		},
		"with the trail's secret, one more is blanked": func(fs *disktest.Memory) { blank(t, fs) },
	} {
		fs := forgot.Reopen(1, 1)
		change(fs)
		if r, err := CheckFS(t.Context(), fs, nil); err != nil || r.OK {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
	fs := forgot.Reopen(1, 1)
	put(fs, forgettingFile, []byte("counterfoil forgetting 1\n"))
	if _, err := OpenFS(fs, forgetOptions(&clock{})); err == nil || !strings.Contains(err.Error(), forgettingFile) {
		t.Errorf("%v", err)
	}
}

// blank takes the hidden half of a record of user2 out as [Trail.Forget] would, without an event of its own.
func blank(t *testing.T, fs disk.FS) {
	t.Helper()
	o := forgetOptions(&clock{time.Date(2026, 1, 4, 0, 0, 0, 0, time.UTC)})
	tr := mustOpenFS(t, fs, o)
	defer tr.Close()
	certs, err := readCertificates(fs, &tr.id)
	if err != nil {
		t.Fatal(err)
	}
	for event := range certs {
		w := rewriter{t: tr, g: &forgetting{User: "user2", Before: 18, number: event}, salts: tr.salter()}
		for _, sp := range tr.View().spans {
			if n, err := surveyOf(&View{spans: []*span{sp}}, "user2", 18, nil); err != nil {
				t.Fatal(err)
			} else if n.Records > 0 {
				sp.forgot = nil // its seal names the event once
				if err := w.span(sp, n.Records); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
	t.Fatal("there is nothing to blank")
}
