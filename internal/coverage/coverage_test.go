package coverage

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/preselect"
)

// records are a trail in memory.
type records []counterfoil.Record

func (t records) Count(ctx context.Context, query, by string) (map[string]uint64, error) {
	f, err := filter.ParseField(by)
	if err != nil {
		return nil, err
	}
	counts := map[string]uint64{}
	err = t.Each(ctx, query, true, 0, func(r *counterfoil.Record) bool {
		filter.Texts(f, r, func(s string) bool { counts[strings.Clone(s)]++; return true })
		return true
	})
	return counts, err
}

func (t records) Each(_ context.Context, query string, oldest bool, limit int, yield func(*counterfoil.Record) bool) error {
	q, err := searchq.Parse(query, time.Time{})
	if err != nil {
		return err
	}
	list := slices.Clone(t)
	if !oldest {
		slices.Reverse(list)
	}
	n := 0
	for i := range list {
		if !filter.Eval(q.Expr, &list[i]) {
			continue
		}
		n++
		data := []byte(list[i].EventData) // is only lent, as by a search: others' words stand there afterwards
		list[i].EventData = counterfoil.JSON(unsafe.String(unsafe.SliceData(data), len(data)))
		more := yield(&list[i])
		copy(data, bytes.Repeat([]byte("z"), len(data)))
		if !more || n == limit {
			break
		}
	}
	return nil
}

const hour = counterfoil.Time(time.Hour)

func record(seq uint64, via, svc, name string, class counterfoil.Class, data string) counterfoil.Record {
	e := counterfoil.Event{AID: counterfoil.AID{1}, Major: 1, Time: 1000 * hour, Dialect: "linux/1", Service: svc, Name: name, Class: class, User: "anna", Outcome: counterfoil.Success,
		EventData: counterfoil.JSON(data)}
	return counterfoil.Record{Event: e, Seq: seq, Received: 1000 * hour, Via: via}
}

// a trail with an input that delivers one class, one that is quiet, and what a policy refused.
func sample() records {
	quiet := record(2, "old", "SMB", "READ", counterfoil.ClassFileRead, "")
	quiet.Dialect, quiet.Received = "jsonl/1", 900*hour
	return records{
		record(0, "counterfoil", "COUNTERFOIL", "START", 0, ""),
		record(1, "kernel", "SSHD", "USER_LOGIN", counterfoil.ClassLogin, ""),
		quiet,
		record(3, "kernel", "COUNTERFOIL", "REFUSED", 0, `{"input":"kernel","rules":[{"count":7,"place":"p:1:1","rule":"flags"},{"count":2,"place":"p:9:9","rule":"filters.gone"}]}`),
		record(4, "kernel", "COUNTERFOIL", "REFUSED", 0, `{"input":"kernel","rules":[{"count":1,"place":"p:1:1","rule":"flags"}]}`),
		record(5, "kernel", "COUNTERFOIL", "UNPARSED", 0, `{"reason":"x"}`),
		record(6, "mute", "COUNTERFOIL", "GAP", 0, `{"count":"unknown"}`),
	}
}

func masksOf(t *testing.T, text string) preselect.Expr {
	m, err := bsm.ParseMasks(text, bsm.Classes)
	if err != nil {
		t.Fatal(err)
	}
	return preselect.Expr{Text: text, Masks: m, Place: preselect.Place{File: "p", Line: 1, Column: 1}}
}

func facts(t *testing.T) *Facts {
	spec := preselect.Spec{Categories: preselect.DefaultCategories(), Masks: &preselect.Masks{Classes: bsm.Classes, Flags: masksOf(t, "lo,aa,ad,ex,nt,fw"), NaFlags: masksOf(t, "all"),
		Users: []preselect.User{{Name: "root", Always: masksOf(t, "no"), Never: masksOf(t, "-ex,lo")}, {Name: "eve", Always: masksOf(t, "all"), Never: masksOf(t, "no")}}},
		Lists:   []preselect.List{{Name: "nas", Inputs: []string{"old"}, Watch: preselect.Members{Users: []string{"bob"}}}},
		Filters: []preselect.Filter{{Name: "hush", Then: preselect.Stream, Text: "event = X", Expr: filter.All{}}, {Name: "ok", Then: preselect.Keep, Expr: filter.All{}}}}
	spec.Categories[counterfoil.CategoryData] = preselect.Switch{Enabled: true}
	compiled := spec
	compiled.Filters = nil
	return &Facts{Now: 1001 * hour, Quiet: 24 * time.Hour, Records: 7, Signed: 7, Inputs: []*Input{{Name: "kernel", Dialect: "linux", Kernel: true}, {Name: "mute", Dialect: "samba"}},
		Policy: Policy{Spec: spec, Compiled: preselect.New(compiled, nil), Words: []string{"cnt"}, Place: "audit_control"},
		Kernel: &Kernel{Enabled: true, Lost: 3, Rules: []string{"-w /etc -p wa", "-a never,exit -F auid=0"}}, Watch: []string{"/etc/passwd", "/srv/x"}}
}

// What rules refused is added up over the records that tell of it.
func TestRefusals(t *testing.T) {
	f := facts(t)
	if err := f.Gather(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	var got []Refusal
	for _, r := range f.Refusals {
		got = append(got, *r)
	}
	want := []Refusal{{"flags", "p:1:1", "kernel", 8, 3, 4}, {"filters.gone", "p:9:9", "kernel", 2, 3, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReport(t *testing.T) {
	f := facts(t)
	if err := f.Gather(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	r, unused := f.Report([]string{"input.kernel.*", "control.review", "nonsense"})
	var got []string
	for _, x := range r.Findings {
		line := fmt.Sprintf("%s %s %v", x.ID, x.Reason, x.Records)
		if x.Accepted {
			line += " accepted"
		}
		got = append(got, line)
	}
	want := []string{
		"input.kernel.unparsed absent [5] accepted", "input.kernel.aa absent [] accepted", "input.kernel.ad absent [] accepted", "input.kernel.fw absent [] accepted",
		"input.kernel.ex absent [] accepted", "input.kernel.nt absent [] accepted", "input.mute absent []", "input.old.quiet absent [2]", "gaps absent [6]",
		"categories.traffic rule []", "categories.data rule []", "lists.nas.watch rule []", "flags rule [3 4]", "users.root.never rule []", "filters.hush rule []",
		"policy.cnt rule []", "filters.gone rule [3]", "kernel.lost absent []", "kernel.rule rule []", "kernel./srv/x absent []"}
	if !slices.Equal(got, want) {
		t.Errorf("findings:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !slices.Equal(unused, []string{"nonsense"}) {
		t.Errorf("unused: %q", unused)
	}
	notMet := 0
	for _, c := range r.Controls {
		if c.Verdict == NotMet && !c.Accepted {
			notMet++
		}
		if want := map[string]string{"content": Met, "failed-access": NotMet, "accounts": NotMet, "integrity": Met, "elsewhere": NotMet, "clocks": Unseen, "trail-access": Unseen,
			"loss": NotMet, "failure": NotMet, "retention": Met, "review": NotMet}[c.ID]; want != "" && c.Verdict != want {
			t.Errorf("control %s: %s (%s), want %s", c.ID, c.Verdict, c.Why, want)
		}
		if c.ID == "correlation" && (!slices.Equal(c.Records, []uint64{2}) || c.Rule != "lists.nas.watch") {
			t.Errorf("control correlation: the evidence is %v by %s", c.Records, c.Rule)
		}
	}
	if r.Missing != notMet+14 {
		t.Errorf("%d are missing, of them %d controls", r.Missing, notMet)
	}
}

// TestNothingMissing: a trail in which everything is there and accepted says yes.
func TestNothingMissing(t *testing.T) {
	f := facts(t)
	if err := f.Gather(t.Context(), sample()); err != nil {
		t.Fatal(err)
	}
	if r, _ := f.Report([]string{"*", "*/*", "*/*/*"}); r.Missing != 0 {
		t.Errorf("%d are missing: %+v", r.Missing, r.Findings)
	}
}

// TestRetention: what was deleted counts though the first record is still there: rules delete by category and input.
func TestRetention(t *testing.T) {
	old, late := record(1, "kernel", "SSHD", "USER_LOGIN", counterfoil.ClassLogin, ""), record(9, "kernel", "SSHD", "USER_LOGIN", counterfoil.ClassLogin, "")
	late.Received = 10000 * hour
	expire := func(first, last string) counterfoil.Record {
		r := record(10, "counterfoil", "COUNTERFOIL", "EXPIRE", 0, `{"bytes":1,"first":`+first+`,"last":`+last+`,"records":2,"sha256":"","why":"retention 30d"}`)
		r.Received = 10001 * hour
		return r
	}
	start := record(0, "counterfoil", "COUNTERFOIL", "START", 0, "")
	for name, c := range map[string]struct {
		now     counterfoil.Time
		trail   records
		verdict string
		records []uint64
	}{
		"nothing deleted":                      {10002 * hour, records{start, old, late}, Met, []uint64{0}},
		"this year's deleted":                  {10002 * hour, records{start, old, late, expire("2", "8")}, NotMet, []uint64{10}},
		"of a trail that is younger":           {1002 * hour, records{start, old, expire("2", "8")}, NotMet, []uint64{10}},
		"what was deleted is a year old today": {(10001 + 366*24) * hour, records{start, old, late, expire("2", "8")}, Met, []uint64{10}},
	} {
		f := &Facts{Now: c.now}
		if err := f.Gather(t.Context(), c.trail); err != nil {
			t.Fatal(err)
		}
		verdict, why, records := retention(f)
		if verdict != c.verdict || !slices.Equal(records, c.records) {
			t.Errorf("%s: %s, %s, %d", name, verdict, why, records)
		}
	}
}

// TestSpace: what a full disk does is what the configuration says.
func TestSpace(t *testing.T) {
	for action, want := range map[string]string{"": Unseen, "suspend": Unseen, "halt": Unseen, "drop": NotMet, "overwrite": NotMet} {
		if verdict, why, _ := space(&Facts{Full: action}); verdict != want {
			t.Errorf("%q: %s, %s", action, verdict, why)
		}
	}
}

// TestNobodyCanTell: a kernel that cannot be asked is a finding where paths are to be watched, else a note.
func TestNobodyCanTell(t *testing.T) {
	f := &Facts{Now: 1, Kernel: &Kernel{Problem: "no permission"}, Watch: []string{"/etc"}}
	r, _ := f.Report(nil)
	if !slices.ContainsFunc(r.Findings, func(x Finding) bool { return x.ID == "kernel" && strings.Contains(x.What, "no permission") }) {
		t.Errorf("%+v", r.Findings)
	}
	f.Watch = nil
	if r, _ = f.Report(nil); !slices.Equal(r.Notes, []string{"no permission"}) {
		t.Errorf("%q", r.Notes)
	}
}

func TestWatches(t *testing.T) {
	for rule, want := range map[string]string{
		"-w /etc/passwd -p wa":                  "yes",
		"-w /etc/passwd -p rwxa -k identity -p": "yes",
		"-w /etc/ -p wa":                        "yes",
		"-w / -p wa":                            "yes",
		"-w /etc/passwd -p r":                   "part",
		"-w /etc/passwd -p w -k a":              "part",
		"-w /etc/pass -p wa":                    "no",
		"-w /etc/passwd/x -p wa":                "no",
		"-a always,exit -S all -F path=/etc/passwd -F perm=wa -F key=k": "yes",
		"-a always,exit -S all -F dir=/etc -F perm=wa":                  "yes",
		"-a always,exit -S all -F path=/etc -F perm=wa":                 "no",
		"-a always,exit -F arch=b64 -S all -F path=/etc/passwd":         "part", // not of programs of 32 bits
		"-a always,exit -F arch=b64 -S openat -F path=/etc/passwd":      "part",
		"-a always,exit -S all -F path=/etc/passwd -F auid>=1000":       "part",
		"-a always,exit -S all -F path!=/etc/passwd -F perm=wa":         "no",
		"-a never,exit -S all -F path=/etc/passwd -F perm=wa":           "no",
		"rule 3, which cannot be read: -w /etc/passwd -p wa":            "no",
		"-a always,exit -F arch=b64 -S execve -F key=exec":              "no",
	} {
		got := "no"
		if watched, partly := watches([]string{rule}, "/etc/passwd"); watched != "" {
			got = "yes"
		} else if partly != "" {
			got = "part"
		}
		if got != want {
			t.Errorf("%q watches /etc/passwd: %s, want %s", rule, got, want)
		}
	}
	both := []string{"-a always,exit -F arch=b32 -S all -F dir=/etc", "-a always,exit -F arch=b64 -S all -F path=/etc/passwd -F perm=wa"}
	if watched, _ := watches(both, "/etc/passwd"); watched != both[1] {
		t.Errorf("two rules, one for each word size, watch by %q", watched)
	}
}

var update = flag.Bool("update", false, "write the tables of docs/coverage.md")

// TestPage: the tables of the page are those of the code.
func TestPage(t *testing.T) {
	const name = "../../docs/coverage.md"
	page, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want := string(page)
	for mark, table := range map[string]string{"controls": controlTable(), "classes": classTable()} {
		begin, end := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->\n"
		before, rest, ok := strings.Cut(want, begin)
		_, after, ok2 := strings.Cut(rest, end)
		if !ok || !ok2 {
			t.Fatalf("%s has no lines %q and %q", name, begin, end)
		}
		want = before + begin + "\n" + table + "\n" + end + after
	}
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if want != string(page) {
		t.Errorf("%s is not what the code does: run go test ./internal/coverage -update", name)
	}
}

func controlTable() string {
	var b strings.Builder
	b.WriteString("| control | where | title | supported by | would support it |\n|---|---|---|---|---|\n")
	for _, c := range Checklist {
		by := "a record of " + c.Needs
		if c.Query != "" && c.Judge == nil {
			by += ": `" + c.Query + "`"
		} else {
			by = "judged by the command"
		}
		if c.Within > 0 {
			by += fmt.Sprintf(", at most %d days old", int(c.Within.Hours()/24))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.ID, c.Where, c.Title, by, c.Remedy)
	}
	return b.String()
}

func classTable() string {
	var b strings.Builder
	b.WriteString("| dialect | owes |\n|---|---|\n")
	for _, d := range all.Dialects {
		if d.Decode == nil {
			continue // no input can be of it
		}
		owes := "nothing: its records bring their classes along"
		if names := (d.Classes() & owed()).Names(); len(names) > 0 {
			owes = strings.Join(names, " ")
		}
		fmt.Fprintf(&b, "| [%s](dialects/%s.md) | %s |\n", d.Name, d.Name, owes)
	}
	return b.String()
}
