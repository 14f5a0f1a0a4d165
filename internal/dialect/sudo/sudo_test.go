package sudo

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{ // times beyond what a time is
		`{"accept":{"server_time":{"seconds":9216806400,"nanoseconds":5},"submit_time":{"seconds":9223372035,"nanoseconds":0}}}` + "\n",
		"Nov 22 22:40:53 9999 : anna : USER=root ; COMMAND=/bin/ls\nNov 22 22:40:53 1066 : anna : USER=root ; COMMAND=/bin/ls\n",
	},
}

func TestSudo(t *testing.T) { dialecttest.Run(t, suite) }

func FuzzSudo(f *testing.F) { dialecttest.Fuzz(f, suite) }

// TestForged: what looks like a field behind a value that can hold anything is not taken for one.
func TestForged(t *testing.T) {
	for _, c := range []struct {
		body                                     string
		reason, tty, pwd, user, group, env, line string
		exit, doubt                              string
	}{
		{body: "TTY=pts/0 ; PWD=/srv ; USER=root ; GROUP=wheel ; ENV=A=b ; COMMAND=/bin/id -u",
			tty: "pts/0", pwd: "/srv", user: "root", group: "wheel", env: "A=b", line: "/bin/id -u"},
		{body: "PWD=/srv ; USER=root ; COMMAND=/bin/sh -c 'a ; b' ; c", pwd: "/srv", user: "root", line: "/bin/sh -c 'a ; b' ; c"},
		{body: "PWD=/a ; b ; USER=root ; COMMAND=/bin/id", pwd: "/a ; b", user: "root", line: "/bin/id"},
		{body: "PWD=/a ; TTY=pts/9 ; GROUP=wheel ; USER=root ; COMMAND=/bin/id", pwd: "/a ; TTY=pts/9 ; GROUP=wheel", user: "root", line: "/bin/id"},
		{body: "TTY=pts/0 ; PWD=/a ; USER=x ; USER=root ; COMMAND=/bin/id", tty: "pts/0", line: "/bin/id", doubt: "PWD USER GROUP"},
		{body: "PWD=/a ; USER=x ; COMMAND=y ; USER=root ; COMMAND=/bin/id", doubt: "COMMAND PWD USER GROUP"},
		{body: "PWD=/ ; USER=root ; COMMAND=/bin/echo ; USER=x ; COMMAND=y", doubt: "COMMAND PWD USER GROUP"},
		{body: "PWD=/a ; COMMAND=y ; USER=root ; COMMAND=/bin/id", doubt: "COMMAND PWD USER GROUP"},
		{body: "PWD=/ ; USER=root ; COMMAND=/bin/echo ; USER=x", pwd: "/", user: "root", line: "/bin/echo ; USER=x"},
		{body: "PWD=/ ; USER=root ; COMMAND=/bin/echo ; COMMAND=y", pwd: "/", user: "root", doubt: "COMMAND"},
		{body: "PWD=/ ; USER=root ; COMMAND=/bin/false ; EXIT=1", pwd: "/", user: "root", line: "/bin/false", exit: "1"},
		{body: "command not allowed ; PWD=/ ; USER=root ; COMMAND=/bin/sh", reason: "command not allowed", pwd: "/", user: "root", line: "/bin/sh"},
		{body: "unknown user nosuch ; PWD=/ ; USER=nosuch ; ", reason: "unknown user nosuch", pwd: "/", user: "nosuch"},
		{body: "problem with defaults entries", reason: "problem with defaults entries"},
	} {
		r := parseFields(c.body)
		got := []string{r.reason, r.value[fTTY], r.value[fPwd], r.value[fUser], r.value[fGroup], r.value[fEnv], r.value[fCommand], r.value[fExit],
			strings.Join(r.doubt, " ")}
		want := []string{c.reason, c.tty, c.pwd, c.user, c.group, c.env, c.line, c.exit, c.doubt}
		if !slices.Equal(got, want) {
			t.Errorf("%s\n got %q\nwant %q", c.body, got, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{
		"/a#040b": "/a b", "tab#011": "tab\t", "#177": "\x7f", "#101": "#101", "#04": "#04", "##040": "# ", "#1000": "#1000", "": "",
	} {
		if got := unescape(in); got != want {
			t.Errorf("unescape(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestSameStory: each format tells of the same commands of one user in the same order.
func TestSameStory(t *testing.T) {
	tell := func(name, user string) (story []string) {
		in, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range suite.Decode(in) {
			if e.User == user && e.Action == counterfoil.ProcessExec {
				story = append(story, fmt.Sprint(e.Name, e.Outcome, e.Object.Name, e.Subject.Group))
			}
		}
		return story
	}
	syslog, rfc5424, file := tell("syslog.in", "cf-anna"), tell("rfc5424.in", "cf-anna"), tell("file.in", "cf-anna")
	if len(syslog) < 15 || !slices.Equal(syslog, rfc5424) {
		t.Errorf("syslog says\n%s\nand with the other header\n%s", strings.Join(syslog, "\n"), strings.Join(rfc5424, "\n"))
	}
	// sudo writes a refusal for want of a password to the file and not to syslog, if the command is not allowed either.
	extra := "REJECTfailure/usr/bin/sh"
	if i := slices.Index(file, extra); i >= 0 {
		file = slices.Delete(file, i, i+1)
	}
	if !slices.Equal(syslog, file) {
		t.Errorf("syslog says\n%s\nthe file\n%s", strings.Join(syslog, "\n"), strings.Join(file, "\n"))
	}
	printed, compact := tell("file-json.in", "cf-ben"), tell("syslog.in", "cf-ben")
	if len(printed) < 15 {
		t.Errorf("only %d commands in the file of JSON", len(printed))
	}
	if i := slices.Index(printed, extra); i >= 0 {
		printed = slices.Delete(printed, i, i+1)
	}
	if !slices.Equal(compact, printed) {
		t.Errorf("JSON behind syslog says\n%s\nthe file\n%s", strings.Join(compact, "\n"), strings.Join(printed, "\n"))
	}
}

// BenchmarkDecode decodes the recorded logs.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"syslog", "file", "file-json"} {
		b.Run(name, func(b *testing.B) {
			in, err := os.ReadFile("testdata/" + name + ".in")
			if err != nil {
				b.Fatal(err)
			}
			frames := suite.Cut(in)
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			records, start := 0, cpu(b)
			for b.Loop() {
				d, err := Dialect.Decode(nil)
				if err != nil {
					b.Fatal(err)
				}
				var events []counterfoil.Event
				for _, f := range frames {
					events, _ = d.Decode(events, f)
				}
				records += len(d.Flush(events, time.Time{}))
			}
			if records == 0 {
				b.Fatal("no events")
			}
			b.ReportMetric(float64(records)/(cpu(b)-start).Seconds(), "records/cpu-s")
		})
	}
}

// cpu gives the processor time that the process has used: the wall clock tells little on a machine that does other things.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
