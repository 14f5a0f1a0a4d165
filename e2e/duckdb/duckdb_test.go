//go:build cgo

package duckdb_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/segment"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func TestDuckDBReadsSegmentsInPlace(t *testing.T) {
	dir, v := newTrail(t)
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(segment.DuckDB("events", []string{filepath.Join(dir, "segment", "*.parquet")})); err != nil {
		t.Fatal(err)
	}
	t.Run("types", func(t *testing.T) { types(t, db) })
	t.Run("records", func(t *testing.T) { records(t, db, v) })
	for _, user := range hostile {
		// A Parquet string is UTF-8: what is not, is in the column as U+FFFD, and byte for byte in the column "exact".
		want := run(t, v, search.Query{Filter: filter.Compare{Field: filter.Field{Column: filter.ColUser}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: user}}})
		t.Run("user", func(t *testing.T) { same(t, db, want, "\"user\" = ?", strings.ToValidUTF8(user, "\ufffd")) })
	}
	from, to := micro(start+counterfoil.Time(100*time.Second)), micro(start+counterfoil.Time(2000*time.Second))
	t.Run("time", func(t *testing.T) {
		same(t, db, run(t, v, search.Query{From: from, To: to}), "time >= ?::TIMESTAMPTZ AND time < ?::TIMESTAMPTZ", sqlTime(from), sqlTime(to))
	})
	for _, c := range []struct {
		is, where string
	}{{"true", "success"}, {"false", "NOT success"}, {"null", "success IS NULL"}} {
		want := seqsOf(t, v, func(r *counterfoil.Record) bool {
			return map[counterfoil.Outcome]string{counterfoil.Unknown: "null", counterfoil.Success: "true", counterfoil.Failure: "false"}[r.Outcome] == c.is
		})
		t.Run("success "+c.is, func(t *testing.T) { same(t, db, want, c.where) })
	}
}

func sqlTime(at counterfoil.Time) string { return at.Std().Format("2006-01-02 15:04:05.000000+00") }

// micro rounds down to a microsecond: a time with a zone has no more to DuckDB, though the file has nanoseconds.
func micro(at counterfoil.Time) counterfoil.Time { return at - at%1000 }

// run gives the numbers that our own search finds, in order.
func run(t *testing.T, v *trail.View, q search.Query) (seqs []uint64) {
	t.Helper()
	q.Oldest = true
	if _, err := search.Run(t.Context(), v, q, func(r *counterfoil.Record) bool { seqs = append(seqs, r.Seq); return true }); err != nil {
		t.Fatal(err)
	}
	return seqs
}

func seqsOf(t *testing.T, v *trail.View, want func(*counterfoil.Record) bool) (seqs []uint64) {
	t.Helper()
	_, err := search.Run(t.Context(), v, search.Query{Oldest: true}, func(r *counterfoil.Record) bool {
		if want(r) {
			seqs = append(seqs, r.Seq)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return seqs
}

// same asks DuckDB and compares the numbers found, of which there must be some, but not all.
func same(t *testing.T, db *sql.DB, want []uint64, where string, args ...any) {
	t.Helper()
	rows, err := db.Query("SELECT seq FROM events WHERE "+where+" ORDER BY seq", args...)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	defer rows.Close()
	var got []uint64
	for rows.Next() {
		var seq uint64
		if err := rows.Scan(&seq); err != nil {
			t.Fatal(err)
		}
		got = append(got, seq)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 || len(want) == events {
		t.Fatalf("%s %.40q: our search finds %d records: the question asks nothing", where, args, len(want))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s %.40q: DuckDB finds %d records, our search %d", where, args, len(got), len(want))
	}
}

// types are what another engine sees, so they are part of the format.
func types(t *testing.T, db *sql.DB) {
	for column, want := range map[string]string{
		"seq": "UBIGINT", "time": "TIMESTAMP WITH TIME ZONE", "received": "TIMESTAMP WITH TIME ZONE", "success": "BOOLEAN", "aid": "UUID", "subject_pid": "BIGINT",
		"user": "VARCHAR", "event": "VARCHAR", "event_data": "VARCHAR", "raw": "BLOB",
	} {
		var got string
		if err := db.QueryRow(fmt.Sprintf(`SELECT typeof(%q) FROM events LIMIT 1`, column)).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("column %s is %s to DuckDB, want %s", column, got, want)
		}
	}
}

// records compares every record, column by column.
func records(t *testing.T, db *sql.DB, v *trail.View) {
	rows, err := db.Query(`SELECT seq, epoch_ns(time), epoch_ns(received), success, aid::VARCHAR, "user", event, via, host, event_data, raw, "exact" FROM events ORDER BY seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var n uint64
	for ; rows.Next(); n++ {
		var want counterfoil.Record
		if err := v.Record(n, &want); err != nil {
			t.Fatal(err)
		}
		var r row
		if err := rows.Scan(&r.seq, &r.time, &r.received, &r.success, &r.aid, &r.user, &r.event, &r.via, &r.host, &r.data, &r.raw, &r.exact); err != nil {
			t.Fatal(err)
		}
		if reason := r.differs(&want, v.ID); reason != "" {
			t.Fatalf("record %d: %s", n, reason)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if n != events {
		t.Errorf("DuckDB sees %d records, want %d", n, events)
	}
}

// row is a record as DuckDB gives it.
type row struct {
	seq                    uint64
	time, received         int64
	success                sql.NullBool
	aid                    sql.NullString
	user, event, via, host string
	data, exact            string
	raw                    []byte
}

func (r *row) differs(want *counterfoil.Record, id counterfoil.TrailID) string {
	valid := func(s string) string { return strings.ToValidUTF8(s, "\ufffd") }
	switch {
	case r.seq != want.Seq:
		return fmt.Sprintf("has number %d", r.seq)
	case r.time != int64(micro(want.Time)) || r.received != int64(micro(want.Received)):
		return fmt.Sprintf("times %d, %d; want %d, %d", r.time, r.received, want.Time, want.Received)
	case r.success.Valid != (want.Outcome != counterfoil.Unknown) || r.success.Bool != (want.Outcome == counterfoil.Success):
		return fmt.Sprintf("success is %v, want %v", r.success, want.Outcome)
	case r.aid.Valid != (want.AID != counterfoil.DeriveAID(id, want.Seq)) || r.aid.Valid && r.aid.String != want.AID.String():
		return fmt.Sprintf("aid is %v, want %v", r.aid, want.AID)
	case r.user != valid(want.User) || r.via != valid(want.Via) || r.event != want.Name || r.host != want.Host:
		return fmt.Sprintf("user %.40q, via %q, event %q, host %q; want %.40q, %q, %q, %q", r.user, r.via, r.event, r.host, want.User, want.Via, want.Name, want.Host)
	case r.data != valid(string(want.EventData)):
		return fmt.Sprintf("event_data is %.100q, want %.100q", r.data, want.EventData)
	case !json.Valid([]byte(r.data)):
		return fmt.Sprintf("event_data is no JSON: %.100q", r.data)
	case string(r.raw) != want.Raw:
		return fmt.Sprintf("raw is %.100q, want %.100q", r.raw, want.Raw)
	case (r.exact != "") != (valid(want.User) != want.User || valid(want.Via) != want.Via):
		return fmt.Sprintf("exact is %q with user %.40q", r.exact, want.User)
	}
	return ""
}
