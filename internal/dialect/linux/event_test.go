package linux

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestSentences: what a reader of the trail sees.
func TestSentences(t *testing.T) {
	const sys = `arch=c000003e success=yes exit=0 a0=ffffff9c a1=1 a2=0 a3=0 items=0 ppid=1 pid=9 auid=1000 uid=1000 gid=1000 euid=1000 tty=pts0 ses=3 comm="x" exe="/bin/x" key=(null)`
	const interp = "\x1dAUID=\"anna\" UID=\"root\""
	for _, c := range []struct{ lines, want string }{
		{`USER_LOGIN pid=1 uid=0 auid=1000 ses=3 msg='op=login id=1000 exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=success'` + interp,
			"anna logged in to web1 with /usr/sbin/sshd from 192.0.2.7"},
		{`USER_LOGIN pid=1 uid=0 auid=4294967295 ses=4294967295 msg='op=login acct=28756E6B6E6F776E207573657229 exe="/usr/sbin/sshd" hostname=? addr=192.0.2.7 terminal=ssh res=failed'`,
			"(unknown user) failed to log in to web1 with /usr/sbin/sshd from 192.0.2.7"},
		{`USER_CMD pid=1 uid=1000 auid=1000 ses=3 msg='cwd="/" cmd=6C73202D6C exe="/usr/bin/sudo" terminal=pts/0 res=success'` + interp, "anna ran ls -l on web1"},
		{`USER_CMD pid=1 uid=1000 auid=1000 ses=3 msg='cwd="/" cmd="id" exe="/usr/bin/sudo" terminal=pts/0 res=failed'`, "UID:1000 was refused running id on web1"},
		{`ADD_USER pid=1 uid=0 auid=1000 ses=3 msg='op=adding user acct="bob" exe="/usr/sbin/useradd" hostname=? addr=? terminal=? res=success'` + interp, "anna created account bob on web1"},
		{`ADD_USER pid=1 uid=0 auid=1000 ses=3 msg='op=adding home directory id=1002 exe="/usr/sbin/useradd" hostname=? addr=? terminal=? res=success'` + interp, "anna changed account 1002 on web1"},
		{`USER_CHAUTHTOK pid=1 uid=0 auid=1000 ses=3 msg='op=PAM:chauthtok acct="bob" exe="/usr/bin/passwd" hostname=? addr=? terminal=? res=success'` + interp, "anna changed the password of bob on web1"},
		{`SERVICE_START pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=cron comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=success'`, "service cron started on web1"},
		{`SERVICE_START pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=cron comm="systemd" exe="/usr/lib/systemd/systemd" hostname=? addr=? terminal=? res=failed'`, "service cron failed to start on web1"},
		{"SYSCALL syscall=257 " + sys + "\nCWD cwd=\"/srv\"\nPATH item=0 name=\"f\" inode=1 nametype=NORMAL", "UID:1000 opened /srv/f with /bin/x on web1"},
		{"SYSCALL syscall=257 " + sys + "\nCWD cwd=\"/srv\"\nPATH item=0 name=\"/srv/\" nametype=PARENT\nPATH item=1 name=\"f\" inode=1 nametype=CREATE", "UID:1000 created /srv/f with /bin/x on web1"},
		{"SYSCALL syscall=87 " + sys + "\nCWD cwd=\"/srv\"\nPATH item=0 name=\"/srv/\" nametype=PARENT\nPATH item=1 name=\"./f\" inode=1 nametype=DELETE", "UID:1000 deleted /srv/f with /bin/x on web1"},
		{"SYSCALL syscall=82 " + sys + "\nCWD cwd=\"/\"\nPATH item=0 name=\"/a\" nametype=DELETE\nPATH item=1 name=\"/b\" nametype=CREATE", "UID:1000 renamed /a to /b with /bin/x on web1"},
		{"SYSCALL syscall=90 " + sys + "\nCWD cwd=\"/\"\nPATH item=0 name=\"/a\" nametype=NORMAL", "UID:1000 changed permissions of /a with /bin/x on web1"},
		{"SYSCALL syscall=59 " + sys + "\nEXECVE argc=1 a0=\"ls\"\nCWD cwd=\"/\"\nPATH item=0 name=\"/bin/ls\" nametype=NORMAL", "UID:1000 ran /bin/ls on web1"},
		{"SYSCALL syscall=62 " + sys + "\nOBJ_PID opid=7 oauid=-1 ouid=0 oses=-1 ocomm=\"sleep\"", "UID:1000 sent a signal to sleep with /bin/x on web1"},
		{"SYSCALL syscall=42 " + sys + "\nSOCKADDR saddr=0A0001BB0000000020010DB800000000000000000000000100000000", "UID:1000 connected to [2001:db8::1]:443 with /bin/x on web1"},
		{"SYSCALL syscall=43 " + sys + "\nSOCKADDR saddr=02000050C0000207", "UID:1000 connected with /bin/x on web1 from 192.0.2.7"},
		{"AVC avc:  denied  { read } for  pid=1 comm=\"httpd\" name=\"shadow\" ino=7 tclass=file permissive=0\nSYSCALL syscall=257 " + sys + "\nCWD cwd=\"/\"\nPATH item=0 name=\"/etc/shadow\" inode=7 nametype=NORMAL",
			"policy denied UID:1000 /etc/shadow in /bin/x on web1"},
		{`CONFIG_CHANGE auid=1000 ses=3 op=remove_rule key="identity" list=4 res=1`, "UID:1000 changed what is audited: remove_rule identity on web1"},
		{`CONFIG_CHANGE op=set audit_enabled=0 old=1 auid=1000 ses=3 res=0`, "UID:1000 was refused changing what is audited: audit_enabled=0 on web1"},
		{`ANOM_ABEND auid=1000 uid=1000 gid=1000 ses=3 pid=5 comm="bash" exe="/bin/bash" sig=11 res=1`, "/bin/bash crashed on web1 as UID:1000"},
		{`SYSTEM_BOOT pid=1 uid=0 auid=4294967295 ses=4294967295 msg=' comm="systemd-update-utmp" exe="/x" hostname=? addr=? terminal=? res=success'`, "web1 started"},
	} {
		var in strings.Builder
		for l := range strings.SplitSeq(c.lines, "\n") {
			typ, body, _ := strings.Cut(l, " ")
			fmt.Fprintf(&in, "node=web1 type=%s msg=audit(1700000000.001:1): %s\n", typ, body)
		}
		events, err := suite.Check([]byte(in.String()))
		if err != nil {
			t.Errorf("%s: %v", c.lines, err)
			continue
		}
		if len(events) != 1 {
			t.Errorf("%s: %d events", c.lines, len(events))
			continue
		}
		if got := events[0].SentenceText(); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.lines, got, c.want)
		}
	}
}

var serial = regexp.MustCompile(`audit\([0-9.]+:[0-9]+\)`)

// TestInterleaving: however the records of events mix, if each event's own order is kept, the events are the same.
func TestInterleaving(t *testing.T) {
	in, err := os.ReadFile("testdata/kernel-6.18.in")
	if err != nil {
		t.Fatal(err)
	}
	// An EOE first settles how events end here, and it does not depend on the order.
	first := "type=EOE msg=audit(1.000:1): \n"
	var order []string
	lines := map[string][]string{}
	for l := range strings.Lines(string(in)) {
		id := serial.FindString(l)
		if _, ok := lines[id]; !ok {
			order = append(order, id)
		}
		lines[id] = append(lines[id], l)
	}
	sorted := func(events []counterfoil.Event) []string {
		var s []string
		for i := range events {
			s = append(s, string(counterfoil.AppendEvent(nil, &events[i])))
		}
		slices.Sort(s)
		return s
	}
	want := sorted(suite.Decode([]byte(first + string(in))))
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		var mixed bytes.Buffer
		mixed.WriteString(first)
		window := slices.Clone(order[:min(len(order), 4)])
		next := len(window)
		rest := map[string][]string{}
		for id, l := range lines {
			rest[id] = l
		}
		for len(window) > 0 {
			k := rnd.IntN(len(window))
			id := window[k]
			mixed.WriteString(rest[id][0])
			if rest[id] = rest[id][1:]; len(rest[id]) == 0 {
				window = slices.Delete(window, k, k+1)
				if next < len(order) {
					window = append(window, order[next])
					next++
				}
			}
		}
		got := sorted(suite.Decode(mixed.Bytes()))
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d events, want %d", seed, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("seed %d:\n got %s\nwant %s", seed, got[i], want[i])
			}
		}
	}
}

// TestTorso: whatever records are lost, those that are left are in an event, and an event that lacks paths says so.
func TestTorso(t *testing.T) {
	in, err := os.ReadFile("testdata/kernel-6.18.in")
	if err != nil {
		t.Fatal(err)
	}
	all := strings.SplitAfter(string(in), "\n")
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var left strings.Builder
		lost := map[string]bool{}
		for _, l := range all {
			if rnd.IntN(10) == 0 {
				if strings.HasPrefix(l, "type=PATH") {
					lost[serial.FindString(l)] = true
				}
				continue
			}
			left.WriteString(l)
		}
		events, err := suite.Check([]byte(left.String()))
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		for _, e := range events {
			if lost[serial.FindString(e.Raw)] && strings.Contains(e.Raw, "type=SYSCALL") && !strings.Contains(string(e.EventData), `"missing":`) {
				t.Fatalf("seed %d: a path is lost and the event does not say so: %s", seed, e.Raw)
			}
		}
	}
}

// TestForged: a program's text stands for nothing that the kernel says, and libaudit's own words at its end stand before
// the program's.
func TestForged(t *testing.T) {
	events := suite.Decode([]byte(`type=TEST msg=audit(1.000:1): pid=7 uid=1000 auid=1000 ses=3 msg='auid=0 uid=0 pid=1 exe="/bin/forged" res=success exe="/bin/true" hostname=? addr=? terminal=? res=failed'`))
	e := events[0]
	if e.User != "UID:1000" || e.Subject.PID != 7 || e.Subject.ID != "1000" || e.Subject.Process != "/bin/true" || e.Outcome != counterfoil.Failure {
		t.Errorf("got user %q, subject %+v, %v", e.User, e.Subject, e.Outcome)
	}
}

// TestForgedCarrier: an event is read from the field counterfoil only where the kernel writes.
func TestForgedCarrier(t *testing.T) {
	const hex = "7B2274696D65223A22323032362D31312D32325431323A30303A30305A222C22737663223A2258222C226576656E74223A2259222C2261646472223A22222C2275736572223A22222C226469616C656374223A22782F31227D"
	for line, svc := range map[string]string{
		"pid=1 uid=0 auid=1 ses=1 counterfoil=" + hex + " msg='op=x'":               "X",
		"pid=1 uid=0 auid=1 ses=1 subj=a counterfoil=" + hex + " msg='op=x'":        "KERNEL",
		"pid=1 uid=0 auid=1 ses=1 msg='op=x counterfoil=" + hex + "'":               "KERNEL",
		"pid=1 uid=0 auid=1 ses=1 msg='a' counterfoil=" + hex + " msg='op=x'":       "KERNEL",
		"pid=1 uid=0 auid=1 ses=1 counterfoil=" + hex + "00 msg='op=x'":             "KERNEL",
		"pid=1 uid=0 auid=1 ses=1 counterfoil=\"" + hex + "\" msg='op=x'":           "KERNEL",
		"pid=1 uid=0 auid=1 ses=1 counterfoil=" + hex:                               "KERNEL",
		"pid=1 uid=0 auid=1 ses=1 msg='op=x'\x1dcounterfoil=" + hex + " AUID=\"a\"": "KERNEL",
	} {
		events, err := suite.Check([]byte("type=USER msg=audit(1.000:1): " + line + "\n"))
		if err != nil || len(events) != 1 || events[0].Service != svc {
			t.Errorf("%s: %+v, %v", line, events, err)
		}
	}
}

// TestBounds: a stream that never ends its events, or comes from ever new nodes, does not grow in memory, and loses
// nothing.
func TestBounds(t *testing.T) {
	opts := defaults
	opts.MaxEvent, opts.MaxHeld = 2000, 10000
	s := suite
	s.Options = &opts
	var many, nodes, long strings.Builder
	for i := range maxNodes + 100 {
		fmt.Fprintf(&many, "type=PATH msg=audit(1.000:%d): item=0 name=\"%s\"\n", i, strings.Repeat("x", 100))
		fmt.Fprintf(&nodes, "node=n%d type=PATH msg=audit(1.000:1): item=0\n", i)
		fmt.Fprintf(&long, "type=PATH msg=audit(1.000:1): item=%d name=\"%s\"\n", i, strings.Repeat("x", 100))
	}
	for flag, in := range map[string]string{"evicted": many.String() + nodes.String(), "oversize": long.String()} {
		events, err := s.Check([]byte(in))
		if err != nil {
			t.Fatalf("%s: %v", flag, err)
		}
		n := 0
		for _, e := range events {
			if strings.Contains(string(e.EventData), `"`+flag+`"`) {
				n++
			}
		}
		if n == 0 {
			t.Errorf("no event is flagged %s", flag)
		}
	}
}
