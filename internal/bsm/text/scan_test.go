package text

import (
	"strings"
	"testing"
	"time"
)

const head, tail = "header,%,11,unlink(2),0,Tue Nov 14 22:13:20 2023, + 123 msec\n", "return,success,0\ntrailer,%"

// sized puts the size into what praudit would show of a record.
func sized(size, body string) string { return strings.ReplaceAll(head+body+tail, "%", size) }

// TestUnescaped: what praudit wrote without escapes is read by the sizes.
func TestUnescaped(t *testing.T) {
	for _, path := range []string{"/a", "/a,b", "/a\ntrailer,38", "/a\nreturn,success,0\ntrailer,9\nheader,9,11,su(1),0,Tue Nov 14 22:13:20 2023, + 1 msec", `/a\\b`, `/a\012`} {
		size := 18 + 3 + len(path) + 1 + 6 + 7
		in := sized(itoa(size), "path,"+path+"\n")
		n, frame, _ := Split([]byte(in+"\n"), true)
		if string(frame) != in || n != len(in)+1 {
			t.Errorf("%q: the frame is %q", path, frame)
			continue
		}
		r, err := Scan(frame, time.UTC)
		if err != nil || len(r.Tokens) != 4 || string(r.Tokens[1].Fields[0].Bytes) != path {
			t.Errorf("%q: %v, %+v", path, err, r)
		}
	}
}

func itoa(n int) string {
	return strings.TrimLeft(string([]byte{'0' + byte(n/100), '0' + byte(n/10%10), '0' + byte(n%10)}), "0")
}

// TestDear: a text that can be read in very many ways, or is very long, ends all the same.
func TestDear(t *testing.T) {
	for name, body := range map[string]string{
		"many texts":     strings.Repeat("text,a\n", 5000),
		"many groups":    strings.Repeat("group,1,2,3\n", 5000),
		"many arguments": "exec arg" + strings.Repeat(",path", 100000) + "\n",
		"many lines":     "path,/a" + strings.Repeat("\n", 500000) + "\n",
	} {
		for _, in := range []string{sized("99", body), strings.ReplaceAll(sized("99", body), "\n", ",") + ","} {
			if r, err := Scan([]byte(in), time.UTC); err == nil && r.Flaw == "" {
				t.Errorf("%s: read without a flaw", name)
			}
			if n, frame, _ := Split([]byte(in), true); n == 0 || frame == nil {
				t.Errorf("%s: no frame", name)
			}
		}
	}
}
