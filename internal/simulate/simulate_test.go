package simulate

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// keep puts records into a new trail, so many in a segment; the last of them stay in the head.
func keep(t testing.TB, recs []counterfoil.Record, rows int) *trail.View {
	t.Helper()
	var now counterfoil.Time
	tr, err := trail.OpenFS(disktest.New(), trail.Options{SegmentRows: rows, Now: func() time.Time { return now.Std() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	for i, r := range recs {
		now = r.Received
		if _, err := tr.Append(context.Background(), r.Via, []counterfoil.Event{r.Event}); err != nil {
			t.Fatal(err)
		}
		if (i+1)%rows == 0 {
			if err := tr.Rotate(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tr.View()
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// randomRecords are nasty; many of them have groups and classes that policies speak of. Where one of a page is not valid
// UTF-8 the page is judged record by record: valid leaves these out.
func randomRecords(rng *rand.Rand, n int, valid bool) (list []counterfoil.Record) {
	for i := 0; len(list) < n; i++ {
		r := filtertest.RandomRecord(rng, uint64(i))
		r.AID, r.Received, r.Via = counterfoil.AID{}, counterfoil.Time(1e18+i*1e9), pick(rng, "smb", "http/a", "http/b", "\xff")
		r.User, r.Name, r.Dialect = pick(rng, "anna", "bob", "carl", "", r.User), pick(rng, r.Name, "AUTHENTICATION"), pick(rng, "linux/1", "bsm/1", "samba/1")
		r.Service = pick(rng, r.Service, r.Service, r.Service, "COUNTERFOIL")
		if rng.IntN(4) == 0 {
			r.EventData = pick[counterfoil.JSON](rng, `{"groups":["staff"]}`, `{"unix_token":{"gid":501,"groups":[7]}}`, `{"added":{"groups":["users"]}}`)
		}
		r.Subject.Group = pick(rng, "", "", "staff", r.Subject.Group)
		if !valid || utf8.ValidString(fmt.Sprint(r.Via, r.Dialect, r.Host, r.Addr, r.User, r.Session, r.Subject, r.Object)) {
			list = append(list, r)
		}
	}
	return list
}

func masks(t testing.TB, text string) preselect.Expr {
	m, err := bsm.ParseMasks(text, bsm.Classes)
	if err != nil {
		t.Fatal(err)
	}
	return preselect.Expr{Text: text, Masks: m}
}

func randomSpec(t testing.TB, rng *rand.Rand, recs []counterfoil.Record) (s preselect.Spec) {
	if rng.IntN(2) == 0 {
		s.Categories = preselect.DefaultCategories()
		s.Categories[counterfoil.Category(1+rng.IntN(7))] = preselect.Switch{Enabled: rng.IntN(2) == 0}
	}
	for i := range rng.IntN(4) {
		l := preselect.List{Name: fmt.Sprint("l", i), Limit: preselect.Members{Users: []string{pick(rng, "anna", "x")}, Groups: pick(rng, nil, []string{"users"}, []string{"staff", "501"})}}
		if rng.IntN(4) == 0 {
			l.Inputs, l.Watch = []string{"smb"}, preselect.Members{Users: []string{"carl"}, Groups: pick(rng, nil, []string{"staff"}, []string{"users", "501"})}
		}
		s.Lists = append(s.Lists, l)
	}
	if rng.IntN(2) == 0 {
		s.Masks = &preselect.Masks{Classes: bsm.Classes, Flags: masks(t, pick(rng, "no,^pc", "lo,fr", "all,^fr", "-fw,+fr")), NaFlags: masks(t, "fr")}
		s.Masks.Users = append(s.Masks.Users, preselect.User{Name: "anna", Always: masks(t, pick(rng, "no", "all")), Never: masks(t, pick(rng, "fr", "-fw"))})
	}
	for i := range rng.IntN(5) {
		x := filtertest.RandomExpr(rng, 2)
		if rng.IntN(2) == 0 {
			x = filtertest.RandomAbout(rng, &recs[rng.IntN(len(recs))])
		}
		s.Filters = append(s.Filters, preselect.Filter{Name: fmt.Sprint("f", i), Text: fmt.Sprint(x), Expr: x, Then: preselect.Then(rng.IntN(4)), Inputs: pick(rng, nil, nil, []string{"http"})})
	}
	return s
}

// slowly is the definition: every record by itself, as the judge decides.
func slowly(t *testing.T, v *trail.View, q *Question) *Report {
	c := compile(q)
	sum := newTotal()
	s := newSides(q.Now, q.Next, c.suppose)
	for seq := range v.Size() {
		var rec counterfoil.Record
		if err := v.Record(seq, &rec); err != nil {
			t.Fatal(err)
		}
		if q.From != 0 && rec.Time < q.From || q.To != 0 && rec.Time >= q.To {
			continue
		}
		in := s.input(rec.Via)
		x := s.judge(in.now, in.next, &rec.Event)
		sum.add(&rec, x.place(), 0)
		if !x.loses() {
			continue
		}
		sum.lose(x.rule, seq, 1, 0)
		for i, u := range q.Uses {
			if filter.Eval(u.Filter, &rec) {
				sum.use(i, 1)
			}
		}
	}
	r := sum.report(c)
	for _, c := range sum.all {
		r.Records += c.records
	}
	var err error
	if r.Refused, err = refused(t.Context(), v, q); err != nil {
		t.Fatal(err)
	}
	if r.Uses, err = missed(t.Context(), v, q, sum.uses); err != nil {
		t.Fatal(err)
	}
	return r
}

// Judging what records have in common says what judging each of them says, on every layout.
func TestRunIsTheJudge(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 9))
	for _, valid := range []bool{true, false} {
		recs := randomRecords(rng, 500, valid)
		compareAll(t, rng, recs, []*trail.View{keep(t, recs, 1<<17), keep(t, recs, 500), keep(t, recs, 180)})
	}
}

func compareAll(t *testing.T, rng *rand.Rand, recs []counterfoil.Record, views []*trail.View) {
	var sum Changes
	for range 50 {
		q := Question{Now: randomSpec(t, rng, recs), Next: randomSpec(t, rng, recs), From: pick(rng, 0, recs[0].Time), To: pick(rng, 0, recs[1].Time)}
		for i := range 3 {
			q.Uses = append(q.Uses, Use{Kind: "hold", Name: fmt.Sprint(i), Filter: pick(rng, filtertest.RandomExpr(rng, 2), filtertest.RandomAbout(rng, &recs[rng.IntN(500)]))})
		}
		for i, v := range views {
			want := slowly(t, v, &q)
			sum.Lost, sum.Won, sum.Unsure = sum.Lost+want.Lost, sum.Won+want.Won, sum.Unsure+want.Unsure
			got, err := Run(t.Context(), v, q)
			if err != nil {
				t.Fatal(err)
			}
			checkExamples(t, v, &q, got, want)
			got.Bytes, got.PerDay, got.Days, got.Sealed = nil, nil, 0, 0
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("layout %d, now %+v, then %+v:\n got %+v\nwant %+v", i, q.Now, q.Next, got, want)
			}
		}
	}
	if sum.Lost < 500 || sum.Won < 500 || sum.Unsure < 50 {
		t.Errorf("all in all %+v: the policies try nothing", sum)
	}
}

// checkExamples: an example is of its rule. Which ones are shown depends on the layout.
func checkExamples(t *testing.T, v *trail.View, q *Question, got, want *Report) {
	s := newSides(q.Now, q.Next, nil)
	for i := range got.Rules {
		r := &got.Rules[i]
		if len(r.Examples) == 0 {
			t.Fatalf("%s has no example", r.Rule)
		}
		for _, seq := range r.Examples {
			var rec counterfoil.Record
			if err := v.Record(seq, &rec); err != nil {
				t.Fatal(err)
			}
			in := s.input(rec.Via)
			if x := s.judge(in.now, in.next, &rec.Event); x.change() != lost || s.next.Rules()[x.rule].Name != r.Rule {
				t.Fatalf("record %d is no example of %s: %+v", seq, r.Rule, x)
			}
		}
		r.Examples, r.Bytes = nil, 0
	}
	for i := range want.Rules {
		want.Rules[i].Examples = nil
	}
}

// Pages of several dictionaries may come one after the other.
func TestDictionaries(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 9))
	recs := randomRecords(rng, 400, true)
	v := keep(t, recs, 80)
	for range 20 {
		q := Question{Now: randomSpec(t, rng, recs), Next: randomSpec(t, rng, recs)}
		c := compile(&q)
		p, err := newPart(c, v, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range v.Segments {
			r, err := s.Reader()
			if err != nil {
				t.Fatal(err)
			}
			b := r.Block(0)
			rows := make([]uint16, b.Rows())
			for i := range rows {
				rows[i] = uint16(i)
			}
			if err := p.page(0, b, rows); err != nil {
				t.Fatal(err)
			}
		}
		p.flush()
		got, want := p.total.report(c), slowly(t, v, &q)
		if got.Changes != want.Changes || !reflect.DeepEqual(got.Users, want.Users) || !reflect.DeepEqual(got.Services, want.Services) {
			t.Fatalf("%+v\nwant %+v", got, want)
		}
	}
}

// The same policy loses nothing, whatever groups the users were in.
func TestSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	recs := randomRecords(rng, 300, true)
	v := keep(t, recs, 200)
	for range 50 {
		s := randomSpec(t, rng, recs)
		r, err := Run(t.Context(), v, Question{Now: s, Next: s})
		if err != nil || r.Changes != (Changes{}) || r.Now != r.Next || len(r.Rules)+len(r.Uses)+len(r.Users) > 0 {
			t.Fatalf("%+v: %+v, %v", s, r, err)
		}
	}
}

// Bytes are all that sealed files have, and no more.
func TestBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	recs := randomRecords(rng, 400, false)
	v := keep(t, recs, 200)
	r, err := Run(t.Context(), v, Question{Next: preselect.Spec{Filters: []preselect.Filter{{Name: "none", Expr: filter.None{}}}}})
	if err != nil {
		t.Fatal(err)
	}
	size := int64(0)
	for _, s := range v.Segments {
		size += s.Bytes
	}
	if got := r.Bytes.Now; max(got-size, size-got) > 1 || r.Sealed != 400 {
		t.Errorf("%d records of %d bytes are told as %+v", r.Sealed, size, r.Bytes)
	}
	if left := r.Bytes.Now - r.Bytes.Lost - r.Bytes.Next; left > 1 || left < -1 || r.Bytes.Next == 0 { // the program's own stay
		t.Errorf("lost and kept are not all: %+v", r.Bytes)
	}
	if want := float64(400-1) / 86400; r.Days < want*0.99 || r.Days > want*1.01 || r.PerDay.Now < r.Bytes.Now*200 {
		t.Errorf("%+v in %v days, of %+v", r.PerDay, r.Days, r.Bytes)
	}
}

// What was refused is told by its counters.
func TestRefused(t *testing.T) {
	count := func(data string) counterfoil.Record {
		return counterfoil.Record{Received: 1e18, Via: "smb", Event: counterfoil.Event{Major: 1, Time: 1e18, Service: "COUNTERFOIL", Name: "REFUSED", EventData: counterfoil.JSON(data)}}
	}
	v := keep(t, []counterfoil.Record{
		count(`{"count":7,"input":"smb","policy":1,"rules":[{"count":5,"place":"p:1:1","rule":"flags"},{"count":2,"place":"p:2:2","rule":"filters.f"}]}`),
		count(`{"count":1,"input":"smb","policy":1,"rules":[{"count":1,"place":"p:1:1","rule":"flags"}],"shown":3}`),
		count(`{"count":4,"input":"smb","policy":2,"rules":[{"count":4,"place":"p:1:1","rule":"categories.traffic"}]}`),
	}, 10)
	was := preselect.Spec{Masks: &preselect.Masks{Classes: bsm.Classes, Flags: masks(t, "lo,fr"), NaFlags: masks(t, "lo")},
		Filters: []preselect.Filter{{Name: "f", Text: "user = x", Then: preselect.Refuse, Expr: filter.None{}}}}
	next := was
	next.Masks = &preselect.Masks{Classes: bsm.Classes, Flags: masks(t, "lo"), NaFlags: masks(t, "lo")}
	next.Filters = nil
	r, err := Run(t.Context(), v, Question{Now: was, Next: next, Was: map[uint64]preselect.Spec{1: was}})
	if err != nil {
		t.Fatal(err)
	}
	want := []Refusal{{"smb", 1, "flags", "p:1:1", 6, "left out"}, {"smb", 2, "categories.traffic", "p:1:1", 4, "unknown"},
		{"smb", 1, "", "", 3, "unknown"}, {"smb", 1, "filters.f", "p:2:2", 2, "unknown"}}
	if !slices.Equal(r.Refused, want) {
		t.Errorf("refused %+v, want %+v", r.Refused, want)
	}
	if r, err = Run(t.Context(), v, Question{Now: was}); err != nil || slices.ContainsFunc(r.Refused, func(x Refusal) bool { return x.Next != "kept" }) {
		t.Errorf("without rules %+v, %v: all would be kept", r.Refused, err)
	}
}

// Groups that make no difference are not supposed one by one.
func TestSupposed(t *testing.T) {
	list := func(groups ...string) []preselect.List {
		return []preselect.List{{Limit: preselect.Members{Groups: groups}}}
	}
	sets := supposed(&preselect.Spec{Lists: list("a", "b", "c")}, &preselect.Spec{Lists: list("a", "b", "d")})
	seen := map[string]bool{}
	for _, s := range sets {
		seen[fmt.Sprint(s)] = true
	}
	want := []string{"[a c d]", "[a c]", "[a d]", "[a]", "[c d]", "[c]", "[d]"}
	if got := slices.Sorted(maps.Keys(seen)); !slices.Equal(got, want) {
		t.Errorf("supposed %v, want %v", got, want)
	}
}

// What is supposed of groups tells every difference that membership can make.
func TestSupposedIsEnough(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 9))
	recs := randomRecords(rng, 60, true)
	groups := []string{"users", "staff", "501"}
	varied := 0
	for range 200 {
		now, next := randomSpec(t, rng, recs), randomSpec(t, rng, recs)
		s := newSides(now, next, supposed(&now, &next))
		for i := range recs {
			in, e := s.input(recs[i].Via), &recs[i].Event
			got := s.judge(in.now, in.next, e)
			want := false
			for set := range 1 << len(groups) {
				s.members.groups = nil
				for k, g := range groups {
					if set>>k&1 == 1 {
						s.members.groups = append(s.members.groups, g)
					}
				}
				want = want || pair(in.now, in.next, e).change() != got.change()
			}
			if got.unsure != want {
				t.Fatalf("%+v, now %+v, then %+v: %+v", recs[i], now, next, got)
			}
			if want {
				varied++
			}
		}
	}
	if varied < 200 {
		t.Errorf("membership makes a difference to %d records: the policies try nothing", varied)
	}
}
