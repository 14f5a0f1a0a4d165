package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/wal"
)

// The fixture was written once by the program of its time. It is never written anew: that it is read is what is tested.
const (
	fixture      = "trail-v1"
	fixtureSize  = 40
	fixtureFirst = "segment/0000000000000000-0000000000000014"
	fixtureNext  = "segment/0000000000000015-0000000000000029"
	fixtureWAL   = "wal/0000000000000030.wal"
)

// copied gives a copy of the fixture's data directory, which is spoilt by being opened.
func copied(t *testing.T) string {
	t.Helper()
	from, to := filepath.Join(fixture, "data"), filepath.Join(t.TempDir(), "data")
	if _, err := os.Stat(from); os.IsNotExist(err) && *update {
		writeFixture(t, from)
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func check(t *testing.T, dir string) *trail.Report {
	t.Helper()
	r, err := trail.Check(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// messages gives the canonical messages of a view, a line each, in order.
func messages(t *testing.T, v *trail.View) []byte {
	t.Helper()
	var b []byte
	for seq := range v.Size() {
		var r counterfoil.Record
		if err := v.Record(seq, &r); err != nil {
			t.Fatal(err)
		}
		b, _ = counterfoil.AppendRecord(b, &r)
		b = append(b, '\n')
	}
	return b
}

// A data directory that a release wrote verifies, is read, and goes on, for ever.
func TestOldTrail(t *testing.T) {
	dir := copied(t)
	r := check(t, dir)
	golden(t, filepath.Join(fixture, "completeness.json"), r.Completeness)
	r.Completeness = nil
	golden(t, filepath.Join(fixture, "verdict.json"), r)
	d, err := trail.OpenReadOnly(dir)
	if err != nil {
		t.Fatal(err)
	}
	goldenBytes(t, filepath.Join(fixture, "records.jsonl"), messages(t, d.View()))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	tr, err := trail.Open(dir, trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r := tr.Recovery(); r.Made || r.Sealed != 30 || r.Replayed != 10 || len(r.Torn)+len(r.Rebuilt) > 0 {
		t.Errorf("opening found %+v", r)
	}
	if p := string(tr.Position("file")); p != "position 39" {
		t.Errorf("position %q", p)
	}
	if r, err := tr.Append(t.Context(), "test", []counterfoil.Event{fixtureEvent(0)}); err != nil || r.First != fixtureSize {
		t.Errorf("append: %+v, %v", r, err)
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tr.Close(); err != nil {
		t.Error(err)
	}
	if r := check(t, dir); !r.OK || r.Records != fixtureSize+1 || r.Segments != 3 || len(r.Derived) > 0 {
		t.Errorf("after going on: %+v, %v", r, r.Problem)
	}
}

// An index that another release made is derived like any: opening makes it again.
func TestOldIndex(t *testing.T) {
	dir := copied(t)
	want := map[string][]byte{}
	for _, name := range []string{fixtureFirst + ".idx", fixtureNext + ".idx"} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want[name] = bytes.Clone(b)
		b[4]-- // behind CFIX
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := check(t, dir); !r.OK || len(r.Derived) != 2 {
		t.Errorf("%+v, %v", r, r.Problem)
	}
	var log strings.Builder
	at := time.Now()
	later := func() time.Time { at = at.Add(10 * time.Second); return at }
	tr, err := trail.Open(dir, trail.Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Now: later})
	if err != nil {
		t.Fatal(err)
	}
	if r := tr.Recovery(); len(r.Rebuilt) != 2 {
		t.Errorf("opening found %+v", r)
	}
	if !strings.Contains(log.String(), "file=2 of=2") {
		t.Errorf("the log does not say how far it is: %s", log.String())
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%s was not made again: %v", name, err)
		}
	}
}

// verdict is what verifying a tampered trail says, without words that may be worded better one day.
type verdict struct {
	Name    string   `json:"name"`
	OK      bool     `json:"ok"`
	File    string   `json:"file,omitempty"`
	Record  *uint64  `json:"record,omitempty"`
	Derived []string `json:"derived,omitempty"`
	Torn    bool     `json:"torn,omitempty"`
}

func TestTamperedTrail(t *testing.T) {
	var got []verdict
	for _, c := range tamperings {
		dir := copied(t)
		c.do(t, dir)
		r := check(t, dir)
		v := verdict{Name: c.name, OK: r.OK, Derived: r.Derived, Torn: r.Torn != ""}
		if r.Problem != nil {
			v.File, v.Record = r.Problem.File, r.Problem.Record
		}
		if v.OK != c.ok {
			t.Errorf("%s: %+v, %v", c.name, r, r.Problem)
		}
		got = append(got, v)
	}
	golden(t, filepath.Join(fixture, "tampered.json"), got)
}

type tampering struct {
	name string
	ok   bool
	do   func(t *testing.T, dir string)
}

var tamperings = []tampering{
	{"a bit of a segment is flipped", false, flip(fixtureFirst + ".parquet")},
	{"a segment is cut short", false, edit(fixtureNext+".parquet", func(b []byte) []byte { return b[:len(b)-100] })},
	{"two segments change places", false, exchange(fixtureFirst+".parquet", fixtureNext+".parquet")},
	{"a segment is gone", false, remove(fixtureNext + ".parquet")},
	{"a segment is gone with its seal and index", false, remove(fixtureNext+".parquet", fixtureNext+".seal", fixtureNext+".idx")},
	{"a seal is changed", false, edit(fixtureNext+".seal", func(b []byte) []byte { return bytes.Replace(b, []byte("\n30 "), []byte("\n31 "), 1) })},
	{"a bit of an index is flipped", true, flip(fixtureFirst + ".idx")},
	{"an index is gone", true, remove(fixtureFirst + ".idx")},
	{"a bit of the WAL is flipped", false, flip(fixtureWAL)},
	{"the last batch of the WAL is cut off", false, batches(func(b [][]byte) [][]byte { return b[:len(b)-1] })},
	{"the WAL is gone", false, remove(fixtureWAL)},
	{"something torn stands behind the WAL", true, edit(fixtureWAL, func(b []byte) []byte { return append(b, "CFW1 torn"...) })},
	{"a record of the WAL is dropped, sums made anew", false, lines(func(l []string) []string { return l[1:] })},
	{"two records of the WAL change places, sums made anew", false, lines(func(l []string) []string { l[0], l[1] = l[1], l[0]; return l })},
	{"a record of the WAL says another user, sums made anew", false, lines(func(l []string) []string {
		l[0] = strings.Replace(l[0], `"user":"user2"`, `"user":"user1"`, 1)
		return l
	})},
	{"a record of the WAL is not canonical, sums made anew", false, lines(func(l []string) []string {
		l[0] = strings.Replace(l[0], `,"addr":`, `, "addr":`, 1)
		return l
	})},
	{"the checkpoint is gone", false, remove("checkpoint")},
	{"the checkpoint is gone with the end of the WAL", false, func(t *testing.T, dir string) {
		batches(func(b [][]byte) [][]byte { return b[:len(b)-1] })(t, dir)
		remove("checkpoint")(t, dir)
	}},
	{"the checkpoint is that of another trail", false, func(t *testing.T, dir string) {
		tr, err := trail.Open(filepath.Join(dir, "other"), trail.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.Close(); err != nil {
			t.Fatal(err)
		}
		exchange("checkpoint", "other/checkpoint")(t, dir)
	}},
	{"the identity is changed", false, flip("trail")},
	{"the secret is that of another key", false, edit("keys/signer", func(b []byte) []byte { b[0] ^= 1; return b })},
	{"a subject key is flipped", false, flip("keys/subjects")},
	{"a subject key is another, sum made anew", false, edit("keys/subjects", func(b []byte) []byte {
		line, rest, _ := bytes.Cut(b, []byte("\n"))
		_, keys, _ := strings.Cut(string(line), `"keys":`)
		keys = strings.TrimSuffix(keys, "}")
		was := keys[9] // [{"key":"… is nine bytes further
		is := byte('0')
		if was == is {
			is = '1'
		}
		keys = keys[:9] + string(is) + keys[10:]
		sum := crc32.Checksum([]byte(keys), crc32.MakeTable(crc32.Castagnoli))
		return append(fmt.Appendf(nil, "{\"crc\":\"%08x\",\"keys\":%s}\n", sum, keys), rest...)
	})},
	{"the subject keys are gone", false, remove("keys/subjects")},
}

func edit(name string, f func([]byte) []byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		path := filepath.Join(dir, filepath.FromSlash(name))
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		was := bytes.Clone(b)
		if b = f(b); bytes.Equal(b, was) {
			t.Fatalf("%s was not changed", name)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func flip(name string) func(*testing.T, string) {
	return edit(name, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
}

func remove(names ...string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		for _, n := range names {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(n))); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func exchange(a, b string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		a, b := filepath.Join(dir, filepath.FromSlash(a)), filepath.Join(dir, filepath.FromSlash(b))
		for _, move := range [][2]string{{a, a + "~"}, {b, a}, {a + "~", b}} {
			if err := os.Rename(move[0], move[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// batches writes the WAL anew, with right sums, of other batches than it had.
func batches(f func([][]byte) [][]byte) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		fsys, err := disk.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		var all [][]byte
		tail, err := wal.Replay(fsys, fixtureWAL, func(_ uint64, _ int, b []byte) error {
			all = append(all, bytes.Clone(b))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		w, err := wal.Create(fsys, fixtureWAL, tail.Header)
		if err != nil {
			t.Fatal(err)
		}
		next := uint64(30)
		for _, b := range f(all) {
			n := bytes.Count(b, []byte("\n"))
			if err := w.Append(b, next, n); err != nil {
				t.Fatal(err)
			}
			next += uint64(n)
		}
		if err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// lines is batches for the records of the first one.
func lines(f func([]string) []string) func(*testing.T, string) {
	return batches(func(all [][]byte) [][]byte {
		end := bytes.LastIndexByte(all[0], '\n') + 1
		l := f(strings.SplitAfter(string(all[0][:end]), "\n"))
		all[0] = append([]byte(strings.Join(l, "")), all[0][end:]...)
		return all
	})
}

// fixtureEvent makes the n-th event: of everything a record can hold there is something.
func fixtureEvent(n int) counterfoil.Event {
	e := counterfoil.Event{Major: 1, Time: counterfoil.Time(1_790_000_000e9 + int64(n)*1_000_000_007), Service: "SMB", Name: "UNLINK", Host: "nas1",
		Dialect: "samba/1", Class: counterfoil.ClassLogin | counterfoil.ClassExec, Action: "file.delete", Outcome: counterfoil.OutcomeOf(n%5 != 0),
		Addr: "192.0.2.7", User: fmt.Sprintf("user%d", n%4), Session: fmt.Sprint("s", n%3),
		Object:    counterfoil.Object{Kind: "file", Name: fmt.Sprintf("/hr/pay %d.xlsx", n), ID: fmt.Sprint(n), To: "ä\U0001f600"},
		SvcData:   `{"vers":{"major":0,"minor":1}}`,
		EventData: counterfoil.JSON(fmt.Sprintf(`{"big":"9007199254740993","file":{"path":"/hr/pay %d.xlsx"},"n":%d,"x":[0.5,null,true]}`, n, n))}
	switch n % 10 {
	case 1:
		e.User, e.Object.Name, e.Raw = "a\xffb", "\xc3(", "\x00raw\xff" // none is UTF-8
	case 3:
		e = counterfoil.Event{Major: 1, Time: -1, Service: "A.B_9", Name: "X"} // nothing but what must be there, before 1970
	case 5:
		e.AID = counterfoil.AID{byte(n), 1, 2, 3, 4, 5, 0x46, 7, 0x88}
		e.Subject = counterfoil.Subject{LoginID: "1000", ID: "0", Name: "root", Group: "wheel", Terminal: "pts/0", PID: 4711, Process: "/bin/rm"}
	case 7:
		e.Action, e.Name, e.EventData, e.SvcData = counterfoil.AuditGap, "GAP", `"a text"`, ""
	case 8:
		e.Service, e.Name, e.Action, e.EventData, e.Raw = "LINUX", "UNPARSED", "", "", "type=?? needle=1\n"
	}
	return e
}

// writeFixture makes the data directory, with what was preallocated cut off.
func writeFixture(t *testing.T, dir string) {
	t.Helper()
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	tr, err := trail.Open(dir, trail.Options{Node: "vectors", Now: func() time.Time { now = now.Add(time.Second); return now }})
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n < fixtureSize; n += 5 {
		var e []counterfoil.Event
		for i := range 5 {
			e = append(e, fixtureEvent(n+i))
		}
		if _, err := tr.AppendAt(t.Context(), "file", e, fmt.Appendf(nil, "position %d", n+4)); err != nil {
			t.Fatal(err)
		}
		if n == 10 || n == 25 {
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	edit(fixtureWAL, func(b []byte) []byte {
		end := len(bytes.TrimRight(b, "\x00"))
		return slices.Clip(b[:(end+511)/512*512])
	})(t, dir)
	for _, name := range []string{"lock", "tile"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// The records of the fixture are those that it was made of: nothing was lost on the way in.
func TestFixtureSaysWhatWasSent(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(fixture, "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	if len(got) != fixtureSize {
		t.Fatalf("%d records", len(got))
	}
	for n, line := range got {
		if !json.Valid([]byte(line)) {
			t.Errorf("record %d is no JSON", n)
		}
		r, err := counterfoil.ParseRecord(line)
		if err != nil {
			t.Fatal(err)
		}
		want := fixtureEvent(n)
		if want.AID.IsZero() {
			want.AID = r.AID
		}
		if r.Event != want || r.Seq != uint64(n) || r.Via != "file" {
			t.Errorf("record %d is %+v\nwant %+v", n, r, want)
		}
	}
}
