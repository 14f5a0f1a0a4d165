package bsm

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
	"github.com/counterfoil/counterfoil/internal/bsm/choose"
	"github.com/counterfoil/counterfoil/internal/bsm/text"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// written is a trail of records made of events of other dialects.
func written(t *testing.T) (trail []byte, file string) {
	object := func(name, to string) counterfoil.Object { return counterfoil.Object{Kind: "file", Name: name, To: to} }
	var b bytes.Buffer
	enc, err := Dialect.Encode(&b, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range []counterfoil.Event{
		{Action: counterfoil.FileDelete, Name: "UNLINK", Outcome: counterfoil.Success, User: "anna", Addr: "192.0.2.7", Object: object("/etc/passwd", ""), Subject: counterfoil.Subject{LoginID: "7", ID: "0", PID: 42}},
		{Action: counterfoil.FileRename, Name: "RENAME", Outcome: counterfoil.Failure, User: "UID:7", Addr: "2001:db8::9", Object: object("/a", "/b")},
		{Action: counterfoil.ProcessExec, Name: "EXECVE", Outcome: counterfoil.Success, User: "UID:8", Session: "99", Object: object("/bin/ls", "")},
		{Name: "SOMETHING", Host: "nas", Class: counterfoil.ClassAdministration, Object: object(strings.Repeat("/long", 9000), "")},
	} {
		e.Major, e.Service, e.Dialect, e.Time = 1, "APP", "jsonl/1", counterfoil.Time(1700000000+i)*1e9+123e6
		if _, err := enc.Encode(&counterfoil.Record{Event: e}); err != nil {
			t.Fatal(err)
		}
	}
	file = filepath.Join(t.TempDir(), "trail")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), file
}

// TestPraudit: OpenBSM's praudit shows every record that we make of others' events, as we show it.
func TestPraudit(t *testing.T) {
	praudit := peertest.Program(t, "openbsm", "praudit")
	trail, file := written(t)
	for _, flags := range []string{"-r", "-lr"} {
		out, err := exec.Command(praudit, flags, file).Output()
		if err != nil {
			t.Fatal(err)
		}
		p := text.NewPrinter(text.Form{Raw: true, OneLine: flags == "-lr"})
		var want []byte
		var r bsm.Record
		for _, f := range suite.Cut(trail) {
			if err := r.Parse(f.Data); err != nil {
				t.Fatal(err)
			}
			want = p.Append(want, &r)
		}
		if !bytes.Equal(out, want) {
			t.Errorf("praudit %s shows\n%.2000s\nwe show\n%.2000s", flags, out, want)
		}
	}
}

// TestAuditreduce: OpenBSM's auditreduce selects of them what we select, where it looks at the tokens at all.
func TestAuditreduce(t *testing.T) {
	auditreduce := peertest.Program(t, "openbsm", "auditreduce")
	trail, file := written(t)
	n := func(n uint32) *uint32 { return &n }
	paths, err := choose.ParsePaths("^/bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args     string
		criteria choose.Criteria
		records  int
	}{
		{"-A", choose.Criteria{}, 4}, {"-m 6", choose.Criteria{Events: []uint16{6}}, 1}, {"-u 8", choose.Criteria{AUID: n(8)}, 1},
		{"-j 42", choose.Criteria{PID: n(42)}, 1}, {"-o file=^/bin", choose.Criteria{Paths: paths}, 1},
		{"-v -m 6", choose.Criteria{Events: []uint16{6}, Invert: true}, 3},
		{"-a 20231114221321 -b 20231114221322", choose.Criteria{After: 1700000001, Before: 1700000002}, 2},
	} {
		cmd := exec.Command(auditreduce, append(strings.Fields(c.args), file)...)
		cmd.Env = append(os.Environ(), "TZ=UTC")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("auditreduce %s: %v", c.args, err)
		}
		var want []byte
		var r bsm.Record
		records := 0
		for _, f := range suite.Cut(trail) {
			if err := r.Parse(f.Data); err != nil {
				t.Fatal(err)
			}
			if c.criteria.Match(&r) {
				want, records = append(want, f.Data...), records+1
			}
		}
		if !bytes.Equal(out, want) || records != c.records {
			t.Errorf("auditreduce %s selects %d bytes, we %d bytes and %d records, want %d", c.args, len(out), len(want), records, c.records)
		}
	}
}
