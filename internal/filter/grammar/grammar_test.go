package grammar_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"user = anna", "user = anna"},
		{"search: user = anna since 2026-01-01T00:00:00Z", "since 2026-01-01T00:00:00.000000000Z user = anna"},
		{` mongo:{user: "anna"} } `, "user = anna"},
		{`truenas:[["username","=","anna"]]`, "user = anna"},
		{"mongo", "mongo"}, // a word
		{"mongod:x", "mongod:x"},
		{"", "*"},
	} {
		q, err := grammar.Parse(c.text, filtertest.Now)
		if err != nil || q.String() != c.want && !strings.HasPrefix(c.text, "mongod") {
			t.Errorf("%s: %s, want %s; %v", c.text, q, c.want, err)
		}
	}
}

// TestErrorsPointIntoTheWholeText: ^ stands before the place.
func TestErrorsPointIntoTheWholeText(t *testing.T) {
	for _, marked := range []string{`^usr = x`, `search:^usr = x`, `  mongo:{é: 1, user: {^$foo: 1}}`, `mongo:{user: 1} ^and event = X`, `truenas:[["user",^"==",1]]`,
		`mongo:^usr`, "truenas:^x", `mongo:{user: /^(a/}`} {
		text := strings.Replace(marked, "^", "", 1)
		if strings.Contains(marked, "é") {
			text = strings.Replace(text, "é: 1", `"event_data.é": 1`, 1)
			marked = strings.Replace(marked, "é: 1", `"event_data.é": 1`, 1)
		}
		if strings.Contains(marked, "/^(") {
			text, marked = "mongo:{user: /(a/}", "mongo:{user: ^/(a/}"
		}
		_, err := grammar.Parse(text, filtertest.Now)
		var e *filter.SyntaxError
		if want := len([]rune(marked[:strings.Index(marked, "^")])) + 1; !errors.As(err, &e) || e.Column != want || e.Query != text {
			t.Errorf("%s: want column %d\n%v", marked, want, err)
		}
	}
}

// TestTranslations: what is translated without a loss means the same.
func TestTranslations(t *testing.T) {
	records := filtertest.Records()
	exact := map[string]int{}
	for _, c := range filtertest.Cases() {
		q, err := grammar.Parse(c.Query, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		for _, to := range grammar.Names {
			text, losses := grammar.Print(to, q.Query)
			if len(losses) > 0 {
				continue
			}
			exact[to]++
			back, err := grammar.ParseIn(to, text, time.Unix(0, 0).UTC())
			if err != nil {
				t.Errorf("%s is in %s\n%s\n%v", c.Query, to, text, err)
				continue
			}
			x, y := q.Bounded(), back.Bounded()
			for i := range records {
				if filter.Eval(x, &records[i]) != filter.Eval(y, &records[i]) {
					t.Errorf("%s is in %s\n%s\nwhich means something else of record %d", c.Query, to, text, i)
				}
			}
		}
	}
	t.Logf("translated without a loss: %v of %d", exact, len(filtertest.Cases()))
	if exact["mongo"] < 50 || exact["truenas"] < 50 {
		t.Error("the test sees too little")
	}
}

// What has no words in a grammar is said to be lost, and what is written means the same when it is read.
func TestTranslationsOfWhatIsRare(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	records := filtertest.Records()
	for seq := range uint64(200) {
		records = append(records, filtertest.RandomRecord(rng, seq))
	}
	for _, c := range []struct {
		query, to string
		exact     bool
	}{
		{"not event_data.a exists", "mongo", false}, // an empty array is there to MongoDB and has no value to search
		{"not time > 2026-11-22", "truenas", true},
		{"mongo:{time: {$ne: {$date: \"2026-11-22T12:00:00Z\"}}}", "truenas", true},
		{"not time exists", "truenas", false},
		{"mongo:{time: 1}", "truenas", false},
		{`mongo:{host: {$in: [3, ""]}}`, "truenas", true},
		{`truenas:[["username.1","<=",null]]`, "mongo", false},
		{"user = #5", "mongo", false}, {"user = #5", "truenas", false}, {"user != #5", "truenas", false},
		{"via = #null", "mongo", false}, {"via = #null", "truenas", false},
		{"user in (anna, #5)", "mongo", false}, {"user in (anna, #5)", "truenas", false},
		{`seq = #"5"`, "mongo", false}, {`seq = #"5"`, "truenas", false},
		{"subject.pid < 1e21", "mongo", false}, {"subject.pid < 1e21", "truenas", false},
	} {
		q, err := grammar.Parse(c.query, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		text, losses := grammar.Print(c.to, q.Query)
		if exact := len(losses) == 0; exact != c.exact {
			t.Errorf("%s is in %s\n%s\nwith the losses %v", c.query, c.to, text, losses)
		}
		back, err := grammar.ParseIn(c.to, text, time.Unix(0, 0).UTC())
		if err != nil {
			if c.exact {
				t.Errorf("%s is in %s\n%s\n%v", c.query, c.to, text, err)
			}
			continue
		}
		for i := range records {
			if c.exact && filter.Eval(q.Bounded(), &records[i]) != filter.Eval(back.Bounded(), &records[i]) {
				t.Errorf("%s is in %s\n%s\nwhich means something else of record %d", c.query, c.to, text, i)
			}
		}
	}
}

// FuzzTranslate: a text of any grammar that is translated without a loss means the same of every record, and a mistake is
// shown inside of the text.
func FuzzTranslate(f *testing.F) {
	for _, c := range filtertest.Cases() {
		f.Add(c.Query)
	}
	for _, s := range []string{`mongo:{users: {$elemMatch: {user: "tim"}}, "param.x": {$nin: [1, /a$/i, null]}, class: "fd"} }`, `mongo:{$nor: [{user: {$gt: "a"}}, {success: false}]}`,
		`truenas:[["OR",[["event","in",["READ"]],[["username","C^","an"],["success","=",false]]]],["event_data.a[0].*","rin",5]]`, ` search:user = anna since 2026-01-01`} {
		f.Add(s)
	}
	records := filtertest.Records()
	f.Fuzz(func(t *testing.T, text string) {
		q, err := grammar.Parse(text, filtertest.Now)
		if err != nil {
			var e *filter.SyntaxError
			if !errors.As(err, &e) || e.Query != text || e.Column < 1 || e.Column > len([]rune(text))+1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		x := q.Bounded()
		if filter.MayBeUndecided(x) {
			return // what is not decided depends on the clock
		}
		for _, to := range grammar.Names {
			printed, losses := grammar.Print(to, q.Query)
			if len(losses) > 0 {
				continue
			}
			back, err := grammar.ParseIn(to, printed, time.Unix(0, 0).UTC())
			if err != nil {
				t.Fatalf("%q is in %s\n%s\n%v", text, to, printed, err)
			}
			y := back.Bounded()
			for i := range records {
				if filter.Eval(x, &records[i]) != filter.Eval(y, &records[i]) {
					t.Fatalf("%q is in %s\n%s\nwhich means something else of record %d", text, to, printed, i)
				}
			}
		}
	})
}
