package sqlprint_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/sqlprint"
)

// What engines answer is tested against them, in e2e/duckdb and e2e/clickhouse; here is how it looks.
func TestPrint(t *testing.T) {
	for _, c := range []struct{ query, duckdb, clickhouse string }{
		{`*`, `1 = 1`, `1 = 1`},
		{`user = "o'neill\x"`, `"user" = 'o''neill\x'`, `"user" = 'o\'neill\\x'`},
		{`user != anna or svc = SMB`, `NOT ("user" = 'anna') OR svc = 'SMB'`, `NOT ("user" = 'anna') OR svc = 'SMB'`},
		{`svc = SMB and (event = READ or not user exists)`, `svc = 'SMB' AND (event = 'READ' OR NOT ("user" <> ''))`, `svc = 'SMB' AND (event = 'READ' OR NOT ("user" <> ''))`},
		{`user < b and success = false`, `("user" <> '' AND "user" < 'b') AND success IS NOT DISTINCT FROM false`, `("user" <> '' AND "user" < 'b') AND ifNull(success, 1) = 0`},
		{`class in (fr, fw)`, `list_has_any(string_split(class, ','), ['fr', 'fw'])`, `hasAny(splitByChar(',', class), ['fr', 'fw'])`},
		{`not class exists`, `NOT (class <> '')`, `NOT (class <> '')`},
		{`subject.pid > 5`, `subject_pid <> 0 AND subject_pid > 5`, `subject_pid <> 0 AND subject_pid > 5`},
		{`seq >= 1.5`, `seq > 1`, `seq > 1`},
		{`seq > -1`, `1 = 1`, `1 = 1`},
		{`time >= 2026-11-22T12:00:00Z`, `"time" >= TIMESTAMPTZ '2026-11-22 12:00:00.000000+00'`, `"time" >= toDateTime64('2026-11-22 12:00:00.000000000', 9, 'UTC')`},
		{`object.name icontains HR`, `contains(lower(object_name), 'hr')`, `position(lowerUTF8(object_name), 'hr') > 0`},
		{`event ~ "^UN"`, `event <> '' AND regexp_matches(event, '^UN')`, `event <> '' AND match(event, '(?-s:^UN)')`},
		{`event_data.file.path = x`,
			`len(list_filter(list_concat([TRY(json_extract(nullif(event_data, ''), '$.file.path'))], TRY(json_extract(nullif(event_data, ''), '$.file[*].path')), ` +
				`TRY(json_extract(nullif(event_data, ''), '$.file.path[*]')), TRY(json_extract(nullif(event_data, ''), '$.file[*].path[*]'))), lambda x: json_type(x) = 'VARCHAR' AND (x->>'$') = 'x')) > 0`,
			`arrayExists(x -> startsWith(x, '"') AND JSONExtractString(x) = 'x', arrayConcat([JSONExtractRaw(event_data, 'file', 'path')], ` +
				`arrayMap(x -> JSONExtractRaw(x, 'path'), JSONExtractArrayRaw(event_data, 'file')), JSONExtractArrayRaw(event_data, 'file', 'path'), ` +
				`arrayFlatten(arrayMap(x -> JSONExtractArrayRaw(x, 'path'), JSONExtractArrayRaw(event_data, 'file')))))`},
		{`mongo:{user: {$ne: "anna"}, success: null}`, `NOT ("user" = 'anna') AND NOT (success IS NOT NULL)`, `NOT ("user" = 'anna') AND NOT (isNotNull(success))`},
		{`truenas:[["username", "!=", "anna"]]`, `NOT ("user" = 'anna')`, `NOT ("user" = 'anna')`},
	} {
		q, err := grammar.Parse(c.query, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		for dialect, want := range map[string]string{"duckdb": c.duckdb, "clickhouse": c.clickhouse} {
			if got, losses := sqlprint.Print(dialect, q.Expr); got != want || len(losses) > 0 {
				t.Errorf("%s in %s:\n got %s %v\nwant %s", c.query, dialect, got, losses, want)
			}
		}
	}
}

// What cannot be said is told, and what is said only nearly.
func TestLosses(t *testing.T) {
	for _, c := range []struct {
		query, loss string
		nearly      bool
	}{
		{`pay`, `"pay": free words cannot be said`, false},
		{`user ~ "^(?!app)"`, `user: the engine has no look-around`, false},
		{`aid startswith 01`, `aid: an identifier that the trail derived is in no column`, false},
		{`raw contains x`, `raw: raw bytes cannot be looked into`, false},
		{`user = "\` + "\xff" + `"`, `user: a text that is not valid UTF-8`, false},
		{`event_data.a.b.c.d.e.f = 1`, `event_data.a.b.c.d.e.f: a path of more than five keys`, false},
		{`mongo:{"event_data.a": null}`, `event_data.a: null and documents see what is missing`, false},
		{`mongo:{"event_data.a.0": 5}`, `event_data.a.0: a path with positions`, false},
		{`mongo:{"event_data.a": {$size: 2}}`, `event_data.a: it sees types that SQL does not`, false},
		{`event_data.a = 0.1`, `event_data.a: numbers in data are compared as float64`, true},
		{`time = 2026-11-22T12:00:00Z`, `time: times are compared by the microsecond`, true},
		{`mongo:{"event_data.a": /a/}`, `event_data.a: a text that is a number of more than 15 digits is text`, true},
	} {
		q, err := grammar.Parse(c.query, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		_, losses := sqlprint.Print("duckdb", q.Expr)
		if len(losses) != 1 || losses[0].Nearly != c.nearly || !strings.HasPrefix(losses[0].String(), c.loss) {
			t.Errorf("%s: %v, want %s", c.query, losses, c.loss)
		}
	}
}

// Whatever the filter, something is printed or a loss is told.
func TestEveryFilter(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	said := 0
	for range 5000 {
		x := filter.Expr(filter.Not{X: filtertest.RandomExpr(rng, 3)})
		for _, dialect := range sqlprint.Names {
			text, losses := sqlprint.Print(dialect, x)
			if strings.Count(text, "(") < 1 || strings.Contains(text, "%!") {
				t.Fatalf("%#v in %s: %s", x, dialect, text)
			}
			if len(losses) == 0 {
				said++
			}
		}
	}
	if said < 1000 {
		t.Errorf("only %d of 10000 are said", said)
	}
}
