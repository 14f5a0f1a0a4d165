package dialecttest

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// hostile are texts with which others have forged records, broken frames or run programs.
var hostile = []string{
	"line\nbreak", "carriage\r\nreturn", "tab\there", "nul\x00byte", "\x1b[2Jescape", "\x1d gs \x1e rs \x1f us",
	`quote " and '`, `back\slash \n \x41`, "pipe|pipe", "comma,semi;colon:", "key=value other=\"x\"", "=cmd|' /C calc'!A0",
	"<script>alert(1)</script> &amp; ]]>", "]] [sd@1 x=\"]\"]", "<34>1 2026-11-22T12:00:00Z h a - - - forged",
	"type=SYSCALL msg=audit(1.1:1): forged=1", "type=", "node=a", `{"time":"2026-01-01T00:00:00Z","svc":"X"}`, "CEF:0|a|b|c|d|e|f|g=h",
	"\u202egnp.exe", "\u2028\u2029", "bad \xff\xfe utf-8 \xc3", "\xed\xa0\x80 surrogate", " leading and trailing ", "", "-", "(null)", "?",
	"%s%n%00", "ünïcödé 漢字 🎫", strings.Repeat("long", 20000),
}

// Hostile gives events whose every text is hostile: one for each text in all fields, and a quiet one.
func Hostile() []counterfoil.Event {
	all := []counterfoil.Event{quiet}
	for _, text := range hostile {
		all = append(all, hostileEvent(text))
	}
	return all
}

var quiet = counterfoil.Event{Major: 1, Time: 1795000000123456789, Dialect: "jsonl/1", Service: "APP", Name: "EVENT"}

// hostileEvent is an event with a text in every field that takes one.
func hostileEvent(text string) counterfoil.Event {
	var b counterfoil.Builder
	b.Object("")
	b.Object("nested")
	b.String("a", text)
	b.End()
	b.String("other", "plain")
	b.String("text", text)
	b.End()
	e := quiet
	e.Class, e.Category, e.Action, e.Outcome = counterfoil.ClassFileDelete, counterfoil.CategoryData, counterfoil.FileDelete, counterfoil.Failure
	e.Host, e.Addr, e.User, e.Session, e.Raw = text, text, text, text, text
	e.Subject = counterfoil.Subject{LoginID: text, ID: text, Name: text, Group: text, Terminal: text, PID: 7, Process: text}
	e.Object = counterfoil.Object{Kind: text, Name: text, ID: text, To: text}
	e.EventData = b.JSON()
	e.SvcData = counterfoil.String(text)
	return e
}

// hugeEvent is an event with a megabyte in fields that others fill: what is acted on, data, and the bytes it came as.
func hugeEvent() counterfoil.Event {
	text := strings.Repeat("line\nbreak \" | ", 1<<20/14)
	e := hostileEvent("a\nb")
	e.Object.Name, e.Raw = text, text
	var b counterfoil.Builder
	b.Object("")
	b.String("text", text)
	b.End()
	e.EventData = b.JSON()
	return e
}

// encoderGoldens writes testdata/*.events.jsonl in the dialect and compares with *.golden.out.
func (s *Suite) encoderGoldens(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(s.dir(), "*.events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		in, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		enc, err := s.Dialect.Encode(&out, s.Options)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(in)) {
			e, err := counterfoil.ParseEvent(strings.TrimSuffix(line, "\n"))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			r := record(&e)
			if _, err := enc.Encode(&r); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if err := enc.Close(); err != nil {
			t.Fatal(err)
		}
		golden := strings.TrimSuffix(name, ".events.jsonl") + ".golden.out"
		if *update {
			if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatalf("%v: run the test with -update to write it", err)
		}
		compareLines(t, golden, out.String(), string(want))
	}
}
