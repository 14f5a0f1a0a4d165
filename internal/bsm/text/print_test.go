package text

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// TestEscape: no string of others makes a line, a field, an element or a control.
func TestEscape(t *testing.T) {
	for _, c := range []struct{ in, line, field, xml string }{
		{"/etc/passwd", "/etc/passwd", "/etc/passwd", "/etc/passwd"},
		{"a,b", "a,b", `a\054b`, "a,b"},
		{"a\ntrailer,9", `a\012trailer,9`, `a\012trailer\0549`, `a\012trailer,9`},
		{`C:\x`, `C:\\x`, `C:\\x`, `C:\\x`},
		{"\x1b[31m\x7f", `\033[31m\177`, `\033[31m\177`, `\033[31m\177`},
		{"\xff\xfeé漢", `\377\376é漢`, `\377\376é漢`, `\377\376é漢`},
		{"\u009b1m", `\302\2331m`, `\302\2331m`, `\302\2331m`},
		{"</text></record>&\"'", "</text></record>&\"'", "</text></record>&\"'", "&lt;/text&gt;&lt;/record&gt;&amp;&quot;&apos;"},
		{"a\x00b", `a\000b`, `a\000b`, `a\000b`},
		{"\uffff", "\uffff", "\uffff", `\357\277\277`},
	} {
		p := NewPrinter(Form{})
		if got := string(p.escape(nil, []byte(c.in), true)); got != c.line {
			t.Errorf("%q at the end of a line is %s, want %s", c.in, got, c.line)
		}
		if got := string(p.escape(nil, []byte(c.in), false)); got != c.field {
			t.Errorf("%q before another field is %s, want %s", c.in, got, c.field)
		}
		if got := string(appendXML(nil, []byte(c.in))); got != c.xml {
			t.Errorf("%q in XML is %s, want %s", c.in, got, c.xml)
		}
	}
}

// BenchmarkPrint prints the trail that COUNTERFOIL_BSM_TRAIL names, or else a mix of our own records, one on a line
// without names (praudit -ln).
func BenchmarkPrint(b *testing.B) {
	name := os.Getenv("COUNTERFOIL_BSM_TRAIL")
	if name == "" {
		name = "../../dialect/bsm/testdata/tokens.in"
	}
	in, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	p := NewPrinter(Form{OneLine: true})
	var r bsm.Record
	var out []byte
	lines, start := 0, cpu(b)
	for b.Loop() {
		lines = 0
		for rest := in; len(rest) > 0; {
			n, frame, _ := bsm.Split(rest, true)
			rest = rest[n:]
			if r.Parse(frame) == nil {
				lines++
				if out = p.Append(out, &r); len(out) > 64<<10 {
					out = out[:0]
				}
			}
		}
	}
	if !bytes.HasSuffix(out, []byte(",\n")) {
		b.Fatalf("the last line is %q", out[max(0, len(out)-40):])
	}
	s := (cpu(b) - start).Seconds()
	b.ReportMetric(float64(lines)*float64(b.N)/s, "records/cpu-s")
	b.ReportMetric(float64(len(in))*float64(b.N)/1e6/s, "MB/cpu-s")
}

// cpu gives the processor time that the process has used: the wall clock tells little on a machine that does other things too.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
