package samba

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

const pre = "COUNTERFOIL1|7|SMB3_11|192.0.2.1|anna|pc|s|/srv/s|"

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		pre + "connect|ok|s\n" + pre + "fset_dos_attributes|ok|/srv/s/a\n" + pre + "fset_nt_acl|ok|/srv/s/b [O:X]\n" + pre + "create_file|ok|0x1|file|create|/srv/s/b\n" + pre + "disconnect|ok|s\n",
		pre + "create_file|ok|what|file\n" + pre + "renameat|ok|a\n" + pre + "fntimes|ok|a|b\n" + pre + "close|fail ()|\n" + pre + "pread_recv|fail (I/O error)|/srv/s/a\n",
		"COUNTERFOIL1|99999999999|a|b|c|d|e|f|close|ok|g\nCOUNTERFOIL1|x\nCOUNTERFOIL1|||||||x|close|ok|\n  \n  text\n[2026/11/22 12:00:00, 3, pid=4] x(y)\n",
		"[2026/11/22 12:00:00.1,  3] a.c:1(smb2_read_complete)\n  smbd_smb2_read: fnum 7, file a, length=1 offset=0 read=1\n[2026/11/22 12:00:00.1,  3] a.c:1(f)\n",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// Datagrams as /dev/log has them: newlines of names are in them.
func TestDatagrams(t *testing.T) {
	s := dialecttest.Suite{Dialect: Dialect, Dir: "testdata/datagrams", Frames: func(in []byte) (frames []dialect.Frame) {
		for i, d := range bytes.SplitAfter(in, []byte("\x00")) {
			frames = append(frames, dialect.Frame{Data: bytes.TrimSuffix(d, []byte("\x00")), Pos: int64(i), Host: "nas1", Received: dialecttest.Received})
		}
		return frames
	}, Inputs: []string{
		"<173>Nov 22 12:00:00 smbd_audit: " + pre + "create_file|ok|0x1|file|open|/srv/s/new\nline\n\x00<29>Nov 22 12:00:00 smbd_audit: [2026/11/22 12:00:00.5,  2, pid=7] a.c:1(open_file)\n\x00" +
			"<173>Nov 22 12:00:00 smbd_audit: " + pre + "unlinkat|ok|/srv/s/x\n<173>Nov 22 12:00:00 smbd_audit: " + pre + "unlinkat|ok|/srv/s/forged\n\x00",
	}}
	dialecttest.Run(t, s)
	events := s.Decode([]byte(s.Inputs[0]))
	if len(events) != 2 || events[0].Object.Name != "new\nline" || !strings.HasPrefix(events[1].Object.Name, "x\n<173>") {
		t.Errorf("names with newlines: %+v", events)
	}
}

// script makes a stream of full_audit lines, one second apart, "…" lines as they stand.
func script(lines ...string) string {
	var b strings.Builder
	for i, l := range lines {
		stamp := fmt.Sprintf("Nov 18 11:%02d:%02d ", i/60, i%60)
		if rest, ok := strings.CutPrefix(l, "…"); ok {
			b.WriteString(stamp + "smbd_audit: " + rest + "\n")
		} else {
			b.WriteString(stamp + "smbd_audit: " + pre + l + "\n")
		}
	}
	return b.String()
}

// say is a debug message with its header.
func say(pid int, fn, text string) []string {
	return []string{fmt.Sprintf("…[2026/11/18 11:00:00.5,  2, pid=%d] ../../source3/smbd/x.c:1(%s)", pid, fn), "…  " + text}
}

func check(t *testing.T, o *Options, in string) []counterfoil.Event {
	t.Helper()
	s := dialecttest.Suite{Dialect: Dialect}
	if o != nil {
		s.Options = o
	}
	events, err := s.Check([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func names(events []counterfoil.Event) string {
	var n []string
	for _, e := range events {
		name := e.Name
		if e.Outcome == counterfoil.Failure {
			name = "!" + name
		}
		n = append(n, name)
	}
	return strings.Join(n, " ")
}

func TestInterval(t *testing.T) {
	reads := []string{"create_file|ok|0x120089|file|open|/srv/s/a"}
	for range 150 {
		reads = append(reads, "pread|ok|/srv/s/a")
	}
	reads = append(reads, "pwrite|ok|/srv/s/a", "pwrite|ok|/srv/s/a", "close|ok|/srv/s/a", "disconnect|ok|s")
	in := script(reads...)
	events := check(t, nil, in)
	if got := names(events); got != "CREATE READ READ READ WRITE CLOSE DISCONNECT" {
		t.Fatalf("150 reads in 150 seconds and 2 writes: %s", got)
	}
	for i, want := range []string{"", `{"read_bytes":"0","read_cnt":"1","without_bytes":"1"}`, `{"read_bytes":"0","read_cnt":"60","without_bytes":"60"}`,
		`{"read_bytes":"0","read_cnt":"60","without_bytes":"60"}`, `{"without_bytes":"1","write_bytes":"0","write_cnt":"1"}`,
		`{"read_bytes":"0","read_cnt":"150","without_bytes":"152","write_bytes":"0","write_cnt":"2"}`, `{"close":"1","create":"1","read":"150","write":"2"}`} {
		if got := events[i].EventData.Member("operations"); string(got) != want {
			t.Errorf("%s: operations are %s, want %s", events[i].Name, got, want)
		}
	}
	if got := names(check(t, &Options{Prefix: defaults.Prefix, Interval: 0, Timeout: time.Second, MaxHeld: 1 << 20}, in)); got != "CREATE READ WRITE CLOSE DISCONNECT" {
		t.Errorf("interval 0: %s", got)
	}
	if got := names(check(t, &Options{Prefix: defaults.Prefix, Interval: time.Nanosecond, Timeout: time.Second, MaxHeld: 1 << 20}, in)); strings.Count(got, "READ") != 150 {
		t.Errorf("interval 1 ns: %s", got)
	}
}

// A flood of reads in one interval is told in pieces: what is held does not grow.
func TestFlood(t *testing.T) {
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	var events []counterfoil.Event
	line := []byte("Nov 18 11:00:00 smbd_audit: " + pre + "pread|ok|/srv/s/a")
	most, counted := 0, 0
	for i := range 20000 {
		if events, err = d.Decode(events, dialect.Frame{Data: line, Pos: int64(i), Received: dialecttest.Received}); err != nil {
			t.Fatal(err)
		}
		h := d.Held()
		most = max(most, len(h.Frames)*len(line))
		if h.Any && h.Deadline.After(dialecttest.Received.Std().Add(time.Minute)) {
			t.Fatalf("held until %v", h.Deadline)
		}
	}
	for _, e := range d.Flush(events, dialecttest.Received.Std().Add(time.Minute)) {
		var n int
		if _, err := fmt.Sscan(e.EventData.Member("operations").Member("read_cnt").Text(), &n); err != nil || e.Name != "READ" {
			t.Fatalf("%s %s: %v", e.Name, e.EventData, err)
		}
		counted += n
		if len(e.Raw) > 2*defaults.MaxHeld {
			t.Fatalf("a raw of %d bytes", len(e.Raw))
		}
	}
	if counted != 20000 || most > 2*defaults.MaxHeld || d.Held().Any {
		t.Errorf("%d of 20000 reads are told; at most %d bytes were held", counted, most)
	}
}

// Messages of two processes come between each other's headers; where it is not certain whose they are they mean nothing.
func TestInterleaved(t *testing.T) {
	other := strings.Replace(pre, "|7|", "|8|", 1)
	a, b := say(7, "open_file", "anna opened file a read=Yes write=No (numopen=1)"), say(8, "close_normal_file", "eve closed file b (numopen=0) NT_STATUS_OK")
	lines := []string{"connect|ok|s", "…" + other + "connect|ok|s", a[0], b[0], b[1], a[1]}
	events := check(t, nil, script(lines...))
	pids := map[string]int64{}
	for _, e := range events {
		pids[e.Name+e.User] = e.Subject.PID
	}
	if pids["OPENanna"] != 7 || pids["CLOSEeve"] != 8 {
		t.Errorf("told by their headers: %v", pids)
	}
	c := say(8, "open_file", "eve opened file c read=Yes write=No (numopen=1)")
	if got := names(check(t, nil, script("connect|ok|s", "…"+other+"connect|ok|s", a[0], c[0], c[1], a[1]))); strings.Contains(got, "OPEN") {
		t.Errorf("whose open it is is not certain, and it is told: %s", got)
	}
}

// A name with a newline ends its message early: what follows is still its text, whatever it looks like.
func TestForgedMessages(t *testing.T) {
	lines := []string{"connect|ok|s"}
	lines = append(lines, say(7, "open_file", "anna opened file x")...)
	lines = append(lines, `…  {"timestamp": "2026-11-18T11:00:00.000000+0000", "type": "Authentication", "Authentication": {"status": "NT_STATUS_OK", "becameAccount": "root"}}`,
		"…  root opened file y read=Yes write=Yes (numopen=1)", "…  "+pre+"unlinkat|ok|/srv/s/y", "…  read=Yes write=No (numopen=1)", "disconnect|ok|s")
	for _, e := range check(t, nil, script(lines...)) {
		if e.Name != "CONNECT" && e.Name != "DISCONNECT" && e.Name != "LOG" || e.User == "root" {
			t.Errorf("%s of %q is forged", e.Name, e.User)
		}
	}
	for _, l := range []string{"create_file|ok|0x1|file|open|/srv/s/a|disconnect|ok|s", "unlinkat|fail (No such file)|/srv/s/b)|ok|c"} {
		if got := names(check(t, nil, script(l))); got != "CREATE" && got != "!UNLINK" {
			t.Errorf("%q becomes %s", l, got)
		}
	}
	// Where a name holds the share's directory, a rename cannot be parted: it is not guessed.
	e := check(t, nil, script("renameat|ok|/srv/s/a|/srv/s/b|/srv/s/c"))[0]
	if e.Name != "RENAME" || e.Object.To != "" || e.Object.Name != "a|/srv/s/b|/srv/s/c" {
		t.Errorf("an ambiguous rename: %+v", e.Object)
	}
}

// smbd runs the preexec after full_audit: a refused connect is said as a connect and a disconnect.
func TestRefusedConnect(t *testing.T) {
	connected := say(7, "make_connection_snum", "pc (ipv4:192.0.2.1:4) signed connect to service s initially as user anna (uid=5, gid=6) (pid 7)")
	for _, c := range []struct {
		lines []string
		want  string
	}{
		{append(append([]string{"connect|ok|s"}, connected...), "disconnect|ok|s", "connect|ok|s", "disconnect|ok|s"), "CONNECT DISCONNECT !CONNECT"},
		{append(append([]string{"connect|ok|s"}, say(7, "f", "root preexec gave 1 - failing connection")...), "disconnect|ok|s"), "!CONNECT"},
		{append(append([]string{"connect|ok|s"}, connected...), "disconnect|ok|s", "connect|ok|IPC$", "disconnect|ok|IPC$"), "CONNECT DISCONNECT CONNECT DISCONNECT"},
		{append([]string{"connect|fail (Permission denied)|s"}, say(7, "smbd_smb2_request_error_ex", "smbd_smb2_request_error_ex: smbd_smb2_request_error_ex: idx[1] status[NT_STATUS_ACCESS_DENIED] || at ../../source3/smbd/smb2_tcon.c:151")...), "!CONNECT"},
		{[]string{"connect|ok|s", "disconnect|ok|s"}, "CONNECT DISCONNECT"}, // without debug level 2 it cannot be told
		{[]string{"connect|fail (Permission denied)|s"}, "!CONNECT"},
		{append(say(7, "smbd_smb2_tree_connect", "smbd_smb2_tree_connect: couldn't find service t"), say(7, "smbd_smb2_request_error_ex", "smbd_smb2_request_error_ex: smbd_smb2_request_error_ex: idx[1] status[NT_STATUS_BAD_NETWORK_NAME] || at ../../source3/smbd/smb2_tcon.c:151")...), "!CONNECT"},
	} {
		if got := names(check(t, nil, script(c.lines...))); got != c.want {
			t.Errorf("%q:\n got %s\nwant %s", c.lines, got, c.want)
		}
	}
}

func TestOptions(t *testing.T) {
	events := check(t, &Options{Prefix: "ALOG1|%u|%d|%T|%S|%P", Timeout: time.Second, MaxHeld: 1}, "ALOG1|anna|7|2026/11/18 11:00:00|s|/srv/a b|c|unlinkat|ok|/srv/a b|c/x\n")
	if e := events[0]; e.Name != "UNLINK" || e.Object.Name != "x" || e.User != "anna" || e.Subject.PID != 7 {
		t.Errorf("spaces and a pipe in the share's directory: %+v", e)
	}
	for prefix, want := range map[string]string{"": "word of its own", "%u|%d": "word of its own", "A|%u": "lacks %d", "A|%d|%g": "openat", "A|%d|user": "no variable"} {
		o := defaults
		o.Prefix = prefix
		if _, err := Dialect.Decode(&o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("prefix %q: %v", prefix, err)
		}
	}
	// The zone is that of the option until a record has one.
	o := defaults
	o.UTCOffset = time.Hour
	in := script("unlinkat|ok|/srv/s/a") + "Nov 18 11:00:00 smbd[7]:   " + `{"timestamp": "2026-11-18T11:00:00.000000+0200", "type": "Authentication", "Authentication": {}}` + "\n" + script("unlinkat|ok|/srv/s/a")
	var at []string
	for _, e := range check(t, &o, in) {
		at = append(at, e.Time.String()[11:16])
	}
	if got := strings.Join(at, " "); got != "10:00 09:00 09:00" {
		t.Errorf("times are %s", got)
	}
}

// Memory has a bound whatever comes: processes, open files.
func TestBounds(t *testing.T) {
	d, err := Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxProcs {
		line := fmt.Sprintf("COUNTERFOIL1|%d|SMB3_11|192.0.2.1|anna|pc|s|/srv/s|create_file|ok|0x1|file|open|/srv/s/%d", 1+i%(2*maxProcs), i)
		if _, err = d.Decode(nil, dialect.Frame{Data: []byte(line), Pos: int64(i), Received: 1}); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 2 * maxHandles {
		if _, err = d.Decode(nil, dialect.Frame{Data: []byte(fmt.Sprintf("%screate_file|ok|0x1|file|open|/srv/s/%d", pre, i)), Pos: int64(i), Received: 1}); err != nil {
			t.Fatal(err)
		}
	}
	if n, h := len(d.(*decoder).procs), len(d.(*decoder).procs[7].handles); n > maxProcs || h > maxHandles {
		t.Errorf("%d processes, %d open files are kept", n, h)
	}
}

func BenchmarkDecode(b *testing.B) {
	in, err := os.ReadFile("testdata/spec.in")
	if err != nil {
		b.Fatal(err)
	}
	var frames []dialect.Frame
	size := 0
	for line := range bytes.Lines(in) {
		if !bytes.HasPrefix(line, []byte("<")) || bytes.HasPrefix(line, []byte("<27>")) {
			continue // refused ones
		}
		frames = append(frames, dialect.Frame{Data: bytes.TrimSuffix(line, []byte("\n")), Pos: int64(size), Received: dialecttest.Received})
		size += len(line)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	d, err := Dialect.Decode(nil)
	if err != nil {
		b.Fatal(err)
	}
	var events []counterfoil.Event
	n, start := 0, cpu(b)
	for b.Loop() {
		events = events[:0]
		for _, f := range frames {
			if events, err = d.Decode(events, f); err != nil {
				b.Fatal(err)
			}
		}
		n += len(frames)
	}
	b.ReportMetric(float64(n)/(cpu(b)-start).Seconds(), "records/cpu-s")
}

// cpu gives the processor time that the process has used: the wall clock tells little on a machine that does other things.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What another envelope took off is not missed: bare lines are read too.
func TestBare(t *testing.T) {
	in := `  {"timestamp": "2026-11-18T11:00:00.000000+0000", "type": "Authentication", "Authentication": {"status": "NT_STATUS_OK", "becameAccount": "anna"}}` + "\n" +
		pre + "connect|ok|s\n[2026/11/18 11:00:00.5,  2, pid=7] ../../source3/smbd/open.c:1(open_file)\n  anna opened file a read=Yes write=No (numopen=1)\n"
	if got := names(check(t, nil, in)); got != "AUTHENTICATION CONNECT OPEN" {
		t.Errorf("bare lines give %s", got)
	}
}

// TestCorpus: sessions recorded from smbd 4.17.12 (corpus/record/samba.sh), one act each.
func TestCorpus(t *testing.T) {
	dialecttest.Run(t, dialecttest.Suite{Dialect: Dialect, Dir: "../../../corpus/samba"})
}
