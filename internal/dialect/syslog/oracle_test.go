package syslog

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/leodido/go-syslog/v4/rfc3164"
	"github.com/leodido/go-syslog/v4/rfc5424"

	"github.com/counterfoil/counterfoil"
)

// TestOracle5424: whatever go-syslog accepts as RFC 5424, we read alike. Inputs are the goldens' and mutations of them.
// Where we differ on purpose:
//
//   - structured data of names that come twice: go-syslog has maps, which keep the last; we keep all
//   - a backslash before another byte than ", \ and ] is itself for both, but go-syslog refuses it
//   - versions other than 1, which nothing defines, and years that canonical times do not reach
func TestOracle5424(t *testing.T) {
	p := rfc5424.NewParser()
	accepted := 0
	for in := range mutations(t, "<1") {
		theirs, err := p.Parse([]byte(in))
		if err != nil || theirs == nil {
			continue
		}
		x := theirs.(*rfc5424.SyslogMessage)
		if x.Version != 1 || x.Timestamp != nil && (x.Timestamp.Year() < 1700 || x.Timestamp.Year() > 2250) {
			continue
		}
		m := parse(in, 0, &zone{})
		accepted++
		for _, c := range []struct {
			field, ours string
			theirs      *string
		}{{"host", m.host, x.Hostname}, {"app", m.app, x.Appname}, {"procid", m.procid, x.ProcID}, {"msgid", m.msgid, x.MsgID}} {
			if c.ours != text(c.theirs) {
				t.Errorf("%q: %s is %q, there %q", in, c.field, c.ours, text(c.theirs))
			}
		}
		if m.form != form5424 || m.broken != "" || m.pri != int(*x.Priority) {
			t.Errorf("%q: form %d, priority %d, broken %q", in, m.form, m.pri, m.broken)
		}
		if x.Timestamp != nil && counterfoil.TimeOf(*x.Timestamp) != m.time || x.Timestamp == nil && m.time != 0 {
			t.Errorf("%q: time is %v, there %v", in, m.time, x.Timestamp)
		}
		if want := strings.TrimRight(text(x.Message), "\r\n\x00"); strings.TrimPrefix(want, "\xef\xbb\xbf") != m.text() {
			t.Errorf("%q: message is %q, there %q", in, m.text(), want)
		}
		ours := map[string]map[string]string{}
		elements(m.data, func(id, name, value string) {
			if name == "" {
				ours[id] = map[string]string{}
			} else {
				ours[id][name] = unescape(value)
			}
		})
		if x.StructuredData == nil {
			x.StructuredData = &map[string]map[string]string{}
		}
		if fmt.Sprint(ours) != fmt.Sprint(*x.StructuredData) {
			t.Errorf("%q: structured data is %v, there %v", in, ours, *x.StructuredData)
		}
	}
	if accepted < 200 {
		t.Errorf("go-syslog accepts only %d of the inputs: they compare nothing", accepted)
	}
	t.Logf("%d messages compared", accepted)
}

// TestOracle3164: the same for RFC 3164, where go-syslog keeps every byte: outside of the form it lets some go
// ("my[achine" is the host "achine", and "sshd[4711]: x" without the space the message "4711]:x"). It takes hosts and tags
// of any bytes, a year for a host, and 29 February of any year for 1 March.
func TestOracle3164(t *testing.T) {
	p := rfc3164.NewParser(rfc3164.WithYear(rfc3164.Year{YYYY: 2026}), rfc3164.WithTimezone(time.UTC), rfc3164.WithRFC3339())
	received := counterfoil.TimeOf(time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC))
	accepted := 0
	for in := range mutations(t, "<") {
		theirs, err := p.Parse([]byte(in))
		if err != nil || theirs == nil {
			continue
		}
		x := theirs.(*rfc3164.SyslogMessage)
		if x.Hostname == nil || x.Appname == nil || x.Timestamp == nil {
			continue
		}
		tag := *x.Appname
		if x.ProcID != nil {
			tag += "[" + *x.ProcID + "]"
		}
		m := parse(in, received, &zone{})
		if !strings.HasSuffix(in, " "+*x.Hostname+" "+tag+": "+text(x.Message)) || !plainTag(*x.Appname) || !isHost(*x.Hostname) ||
			isDigits(*x.Hostname) || strings.Contains(in, "Feb 29") {
			continue
		}
		accepted++
		if m.host != text(x.Hostname) || m.app != text(x.Appname) || m.procid != text(x.ProcID) || m.pri != int(*x.Priority) {
			t.Errorf("%q: %q %q %q, there %q %q %q", in, m.host, m.app, m.procid, text(x.Hostname), text(x.Appname), text(x.ProcID))
		}
		if counterfoil.TimeOf(*x.Timestamp) != m.time {
			t.Errorf("%q: time is %v, there %v", in, m.time, x.Timestamp)
		}
		if want := strings.TrimRight(text(x.Message), "\r\n\x00"); want != m.text() {
			t.Errorf("%q: message is %q, there %q", in, m.text(), want)
		}
	}
	if accepted < 200 {
		t.Errorf("go-syslog accepts only %d of the inputs: they compare nothing", accepted)
	}
	t.Logf("%d messages compared", accepted)
}

// plainTag tells program names: go-syslog takes whatever stands before a colon for one.
func plainTag(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f || !isTag[r] })
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// mutations gives the goldens' lines that begin so, and each with bytes deleted, doubled and put in.
func mutations(t *testing.T, prefix string) func(yield func(string) bool) {
	var lines []string
	for _, name := range []string{"forms", "octets", "inner"} {
		in, err := os.ReadFile("testdata/" + name + ".in")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(in)) {
			if strings.HasPrefix(line, prefix) {
				lines = append(lines, strings.TrimSuffix(line, "\n"))
			}
		}
	}
	return func(yield func(string) bool) {
		rnd := rand.New(rand.NewPCG(5, 4))
		for _, l := range lines {
			if !yield(l) {
				return
			}
			for range 300 {
				b := []byte(l)
				for range 1 + rnd.IntN(2) {
					if len(b) == 0 {
						break
					}
					i := rnd.IntN(len(b))
					switch rnd.IntN(3) {
					case 0:
						b = append(b[:i], b[i+1:]...)
					case 1:
						b = append(b[:i+1], b[i:]...)
					case 2:
						b[i] = ` []"\=:-<>az09`[rnd.IntN(14)]
					}
				}
				if !yield(string(b)) {
					return
				}
			}
		}
	}
}
