package linux

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"type=TEST msg=audit(1.000:1): pid=1 uid=0 msg='exe=\"/bin/forged\" res=success exe=\"/bin/true\" hostname=? addr=? terminal=? res=failed'\n",
		"type=TEST msg=audit(1.000:2): a=1 a=2 a#2=3 a=4 msg='" + strings.Repeat("a=b ", 2*maxTokens) + "'\n",
		"type=EOE msg=audit(0.000:0): \n",
		"type=PATH msg=audit(1.000:1): name=ABC msg='\x1d'\n",
		"type=EXECVE msg=audit(1.000:1): a999999999=41 a999999998[99999]=42 argc=18446744073709551616\n",
		"type=SOCKADDR msg=audit(1.000:1): saddr=0100002F746D70\ntype=SOCKADDR msg=audit(1.000:1): saddr=0A\n",
		"type=LOGIN msg=audit(1.000:4294967295): old old auid=1 new new ses=2 new\n",
		"node= type=SYSCALL msg=audit(1.000:1): =\x1dSADDR={ =\" \x1d",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// netlink is the suite for what the kernel sends: an input's lines "NUMBER payload" become messages of that type.
var netlink = dialecttest.Suite{
	Dialect: &dialect.Dialect{Name: "linux", Version: 1, Decode: Dialect.Decode}, // what is written are lines: TestWriteNetlink
	Dir:     "testdata/netlink",
	Frames: func(in []byte) []dialect.Frame {
		var frames []dialect.Frame
		for i, line := range bytes.Split(in, []byte("\n")) {
			num, payload, _ := bytes.Cut(line, []byte(" "))
			n := 0
			for _, c := range num {
				n = n*10%10000 + int(c+2)%10
			}
			frames = append(frames, dialect.Frame{Data: bytes.Clone(payload), Pos: int64(i), Type: n, Host: "here", Received: dialecttest.Received})
		}
		return frames
	},
}

func TestNetlink(t *testing.T) { dialecttest.Run(t, netlink) }
func FuzzNetlink(f *testing.F) { dialecttest.Fuzz(f, netlink) }

func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }

// TestEncoderOptions holds the other ways to write to the same suite.
func TestEncoderOptions(t *testing.T) {
	for _, change := range []func(*Options){
		func(o *Options) { o.Format = formatRaw },
		func(o *Options) { o.MaxLine = 0 },
		func(o *Options) { o.MaxLine = 300 },
	} {
		o := defaults
		change(&o)
		s := suite
		s.Options, s.Dir = &o, "testdata/none"
		dialecttest.RunEncoder(t, s)
		in, err := os.ReadFile("testdata/enriched.in")
		if err != nil {
			t.Fatal(err)
		}
		events := s.Decode(in)
		for i := range events {
			if err := s.Boomerang(&events[i]); err != nil {
				t.Fatalf("%+v: event %d: %v", o, i, err)
			}
		}
	}
}

// TestWriteNetlink: what came by the socket is written as lines, record by record.
func TestWriteNetlink(t *testing.T) {
	in, err := os.ReadFile("testdata/netlink/kernel.in")
	if err != nil {
		t.Fatal(err)
	}
	native := 0
	events := netlink.Decode(in)
	for i := range events {
		e := &events[i]
		for _, raw := range []string{e.Raw, ""} {
			if e.Raw = raw; e.Service == dialect.UnparsedService {
				continue
			}
			if err := suite.Boomerang(e); err != nil {
				t.Fatalf("event %d: %v", i, err)
			}
			if lines, _ := (&encoder{opts: defaults}).lines(e); !strings.Contains(lines[0], carriedKey) {
				native++
			}
		}
	}
	t.Logf("%d of %d are written as records", native, 2*len(events))
	if native < len(events) {
		t.Errorf("only %d of %d are written as records", native, 2*len(events))
	}
}

// TestWriteData: without the bytes, the records are made of event_data. Those that are not read back carry the event.
func TestWriteData(t *testing.T) {
	for _, name := range []string{"kernel-6.18", "enriched", "torso", "tty", "printk", "hand"} {
		in, err := os.ReadFile("testdata/" + name + ".in")
		if err != nil {
			t.Fatal(err)
		}
		events := suite.Decode(in)
		n := 0
		for i := range events {
			e := &events[i]
			raw := e.Raw
			e.Raw = ""
			lines, _ := (&encoder{opts: defaults}).lines(e)
			if strings.Contains(lines[0], carriedKey) && e.Service != dialect.UnparsedService {
				t.Logf("%s: %s\nof %s\n%s", name, e.Name, raw, strings.Join(fromData(e), "\n"))
				n++
			}
		}
		if n > len(events)/10+2 {
			t.Errorf("%s: %d of %d events are not made of their data", name, n, len(events))
		}
	}
}

func TestSniff(t *testing.T) {
	const record, other = "Nov 22 12:00:00 web1 audispd: type=EOE msg=audit(1700000000.001:1): \n", "Nov 22 12:00:00 web1 sshd[1]: x\n"
	for in, want := range map[string]bool{
		record:                         true,
		record + other[:20]:            true,
		"rn in a line\n" + record:      true,
		other + record + other + other: false,
		other:                          false,
		"\n\n":                         false,
	} {
		if Dialect.Sniff([]byte(in)) != want {
			t.Errorf("Sniff(%q) = %v", in, !want)
		}
	}
}
