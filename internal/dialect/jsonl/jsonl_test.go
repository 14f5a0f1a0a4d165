package jsonl

import (
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect:   Dialect,
	Canonical: true,
	Undo:      dialecttest.UndoOrigin,
	Inputs:    []string{"\n\n", "{}\n", `{"time":"2026-01-01T00:00:00Z","addr":"","user":"","svc":"a","event":"b"}`},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

const head = `{"time":"2026-11-22T12:00:00Z","addr":"10.0.0.7","user":"anna",`

func TestParseNames(t *testing.T) {
	for _, c := range []struct{ rest, svc, event, data string }{
		{`"svc":"SMB","event":"OPEN"}`, "SMB", "OPEN", ``},
		{`"svc":"SMB","event":"OPEN","event_data":{"a":1}}`, "SMB", "OPEN", `{"a":1}`},
		{`"svc":"MONGO","event":"createUser"}`, "MONGO", "CREATEUSER", `{"event":"createUser"}`},
		{`"svc":"mongod","event":"createUser"}`, "MONGOD", "CREATEUSER", `{"event":"createUser","svc":"mongod"}`},
		{`"svc":"M","event":"create user"}`, "M", "CREATE_USER", `{"event":"create user"}`},
		{`"svc":"M","event":"x","event_data":{"a":1,"z":{"event":2}}}`, "M", "X", `{"a":1,"event":"x","z":{"event":2}}`},
		{`"svc":"M","event":"x","event_data":{"event":"y"}}`, "M", "X", `{"event":"y","event#2":"x"}`},
		{`"svc":"M","event":"x","event_data":{"event":"y","event\n":1,"event#2":null}}`, "M", "X", `{"event":"y","event#2":null,"event#3":"x","event\n":1}`},
		{`"svc":"M","event":"x","event_data":"said \"so\""}`, "M", "X", `{"event":"x","text":"said \"so\""}`},
		{`"svc":"M","event":"X","seq":7,"received":"2026-11-22T12:00:01Z","via":"smb-1","event_data":{"z":1}}`, "M", "X",
			`{"origin":{"received":"2026-11-22T12:00:01.000000000Z","seq":7,"via":"smb-1"},"z":1}`},
	} {
		e, err := Parse(head + c.rest)
		if err != nil {
			t.Errorf("%s: %v", c.rest, err)
			continue
		}
		if e.Service != c.svc || e.Name != c.event || string(e.EventData) != c.data || e.Dialect != "jsonl/1" || e.Raw != "" {
			t.Errorf("%s:\n got %q %q %s\nwant %q %q %s", c.rest, e.Service, e.Name, e.EventData, c.svc, c.event, c.data)
		}
	}
}

func TestParseKeeps(t *testing.T) {
	e, err := Parse(head + `"svc":"SMB","event":"OPEN","dialect":"samba/1","raw":"as it came"}`)
	if err != nil || e.Dialect != "samba/1" || e.Raw != "as it came" {
		t.Errorf("got %q, %q, %v; a sender's dialect and raw are kept", e.Dialect, e.Raw, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for rest, field := range map[string]string{
		`"svc":"SMB"}`:                           "event",
		`"svc":"","event":"X"}`:                  "svc",
		`"svc":"SMB","event":"X","usr":"anna"}`:  "usr",
		`"svc":"SMB","event":"X","class":["q"]}`: "class",
	} {
		_, err := Parse(head + rest)
		var fe *counterfoil.FieldError
		if !errors.As(err, &fe) || fe.Field != field {
			t.Errorf("%s: got %v, want an error of field %q", rest, err, field)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	for name, line := range map[string]string{
		"canonical": head + `"svc":"SMB","event":"OPEN","event_data":{"file":{"handle":{"type":"DEV_INO","value":"54:3:0"},"path":"hr/pay.xlsx"},"result":{"type":"NTSTATUS","value_parsed":"SUCCESS"}}}`,
		"lower":     head + `"svc":"mongod","event":"createUser","event_data":{"file":{"handle":{"type":"DEV_INO","value":"54:3:0"},"path":"hr/pay.xlsx"},"result":{"type":"NTSTATUS","value_parsed":"SUCCESS"}}}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(line); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
