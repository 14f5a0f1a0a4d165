package dialect

import (
	"testing"

	"github.com/counterfoil/counterfoil"
)

func TestReadHead(t *testing.T) {
	received, _ := counterfoil.ParseTime("2026-01-02T00:00:00Z")
	for _, c := range []struct {
		line, time, host, tag, pid, body string
		inferred                         bool
	}{
		{"Dec 31 23:59:59 gate kernel: IN=", "2025-12-31T23:59:59.000000000Z", "gate", "kernel", "", "IN=", true},
		{"<4>Jan  3 01:02:03.25 gate sudo[77]: x: y", "2026-01-03T01:02:03.250000000Z", "gate", "sudo", "77", "x: y", true},
		{"Feb 29 00:00:00 gate a: m", "2024-02-29T00:00:00.000000000Z", "gate", "a", "", "m", true}, // the last year that had that day
		{"Feb 30 00:00:00 gate a: m", "", "", "", "", "", false},
		{"Jan  3 01:02:03 kernel: m", "2026-01-03T01:02:03.000000000Z", "", "kernel", "", "m", true},
		{"2026-11-22T12:00:00.5+01:00 gate sudo: m", "2026-11-22T11:00:00.500000000Z", "gate", "sudo", "", "m", false},
		{"2026-11-22T12:00:00+0100 gate sudo: m", "2026-11-22T11:00:00.000000000Z", "gate", "sudo", "", "m", false},
		{`<86>1 2026-11-22T12:00:00Z gate sudo 7 - [a b="]\"]"][c] m`, "2026-11-22T12:00:00.000000000Z", "gate", "sudo", "7", "m", false},
		{"<86>1 - - sudo - - - \xef\xbb\xbfm", "", "", "sudo", "", "m", false},
		{"<86>1 2026-11-22T12:00:00Z gate sudo 7 - [a m", "", "", "", "", "", false},
		{"hello world", "", "", "", "", "", false},
		{"Dec 31 23:59:59 gate no tag here", "", "", "", "", "", false},
		{"", "", "", "", "", "", false},
	} {
		h, ok := ReadHead([]byte(c.line), received)
		if !ok {
			if c.body != "" {
				t.Errorf("%q: no header", c.line)
			}
			continue
		}
		at := ""
		if h.Time != 0 {
			at = h.Time.String()
		}
		if at != c.time || string(h.Host) != c.host || string(h.Tag) != c.tag || string(h.PID) != c.pid ||
			c.line[h.Body:] != c.body || h.Inferred != c.inferred || c.body == "" {
			t.Errorf("%q: %+v, time %s, host %q, tag %q, pid %q, body %q", c.line, h, at, h.Host, h.Tag, h.PID, c.line[h.Body:])
		}
	}
}

func FuzzReadHead(f *testing.F) {
	f.Add([]byte(`<86>1 2026-11-22T12:00:00Z gate sudo 7 - [a b="]"] m`))
	f.Add([]byte("Dec 31 23:59:59 gate kernel[1]: IN="))
	f.Fuzz(func(t *testing.T, line []byte) {
		if h, ok := ReadHead(line, 1795000000e9); ok && (h.Body > len(line) || h.Body == 0) {
			t.Errorf("the message of %q begins at %d", line, h.Body)
		}
	})
}
