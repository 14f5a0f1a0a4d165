package preselect

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/filter"
)

// randomSpec has some of a few rules, so that two of them have much in common.
func randomSpec(t testing.TB, rng *rand.Rand) (s Spec) {
	some := func(list []string) (out []string) {
		for _, x := range list {
			if rng.IntN(2) == 0 {
				out = append(out, x)
			}
		}
		return out
	}
	if rng.IntN(2) == 0 {
		s.Categories = DefaultCategories()
		s.Categories[counterfoil.CategoryData] = Switch{Enabled: rng.IntN(2) == 0, Persist: rng.IntN(2) == 0}
		s.Categories[counterfoil.CategoryTraffic] = Switch{Enabled: rng.IntN(2) == 0, Persist: rng.IntN(2) == 0}
	}
	for _, name := range some([]string{"a", "b", "c"}) {
		l := List{Name: name, Limit: Members{Users: []string{"anna"}, Groups: some([]string{"staff", "501"})}}
		if rng.IntN(4) == 0 {
			l.Watch = Members{Users: []string{"carl"}, Groups: some([]string{"staff"})}
		}
		if rng.IntN(3) == 0 {
			l.Inputs = []string{"smb"}
		}
		s.Lists = append(s.Lists, l)
	}
	if rng.IntN(2) == 0 {
		flags := []string{"lo", "lo,fd", "lo,fd,-fc", "all,^fr"}
		s.Masks = &Masks{Classes: bsm.Classes, Flags: expr(t, flags[rng.IntN(4)]), NaFlags: expr(t, flags[rng.IntN(2)])}
		if rng.IntN(2) == 0 {
			s.Masks.Users = []User{{"carl", expr(t, flags[rng.IntN(4)]), expr(t, flags[rng.IntN(2)])}}
		}
	}
	for _, text := range some([]string{"user = anna", "svc = APP", "object.name startswith /hr", "event_data.x = 1"}) {
		s.Filters = append(s.Filters, Filter{Name: text[:3], Text: text, Expr: query(t, text), Then: Then(rng.IntN(4))})
	}
	rng.Shuffle(len(s.Filters), func(i, j int) { s.Filters[i], s.Filters[j] = s.Filters[j], s.Filters[i] })
	return s
}

func randomEvent(rng *rand.Rand) counterfoil.Event {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	return counterfoil.Event{Major: 1, Time: 1, Service: pick("APP", "SMB", "COUNTERFOIL"), Name: pick("UNLINK", "READ", "AUTHENTICATION"), User: pick("anna", "bert", "carl", ""),
		Dialect: pick("linux/1", "samba/1"), Class: counterfoil.Class(rng.Uint32()) & counterfoil.AllClasses & 31, Category: counterfoil.Category(rng.IntN(8)),
		Outcome: counterfoil.Outcome(rng.IntN(3)), Subject: counterfoil.Subject{LoginID: pick("", "1"), Group: pick("", "staff")}, Object: counterfoil.Object{Name: pick("", "/hr/x")},
		EventData: counterfoil.JSON(pick("", `{"x":1}`, `{"groups":["501"]}`))}
}

// What is told of events that are gone is so of each event that the rule left out.
func TestFate(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	told := map[Fate]int{}
	for range 3000 {
		was, next := randomSpec(t, rng), randomSpec(t, rng)
		if rng.IntN(3) == 0 {
			next = was
			next.Filters = slices.Clone(was.Filters)[:len(was.Filters)/2]
		}
		a, b := New(was, nil), New(next, nil)
		for _, via := range []string{"smb", "http"} {
			in, other := a.Input(via), b.Input(via)
			for range 20 {
				e := randomEvent(rng)
				d := in.Judge(&e)
				if d.Keep {
					continue
				}
				rule := a.Rules()[d.Rule].Name
				fate := next.FateOf(&was, via, rule)
				told[fate]++
				then := other.Judge(&e)
				if stored := then.Keep && then.Persist; fate == Kept && !stored || fate == Left && stored {
					t.Fatalf("%s via %s was %s; %s is told to be %d, and is %s", counterfoil.AppendEvent(nil, &e), via, a.Words(d), rule, fate, b.Words(then))
				}
			}
		}
		if fate := was.FateOf(&was, "smb", "nonsense"); fate == Left {
			t.Fatal("a rule that is not there leaves out")
		}
	}
	for _, fate := range []Fate{Unknown, Left, Kept} {
		if told[fate] < 100 {
			t.Errorf("fate %d is told %d times: %v", fate, told[fate], told)
		}
	}
}

// The same policy leaves out again what it left out.
func TestFateOfTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		s := randomSpec(t, rng)
		p := New(s, nil)
		in := p.Input("smb")
		for range 20 {
			e := randomEvent(rng)
			if d := in.Judge(&e); !d.Keep && s.FateOf(&s, "smb", p.Rules()[d.Rule].Name) != Left {
				t.Fatalf("%s of %s is not left out again", p.Rules()[d.Rule].Name, counterfoil.AppendEvent(nil, &e))
			}
		}
	}
}

// What is left to ask decides as the whole does.
func TestGiven(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	decided := 0
	for range 2000 {
		p := New(randomSpec(t, rng), nil)
		for _, via := range []string{"smb", "http"} {
			in := p.Input(via)
			e := randomEvent(rng)
			g := in.Given(&e, func(c filter.Column) bool { return slices.Contains(Common, c) })
			if len(g.Columns()) == 0 {
				decided++
			}
			for range 5 {
				o := e
				other := randomEvent(rng)
				o.Object, o.EventData = other.Object, other.EventData
				if got, want := g.Judge(&o), in.Judge(&o); got != want {
					t.Fatalf("%s via %s: %s, what is left says %s", counterfoil.AppendEvent(nil, &o), via, p.Words(want), p.Words(got))
				}
			}
		}
	}
	if decided < 500 || decided > 3500 {
		t.Errorf("%d of 4000 are decided: the events try nothing", decided)
	}
}
