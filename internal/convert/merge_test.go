package convert

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// message is a canonical message at a second of the epoch, of a user.
func message(second int, user string) string {
	return fmt.Sprintf(`{"time":%q,"addr":"","user":%q,"svc":"APP","event":"EVENT"}`+"\n", counterfoil.Time(int64(second)*1e9).String(), user)
}

// Random streams, each disordered within the window, come out sorted, and equal times in the order of the inputs.
func TestMerge(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 10 {
		content := map[string]string{}
		type stamp struct{ second, stream, number int }
		var want []stamp
		names := []string{"a", "b", "c"}
		for i, name := range names {
			var list []int
			for range rnd.IntN(4 * windowEvents) {
				list = append(list, 1000+rnd.IntN(3000))
			}
			slices.Sort(list)
			for at := 0; at+100 < len(list); at += 100 { // disorder far below the window
				rnd.Shuffle(100, func(i, j int) { list[at+i], list[at+j] = list[at+j], list[at+i] })
			}
			var text strings.Builder
			for n, second := range list {
				text.WriteString(message(second, fmt.Sprintf("%s%d", name, n)))
				want = append(want, stamp{second, i, n})
			}
			content[name] = text.String()
		}
		slices.SortStableFunc(want, func(x, y stamp) int { return x.second - y.second })
		path := files(t, content)
		j := Job{Merge: true, From: named(t, "jsonl")}
		for _, name := range names {
			j.Inputs = append(j.Inputs, Input{path(name)})
		}
		events, sum, err := runJob(t, j)
		if err != nil || len(events) != len(want) || sum.Late != 0 {
			t.Fatalf("round %d: %d events of %d, %+v, %v", round, len(events), len(want), sum, err)
		}
		for i, e := range events {
			if user := fmt.Sprintf("%s%d", names[want[i].stream], want[i].number); e.User != user || int64(e.Time) != int64(want[i].second)*1e9 {
				t.Fatalf("round %d, event %d: %v of %s, want second %d of %s", round, i, e.Time, e.User, want[i].second, user)
			}
		}
	}
}

// An event from beyond the window is written, counted and told; what has no time stays in its place.
func TestMergeLate(t *testing.T) {
	var a strings.Builder
	for i := range windowEvents {
		a.WriteString(message(2000+i, "a"))
	}
	a.WriteString("nonsense\n" + message(1000, "late") + message(9000, "end"))
	path := files(t, map[string]string{"a": a.String(), "b": message(2000, "b") + message(9000, "b")})
	events, sum, err := runJob(t, Job{Merge: true, From: named(t, "jsonl"), Inputs: []Input{{path("a")}, {path("b")}}})
	if err != nil || len(events) != windowEvents+5 || sum.Late != 1 || sum.Unparsed != 1 {
		t.Fatalf("%d events, %+v, %v", len(events), sum, err)
	}
	if want := path("a") + ", 1970-01-01T00:16:40.000000000Z APP EVENT behind 1970-01-01T00:33:21.000000000Z"; sum.FirstLate != want {
		t.Errorf("got  %s\nwant %s", sum.FirstLate, want)
	}
	var names []string
	for _, e := range events {
		names = append(names, e.User)
	}
	// The window of a reaches the late event when two of a were written; UNPARSED has no user.
	order := strings.Join(names, ",")
	if !strings.HasPrefix(order, "a,b,a,late,a,") || !strings.HasSuffix(order, ",a,a,,end,b") {
		t.Errorf("order: %.40s … %s", order, order[len(order)-40:])
	}
}

// Many large events are not held: the window counts bytes too.
func TestMergeBytes(t *testing.T) {
	w := &window{stream: (&run{job: Job{}}).stream(nil)}
	big := counterfoil.Event{Time: 1, Raw: strings.Repeat("x", windowBytes/2)}
	for range 5 {
		w.batch = append(w.batch, big)
	}
	w.ended = true
	if err := w.fill(); err != nil || len(w.order) != 2 {
		t.Errorf("%d events of %d bytes are held, %v", len(w.order), len(big.Raw), err)
	}
	for range 5 {
		w.drop()
		if err := w.fill(); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.order) != 0 || w.bytes != 0 || len(w.slots) > 2 {
		t.Errorf("at the end: %d events, %d bytes, %d slots", len(w.order), w.bytes, len(w.slots))
	}
}
