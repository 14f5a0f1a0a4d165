//go:build cgo

package duckdb_test

import (
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/filtertest"
	"github.com/counterfoil/counterfoil/internal/filter/grammar"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
	"github.com/counterfoil/counterfoil/internal/filter/sqlprint"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// nested tells an array within an array, which SQL does not look into.
var nested = regexp.MustCompile(`\[\[|,\[|\[[^\]]*\[`)

// A filter that is printed without a loss finds in DuckDB, in the sealed files, what Eval finds.
func TestPrintedFilters(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	recs := plainRecords(rng, 800)
	db := sealed(t, recs)
	printed, found := map[string]int{}, 0
	compare := func(x filter.Expr) {
		text, losses := sqlprint.Print("duckdb", x)
		if len(losses) > 0 {
			return
		}
		var want []uint64
		for i := range recs {
			if filter.Eval(x, &recs[i]) {
				want = append(want, recs[i].Seq)
			}
		}
		if got := ask(t, db, text); !slices.Equal(got, want) {
			t.Errorf("%s\n%s\nfinds %d records, want %d: %s", searchq.Print(x), text, len(got), len(want), difference(recs, got, want))
		}
		kinds(x, printed)
		if len(want) > 0 && len(want) < len(recs) {
			found++
		}
	}
	for range 3000 {
		switch rng.IntN(4) {
		case 0:
			compare(filtertest.RandomExpr(rng, 2))
		case 1:
			compare(filtertest.RandomAbout(rng, &recs[rng.IntN(len(recs))]))
		case 2:
			compare(filter.Not{X: filtertest.RandomExpr(rng, 1)})
		default:
			compare(reach(rng, &recs[rng.IntN(len(recs))]))
		}
	}
	for _, text := range queries {
		q, err := grammar.Parse(text, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		if _, losses := sqlprint.Print("duckdb", q.Bounded()); slices.ContainsFunc(losses, func(l filter.Loss) bool { return !l.Nearly }) {
			t.Errorf("%s: %v", text, losses)
		}
		compare(q.Bounded())
	}
	t.Logf("%d filters find some records and not all; by kind: %v", found, printed)
	for _, kind := range []string{"compare", "in", "contains", "prefix", "match", "exists", "reach"} {
		if printed[kind] < 20 || printed[kind+" in data"] < 20 {
			t.Errorf("%s is asked %d times of columns and %d times in data: too few", kind, printed[kind], printed[kind+" in data"])
		}
	}
}

// Data with a byte that is not UTF-8 is no JSON to DuckDB. It has no values then; the query goes on.
func TestDataThatIsNoJSON(t *testing.T) {
	recs := []counterfoil.Record{{Event: counterfoil.Event{EventData: `{"a":"\udcff","b":5}`}}, {Event: counterfoil.Event{EventData: `{"b":5}`}}, {Event: counterfoil.Event{EventData: `"\udcff"`}}, {}}
	db := sealed(t, recs)
	for query, want := range map[string][]uint64{"event_data.b = 5": {1}, "not event_data.b = 5": {0, 2, 3}, "event_data contains 5": {0, 1}} {
		q, err := grammar.Parse(query, filtertest.Now)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := sqlprint.Print("duckdb", q.Expr)
		if got := ask(t, db, text); !slices.Equal(got, want) {
			t.Errorf("%s: found %v, want %v", text, got, want)
		}
	}
}

// queries are what people ask, of the words that random records have.
var queries = []string{
	"user = anna and success = false", "not user = anna", "user != anna", "user in (anna, bob)", "class = fr or class = lo", "not class exists", "success exists",
	"event_data.a = 5", "event_data.a > 5", "event_data.a = true", "event_data.a = null", "not event_data.a exists", "event_data.a.b exists", "event_data.path contains pay",
	"event_data.a in (5, anna, null)", "object.name startswith /hr", "object.name icontains STRASSE", `user ~ "^an+a$"`, "subject.pid > 5", "seq < 100", "time >= 2026-11-22T12:00:00Z",
	`event_data."a.b" = x`, "event_data contains pay", "svc = SMB and (event = UNLINK or not success = true)",
	`mongo:{user: "anna"}`, `mongo:{user: {$ne: "anna"}}`, `mongo:{user: {$in: ["anna", "bob"]}}`, `mongo:{"event_data.a": 5}`, `mongo:{"event_data.a": "pay"}`, `mongo:{"event_data.a.b": {$gt: 3}}`,
	`mongo:{user: null}`, `mongo:{user: {$exists: false}}`, `mongo:{class: "fr"}`, `mongo:{success: true}`, `mongo:{success: null}`, `mongo:{"event_data.pay": /pay/i}`,
	`truenas:[["username", "=", "anna"], ["success", "=", false]]`, `truenas:[["username", "!=", "anna"]]`, `truenas:[["username", "nin", ["anna"]]]`, `truenas:[["event", "rin", "N"]]`,
}

func ask(t *testing.T, db *sql.DB, where string) (seqs []uint64) {
	t.Helper()
	rows, err := db.Query("SELECT seq FROM events WHERE " + where + " ORDER BY seq")
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			t.Fatal(err)
		}
		seqs = append(seqs, seq)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	return seqs
}

// difference shows a record that one finds and the other does not.
func difference(recs []counterfoil.Record, got, want []uint64) string {
	for _, r := range recs {
		if slices.Contains(got, r.Seq) != slices.Contains(want, r.Seq) {
			text, _ := counterfoil.AppendRecord(nil, &r)
			return string(text)
		}
	}
	return ""
}

// plainRecords are random ones whose texts are as they are in the columns, without arrays in arrays.
func plainRecords(rng *rand.Rand, n int) (recs []counterfoil.Record) {
	for len(recs) < n {
		r := filtertest.RandomRecord(rng, uint64(len(recs)))
		text, _ := counterfoil.AppendRecord(nil, &r)
		if !utf8.Valid(text) || strings.Contains(string(text), `\ud`) || strings.Contains(string(text), `raw_b64`) || nested.MatchString(string(r.SvcData)+string(r.EventData)) {
			continue
		}
		r.Received = r.Received / 1000 * 1000
		recs = append(recs, r)
	}
	return recs
}

// sealed keeps records in a new trail, gives them their numbers and identifiers, and a database with its sealed files.
func sealed(t *testing.T, recs []counterfoil.Record) *sql.DB {
	t.Helper()
	dir := t.TempDir()
	var now counterfoil.Time
	tr, err := trail.Open(dir, trail.Options{Now: func() time.Time { return now.Std() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close() })
	id := tr.View().ID
	for i := range recs {
		r := &recs[i]
		r.AID = counterfoil.AID{}
		if r.Service == "" {
			r.Major, r.Time, r.Service, r.Name, r.Via = 1, 1e18, "A", "B", "x"
		}
		now = r.Received
		if _, err := tr.Append(t.Context(), r.Via, []counterfoil.Event{r.Event}); err != nil {
			t.Fatal(err)
		}
		r.Seq, r.AID = uint64(i), counterfoil.DeriveAID(id, uint64(i))
	}
	if err := tr.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	view := segment.DuckDB("sealed", []string{filepath.Join(dir, "segment", "*.parquet")})
	if _, err := db.Exec(view + "CREATE TABLE events AS SELECT * FROM sealed"); err != nil {
		t.Fatal(err)
	}
	return db
}

// reach makes a condition of MongoDB's that SQL has words for, often about what a record has.
func reach(rng *rand.Rand, r *counterfoil.Record) filter.Expr {
	f := filtertest.RandomField(rng)
	value := counterfoil.String([]string{r.User, r.Via, "anna", "5", ""}[rng.IntN(5)])
	for key, v := range r.EventData.Members() {
		if f.Column == filter.ColEventData && rng.IntN(2) == 0 {
			f.Path, value = []string{key}, v
		}
	}
	return []filter.Expr{
		filter.Reach{Field: f, Test: filter.Holds{Value: value}},
		filter.Not{X: filter.Reach{Field: f, Test: filter.Among{Values: []counterfoil.JSON{value, "5", "true"}}}},
		filter.Reach{Field: f, Straight: true, Test: filter.Fails{Test: filter.Holds{Value: value}, Null: true}},
		filter.Reach{Field: f, Test: filter.Present{}},
	}[rng.IntN(4)]
}

// kinds counts the leaves of x.
func kinds(x filter.Expr, n map[string]int) {
	switch x := x.(type) {
	case filter.And:
		for _, y := range x.X {
			kinds(y, n)
		}
		return
	case filter.Or:
		for _, y := range x.X {
			kinds(y, n)
		}
		return
	case filter.Not:
		kinds(x.X, n)
		return
	}
	f, ok := filter.FieldOf(x)
	if !ok {
		return
	}
	var kind string
	switch x.(type) {
	case filter.Compare:
		kind = "compare"
	case filter.In:
		kind = "in"
	case filter.Contains:
		kind = "contains"
	case filter.Prefix:
		kind = "prefix"
	case filter.Match:
		kind = "match"
	case filter.Exists:
		kind = "exists"
	case filter.Reach:
		kind = "reach"
	}
	if len(f.Path) > 0 {
		kind += " in data"
	}
	n[kind]++
}
