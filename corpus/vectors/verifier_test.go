package vectors

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	archive "github.com/counterfoil/counterfoil/internal/evidence"
	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

const verifier = "../../docs/format/verify.py"

// said is the second verifier's verdict.
type said struct {
	OK      bool
	File    *string
	Record  *uint64
	Reason  string
	Records uint64
	Root    string
	Derived []string
	Torn    bool

	Sealed, Checkpoint, Gaps uint64
	Segments                 int
	Expired                  []trail.ExpiredRange
	Forgotten                [][2]uint64 // event and records
}

func second(t *testing.T, python string, args ...string) (v said) {
	t.Helper()
	var errors strings.Builder
	c := exec.Command(python, append([]string{verifier}, args...)...)
	c.Stderr = &errors
	out, err := c.Output()
	if jerr := json.Unmarshal(out, &v); jerr != nil || v.OK != (err == nil) || errors.Len() > 0 {
		t.Fatalf("verify.py %q: %v, %v\n%s%s", args, err, jerr, out, errors.String())
	}
	return v
}

// The second verifier, which was written from docs/format alone, computes what the vectors say.
func TestSecondVerifierOnVectors(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	if v := second(t, py, "vectors", "."); !v.OK {
		t.Errorf("%+v", v)
	}
}

// It says of the fixture, and of each tampered copy, what this program says.
func TestSecondVerifierOnTamperedTrails(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	for _, c := range append(tamperings, tampering{"nothing is changed", true, func(*testing.T, string) {}}) {
		dir := copied(t)
		c.do(t, dir)
		v := second(t, py, "trail", dir)
		if v.OK != c.ok {
			t.Errorf("%s: %+v", c.name, v)
		}
		ours := check(t, dir)
		if ours.Problem != nil && ours.Problem.Record != nil && v.Record != nil && *ours.Problem.Record != *v.Record {
			t.Errorf("%s: record %d there, %d here", c.name, *v.Record, *ours.Problem.Record)
		}
		if ours.Problem != nil && v.File != nil && *v.File != "" && !strings.HasPrefix(*v.File, ours.Problem.File) {
			t.Errorf("%s: file %q there, %q here", c.name, *v.File, ours.Problem.File)
		}
		if v.Torn != (ours.Torn != "") {
			t.Errorf("%s: torn %v there, %q here", c.name, v.Torn, ours.Torn)
		}
	}
}

// It agrees on a trail of which something is forgotten, and something else is held.
func TestSecondVerifierOnForgotten(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	t.Run("small pages", func(t *testing.T) {
		secondOnForgotten(t, py, 50, 40, strings.Repeat("long ", 10_000), `counterfoil\.page_rows`)
	})
	t.Run("split data", func(t *testing.T) { // `4` is the version of a file of split data
		secondOnForgotten(t, py, 2500, 1200, "", `(?s)counterfoil\.forgotten.*counterfoil\.segment\x18\x014`)
	})
}

// secondOnForgotten forgets two persons of a trail with five batches, some of whose files have something in them, which a
// regular expression names.
func secondOnForgotten(t *testing.T, py string, segmentRows, batch int, raw, inFiles string) {
	dir := filepath.Join(t.TempDir(), "var")
	tr, err := trail.Open(dir, trail.Options{SegmentRows: segmentRows})
	if err != nil {
		t.Fatal(err)
	}
	events := make([]counterfoil.Event, batch)
	for n := range 5 {
		for i := range events {
			events[i] = fixtureEvent((n + i) % 10)
			events[i].User, events[i].AID = []string{"anna", "otto", "not\xffutf8"}[i%3], counterfoil.AID{}
			events[i].Object.Name = fmt.Sprint("/", n, "/", i)
			events[i].Raw = raw
		}
		if _, err := tr.Append(t.Context(), "input", events); err != nil {
			t.Fatal(err)
		}
	}
	who := act.Who{Host: "h", User: "olga"}
	if _, err := tr.AddHold(t.Context(), `object.name = "/1/3" or object.name = "/4/6"`, "case 17", who); err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"anna", "not\xffutf8"} {
		if _, err := tr.Forget(t.Context(), trail.ForgetRequest{User: user, Reason: "request 17", ExceptHeld: true}, who); err != nil {
			t.Fatal(err)
		}
	}
	events[0].User = "anna" // with another key
	if _, err := tr.Append(t.Context(), "input", events[:1]); err != nil {
		t.Fatal(err)
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	wantInFiles(t, dir, inFiles)
	ours := check(t, dir)
	v := second(t, py, "trail", dir)
	if !ours.OK || !v.OK || v.Records != ours.Records || v.Root != ours.Root || len(v.Forgotten) != 2 || len(ours.Forgotten) != 2 {
		t.Fatalf("here %+v, there %+v", ours, v)
	}
	for i, f := range ours.Forgotten {
		if v.Forgotten[i] != [2]uint64{f.Event, uint64(f.Records)} {
			t.Errorf("here %+v, there %v", f, v.Forgotten[i])
		}
	}
	for _, name := range []string{"forgotten/*", "keys/salts", "segment/*.2.parquet", "segment/*.seal", "holds"} {
		files, err := filepath.Glob(filepath.Join(dir, name))
		if err != nil || len(files) == 0 {
			t.Fatal(name, err)
		}
		rel, err := filepath.Rel(dir, files[0])
		if err != nil {
			t.Fatal(err)
		}
		for what, change := range map[string]func(*testing.T, string){
			"changed": edit(filepath.ToSlash(rel), func(b []byte) []byte { b[len(b)/3] ^= 4; return b }),
			"gone": func(t *testing.T, dir string) {
				if err := os.Remove(filepath.Join(dir, rel)); err != nil {
					t.Fatal(err)
				}
			},
		} {
			tampered := filepath.Join(t.TempDir(), "var")
			if err := os.CopyFS(tampered, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			change(t, tampered)
			if v, ours := second(t, py, "trail", tampered), check(t, tampered); v.OK || ours.OK {
				t.Errorf("%s is %s: there %+v, here %+v", rel, what, v, ours)
			}
		}
	}
}

// It agrees on a trail of many pages and of strings that are hard to carry.
func TestSecondVerifierOnRealTrail(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	dir := filepath.Join(t.TempDir(), "var")
	tr, err := trail.Open(dir, trail.Options{SegmentRows: 5000})
	if err != nil {
		t.Fatal(err)
	}
	hostile := []string{"anna", `"quoted"`, `back\slash`, "new\nline", "nul\x00byte", "émilie", "名前", "\U0001F5DD", "not\xffutf8", "\xc3", "\xed\xa0\x80", strings.Repeat("long", 500)}
	for n := 0; n < 12_000; n += 500 {
		events := make([]counterfoil.Event, 500)
		for i := range events {
			e := fixtureEvent((n + i) % 10)
			e.User, e.Object.Name = hostile[(n+i)%len(hostile)], hostile[(n+3*i)%len(hostile)]
			e.AID = counterfoil.AID{}
			if n < 2500 {
				e.Raw = strings.Repeat(e.Object.Name+" and so on ", 2000/(len(e.Object.Name)+11)+1)
			}
			events[i] = e
		}
		if _, err := tr.Append(t.Context(), "input "+hostile[n/500%len(hostile)], events); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.Close(); err != nil {
		t.Fatal(err)
	}
	wantInFiles(t, dir, `counterfoil\.page_rows`)
	wantInFiles(t, dir, `counterfoil\.segment\x18\x014`) // the version of a file of split data
	ours := check(t, dir)
	v := second(t, py, "trail", dir)
	if !ours.OK || !v.OK || v.Records != ours.Records || v.Root != ours.Root || len(v.Derived) > 0 {
		t.Fatalf("here %+v, there %+v", ours, v)
	}
	for _, name := range []string{"segment/*.parquet", "segment/*.seal", "wal/*.wal", "checkpoint", "trail", "keys/subjects"} {
		files, err := filepath.Glob(filepath.Join(dir, name))
		if err != nil || len(files) == 0 {
			t.Fatal(name, err)
		}
		rel, err := filepath.Rel(dir, files[len(files)-1])
		if err != nil {
			t.Fatal(err)
		}
		tampered := filepath.Join(t.TempDir(), "var")
		if err := os.CopyFS(tampered, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		edit(filepath.ToSlash(rel), func(b []byte) []byte { b[min(len(b)/3, 3000)] ^= 4; return b })(t, tampered)
		if v := second(t, py, "trail", tampered); v.OK || v.File == nil || *v.File != filepath.ToSlash(rel) && !strings.HasPrefix(*v.File, strings.TrimSuffix(filepath.ToSlash(rel), filepath.Ext(rel))) {
			t.Errorf("%s: %s", rel, fmt.Sprint(v.OK, v.Reason))
		}
	}
}

// wantInFiles fails unless a sealed file has what a regular expression names.
func wantInFiles(t *testing.T, dir, pattern string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "segment/*.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	re := regexp.MustCompile(pattern)
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil && re.Match(b) {
			return
		}
	}
	t.Errorf("none of %q has %s", files, pattern)
}

// It agrees on evidence whose notes are longer than a checkpoint may be.
func TestSecondVerifierOnLongNotes(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	tr, err := trail.Open(filepath.Join(t.TempDir(), "var"), trail.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	events := make([]counterfoil.Event, 1000)
	for n := range events {
		events[n] = fixtureEvent(1)
		events[n].AID, events[n].Raw = counterfoil.AID{}, fmt.Sprint("raw ", n)
	}
	if _, err := tr.Append(t.Context(), "input", events); err != nil {
		t.Fatal(err)
	}
	p, err := tr.Prover()
	if err != nil {
		t.Fatal(err)
	}
	doc, _, err := archive.Make(t.Context(), p, archive.Query{By: "olga", MadeBy: "test", Now: 1})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "evidence.zip")
	if err := os.WriteFile(file, doc, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := second(t, py, "bundle", file); !v.OK {
		t.Errorf("%+v", v)
	}
}
