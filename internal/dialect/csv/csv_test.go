package csv

import (
	"bytes"
	standard "encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
)

func encode(t *testing.T, o *Options, records ...*counterfoil.Record) (text string, loss []string) {
	t.Helper()
	var b bytes.Buffer
	e, err := Dialect.Encode(&b, o)
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
	return b.String(), loss
}

var full = &counterfoil.Record{
	Event: counterfoil.Event{AID: counterfoil.AID{1}, Major: 1, Time: 1795000000e9, Dialect: "samba/1", Host: "nas1", Service: "SMB", Name: "RENAME",
		Class: counterfoil.ClassFileCreate | counterfoil.ClassFileDelete, Category: counterfoil.CategoryData, Action: counterfoil.FileRename, Outcome: counterfoil.Failure,
		Addr: "10.0.0.7", User: "anna", Session: "6f",
		Subject: counterfoil.Subject{LoginID: "1000", ID: "0", Name: "root", Group: "staff", Terminal: "pts/0", PID: 7, Process: "/usr/sbin/smbd"},
		Object:  counterfoil.Object{Kind: "file", Name: "/hr/pay.xlsx", ID: "12", To: "/hr/old, pay.xlsx"},
		SvcData: `"share"`, EventData: `{"a":1}`, Raw: "line one\nline two"},
	Seq: 81231, Received: 1795000001e9, Via: "smb-1",
}

const fullText = "seq,time,sentence,host,svc,event,action,success,user,addr,object.kind,object.name,object.to,object.id,class,category,sess," +
	"subject.login_id,subject.id,subject.name,subject.group,subject.terminal,subject.pid,subject.process,svc_data,event_data," +
	"received,via,dialect,aid,vers,raw\r\n" +
	"81231,2026-11-18T11:06:40.000000000Z,\"anna was refused renaming /hr/pay.xlsx to /hr/old, pay.xlsx with /usr/sbin/smbd on nas1 from 10.0.0.7\",nas1,SMB,RENAME,file.rename,false,anna,10.0.0.7,file,/hr/pay.xlsx,\"/hr/old, pay.xlsx\",12,fc fd,data,6f," +
	"1000,0,root,staff,pts/0,7,/usr/sbin/smbd,share,\"{\"\"a\"\":1}\"," +
	"2026-11-18T11:06:41.000000000Z,smb-1,samba/1,01000000-0000-0000-0000-000000000000,1.0,\"line one\nline two\"\r\n"

func TestEncode(t *testing.T) {
	if got, loss := encode(t, nil, full); got != fullText || loss != nil {
		t.Errorf("got  %q (loss %v)\nwant %q", got, loss, fullText)
	}
	header, _, _ := strings.Cut(fullText, "\n")
	if got, _ := encode(t, nil); got != header+"\n" {
		t.Errorf("without records: %q", got)
	}
	empty, _ := encode(t, &Options{Columns: []string{"success", "class", "category", "subject.pid", "aid"}}, &counterfoil.Record{})
	if _, row, _ := strings.Cut(empty, "\r\n"); row != ",,,,\r\n" {
		t.Errorf("values that are not there: %q", row)
	}
}

func TestColumns(t *testing.T) {
	names := Columns()
	slices.Sort(names)
	want := slices.Sorted(slices.Values(append(filter.ColumnNames[:], "sentence")))
	if !slices.Equal(names, want) {
		t.Errorf("columns are %v\nthe message has %v", names, want)
	}
	got, loss := encode(t, &Options{Columns: []string{"user", "seq"}}, full)
	if got != "user,seq\r\nanna,81231\r\n" || len(loss) != len(columns)-2-len(notLost)+1 || slices.Contains(loss, "user") {
		t.Errorf("two columns: %q, loss %v", got, loss)
	}
	for _, bad := range [][]string{{"usr"}, {"user", "user"}} {
		if _, err := Dialect.Encode(nil, &Options{Columns: bad}); err == nil || !strings.Contains(err.Error(), bad[0]) {
			t.Errorf("columns %v: %v", bad, err)
		}
	}
	if _, err := Dialect.Encode(nil, "x"); err == nil {
		t.Error("options of another type are taken")
	}
}

func cellOf(s string) string {
	out, _ := appendCell(nil, []byte(s))
	return string(out)
}

func TestCell(t *testing.T) {
	for in, want := range map[string]string{
		"":                      "",
		"plain":                 "plain",
		"größe":                 "größe",
		"=cmd|' /C calc'!A0":    "'=cmd|' /C calc'!A0",
		"+1":                    "'+1",
		"-1":                    "'-1",
		"@SUM(A1)":              "'@SUM(A1)",
		"\t=1":                  "\"'\t=1\"",
		"\r=1":                  "\"'\r=1\"",
		"\n=1":                  "\"'\n=1\"",
		"'quoted":               "''quoted",
		"a=1":                   "a=1",
		`say "so"`:              `"say ""so"""`,
		"=1,\"":                 `"'=1,"""`,
		" lead":                 `" lead"`,
		"trail ":                `"trail "`,
		"\xff\xfe":              `\xff\xfe`,
		"a\x00b\x1b[31m\x7f":    `a\x00b\x1b[31m\x7f`,
		"\xed\xa0\x80":          `\xed\xa0\x80`,
		"\uFFFD is a character": "\uFFFD is a character",
	} {
		if got := cellOf(in); got != want {
			t.Errorf("%q:\n got %q\nwant %q", in, got, want)
		}
	}
}

func TestWriteErrorIsTold(t *testing.T) {
	e, err := Dialect.Encode(fullDisk{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Encode(full); !errors.Is(err, errFull) {
		t.Errorf("Encode on a full disk: %v", err)
	}
}

var errFull = errors.New("no space")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

// Whatever is in a cell, another reader of RFC 4180 finds the cell, no formula, and the value where it is text.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"", "=1", "a,b", "\"", "\r\n", "\xff", "' ", "\x00"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		if a+b == "" {
			return // one empty row is no row to that reader
		}
		row := []byte(cellOf(a) + "," + cellOf(b))
		if !utf8.Valid(row) {
			t.Fatalf("%q is not UTF-8", row)
		}
		got, err := standard.NewReader(bytes.NewReader(append(row, '\r', '\n'))).Read()
		if err != nil || len(got) != 2 {
			t.Fatalf("%q: %q, %v", row, got, err)
		}
		for i, in := range []string{a, b} {
			cell := got[i]
			if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
				t.Errorf("%q becomes %q", in, cell)
			}
			// That reader makes LF of CRLF inside quotes.
			if want := strings.ReplaceAll(in, "\r\n", "\n"); !strings.ContainsFunc(in, unshown) && strings.TrimPrefix(cell, "'") != want {
				t.Errorf("%q becomes %q", in, cell)
			}
		}
	})
}

// unshown tells the characters that a cell does not hold as they are.
func unshown(r rune) bool {
	return r < ' ' && r != '\t' && r != '\r' && r != '\n' || r == 0x7f || r == utf8.RuneError
}
