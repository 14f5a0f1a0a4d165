package linux

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// ausearch runs the peer on a log, or skips: it is of Debian's package auditd.
func ausearch(t *testing.T, log string, args ...string) (out, problems string) {
	t.Helper()
	program := peertest.Program(t, "ausearch", "ausearch")
	name := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(name, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	c := exec.Command(program, append([]string{"-if", name}, args...)...)
	c.Stdout, c.Stderr, c.Env = &stdout, &stderr, append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	if err := c.Run(); err != nil {
		t.Fatalf("ausearch %s: %v\n%s", args, err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

func write(t *testing.T, events []counterfoil.Event) string {
	t.Helper()
	var out bytes.Buffer
	enc, err := Dialect.Encode(&out, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		if _, err := enc.Encode(&counterfoil.Record{Event: events[i]}); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

// sortedLines: ausearch gives events in the order of time, and a 0x1d behind records of a log in which others have one.
func sortedLines(s string) []string {
	lines := slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool { return l == "" })
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(l, "\x1d")
	}
	slices.Sort(lines)
	return lines
}

// TestAusearchRecords: what we make of event_data alone is, for audit-userspace, a log: it gives every record that is not
// EOE, and calls none malformed.
func TestAusearchRecords(t *testing.T) {
	for _, name := range []string{"kernel-6.18", "enriched", "tty"} {
		in, err := os.ReadFile("testdata/" + name + ".in")
		if err != nil {
			t.Fatal(err)
		}
		events := suite.Decode(in)
		for i := range events {
			events[i].Raw = ""
		}
		log := write(t, events)
		out, problems := ausearch(t, log, "--raw")
		if problems != "" {
			t.Errorf("%s: %s", name, problems)
		}
		want := slices.DeleteFunc(sortedLines(log), func(l string) bool { return strings.HasPrefix(l, "type=EOE") })
		if got := slices.DeleteFunc(sortedLines(out), func(l string) bool { return strings.HasPrefix(l, "type=EOE") }); !slices.Equal(got, want) {
			t.Errorf("%s: ausearch gives %d records of %d", name, len(got), len(want))
			for _, l := range want {
				if !slices.Contains(got, l) {
					t.Errorf("missing: %s", l)
				}
			}
		}
	}
}

// TestAusearchCarried: events of other dialects are records that ausearch finds by user, address, host and outcome, and
// no text in an event becomes another record or field.
func TestAusearchCarried(t *testing.T) {
	login := counterfoil.Event{Major: 1, Time: 1700000000123456789, Dialect: "samba/1", Host: "nas1", Service: "SMB", Name: "AUTHENTICATION",
		Action: counterfoil.SessionLogin, Outcome: counterfoil.Failure, Addr: "192.0.2.7", User: "anna",
		Subject: counterfoil.Subject{LoginID: "1000", ID: "0", PID: 7, Process: "/usr/sbin/smbd", Terminal: "ssh"}}
	forger := login
	forger.User = "x' res=success'\ntype=USER_LOGIN msg=audit(1.1:1): pid=1 uid=0 auid=0 ses=1 msg='acct=\"root\""
	forger.Addr = "10.0.0.1 addr=10.0.0.2"
	log := write(t, append(dialecttest.Hostile(), login, forger))
	all, problems := ausearch(t, log, "--raw")
	if problems != "" {
		t.Error(problems)
	}
	if got, want := sortedLines(all), sortedLines(log); !slices.Equal(got, want) {
		t.Errorf("ausearch gives %d records of %d", len(got), len(want))
	}
	for _, query := range [][]string{
		{"-m", "USER_LOGIN"}, {"-sv", "no", "-m", "USER_LOGIN"}, {"-x", "/usr/sbin/smbd"}, {"-tm", "ssh"}, {"-ul", "1000"}, {"-n", "nas1"}, {"-p", "7", "-m", "USER_LOGIN"},
	} {
		out, _ := ausearch(t, log, append(query, "--raw")...)
		if n := len(sortedLines(out)); n != 2 {
			t.Errorf("ausearch %v finds %d records, want 2", query, n)
		}
	}
	if out, _ := ausearch(t, log, "-hn", "192.0.2.7", "--raw"); len(sortedLines(out)) != 1 {
		t.Errorf("by address: %q", out)
	}
	text, _ := ausearch(t, write(t, []counterfoil.Event{login}), "-i")
	if !regexp.MustCompile(`acct=anna .*exe=/usr/sbin/smbd .*addr=192\.0\.2\.7 terminal=ssh res=failed`).MatchString(text) {
		t.Errorf("ausearch -i: %s", text)
	}
}
