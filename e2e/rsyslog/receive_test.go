package rsyslog_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/certtest"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// What rsyslogd is told, it passes on by each way that it has. %[2]d is its own port, those behind it are counterfoil's.
const forwardConf = `
global(workDirectory="%[1]s" maxMessageSize="64k" DefaultNetstreamDriverCAFile="%[1]s/ca.pem"
  DefaultNetstreamDriverCertFile="%[1]s/client.pem" DefaultNetstreamDriverKeyFile="%[1]s/client.key")
module(load="imptcp") module(load="imuxsock" SysSock.Use="off")
input(type="imptcp" address="127.0.0.1" port="%[2]d" ruleset="forward" SupportOctetCountedFraming="on")
ruleset(name="forward" queue.type="linkedList" queue.size="50000") {
  action(type="omfwd" target="127.0.0.1" port="%[3]d" protocol="udp" template="RSYSLOG_SyslogProtocol23Format")
  action(type="omfwd" target="127.0.0.1" port="%[4]d" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1")
  action(type="omfwd" target="127.0.0.1" port="%[5]d" protocol="tcp" TCP_Framing="traditional" template="RSYSLOG_TraditionalForwardFormat" action.resumeRetryCount="-1" action.resumeInterval="1")
  action(type="omfwd" target="127.0.0.1" port="%[6]d" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1"
    StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid")
  action(type="omfwd" target="127.0.0.1" port="%[7]d" protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1" action.resumeInterval="1"
    StreamDriver="ossl" StreamDriverMode="1" StreamDriverAuthMode="x509/certvalid")
}
`

const receiveYAML = `
data-dir: %[1]s/trail
listen: 127.0.0.1:%[8]d
inputs:
  - {name: udp, type: syslog, listen: ["udp://127.0.0.1:%[3]d"]}
  - {name: counted, type: syslog, listen: ["tcp://127.0.0.1:%[4]d"]}
  - {name: lines, type: syslog, listen: ["tcp://127.0.0.1:%[5]d"]}
  - {name: gtls, type: syslog, listen: ["tls://127.0.0.1:%[6]d"], tls: {certificate: %[1]s/server.pem, key: %[1]s/server.key, client-ca: %[1]s/ca.pem}}
  - {name: ossl, type: syslog, listen: ["tls://127.0.0.1:%[7]d"], tls: {certificate: %[1]s/server.pem, key: %[1]s/server.key, client-ca: %[1]s/ca.pem}}
outputs:
  - {name: all, type: file, path: %[1]s/out.jsonl, format: jsonl, from: start, rotate: reopen}
`

var ways = []string{"udp", "counted", "lines", "gtls", "ossl"}

// receiving is a site whose rsyslogd sends to counterfoil.
type receiving struct {
	*site
	port int // of rsyslogd
	feed net.Conn
}

func newReceiving(t *testing.T) *receiving {
	for _, driver := range []string{"gtls", "ossl"} {
		if found, err := filepath.Glob("/usr/lib/*/rsyslog/lmnsd_" + driver + ".so"); len(found) == 0 {
			peertest.Need(t, "rsyslog", errors.Join(err, fmt.Errorf("its stream driver %s is not here (Debian: rsyslog-gnutls, rsyslog-openssl)", driver)))
		}
	}
	s := &receiving{site: emptySite(t)}
	a := certtest.New(t)
	a.WriteCA(filepath.Join(s.dir, "ca.pem"))
	a.Write(a.Server("server"), filepath.Join(s.dir, "server.pem"), filepath.Join(s.dir, "server.key"))
	a.Write(a.Client("web1.example.org"), filepath.Join(s.dir, "client.pem"), filepath.Join(s.dir, "client.key"))
	args := append([]any{s.dir}, freePorts(t, 7)...)
	s.port = args[1].(int)
	s.file("rsyslog.conf", fmt.Sprintf(forwardConf, args[:7]...))
	s.file("counterfoil.yaml", fmt.Sprintf(receiveYAML, args...))
	return s
}

// begin starts both, and connects to rsyslogd once counterfoil listens.
func (s *receiving) begin() (end func()) {
	s.Helper()
	end = s.run(s.program, "run", "--config", "counterfoil.yaml")
	s.eventually("counterfoil listens", func() bool { return strings.Count(s.read("out.jsonl"), `"reason":"listening`) == len(ways) })
	s.rsyslogd()
	s.eventually("rsyslogd listens", func() (ok bool) {
		var err error
		s.feed, err = net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
		return err == nil
	})
	s.Cleanup(func() { s.feed.Close() })
	return end
}

func (s *receiving) eventually(what string, ok func() bool) {
	s.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if ok() {
			return
		}
	}
	for way, list := range s.came() {
		s.Logf("%s: %d messages of %d", way, len(list), s.written)
	}
	s.Fatalf("it does not come to pass that %s; rsyslogd says\n%s", what, s.read("rsyslogd.log"))
}

func (s *receiving) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.dir, name)) // it may not be there yet
	return string(text)
}

// say logs n messages more.
func (s *receiving) say(n int) {
	s.Helper()
	for range n {
		if _, err := fmt.Fprintf(s.feed, "<86>Nov 29 12:00:00 web1 app[7]: m%d ä %s\n", s.written, strings.Repeat("x", s.written%3000)); err != nil {
			s.Fatal(err)
		}
		s.written++
	}
}

// message is what was logged. rsyslog counts the space behind an RFC 3164 tag to it.
func message(r counterfoil.Record) string {
	return strings.TrimPrefix(r.EventData.Member("message").Text(), " ")
}

// came gives the messages that came by each way, in the order of the trail.
func (s *receiving) came() map[string][]counterfoil.Record {
	s.Helper()
	list := map[string][]counterfoil.Record{}
	for line := range strings.Lines(s.read("out.jsonl")) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		r, err := counterfoil.ParseRecord(strings.TrimSuffix(line, "\n"))
		if err != nil {
			s.Fatal(err)
		}
		if r.Name == "GAP" || r.Name == "UNPARSED" {
			s.Errorf("%s: %s", r.Via, r.EventData)
		}
		if strings.HasPrefix(message(r), "m") {
			list[r.Via] = append(list[r.Via], r)
		}
	}
	return list
}

// What rsyslogd sends by datagrams, by lines, counted, and over TLS of either library comes whole, once, in order, and says who
// sent it.
func TestReceive(t *testing.T) {
	s := newReceiving(t)
	s.begin()
	s.say(2000)
	s.eventually("every message has come", func() bool {
		n := 0
		for _, list := range s.came() {
			n += len(list)
		}
		return n >= len(ways)*s.written
	})
	came := s.came()
	for _, way := range ways {
		if len(came[way]) != s.written {
			t.Errorf("%s: %d messages of %d", way, len(came[way]), s.written)
		}
		for i, r := range came[way] {
			d := r.EventData
			if want := fmt.Sprintf("m%d ä %s", i, strings.Repeat("x", i%3000)); message(r) != want || r.Host != "web1" || d.Member("app") != `"app"` || d.Member("procid") != `"7"` ||
				d.Member("facility") != `"authpriv"` {
				t.Fatalf("%s: number %d is %.200s", way, i, d)
			}
			peer := d.Member("peer")
			if peer.Member("addr") != `"127.0.0.1"` || strings.HasSuffix(way, "tls") && peer.Member("name") != `"web1.example.org"` {
				t.Fatalf("%s: number %d is from %s", way, i, peer)
			}
		}
	}
}

// counterfoil ends and begins again while rsyslogd sends: what is lost then is what syslog loses, and little.
func TestReceiveRestart(t *testing.T) {
	s := newReceiving(t)
	end := s.begin()
	for range 3 {
		s.say(300)
		time.Sleep(500 * time.Millisecond)
		end()
		s.say(50)
		end = s.run(s.program, "run", "--config", "counterfoil.yaml")
		s.say(300)
	}
	newest := fmt.Sprintf("m%d", s.written-1)
	s.eventually("the newest has come by every way", func() bool {
		for _, way := range ways[1:] {
			if list := s.came()[way]; len(list) == 0 || !strings.HasPrefix(message(list[len(list)-1]), newest+" ") {
				return false
			}
		}
		return true
	})
	for _, way := range ways[1:] {
		seen := map[string]int{}
		for _, r := range s.came()[way] {
			name, _, _ := strings.Cut(message(r), " ")
			seen[name]++
		}
		lost, twice := 0, 0
		for i := range s.written {
			switch n := seen[fmt.Sprintf("m%d", i)]; {
			case n == 0:
				lost++
			case n > 1:
				twice += n - 1
			}
		}
		t.Logf("%s: of %d messages %d are lost and %d came twice", way, s.written, lost, twice)
		if lost > s.written/10 {
			t.Errorf("%s: %d of %d messages are lost", way, lost, s.written)
		}
	}
}
