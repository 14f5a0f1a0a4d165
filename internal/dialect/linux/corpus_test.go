package linux

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// TestCorpora: every record of every log is in an event, and none is undecoded.
func TestCorpora(t *testing.T) {
	shared := peertest.Shared(t, "data/linux")
	logs := 0
	err := filepath.WalkDir(shared, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".log") {
			return err
		}
		logs++
		in, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		events, err := suite.Check(in)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for _, e := range events {
			if e.Name == dialect.UnparsedEvent {
				t.Errorf("%s: %s of %q", path, e.EventData, e.Raw)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d logs", logs)
}

// TestAuditd: auditd's own log of the same acts, raw and enriched (corpus/record/auditd.sh). Nothing is undecoded, and a name that forges
// a record is a name.
func TestAuditd(t *testing.T) {
	for _, form := range []string{"raw", "enriched"} {
		in, err := os.ReadFile("../../../corpus/linux/auditd/" + form + ".log")
		if err != nil {
			t.Fatal(err)
		}
		s := suite
		s.Dir, s.Inputs = "testdata/none", []string{string(in)}
		dialecttest.Run(t, s)
		seen := map[string]int{}
		for _, e := range s.Decode(in) {
			seen[string(e.Action)+" "+e.Object.Name]++
			if e.Name == dialect.UnparsedEvent || e.EventData.Member("forged") != "" {
				t.Errorf("%s: %s of %q", form, e.EventData, e.Raw)
			}
		}
		for _, want := range []string{"audit.start ", "audit.stop ", "process.exec /bin/echo", "file.rename /tmp/cf-auditd/secret",
			"file.create /tmp/cf-auditd/two\ntype=SYSCALL msg=audit(1.1:1): forged=1", "file.create /tmp/cf-auditd/bad\xff", "file.create /tmp/cf-auditd/ünïcode"} {
			if seen[want] != 1 {
				t.Errorf("%s: %d events %q, want one of %v", form, seen[want], want, seen)
			}
		}
	}
}

// TestSeed reads the sample records of the seed's page on audit logs.
func TestSeed(t *testing.T) {
	page := string(peertest.ReadShared(t, "seeds/ssr-audit-events.txt"))
	var lines []string
	for l := range strings.Lines(page) {
		if strings.HasPrefix(l, "type=") {
			lines = append(lines, l)
		}
	}
	events, err := suite.Check([]byte(strings.Join(lines, "")))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 28 || len(events) != 26 {
		t.Errorf("%d records, %d events; want 28 and 26: LOGIN, SYSCALL and PROCTITLE of serial 2340 are one", len(lines), len(events))
	}
	var got []string
	for i := range events {
		e := &events[i]
		switch e.Name {
		case "USER_LOGIN", "LOGIN", "USER_AUTH", "USER_LOGOUT", "ADJTIMEX", "USER_START":
			got = append(got, e.Name+": "+e.SentenceText())
		}
	}
	want := []string{
		"USER_AUTH: someone failed to authenticate to /usr/sbin/sshd from 172.18.4.99",
		"USER_AUTH: (unknown) failed to authenticate to /usr/sbin/sshd from 172.18.4.99",
		"USER_AUTH: centos authenticated to /usr/sbin/sshd from 172.18.4.99",
		"USER_AUTH: centos authenticated to /usr/sbin/sshd from 172.18.4.99",
		"USER_START: UID:1000 opened a session on ssh from 172.18.4.99",
		"USER_LOGIN: UID:1000 logged in with /usr/sbin/sshd from 172.18.4.99",
		"USER_START: UID:1000 opened a session on /dev/pts/1 from 172.18.4.99",
		"LOGIN: UID:1000 opened a session",
		"ADJTIMEX: UID:38 set the clock",
		"USER_LOGOUT: UID:1000 logged out",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestParserSnapshots reads the lines of auditd-parser's tests, which come from many projects.
func TestParserSnapshots(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(peertest.Shared(t, "data/linux/auditd-parser"), "*.snap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	info := regexp.MustCompile(`(?m)^info: (".*")$`)
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m := info.FindSubmatch(b)
		if m == nil {
			t.Errorf("%s has no info", f)
			continue
		}
		var line string
		if err := json.Unmarshal(m[1], &line); err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		events, err := suite.Check([]byte(line))
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		for _, e := range events {
			if e.Name == dialect.UnparsedEvent {
				t.Errorf("%s: %s of %q", f, e.EventData, e.Raw)
			}
		}
	}
}

// TestFieldGoldens compares fields with those that go-libaudit finds in the same records. Where the two say the same in
// other words, agree knows; "result" is the outcome, and subj_user and the like are parts of labels.
func TestFieldGoldens(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(peertest.Shared(t, "data/linux/go-libaudit"), "auparse/*/*/golden.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	compared := 0
	for _, f := range files {
		var golden struct {
			Data map[string]string `json:"data"`
		}
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &golden); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		in, err := os.ReadFile(filepath.Join(filepath.Dir(f), "input.log"))
		if err != nil {
			t.Fatal(err)
		}
		events := suite.Decode(in)
		if len(events) != 1 {
			t.Errorf("%s: %d events", f, len(events))
			continue
		}
		got := map[string]string{}
		flatten(got, events[0].EventData)
		for k, want := range golden.Data {
			compared++
			name, part, _ := strings.Cut(k, "_")
			switch {
			case k == "result":
				if events[0].Outcome.String() != map[string]string{"success": "success", "fail": "failure"}[want] {
					t.Errorf("%s: result is %v, there %s", f, events[0].Outcome, want)
				}
			case name == "subj" || name == "obj":
				if label(got[name], part) != want {
					t.Errorf("%s: %s of %q, there %q", f, k, got[name], want)
				}
			case !agree(got, k, want):
				t.Errorf("%s: %s is %q, there %q", f, k, got[k], want)
			}
		}
	}
	t.Logf("%d fields of %d records", compared, len(files))
}

// agree reports whether a field is what go-libaudit says it is.
func agree(got map[string]string, k, want string) bool {
	g := got[k]
	switch {
	case g == want:
		return true
	case want == "unset":
		return g == "4294967295"
	case want == "(none)":
		return g == "null"
	case k == "arch", k == "syscall":
		return got[k+"_name"] == want
	case k == "old_auid", k == "new_auid":
		return got[strings.ReplaceAll(k, "_", "-")] == want
	case k == "proctitle":
		return got["argv"] == want
	case k == "exit":
		return g == "-13" && want == "EACCES"
	case k == "seperms":
		return got["seperms[]"] == want
	case k == "family":
		return g == map[string]string{"unix": "local", "ipv6": "inet6", "ipv4": "inet"}[want]
	}
	return false
}

// flatten collects the fields of all records under their keys; argv as a0, a1, … too.
func flatten(dst map[string]string, j counterfoil.JSON) {
	for k, v := range j.Members() {
		switch v.Kind() {
		case '{':
			if k != "interp" && k != "src" {
				flatten(dst, v)
			}
		case '[':
			var list []string
			for e := range v.Elements() {
				if flatten(dst, e); e.Kind() == '"' {
					if k == "argv" {
						dst["a"+strconv.Itoa(len(list))] = e.Text()
					}
					list = append(list, e.Text())
				}
			}
			if k == "key" {
				dst[k] = strings.Join(list, "")
			} else {
				dst[k] = strings.Join(list, " ")
				dst[k+"[]"] = strings.Join(list, ",")
			}
		default:
			if _, ok := dst[k]; !ok {
				dst[k] = v.Text()
			}
		}
	}
}
