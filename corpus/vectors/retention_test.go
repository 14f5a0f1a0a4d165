package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/wal"
)

const (
	day     = 24 * time.Hour
	program = "UID:0" // whose name the program's own events bear
)

// retained is a trail whose ranges have a file for each of three categories, and a clock that lets them expire.
type retained struct {
	t    *testing.T
	dir  string
	now  time.Time
	opts trail.Options
	tr   *trail.Trail
	made int
}

// retain makes one. Traffic is kept for a day, data for 30, the rest for 100.
func retain(t *testing.T) *retained {
	r := &retained{t: t, dir: filepath.Join(t.TempDir(), "var"), now: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	r.opts = trail.Options{Node: "vectors", SegmentRows: 100, CheckpointEvery: time.Hour, Now: func() time.Time { return r.now },
		Retention: trail.Retention{Default: trail.ExpireAfter{Age: 100 * day}, Rules: []trail.RetentionRule{
			{Category: counterfoil.CategoryTraffic, After: trail.ExpireAfter{Age: day}},
			{Category: counterfoil.CategoryData, After: trail.ExpireAfter{Age: 30 * day}}}}}
	r.opts.Act = func(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
		return act.New(counterfoil.TimeOf(r.now), act.Who{Host: "h", User: program}, name, action, ok, object, data)
	}
	r.open()
	t.Cleanup(func() {
		if r.tr != nil {
			r.must(r.tr.Close())
		}
	})
	return r
}

func (r *retained) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *retained) open() {
	r.t.Helper()
	var err error
	r.tr, err = trail.Open(r.dir, r.opts)
	r.must(err)
}

func (r *retained) close() {
	r.t.Helper()
	tr := r.tr
	r.tr = nil
	r.must(tr.Close())
}

// add appends n events, of the three categories in turn, and seals each range of them.
func (r *retained) add(n int) {
	r.t.Helper()
	for ; n > r.opts.SegmentRows; n -= r.opts.SegmentRows {
		r.add(r.opts.SegmentRows)
	}
	events := make([]counterfoil.Event, n)
	for i := range events {
		e := fixtureEvent(r.made % 7) // no gaps
		e.AID, e.User = counterfoil.AID{}, []string{"anna", "otto", "not\xffutf8", "olga"}[r.made%4]
		e.Category = []counterfoil.Category{counterfoil.CategoryData, counterfoil.CategoryTraffic, counterfoil.CategoryAdmin}[r.made%3]
		events[i], r.made = e, r.made+1
	}
	_, err := r.tr.Append(r.t.Context(), "input", events)
	r.must(err)
	r.must(r.tr.Rotate(r.t.Context()))
}

func (r *retained) expire(after time.Duration) {
	r.t.Helper()
	r.now = r.now.Add(after)
	r.must(r.tr.Expire(r.t.Context()))
}

// agree demands that both verifiers say yes to what is there, and the same of it.
func agree(t *testing.T, python, what, dir string) *trail.Report {
	t.Helper()
	ours, v := check(t, dir), second(t, python, "trail", dir)
	if !ours.OK || !v.OK {
		t.Fatalf("%s: here %+v, %v, there %+v", what, ours, ours.Problem, v)
	}
	if v.Records != ours.Records || v.Root != ours.Root || v.Sealed != ours.Sealed || v.Segments != ours.Segments || v.Gaps != ours.Gaps ||
		v.Checkpoint != ours.Checkpoint || len(v.Derived) != len(ours.Derived) || len(v.Forgotten) != len(ours.Forgotten) {
		t.Errorf("%s: here %+v, there %+v", what, ours, v)
	}
	if len(v.Expired) != len(ours.Expired) {
		t.Fatalf("%s: here %+v, there %+v", what, ours.Expired, v.Expired)
	}
	for i, e := range ours.Expired {
		if e.Text = ""; !reflect.DeepEqual(v.Expired[i], e) {
			t.Errorf("%s: here %+v, there %+v", what, e, v.Expired[i])
		}
	}
	return ours
}

// The second verifier agrees on a trail at every step of its life: ranges of several files, in two directories, of which one
// file after the other expires, and hidden halves are forgotten, until nothing but hashes is left, not even of the events.
func TestSecondVerifierOnRetention(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	r := retain(t)
	r.add(300)
	if files := glob(t, r.dir, "segment/*.3.parquet"); len(files) != 3 {
		t.Fatalf("%v: want three ranges of three files", files)
	}
	agree(t, py, "several files", r.dir)
	r.close()
	r.opts.Dirs = []trail.Dir{{Path: "second"}, {Path: filepath.Join(t.TempDir(), "third")}}
	r.opts.Dist = true
	r.open()
	r.add(150)
	if files := glob(t, r.dir, "second/*.3.parquet"); len(files) != 2 {
		t.Fatalf("%v: want two ranges in the second directory", files)
	}
	agree(t, py, "two directories", r.dir)
	r.expire(2 * day)
	if got := agree(t, py, "traffic has expired", r.dir); len(got.Expired) != 5 {
		t.Errorf("%+v", got.Expired)
	}
	r.must(r.tr.KeepCosigned(newest(r))) // which no hash may be joined across
	if _, err := r.tr.Forget(t.Context(), trail.ForgetRequest{User: "anna", Reason: "request 17"}, act.Who{Host: "h", User: "kim"}); err != nil {
		t.Fatal(err)
	}
	if got := agree(t, py, "something is forgotten", r.dir); len(got.Forgotten) != 1 {
		t.Errorf("%+v", got.Forgotten)
	}
	r.opts.Dirs = r.opts.Dirs[1:] // absolute; the others are still looked into
	r.close()
	r.open()
	r.add(70)
	r.expire(40 * day)
	if got := agree(t, py, "data has expired, and with it some of what was forgotten", r.dir); len(got.Expired) != 12 {
		t.Errorf("%d have expired", len(got.Expired))
	}
	r.add(1) // and the events of the expiry are sealed
	agree(t, py, "the events are sealed", r.dir)
	if _, err := r.tr.Forget(t.Context(), trail.ForgetRequest{User: program, Reason: "request 18"}, act.Who{Host: "h", User: "kim"}); err != nil {
		t.Fatal(err)
	}
	if got := agree(t, py, "the events are forgotten", r.dir); len(got.Forgotten) != 2 || got.Forgotten[1].Records != 12 {
		t.Errorf("%+v", got.Forgotten)
	}
	r.expire(200 * day)
	got := agree(t, py, "everything has expired", r.dir)
	if !slices.ContainsFunc(got.Expired, func(e trail.ExpiredRange) bool { return e.Event < got.Sealed }) || got.Segments != 0 {
		t.Errorf("no event of an expiry has expired: %+v", got)
	}
	r.close()
	r.opts.SegmentRows, r.opts.Dist = 1000, false
	r.open()
	r.add(1500) // hashes of the upper levels
	r.expire(200 * day)
	agree(t, py, "ranges larger than a tile's block", r.dir)
}

// newest is the checkpoint as it would be cosigned.
func newest(r *retained) []byte {
	note, _, _ := r.tr.LastCheckpoint()
	return note
}

// It agrees on what a repair leaves: a .gone whose event is a gap, and a file beside it that holds the rest.
func TestSecondVerifierOnRepaired(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	r := retain(t)
	r.close()
	r.opts.SegmentRows, r.opts.Retention = 1024, trail.Retention{}
	r.open()
	for range 4 {
		r.add(512)
	}
	r.close()
	files := glob(t, r.dir, "segment/*.parquet")
	edit(files[0], func(b []byte) []byte { return b[:len(b)/2] })(t, r.dir)
	remove(files[1], strings.TrimSuffix(files[1], "parquet")+"idx")(t, r.dir)
	done, err := trail.Repair(t.Context(), r.dir, r.opts)
	if err != nil || len(done.Salvaged) == 0 {
		t.Fatalf("%+v, %v", done, err)
	}
	if got := agree(t, py, "repaired", r.dir); len(got.Expired) == 0 || got.Gaps == 0 {
		t.Errorf("%+v", got)
	}
	for _, c := range []tampering{
		{"the .gone of a gap is gone", false, remove(glob(t, r.dir, "segment/*.gone")[0])},
		{"a seal of no bytes is changed", false, edit(strings.TrimSuffix(files[1], "parquet")+"seal", func(b []byte) []byte { return bytes.Replace(b, []byte("000"), []byte("001"), 1) })},
	} {
		refused(t, py, r.dir, c)
	}
}

func glob(t *testing.T, dir, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		rel, err := filepath.Rel(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		files[i] = filepath.ToSlash(rel)
	}
	return files
}

// refused demands that both verifiers say no to a copy that is tampered with, and of which record.
func refused(t *testing.T, python, dir string, c tampering) {
	t.Helper()
	tampered := filepath.Join(t.TempDir(), "var")
	if err := os.CopyFS(tampered, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	c.do(t, tampered)
	ours, v := check(t, tampered), second(t, python, "trail", tampered)
	if ours.OK != c.ok || v.OK != c.ok {
		t.Errorf("%s: here %v, %v; there %+v", c.name, ours.OK, ours.Problem, v)
	}
	t.Logf("%s\n\there  %v\n\tthere %v, record %v: %s", c.name, ours.Problem, deref(v.File), deref(v.Record), v.Reason)
	if c.ok && v.Root != ours.Root {
		t.Errorf("%s: another root", c.name)
	}
	if a, b := spanOf(ours), span.FindString(fmt.Sprint(deref(v.File))); a != b && a != "" {
		t.Errorf("%s: records %s there, %s here", c.name, b, a)
	}
	if ours.Problem != nil && ours.Problem.Record != nil && v.Record != nil && *ours.Problem.Record != *v.Record {
		t.Errorf("%s: record %d there, %d here", c.name, *v.Record, *ours.Problem.Record)
	}
}

// span is how the files of a range begin.
var span = regexp.MustCompile(`[0-9]{16}-[0-9]{16}`)

func spanOf(r *trail.Report) string {
	if r.Problem == nil {
		return ""
	}
	return span.FindString(r.Problem.File)
}

func deref[T any](p *T) any {
	if p == nil {
		return "-"
	}
	return *p
}

// The second verifier says no to what this program says no to: files that were changed, dropped or exchanged by somebody
// without the key, and what somebody with the key signed that is not so.
func TestSecondVerifierOnTamperedRetention(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	r := retain(t)
	r.add(300)
	r.close()
	r.opts.Dirs = []trail.Dir{{Path: "second"}}
	r.open()
	r.add(100)
	r.expire(2 * day)
	r.now = r.now.Add(29 * day)
	r.add(99) // the first events of an expiry are sealed, and a young range
	before := filepath.Join(t.TempDir(), "before")
	r.must(r.tr.Checkpoint())
	if err := os.CopyFS(before, os.DirFS(r.dir)); err != nil {
		t.Fatal(err)
	}
	r.expire(0) // data, but that of the young range
	r.close()
	agree(t, py, "nothing is changed", r.dir)

	const first, next, last = "segment/0000000000000000-0000000000000099", "segment/0000000000000100-0000000000000199", "segment/0000000000000300-0000000000000399"
	const there, other = ".3.parquet", ".1.parquet" // of a range, one file is left
	gone := func(f func(*note)) func(*testing.T, string) { return forge(first+".gone", f) }
	second := func(name string) string { return "second/" + path.Base(name) }
	young := strings.TrimSuffix(slices.Max(glob(t, r.dir, "second/*.3.parquet")), ".3.parquet")
	youngSeal := "segment/" + path.Base(young) + ".seal"
	walFile := glob(t, r.dir, "wal/*.wal")
	walFile = walFile[len(walFile)-1:]
	expiry := regexp.MustCompile(`(?m)^(\d+) (\S+) (\S+)\.(\d)\.parquet (.*)$`)

	for _, c := range []tampering{
		// Without the key.
		{"a .gone is removed", false, remove(first + ".gone")},
		{"all .gone are removed", false, func(t *testing.T, dir string) { remove(glob(t, dir, "segment/*.gone")...)(t, dir) }},
		{"two .gone change places", false, exchange(first+".gone", next+".gone")},
		{"a .gone is that of another range, too", false, replace(first+".gone", next+".gone")},
		{"the .gone of another range stands for a file that was dropped", false, func(t *testing.T, dir string) {
			replace(first+".gone", "segment/"+path.Base(young)+".gone")(t, dir)
			remove(young+there)(t, dir)
		}},
		{"a .gone is the older one", false, func(t *testing.T, dir string) { put(t, before, dir, first+".gone") }},
		{"the note of a .gone is changed", false, edit(first+".gone", func(b []byte) []byte { b[30] ^= 1; return b })},
		{"the frontier of a .gone is changed", false, edit(first+".gone", func(b []byte) []byte {
			b[bytes.Index(b, []byte("0099\n"))+30] ^= 1
			return b
		})},
		{"the reason of a .gone is changed", false, edit(first+".gone", func(b []byte) []byte { return bytes.Replace(b, []byte("retention"), []byte("Retention"), 1) })},
		{"a hash of a .gone is changed", false, edit(first+".gone", func(b []byte) []byte { b[len(b)-7] ^= 1; return b })},
		{"a .gone is cut short", false, edit(first+".gone", func(b []byte) []byte { return b[:len(b)-34] })},
		{"a .gone has something behind it", false, edit(first+".gone", func(b []byte) []byte { return append(b, 0) })},
		{"a .gone is empty", false, edit(first+".gone", func([]byte) []byte { return nil })},
		{"a .gone is its note alone", false, edit(first+".gone", func(b []byte) []byte { return b[:end(b)] })},
		{"the file that is left is dropped", false, remove(first + there)},
		{"a byte of the file that is left is changed", false, flip(first + there)},
		{"the files that are left of two ranges change places", false, exchange(first+there, next+there)},
		{"two files of a range change places", false, exchange(young+there, young+other)},
		{"a file of a range is another of it", false, replace(young+other, young+there)},
		{"one file of three is dropped", false, remove(young + other)},
		{"a seal of several files is dropped", false, remove(first + ".seal")},
		{"a seal of several files is changed", false, edit(first+".seal", func(b []byte) []byte { return bytes.Replace(b, []byte(" 33 "), []byte(" 34 "), 1) })},
		{"two seals of several files change places", false, exchange(first+".seal", next+".seal")},
		{"a file in the second directory is dropped", false, remove(second(last) + there)},
		{"a file in the second directory is changed", false, flip(second(last) + there)},
		{"the second directory is not there", false, func(t *testing.T, dir string) { exchange("second", "elsewhere")(t, with(t, dir, "elsewhere")) }},
		{"the second directory lacks the identity", false, remove("second/trail")},
		{"the second directory is that of another trail", false, func(t *testing.T, dir string) {
			tr, err := trail.Open(filepath.Join(dir, "other"), trail.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := tr.Close(); err != nil {
				t.Fatal(err)
			}
			exchange("second/trail", "other/trail")(t, dir)
		}},
		{"the list of directories is gone", false, remove("dirs")},
		{"the list of directories is damaged", false, edit("dirs", func(b []byte) []byte { return b[:len(b)-3] })},
		{"the list of directories names another", false, edit("dirs", func(b []byte) []byte { return bytes.Replace(b, []byte("second"), []byte("secund"), 1) })},
		{"the events of the expiry are cut off", false, func(t *testing.T, dir string) { put(t, before, dir, walFile[0]) }},
		{"the events of the expiry are cut off, and the checkpoint is the older one", false, func(t *testing.T, dir string) {
			put(t, before, dir, walFile[0])
			put(t, before, dir, "checkpoint")
		}},
		{"an event of an expiry says another file, newer than the checkpoint", false, func(t *testing.T, dir string) {
			put(t, before, dir, "checkpoint")
			log(walFile[0], func(b []byte) []byte { return bytes.Replace(b, []byte(`.2.parquet"`), []byte(`.1.parquet"`), 1) })(t, dir)
		}},
		{"an event of an expiry says another digest, newer than the checkpoint", false, func(t *testing.T, dir string) {
			put(t, before, dir, "checkpoint")
			log(walFile[0], func(b []byte) []byte { i := bytes.Index(b, []byte(`"sha256":"`)) + 10; b[i] = "01"[b[i]&1^1]; return b })(t, dir)
		}},
		{"an event of an expiry is another event, newer than the checkpoint", false, func(t *testing.T, dir string) {
			put(t, before, dir, "checkpoint")
			log(walFile[0], func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"event":"EXPIRE"`), []byte(`"event":"EXPORT"`), 1)
			})(t, dir)
		}},

		// With the key: what is signed must be so.
		{"a .gone is signed anew", true, gone(func(*note) {})},
		{"a hash of a .gone is another, signed", false, gone(func(n *note) { n.behind[len(n.behind)-7] ^= 1 })},
		{"a record is in no file and no hash, signed", false, gone(func(n *note) { n.behind = n.behind[:len(n.behind)-34] })},
		{"a record is in a file and in a hash, signed", false, gone(func(n *note) {
			// The first hash that stands behind a gap is that of the record before, which has a file.
			for i := 0; i < len(n.behind); i += 34 {
				if n.behind[i] > 0 {
					n.behind[i]--
					n.behind[i+34]++
					return
				}
			}
			t.Fatal("there is no gap")
		})},
		{"a hash is of a level that cannot begin there, signed", false, gone(func(n *note) {
			i := bytes.Index(n.behind, []byte{1, 0})
			n.behind[i+1] = 3
		})},
		{"hashes go on behind the range, signed", false, gone(func(n *note) {
			n.behind = append(append(n.behind, binary.AppendUvarint(nil, 200)...), make([]byte, 33)...)
		})},
		{"the frontier is that of another tree, signed", false, gone(func(n *note) {
			i := strings.Index(n.text, "0099\n") + 5 + 16 + 2
			n.text = n.text[:i] + flipped(n.text[i]) + n.text[i+1:]
		})},
		{"the range is another, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, path.Base(first)+"\n", path.Base(next)+"\n", 1) })},
		{"a .gone is of another trail, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, "vectors/", "vectorz/", 1) })},
		{"a .gone names a file more, signed", false, gone(func(n *note) {
			n.text += strings.Replace(expiry.FindString(n.text), other, there, 1) + "\n"
		})},
		{"a .gone names a file twice, signed", false, gone(func(n *note) { n.text += expiry.FindString(n.text) + "\n" })},
		{"a .gone names one record as the event of two files, signed", false, gone(func(n *note) {
			n.lines(func(l []string) { l[6] = strings.Fields(l[5])[0] + l[6][strings.Index(l[6], " "):] })
		})},
		{"a .gone names the event of another range's expiry, signed", false, gone(event(expiry, func(n int) int { return n + 1 }))},
		{"a .gone names a file that never was, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, ".2.parquet", ".4.parquet", 1) })},
		{"a .gone names a file less, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, expiry.FindString(n.text)+"\n", "", 1) })},
		{"a .gone names no file, signed", false, gone(func(n *note) {
			n.text = expiry.ReplaceAllString(n.text, "")
			n.text = strings.TrimRight(n.text, "\n") + "\n"
		})},
		{"a .gone names another record as the event, signed", false, gone(event(expiry, func(n int) int { return n + 5 }))},
		{"a .gone names a record as the event that is older, signed", false, gone(event(expiry, func(int) int { return 99 }))},
		{"a .gone names a record as the event that is not there, signed", false, gone(event(expiry, func(int) int { return 100000 }))},
		{"a .gone says another reason than the event, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, "retention", "Retention", 1) })},
		{"a .gone says another time than the event, signed", true, gone(func(n *note) { n.text = strings.Replace(n.text, " 2026-", " 2027-", 1) })},
		{"a .gone says a time that is none, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, " 2026-", " 2026-1", 1) })},
		{"a .gone has another head, signed", false, gone(func(n *note) { n.text = strings.Replace(n.text, "expired 1", "expired 2", 1) })},
		{"a checkpoint ends where hashes were joined, signed", false, ofOne("checkpoint")},
		{"a cosigned checkpoint ends where hashes were joined, signed", false, ofOne("checkpoint.cosigned")},
		{"a seal has files of other sizes, signed", false, forge(first+".seal", func(n *note) { n.lines(func(l []string) { swapField(l, 3, 4, 1) }) })},
		{"a seal has two files' digests exchanged, signed", false, forge(youngSeal, func(n *note) { n.lines(func(l []string) { swapField(l, 2, 3, 3) }) })},
		{"a seal names its files in another order, signed", false, forge(youngSeal, func(n *note) { n.lines(func(l []string) { l[2], l[3] = l[3], l[2] }) })},
		{"a seal names a file twice, signed", false, forge(youngSeal, func(n *note) { n.lines(func(l []string) { l[3] = l[2] }) })},
		{"a seal names a file less, signed", false, forge(youngSeal, func(n *note) {
			n.lines(func(l []string) { l[3] = "" })
			n.text = strings.Replace(n.text, "\n\n", "\n", 1)
		})},
		{"a seal of several files is of another trail, signed", false, forge(youngSeal, func(n *note) { n.text = strings.Replace(n.text, "vectors/", "vectorz/", 1) })},
		{"a seal of several files is of another tree, signed", false, forge(youngSeal, func(n *note) { n.lines(func(l []string) { l[5] = "1" + l[5] }) })},
		{"a seal of several files has another root, signed", false, forge(youngSeal, func(n *note) {
			n.lines(func(l []string) { i := len(l[5]) - 9; l[5] = l[5][:i] + flipped(l[5][i]) + l[5][i+1:] })
		})},
		{"a seal of several files has a root that is too short, signed", false, forge(youngSeal, func(n *note) { n.lines(func(l []string) { l[5] = l[5][:4] + "AAAA" }) })},
		{"a seal is of a version that is not known, signed", false, forge(youngSeal, func(n *note) { n.text = strings.Replace(n.text, "segment 2", "segment 4", 1) })},
		{"a seal of several files says that something is forgotten, and not what, signed", false, forge(youngSeal, func(n *note) { n.text = strings.Replace(n.text, "segment 2", "segment 3", 1) })},
		{"a seal names one file as several, signed", false, func(t *testing.T, dir string) {
			one := "0000000000000400-0000000000000403"
			replace("second/"+one+".parquet", "second/"+one+".1.parquet")(t, dir)
			forge("segment/"+one+".seal", func(n *note) {
				n.lines(func(l []string) {
					l[0], l[2], l[3] = "counterfoil segment 2", one+".1.parquet 4 "+l[3], l[4]
					l[4] = ""
				})
				n.text = strings.TrimRight(n.text, "\n") + "\n"
			})(t, dir)
		}},
		{"a seal of one file names another, signed", false, forge("segment/0000000000000400-0000000000000403.seal", func(n *note) { n.lines(func(l []string) { l[2] = "0000000000000400-0000000000000403.1.parquet" }) })},
		{"the list of directories is none", false, edit("dirs", func([]byte) []byte { return []byte("{\"second\": 1}\n") })},
		{"the list of directories has a number", false, edit("dirs", func([]byte) []byte { return []byte("[\"second\", 1]\n") })},
		{"a footer is of another version, signed", false, foot(young+other, youngSeal, "segment", '4')},
		{"a footer says that something is forgotten, and nothing is, signed", false, foot(young+other, youngSeal, "segment", '3')},
		{"a footer is of another trail, signed", false, foot(young+other, youngSeal, "trail", 'x')},
		{"a footer begins with another record, signed", false, foot(young+other, youngSeal, "first", 'x')},
		{"a footer begins behind its first record, signed", false, foot(young+other, youngSeal, "first", '9')},
		{"a footer has another number of rows, signed", false, foot(young+other, youngSeal, "rows", 'x')},
		{"a footer ends with another record, signed", false, foot(young+other, youngSeal, "last", 'x')},
		{"a footer has the frontier of another tree, signed", false, foot(young+other, youngSeal, "frontier", 'x')},
		{"two files hold the same records, signed", false, func(t *testing.T, dir string) {
			replace(first+there, first+other)(t, dir)
			replace(first+there, first+".2.parquet")(t, dir)
			remove(first+".gone")(t, dir)
			forge(first+".seal", func(n *note) {
				n.lines(func(l []string) {
					f := strings.Fields(l[4])
					for i := 2; i < 4; i++ {
						l[i] = strings.Join(append([]string{strings.Fields(l[i])[0], strings.Fields(l[i])[1]}, f[2:]...), " ")
					}
				})
			})(t, dir)
		}},
		{"two whole files hold the same records, signed", false, func(t *testing.T, dir string) {
			// Those of 33 records: nothing but their numbers tells that they are one.
			forge(youngSeal, func(n *note) {
				n.lines(func(l []string) {
					for i := 2; i < 5; i++ {
						for j := i + 1; j < 5; j++ {
							a, b := strings.Fields(l[i]), strings.Fields(l[j])
							if a[1] == b[1] {
								replace("second/"+a[0], "second/"+b[0])(t, dir)
								l[j] = strings.Join(append(b[:1], a[1:]...), " ")
								return
							}
						}
					}
					t.Fatal("no two files have as many records")
				})
			})(t, dir)
		}},
		{"a file that has expired is still there", true, func(t *testing.T, dir string) { put(t, before, dir, first+".2.parquet") }},
		{"the .gone of a range that was never sealed", true, replace(first+".gone", "segment/0000000000009000-0000000000009999.gone")},
		{"a file of a range lies in the other directory", true, func(t *testing.T, dir string) {
			replace(first+there, second(first)+there)(t, dir)
			remove(first+there)(t, dir)
		}},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, py, r.dir, c) })
	}
}

// They agree on ranges of several files of which something is forgotten and something else has expired.
func TestSecondVerifierOnForgottenAndExpired(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	r := retain(t)
	r.add(200)
	for _, user := range []string{"anna", "otto"} {
		if _, err := r.tr.Forget(t.Context(), trail.ForgetRequest{User: user, Reason: "request 17"}, act.Who{Host: "h", User: "kim"}); err != nil {
			t.Fatal(err)
		}
	}
	r.expire(2 * day)
	r.close()
	if got := agree(t, py, "nothing is changed", r.dir); len(got.Expired) != 2 || len(got.Forgotten) != 2 {
		t.Fatalf("%+v", got)
	}
	const first, next = "segment/0000000000000000-0000000000000099", "segment/0000000000000100-0000000000000199"
	seal := func(f func(l []string)) func(*testing.T, string) {
		return forge(first+".seal", func(n *note) { n.lines(f) })
	}
	count := func(by int) func([]string) { // of the first line that says what is forgotten
		return func(l []string) {
			var event, n int
			if _, err := fmt.Sscanf(l[5], "forgotten %d %d", &event, &n); err != nil {
				t.Fatal(err)
			}
			l[5] = fmt.Sprintf("forgotten %d %d", event, n+by)
		}
	}
	for _, c := range []tampering{
		{"files in another order, signed", true, seal(func(l []string) { l[2], l[3] = l[3], l[2] })},
		{"a seal says that fewer are forgotten, by as many as have expired, signed", true, seal(count(-5))},
		{"a seal says that fewer are forgotten than are, signed", false, seal(count(-20))},
		{"a seal says that more are forgotten, signed", false, seal(count(1))},
		{"a seal says that nothing is forgotten by an event, signed", false, forge(first+".seal", func(n *note) {
			l := strings.Split(n.text, "\n")
			n.text = strings.Join(slices.Delete(l, 5, 6), "\n")
		})},
		{"what is forgotten does not stand in its order, signed", false, seal(func(l []string) { l[5], l[6] = l[6], l[5] })},
		{"what is forgotten stands twice, signed", false, seal(func(l []string) { l[6] = l[5] })},
		{"the event is older, signed", false, seal(func(l []string) { l[5] = "forgotten 99 " + strings.Fields(l[5])[2] })},
		{"the event is another, signed", false, seal(func(l []string) { l[5] = "forgotten 150 " + strings.Fields(l[5])[2] })},
		{"the event is of nobody, signed", false, seal(func(l []string) { l[6] = "forgotten 250000 " + strings.Fields(l[6])[2] })},
		{"a file is that of another range, signed", false, func(t *testing.T, dir string) {
			var line string
			forge(next+".seal", func(n *note) { line = strings.Split(n.text, "\n")[4] })(t, dir)
			seal(func(l []string) { l[4] = line })(t, dir)
		}},
		{"a .gone is removed", false, remove(first + ".gone")},
		{"a certificate is removed", false, remove(glob(t, r.dir, "forgotten/*")[0])},
		{"two .gone change places", false, exchange(first+".gone", next+".gone")},
		{"a file of which something is forgotten is changed", false, flip(glob(t, r.dir, first+".*.parquet")[0])},
		{"a file of which something is forgotten is dropped", false, remove(glob(t, r.dir, first+".*.parquet")[1])},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, py, r.dir, c) })
	}
}

// note is a signed note, and what stands behind it.
type note struct {
	text   string
	behind []byte
}

// end is where the note ends.
func end(b []byte) int {
	i := bytes.Index(b, []byte("\n\n")) + 2
	return i + bytes.IndexByte(b[i:], '\n') + 1
}

// lines changes lines of the text, with those of the head.
func (n *note) lines(f func([]string)) {
	l := strings.Split(n.text, "\n")
	f(l)
	n.text = strings.Join(l, "\n")
}

// forge changes a note, and signs it with the trail's key. What a .gone says of its hashes is made to fit.
func forge(name string, f func(*note)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		n := &note{string(b[:bytes.Index(b, []byte("\n\n"))+1]), bytes.Clone(b[end(b):])}
		f(n)
		if strings.HasSuffix(name, ".gone") {
			n.lines(func(l []string) { l[4] = fmt.Sprintf("%d %x", len(n.behind), sha256.Sum256(n.behind)) })
		}
		msg, err := trailSigner(t, dir).Sign(n.text)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(msg, n.behind...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// foot changes the last character of what the footer of a file says under a key to another, x to any, and signs the seal of that.
func foot(file, seal, key string, to byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		edit(file, func(b []byte) []byte {
			key := "counterfoil." + key
			i := bytes.LastIndex(b, []byte(key)) + len(key) + 1 // behind the key, the head of the next field
			n, k := binary.Uvarint(b[i:])
			if i += k + int(n) - 1; !strings.Contains("0123456789abcdef", string(b[i])) {
				t.Fatalf("%q ends what stands under %s", b[i], key)
			}
			if b[i] = flipped(b[i])[0]; to != 'x' {
				b[i] = to
			}
			return b
		})(t, dir)
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(file)))
		if err != nil {
			t.Fatal(err)
		}
		forge(seal, func(n *note) {
			line := regexp.MustCompile(`(?m)^(` + regexp.QuoteMeta(path.Base(file)) + ` .* )[0-9a-f]{64}$`)
			n.text = line.ReplaceAllString(n.text, fmt.Sprintf("${1}%x", sha256.Sum256(b)))
		})(t, dir)
	}
}

// trailSigner is the trail's.
func trailSigner(t *testing.T, dir string) *merkle.Signer {
	t.Helper()
	seed, err := os.ReadFile(filepath.Join(dir, "keys", "signer"))
	if err == nil {
		seed, err = hex.DecodeString(strings.TrimSpace(string(seed)))
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := merkle.NewSigner(check(t, dir).Origin, merkle.Seed(seed))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// ofOne writes a checkpoint of the first record, of which nothing is left but a hash above it and others.
func ofOne(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		msg, err := trailSigner(t, dir).SignCheckpoint(1, merkle.Hash{1})
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), msg, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// event changes the number of the event that the first line of a .gone names.
func event(line *regexp.Regexp, f func(int) int) func(*note) {
	return func(n *note) {
		was := line.FindString(n.text)
		number, rest, _ := strings.Cut(was, " ")
		var i int
		fmt.Sscan(number, &i)
		n.text = strings.Replace(n.text, was, fmt.Sprint(f(i))+" "+rest, 1)
	}
}

// swapField exchanges a field of two lines.
func swapField(l []string, i, j, field int) {
	a, b := strings.Fields(l[i]), strings.Fields(l[j])
	a[field], b[field] = b[field], a[field]
	l[i], l[j] = strings.Join(a, " "), strings.Join(b, " ")
}

func flipped(c byte) string {
	if c == '0' {
		return "1"
	}
	return "0"
}

// replace makes the second name a copy of the first.
func replace(from, to string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(from)))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.FromSlash(to)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// put copies a file of one directory to another.
func put(t *testing.T, from, to, name string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(from, filepath.FromSlash(name)))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, filepath.FromSlash(name)), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// with makes an empty directory.
func with(t *testing.T, dir, name string) string {
	t.Helper()
	if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// log writes a file of the WAL anew, with right sums, of a first batch that is changed.
func log(name string, f func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		fsys, err := disk.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		type batch struct {
			first uint64
			count int
			b     []byte
		}
		var all []batch
		tail, err := wal.Replay(fsys, name, func(first uint64, n int, b []byte) error {
			all = append(all, batch{first, n, bytes.Clone(b)})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		was := bytes.Clone(all[0].b)
		if all[0].b = f(all[0].b); bytes.Equal(was, all[0].b) {
			t.Fatal("nothing was changed")
		}
		w, err := wal.Create(fsys, name, tail.Header)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			if err := w.Append(x.b, x.first, x.count); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
