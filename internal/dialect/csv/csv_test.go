package csv

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

func record() *counterfoil.Record {
	return &counterfoil.Record{
		Event: counterfoil.Event{AID: counterfoil.AID{15: 1}, Major: 1, Time: 1, Dialect: "jsonl/1", Host: "nas1", Service: "SMB",
			Name: "UNLINK", Class: counterfoil.ClassFileDelete, Category: counterfoil.CategoryData, Action: counterfoil.FileDelete,
			Outcome: counterfoil.Success, Addr: "10.0.0.7", User: "anna", Session: "s",
			Subject:   counterfoil.Subject{LoginID: "1", ID: "2", Name: "n", Group: "g", Terminal: "t", PID: 3, Process: "p"},
			Object:    counterfoil.Object{Kind: "file", Name: "/pay.xlsx", ID: "5", To: "/x"},
			SvcData:   `"text"`,
			EventData: `{"a":"b,c"}`, Raw: "line"},
		Seq: 7, Received: 2, Via: "smb-1"}
}

func write(t *testing.T, records ...*counterfoil.Record) (rows [][]string, loss []string) {
	t.Helper()
	var b strings.Builder
	e, err := Dialect.Encode(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		l, err := e.Encode(r)
		if err != nil {
			t.Fatal(err)
		}
		loss = append(loss, l...)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if rows, err = csv.NewReader(strings.NewReader(b.String())).ReadAll(); err != nil {
		t.Fatal(err)
	}
	return rows, loss
}

func TestColumns(t *testing.T) {
	rows, loss := write(t, record())
	want := strings.Split("00000000-0000-0000-0000-000000000001|1.0|7|1970-01-01T00:00:00.000000001Z|1970-01-01T00:00:00.000000002Z|"+
		"smb-1|jsonl/1|nas1|SMB|UNLINK|fd|data|file.delete|true|10.0.0.7|anna|s|1|2|n|g|t|3|p|file|/pay.xlsx|5|/x|text|"+
		`{"a":"b,c"}|line|anna deleted /pay.xlsx with p on nas1 from 10.0.0.7`, "|")
	if len(rows) != 2 || !slices.Equal(rows[0], Columns()) || !slices.Equal(rows[1], want) || loss != nil {
		t.Errorf("got  %q, loss %v\nwant %q", rows, loss, want)
	}
	if len(want) != int(filter.NumColumns)+1 {
		t.Errorf("%d columns, want every one of the message's %d and the sentence", len(want), filter.NumColumns)
	}
}

func TestEmptyTableHasAHeader(t *testing.T) {
	if rows, _ := write(t); len(rows) != 1 || !slices.Equal(rows[0], Columns()) {
		t.Errorf("got %q", rows)
	}
}

func TestHostile(t *testing.T) {
	for in, want := range map[string]string{
		"=cmd|' /C calc'!A0": "'=cmd|' /C calc'!A0", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": `\x0d=1`,
		"a\x00b\x1b[31m": `a\x00b\x1b[31m`, "\xff\xfe": `\xff\xfe`, "größe": "größe", "a\nb": "a\nb", "\u009b31m": `\xc29b31m`,
	} {
		r := record()
		r.User = in
		rows, loss := write(t, r)
		if got := rows[1][filter.ColUser]; got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if changed := in != want; changed != slices.Contains(loss, "user") {
			t.Errorf("%q: loss %v", in, loss)
		}
	}
}
