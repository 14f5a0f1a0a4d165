package praudit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/event"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// TestPeer reads what OpenBSM's praudit showed of trails. Each record must be what its bytes are: time, event, outcome and
// object; or be kept as it came where praudit's text cannot be told apart. A wrong reading is none of these.
func TestPeer(t *testing.T) {
	shared := peertest.Shared(t, "data/bsm") + "/"
	files, err := filepath.Glob(shared + "expected/*/*/*")
	more, _ := filepath.Glob(shared + "expected/extra/*")
	files = append(files, more...)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	right, kept := 0, 0
	for _, name := range files {
		form := strings.TrimPrefix(filepath.Ext(name), ".")
		if !strings.Contains(" default l ln x lx s r ", " "+form+" ") {
			continue
		}
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		trail, err := os.ReadFile(strings.Replace(strings.TrimSuffix(name, "."+form), "expected/", "", 1))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{}
		for _, e := range bytesEvents(trail) {
			want[gist(&e)]++
		}
		s := dialecttest.Suite{Dialect: Dialect}
		for _, e := range s.Decode(in) {
			if e.Name == dialect.UnparsedEvent {
				kept++
				continue
			}
			if e.Outcome == counterfoil.Unknown && swallowed(e.Raw) {
				kept++ // praudit took the return token for part of one that it does not know, or shows nothing of what follows
				continue
			}
			if want[gist(&e)]--; want[gist(&e)] < 0 {
				t.Errorf("%s: no record of the trail is %s\nread from %q", strings.TrimPrefix(name, shared), gist(&e), e.Raw)
			}
			right++
		}
	}
	t.Logf("%d records read, %d frames kept as they came", right, kept)
}

func swallowed(raw string) bool {
	for _, sign := range []string{"unknown,", "\n48,", "\n238,", "msec\" >\n\n</record>", "msec\" ></record>"} {
		if strings.Contains(raw, sign) {
			return true
		}
	}
	return !strings.Contains(raw, "\n") && strings.Count(raw, ",") < 9 // a header alone
}

// gist is what of an event praudit's text can tell: names stand for numbers there.
func gist(e *counterfoil.Event) string {
	name := e.Object.Name
	if i := strings.IndexAny(name, "\x00"); i >= 0 {
		name = strings.ReplaceAll(name, "\x00", "") // praudit leaves NULs out
	}
	return strings.Join([]string{e.Time.String(), e.Name, e.Outcome.String(), e.Object.Kind, name, e.Object.To}, "|")
}

func bytesEvents(in []byte) (events []counterfoil.Event) {
	var rd event.Reader
	var r bsm.Record
	for len(in) > 0 {
		n, frame, _ := bsm.Split(in, true)
		if r.Parse(frame) == nil {
			events = append(events, rd.Event(&r, n))
		}
		in = in[n:]
	}
	return events
}
