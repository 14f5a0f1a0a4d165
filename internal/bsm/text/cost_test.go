package text

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// Who is audited can write line ends and whole trailers into the arguments of a program. That costs by their length.
func TestTrailersInArguments(t *testing.T) {
	const head = "header,99999,11,execve(2),0,Sun Nov 22 12:00:00 2026, + 5 msec\nexec arg,a\n"
	for _, n := range []int{200, 2000, 40000} {
		in := []byte(head + strings.Repeat("trailer,99999\n", n))
		began := time.Now()
		advance, token, err := Split(in, true)
		took := time.Since(began)
		t.Log(n, advance, len(token), err, took)
		if took > 20*time.Second {
			t.Errorf("%d trailers take %s", n, took)
		}
	}
}

// A trailer in a name ends no record, however much of the record has come.
func TestFakeTrailerInPieces(t *testing.T) {
	const body = "\nexec arg,sh,-c,x\ntrailer,SIZE\nheader,56,11,su(1),0,Sun Nov 22 12:00:00 2026, + 5 msec\n" +
		"subject,root,root,wheel,root,wheel,1,1,0,0.0.0.0\nreturn,success,0\ntrailer,56\n" + "\nreturn,success,0\ntrailer,SIZE\n"
	var in []byte
	for size := 50; size < 600 && in == nil; size++ {
		text := "header,SIZE,11,execve(2),0,Sun Nov 22 12:00:00 2026, + 5 msec" + body
		text = strings.ReplaceAll(text, "SIZE", strconv.Itoa(size))
		if r, err := Scan([]byte(strings.TrimSuffix(text, "\n")), time.UTC); err == nil && r.Flaw == "" {
			in = []byte(text)
		}
	}
	if in == nil {
		t.Fatal("no size makes it a record")
	}
	for n := 1; n <= len(in); n++ {
		advance, token, err := Split(in[:n], n == len(in))
		if err != nil || advance != 0 && advance != len(in) {
			t.Fatalf("of the first %d of %d bytes a frame of %d is made: %q", n, len(in), advance, token)
		}
	}
}

// A line end in a name parts no record that praudit -l wrote.
func TestLineEndInOneLine(t *testing.T) {
	const forged = "header,56,11,su(1),0,Sun Nov 22 12:00:00 2026, + 5 msec,subject,root,root,wheel,root,wheel,1,1,0,0.0.0.0,return,success,0,trailer,56,"
	var in []byte
	for size := 50; size < 600 && in == nil; size++ {
		text := "header,SIZE,11,open(2) - read,0,Sun Nov 22 12:00:00 2026, + 5 msec,path,/tmp/x\n" + forged + "\n/y,return,success,0,trailer,SIZE,"
		text = strings.ReplaceAll(text, "SIZE", strconv.Itoa(size))
		if r, err := Scan([]byte(text), time.UTC); err == nil && r.Flaw == "" {
			in = []byte(text + "\n")
		}
	}
	if in == nil {
		t.Fatal("no size makes it a record")
	}
	for n := 1; n <= len(in); n++ {
		advance, token, err := Split(in[:n], n == len(in))
		if err != nil || advance != 0 && advance != len(in) {
			t.Fatalf("of the first %d of %d bytes a frame of %d is made: %q", n, len(in), advance, token)
		}
	}
}
