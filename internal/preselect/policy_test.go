package preselect

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

func expr(t testing.TB, flags string) Expr {
	t.Helper()
	m, err := bsm.ParseMasks(flags, bsm.Classes)
	if err != nil {
		t.Fatal(err)
	}
	return Expr{Text: flags, Masks: m}
}

func query(t testing.TB, text string) filter.Expr {
	t.Helper()
	q, err := grammar.Parse(text, time.Unix(0, 0).UTC())
	if err != nil {
		t.Fatal(err)
	}
	return q.Expr
}

// spec has a rule of every kind.
func spec(t testing.TB) Spec {
	s := Spec{Categories: DefaultCategories(), Masks: &Masks{Classes: bsm.Classes, Flags: expr(t, "lo,fd,-fc"), NaFlags: expr(t, "lo"),
		Users: []User{{"carl", expr(t, "ex"), expr(t, "fd")}, {"root", expr(t, "all"), expr(t, "no")}}}}
	s.Categories[counterfoil.CategoryData] = Switch{Enabled: true}
	s.Lists = []List{
		{Name: "nas", Inputs: []string{"smb"}, Watch: Members{Users: []string{"anna"}, Groups: []string{"staff", "501"}}, Limit: Members{Users: []string{"anna"}}},
		{Name: "robots", Limit: Members{Users: []string{"robot"}, Groups: []string{"batch"}}},
		{Name: "all", Inputs: []string{"router"}, Watch: Members{Groups: []string{"*"}}},
	}
	for _, f := range []Filter{
		{Name: "hr", Text: "object.name startswith /hr", Then: Keep},
		{Name: "proc", Text: "svc = KERNEL and object.name startswith /proc", Then: Refuse},
		{Name: "watch", Text: "event = LIVE", Then: Stream},
		{Name: "mongo", Text: "event_data.atype in (createUser, dropUser)", Then: Only, Inputs: []string{"mongod"}},
	} {
		f.Expr = query(t, f.Text)
		s.Filters = append(s.Filters, f)
	}
	return s
}

var host = map[string][]string{"dora": {"users", "staff"}, "job": {"batch"}}

// Every decision with its rule, in the order of the rules.
func TestJudge(t *testing.T) {
	p := New(spec(t), func(user string) []string { return host[user] })
	event := func(change func(*counterfoil.Event)) counterfoil.Event {
		e := counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "UNLINK", User: "eve", Class: counterfoil.ClassFileDelete, Outcome: counterfoil.Success}
		change(&e)
		return e
	}
	type ev = counterfoil.Event
	for _, c := range []struct {
		name, via, want string
		change          func(*ev)
	}{
		{"nothing special", "http", "kept by flags", func(*ev) {}},
		{"our own", "smb", "kept by own", func(e *ev) { e.Service = "COUNTERFOIL"; e.Category = counterfoil.CategoryTraffic }},
		{"an alarm", "smb", "kept by implicit", func(e *ev) { e.Category = counterfoil.CategoryAlarm; e.Class = counterfoil.ClassNone }},
		{"provisioning", "smb", "kept by implicit", func(e *ev) { e.Category = counterfoil.CategoryProvision }},
		{"traffic", "http", "refused by categories.traffic", func(e *ev) { e.Category = counterfoil.CategoryTraffic }},
		{"data", "http", "shown but not stored, by flags", func(e *ev) { e.Category = counterfoil.CategoryData }},
		{"data that a filter keeps", "http", "shown but not stored, by filters.hr", func(e *ev) { e.Category = counterfoil.CategoryData; e.Object.Name = "/hr/pay" }},
		{"security", "http", "kept by flags", func(e *ev) { e.Category = counterfoil.CategorySecurity }},
		{"a category of another version", "http", "kept by flags", func(e *ev) { e.Category = 200 }},

		{"watched, and limited too", "smb", "kept by lists.nas.watch", func(e *ev) { e.User = "anna"; e.Class = counterfoil.ClassNone }},
		{"not watched", "smb", "refused by lists.nas.watch", func(*ev) {}},
		{"not watched, by a sender of the input", "smb/host1", "refused by lists.nas.watch", func(*ev) {}},
		{"nobody on a watch list", "smb", "kept by lists.nas.watch", func(e *ev) { e.User = "" }},
		{"group in the subject", "smb", "kept by lists.nas.watch", func(e *ev) { e.Subject.Group = "staff" }},
		{"group in the token", "smb", "kept by lists.nas.watch", func(e *ev) { e.EventData = `{"unix_token":{"gid":7,"groups":[8,501],"uid":1}}` }},
		{"first group in the token", "smb", "kept by lists.nas.watch", func(e *ev) { e.EventData = `{"unix_token":{"gid":501,"uid":1}}` }},
		{"group in the record", "smb", "kept by lists.nas.watch", func(e *ev) { e.EventData = `{"groups":["staff"]}` }},
		{"group of this machine", "smb", "kept by lists.nas.watch (staff)", func(e *ev) { e.User = "dora" }},
		{"another group in the token", "smb", "refused by lists.nas.watch", func(e *ev) { e.EventData = `{"unix_token":{"gid":7,"groups":[8]}}` }},
		{"a login on a watched input", "smb", "kept by flags", func(e *ev) { e.Name = "AUTHENTICATION"; e.Class = counterfoil.ClassLogin }},
		{"everybody", "router", "kept by lists.all.watch", func(e *ev) { e.Class = counterfoil.ClassNone }},
		{"limited", "http", "refused by lists.robots.limit", func(e *ev) { e.User = "robot" }},
		{"limited by a group of this machine", "http", "refused by lists.robots.limit (batch)", func(e *ev) { e.User = "job" }},
		{"nobody on a limit list", "http", "refused by naflags", func(e *ev) { e.User = "" }},
		{"a login of the limited", "http", "kept by flags", func(e *ev) { e.User = "robot"; e.Name = "AUTHENTICATION" }},

		{"class not selected", "http", "refused by flags", func(e *ev) { e.Class = counterfoil.ClassFileRead }},
		{"class selected for failures", "http", "refused by flags", func(e *ev) { e.Class = counterfoil.ClassFileCreate }},
		{"class selected for failures, failed", "http", "kept by flags", func(e *ev) { e.Class = counterfoil.ClassFileCreate; e.Outcome = counterfoil.Failure }},
		{"class selected for failures, not told", "http", "kept by flags", func(e *ev) { e.Class = counterfoil.ClassFileCreate; e.Outcome = counterfoil.Unknown }},
		{"one of two classes", "http", "kept by flags", func(e *ev) { e.Class = counterfoil.ClassFileRead | counterfoil.ClassFileDelete }},
		{"no class", "http", "refused by flags", func(e *ev) { e.Class = counterfoil.ClassNone }},
		{"no class told", "http", "kept by rest", func(e *ev) { e.Class = 0 }},
		{"no class told, of a user with never", "http", "kept by rest", func(e *ev) { e.Class = 0; e.User = "carl" }},
		{"no class told, of a BSM record", "http", "kept by rest", func(e *ev) { e.Class = 0; e.Dialect = "bsm/1"; e.Subject.LoginID = "1" }},
		{"no class told, by another service of the program's name", "http", "refused by categories.traffic", func(e *ev) {
			e.Service = act.Claimed
			e.Category = counterfoil.CategoryTraffic
		}},
		{"nobody", "http", "kept by naflags", func(e *ev) { e.User = ""; e.Class = counterfoil.ClassLogin }},
		{"nobody logged in", "http", "refused by naflags", func(e *ev) { e.Dialect = "linux/1" }},
		{"somebody logged in", "http", "kept by flags", func(e *ev) { e.Dialect = "linux/1"; e.Subject.LoginID = "1000" }},
		{"always", "http", "kept by users.carl.always", func(e *ev) { e.User = "carl"; e.Class = counterfoil.ClassExec }},
		{"never", "http", "refused by users.carl.never", func(e *ev) { e.User = "carl" }},
		{"neither flags nor always", "http", "refused by flags", func(e *ev) { e.User = "carl"; e.Class = counterfoil.ClassFileRead }},
		{"all", "http", "kept by users.root.always", func(e *ev) { e.User = "root"; e.Class = counterfoil.ClassIPC }},
		{"all, but no class", "http", "refused by flags", func(e *ev) { e.User = "root"; e.Class = counterfoil.ClassNone }},

		{"kept by a filter", "http", "kept by filters.hr", func(e *ev) { e.Object.Name = "/hr/pay"; e.Service = "KERNEL" }},
		{"refused by a filter", "http", "refused by filters.proc", func(e *ev) { e.Object.Name = "/proc/1"; e.Service = "KERNEL" }},
		{"of another service", "http", "kept by flags", func(e *ev) { e.Object.Name = "/proc/1" }},
		{"shown", "http", "shown but not stored, by filters.watch", func(e *ev) { e.Name = "LIVE" }},
		{"only", "mongod", "kept by filters.mongo", func(e *ev) { e.EventData = `{"atype":"dropUser"}` }},
		{"not only", "mongod", "refused by filters.mongo", func(e *ev) { e.EventData = `{"atype":"authCheck"}` }},
	} {
		e := event(c.change)
		in := p.Input(c.via)
		d := in.Judge(&e)
		got := p.Words(d)
		if d.Group != "" {
			got += " (" + d.Group + ")"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		steps, same := in.Explain(&e)
		if same != d || len(steps) == 0 {
			t.Errorf("%s: judged %+v, explained %+v in %d steps", c.name, d, same, len(steps))
		}
		for _, s := range steps {
			if s.Words == "" || strings.Contains(s.Words, "%!") {
				t.Errorf("%s: %+v", c.name, s)
			}
		}
	}
}

// What was added to a record makes its decision the same when nobody knows the groups any more.
func TestMark(t *testing.T) {
	p := New(spec(t), func(user string) []string { return host[user] })
	for _, data := range []counterfoil.JSON{"", `{"x":1}`, `"text"`} {
		e := counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "UNLINK", User: "dora", EventData: data}
		d := p.Input("smb").Judge(&e)
		Mark(&e, d.Group)
		if err := e.Check(); err != nil {
			t.Fatal(err)
		}
		if got := New(spec(t), nil).Input("smb").Judge(&e); !got.Keep || got.Rule != d.Rule || got.Group != "" {
			t.Errorf("%q: %+v, then %+v", data, d, got)
		}
		if want := `"added":{"groups":["staff"]}`; !strings.Contains(string(e.EventData), want) {
			t.Errorf("%q became %s", data, e.EventData)
		}
	}
}

// The words of FreeBSD.
func TestFreeBSDWords(t *testing.T) {
	s := Spec{Masks: &Masks{Classes: bsm.Classes, Flags: expr(t, "lo"), NaFlags: expr(t, "lo"), FreeBSD: true,
		Events: map[string]bsm.Mask{"EXECVE": 0x40000080}, Users: []User{{"jdoe", expr(t, "ex,fc"), expr(t, "pc")}}}}
	p := New(s, nil)
	for _, c := range []struct{ name, user, login, words, rule string }{
		{"EXECVE", "jdoe", "1001", "the event is in class pc,ex (40000080): the success mask 40001010 of jdoe has ex: (flags lo | alwaysaudit ex,fc) & ~ neveraudit pc", "users.jdoe.always"},
		{"EXECVE", "anna", "1002", "the event is in class pc,ex (40000080): the success mask 00001000 of anna, who is not in audit_user, has none of it: flags lo", "flags"},
		{"EXECVE", "root", "", "the event is in class pc,ex (40000080): the success mask 00001000 of events without a login has none of it: naflags lo", "naflags"},
		{"EVENT_9999", "jdoe", "1001", "the event is in no class that can be selected: the success mask 40001010 of jdoe has none of it: (flags lo | alwaysaudit ex,fc) & ~ neveraudit pc", "flags"},
	} {
		e := counterfoil.Event{Major: 1, Time: 1, Dialect: "bsm/1", Service: "KERNEL", Name: c.name, User: c.user, Outcome: counterfoil.Success,
			Subject: counterfoil.Subject{LoginID: c.login}, Class: counterfoil.ClassOther}
		steps, _ := p.Input("pipe").Explain(&e)
		if got := fmt.Sprint(len(steps), " ", p.Rules()[steps[0].Rule].Name, ": ", steps[0].Words); got != "1 "+c.rule+": "+c.words {
			t.Errorf("%s\nwant 1 %s: %s", got, c.rule, c.words)
		}
	}
}

// A file token says that a trail began or ended. It is no record, has no number that a table could know, and auditd writes
// it whatever is selected: its own class is asked for.
func TestFileToken(t *testing.T) {
	for flags, keep := range map[string]bool{"ad": true, "all": true, "lo": false} {
		p := New(Spec{Masks: &Masks{Classes: bsm.Classes, Flags: expr(t, "lo"), NaFlags: expr(t, flags), FreeBSD: true, Events: map[string]bsm.Mask{"EXECVE": 0x40000080}}}, nil)
		e := counterfoil.Event{Major: 1, Time: 1, Dialect: "bsm/1", Service: "AUDITD", Name: "FILE", Class: counterfoil.ClassAdministration}
		if d := p.Input("trail").Judge(&e); d.Keep != keep {
			t.Errorf("naflags %s: kept %v", flags, d.Keep)
		}
	}
}

// Asking nothing where a hint says no changes nothing.
func TestHints(t *testing.T) {
	for text, want := range map[string]string{
		"svc = A": "[A] []", "svc in (A, B) and event_data.x = 1": "[A B] []", "event_data.x = 1 or svc = A": "[] []", "svc in (A, B) and svc = C": "[C] []",
		"not svc = A": "[] []", "svc startswith A": "[] []", "word": "[] []", "event_data.svc = A": "[] [A]", "event_data.svc startswith A and user = eve": "[eve] [A]",
		`event_data.svc = "A\"B"`: "[] []", "event_data.svc = \u00fc": "[] []", "event_data.x in (1, A)": "[] []", "event_data contains x": "[] []",
		"event_data.svc icontains a": "[] []", "event_data.svc in (A, B) and event_data.y contains C": "[] [C]", `user = ""`: "[] []", `event_data.svc = ""`: "[] []",
		`mongo:{"event_data.svc": "A"}`: "[] [A]", `mongo:{"svc": {"$in": ["A", "B"]}, "event_data.svc": {"$in": ["C", "A"]}}`: "[A B] [C A]",
		`mongo:{"event_data.svc": {"$ne": "A"}}`: "[] []", `mongo:{"event_data.svc": null}`: "[] []", `mongo:{"event_data.svc": {"$in": ["A", null]}}`: "[] []",
		`mongo:{"event_data.svc": /A/}`: "[] [A]", `mongo:{"event_data.svc": /^(C?)A+$/}`: "[] [A]", `mongo:{"event_data.svc": /a/i}`: "[] []",
		`mongo:{"event_data.svc": /A|x/}`: "[] []", `mongo:{"event_data.svc": ["C", "B"]}`: "[] []",
	} {
		x := query(t, text)
		h := hintOf(filter.Cheapest(x))
		if got := fmt.Sprint(append(h.services, h.values...), " ", h.texts); got != want && !strings.Contains(text, `""`) {
			t.Errorf("%s: hint %s, want %s", text, got, want)
		}
		for _, svc := range []string{"A", "B", "C", ""} {
			for _, data := range []counterfoil.JSON{"", `{"x":1}`, `{"svc":"A"}`, `{"svc":["C","B"],"y":"xCx"}`, `{"svc":""}`, `{"x":"1"}`, `{"svc":"A\"B"}`, "{\"svc\":\"\u00fc\"}", `"A"`} {
				r := counterfoil.Record{Event: counterfoil.Event{Service: svc, EventData: data, Name: "word"}}
				if got := (h.services == nil || slices.Contains(h.services, svc)) && h.mayMatch(&r.Event) && filter.Eval(filter.Cheapest(x), &r); filter.Eval(x, &r) != got {
					t.Errorf("%s differs of %s %s", text, svc, data)
				}
			}
		}
	}
}
