package rsyslog_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// freePorts gives n ports, no two of them the same: one that was given back may be given again.
func freePorts(t *testing.T, n int) (ports []any) {
	t.Helper()
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// The template shows what rsyslog understood of the head, then the message.
const rsyslogConf = `
module(load="imudp") module(load="imptcp") module(load="imuxsock" SysSock.Use="off")
global(workDirectory="%[1]s" maxMessageSize="64k")
template(name="parts" type="string" string="%%protocol-version%% %%pri%% %%timestamp:::date-rfc3339%% %%hostname%% %%app-name%% %%msgid%% %%structured-data%%|%%msg:::drop-last-lf%%\n")
input(type="imudp" address="127.0.0.1" port="%[2]d" ruleset="udp")
input(type="imptcp" address="127.0.0.1" port="%[3]d" ruleset="tcp")
input(type="imuxsock" Socket="%[1]s/log" UseSpecialParser="off" UseSysTimeStamp="off" IgnoreTimestamp="off" RateLimit.Interval="0" ruleset="unix")
ruleset(name="udp")  { action(type="omfile" file="%[1]s/udp.out" template="parts") }
ruleset(name="tcp")  { action(type="omfile" file="%[1]s/tcp.out" template="parts") }
ruleset(name="unix") { action(type="omfile" file="%[1]s/unix.out" template="parts") }
`

const counterfoilYAML = `
data-dir: %[1]s/trail
listen: 127.0.0.1:%[4]d
inputs:
  - {name: in, type: file, path: %[1]s/in.jsonl, dialect: jsonl}
outputs:
  - {name: udp, type: syslog, address: "udp://127.0.0.1:%[2]d", format: jsonl, filter: 'svc = TEST'}
  - {name: tcp, type: syslog, address: "tcp://127.0.0.1:%[3]d", format: jsonl, filter: 'svc = TEST', facility: local3}
  - {name: unix, type: syslog, address: "unix://%[1]s/log", filter: 'svc = TEST'}
`

// site is a directory with an rsyslogd and a counterfoil.
type site struct {
	*testing.T
	dir, program string
	written      int
}

// newSite has an rsyslogd to which counterfoil sends.
func newSite(t *testing.T) *site {
	s := emptySite(t)
	ports := freePorts(t, 3)
	udp, tcp := ports[0], ports[1]
	s.file("rsyslog.conf", fmt.Sprintf(rsyslogConf, s.dir, udp, tcp))
	s.file("counterfoil.yaml", fmt.Sprintf(counterfoilYAML, s.dir, udp, tcp, ports[2]))
	s.file("in.jsonl", "")
	return s
}

func emptySite(t *testing.T) *site {
	if _, err := exec.LookPath("rsyslogd"); err != nil {
		peertest.Need(t, "rsyslog", err)
	}
	s := &site{T: t, dir: t.TempDir()}
	s.program = filepath.Join(s.dir, "counterfoil")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", s.program, "./cmd/counterfoil")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return s
}

func (s *site) file(name, text string) {
	s.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// run starts a program and gives what ends it.
func (s *site) run(name string, args ...string) (end func()) {
	s.Helper()
	log, err := os.Create(filepath.Join(s.dir, filepath.Base(name)+".log"))
	if err != nil {
		s.Fatal(err)
	}
	c := exec.CommandContext(context.Background(), name, args...)
	c.Stdout, c.Stderr, c.Dir = log, log, s.dir
	if err := c.Start(); err != nil {
		s.Fatal(err)
	}
	ended := false
	end = func() {
		if ended {
			return
		}
		ended = true
		if err := c.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.Error(err)
		}
		if err := c.Wait(); err != nil {
			said, _ := os.ReadFile(log.Name())
			s.Errorf("%s: %v\n%s", name, err, said)
		}
		log.Close()
	}
	s.Cleanup(end)
	return end
}

func (s *site) rsyslogd() (end func()) {
	return s.run("rsyslogd", "-n", "-f", filepath.Join(s.dir, "rsyslog.conf"), "-i", filepath.Join(s.dir, "pid"))
}

// write gives the trail n records more.
func (s *site) write(n int) {
	s.Helper()
	f, err := os.OpenFile(filepath.Join(s.dir, "in.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		s.Fatal(err)
	}
	defer f.Close()
	for range n {
		if _, err := fmt.Fprintf(f, `{"time":"2026-11-22T12:00:00.123456789Z","host":"web1","addr":"10.0.0.7","user":"jörg","svc":"TEST","event":"UNLINK","object":{"name":"r%d"},"event_data":{"pad":"%s"}}`+"\n", s.written, strings.Repeat("x", s.written%3000)); err != nil {
			s.Fatal(err)
		}
		s.written++
	}
}

// got gives the lines of a transport, once it has the newest record or nothing comes any more.
func (s *site) got(transport string) (lines []string) {
	s.Helper()
	newest := fmt.Sprintf(`"r%d"`, s.written-1)
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(s.dir, transport+".out"))
		if err == nil && strings.Contains(string(text), newest) {
			return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		}
	}
	s.Fatalf("%s: %s does not come", transport, newest)
	return nil
}

// Every record comes whole, in order, over every transport, and the head is understood as it is meant.
func TestTransports(t *testing.T) {
	s := newSite(t)
	s.rsyslogd()
	s.write(1)
	s.run(s.program, "run", "--config", "counterfoil.yaml")
	for transport, pri := range map[string]int{"udp": 14, "tcp": 19*8 + 6, "unix": 14} {
		s.got(transport)
		want := fmt.Sprintf("1 %d 2026-11-22T12:00:00.123456Z web1 counterfoil UNLINK -|", pri)
		s.write(20)
		for i, line := range s.got(transport) {
			body, ok := strings.CutPrefix(line, want)
			if !ok {
				t.Fatalf("%s: %.200q does not begin with %q", transport, line, want)
			}
			body = strings.TrimPrefix(body, " ")
			if transport == "unix" { // Percona's form: our message is in the field counterfoil
				if !strings.HasPrefix(body, `{ "atype" : `) || !strings.Contains(body, fmt.Sprintf(`"r%d"`, i)) {
					t.Errorf("unix: %.300q", body)
				}
				continue
			}
			r, err := counterfoil.ParseRecord(body)
			if err != nil || r.Object.Name != fmt.Sprintf("r%d", i) || r.User != "jörg" {
				t.Errorf("%s: record %d is %.300q: %v", transport, i, body, err)
			}
		}
	}
}

// While rsyslogd is away the records wait in the trail. Over TCP each comes at least once, and at most a batch twice.
func TestRestart(t *testing.T) {
	s := newSite(t)
	end := s.rsyslogd()
	s.write(1)
	s.run(s.program, "run", "--config", "counterfoil.yaml")
	s.got("tcp")
	for range 3 {
		end()
		s.write(200)
		time.Sleep(1500 * time.Millisecond)
		end = s.rsyslogd()
		s.write(1)
		s.got("tcp")
	}
	seen := map[string]int{}
	lines := s.got("tcp")
	for _, line := range lines {
		_, body, _ := strings.Cut(line, "|")
		r, err := counterfoil.ParseRecord(strings.TrimPrefix(body, " "))
		if err != nil {
			t.Fatalf("%v in %.300q", err, line)
		}
		seen[r.Object.Name]++
	}
	for i := range s.written {
		if seen[fmt.Sprintf("r%d", i)] == 0 {
			t.Errorf("record r%d did not come", i)
		}
	}
	t.Logf("%d records, %d messages", s.written, len(lines))
}
