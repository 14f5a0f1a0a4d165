package convert

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstded(t *testing.T, text string) string {
	t.Helper()
	z, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(z.EncodeAll([]byte(text), nil))
}

// login, compressed by bzip2 1.0.8.
const bzipped = "QlpoOTFBWSZTWQ94saEAADPfgAQQUOFokgKlmgCup94gIAB0IptRpoeiNNAGJoDIVPTKaNGgaAMT1BoJ5eE031rKrW2IeExRAhAt" +
	"aJUBcKVNBZ7yMMYjB+xvg+C4Og2gYu6DuadjInEInObLQiCxSfvSkgFbgMgEiXJCajP/F3JFOFCQD3ixoQ=="

func TestCompressed(t *testing.T) {
	bz, err := base64.StdEncoding.DecodeString(bzipped)
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]string{"gzip": gzipped(t, login), "two members": gzipped(t, login[:10]) + gzipped(t, login[10:]),
		"zstd": zstded(t, login), "bzip2": string(bz), "none": login} {
		path := files(t, map[string]string{"a": in})
		for _, j := range []Job{{Inputs: []Input{{path("a")}}}, {Inputs: []Input{{Stdin}}, Stdin: strings.NewReader(in)}} {
			var last Progress
			j.Progress = func(p Progress) { last = p }
			events, sum, err := runJob(t, j)
			if err != nil || len(events) != 1 || events[0].Raw+"\n" != login || sum.Unparsed != 0 {
				t.Errorf("%s: %d events, %+v, %v", name, len(events), sum, err)
			}
			if last.Bytes != int64(len(in)) {
				t.Errorf("%s: %d bytes were read, want %d", name, last.Bytes, len(in))
			}
		}
	}
}

func TestCompressedBroken(t *testing.T) {
	cut := gzipped(t, strings.Repeat(login, 1000))
	for in, want := range map[string]string{
		cut[:len(cut)-20]:           "unexpected EOF",
		"\xfd7zXZ\x00\x00\x04":      "it is compressed with xz, which is not read: decompress it first",
		"\x04\x22\x4d\x18\x00":      "it is compressed with lz4, which is not read: decompress it first",
		"BZh91AY&SYbroken":          "unexpected EOF",
		"\x28\xb5\x2f\xfd\xff\xff.": "reserved bit set",
	} {
		_, _, err := runJob(t, Job{Inputs: []Input{{Stdin}}, Stdin: strings.NewReader(in), From: named(t, "linux")})
		if err == nil || !strings.HasPrefix(err.Error(), "read - at byte ") || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", in, err, want)
		}
	}
	// Text that begins like bzip2 is text.
	if events, _, err := runJob(t, Job{Inputs: []Input{{Stdin}}, Stdin: strings.NewReader("BZh9 is a name"), From: named(t, "linux")}); err != nil || len(events) != 1 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// An event may begin in one file and end in the next; a line may not.
func TestStraddles(t *testing.T) {
	const call = "type=SYSCALL msg=audit(1700000001.001:2): arch=c000003e syscall=87 success=yes exit=0 pid=1 auid=1000 uid=0 exe=\"/usr/bin/rm\""
	const path1 = "type=PATH msg=audit(1700000001.001:2): item=0 name=\"/etc/x\" nametype=DELETE"
	const end = "type=EOE msg=audit(1700000001.001:2):\n"
	path := files(t, map[string]string{"a.log.3": "", "a.log.2.gz": gzipped(t, login+call), "a.log.1": path1 + "\nnonsense\n", "a.log": end})
	in, notes, err := Rotated(path("a.log"))
	if err != nil || len(in) != 4 || notes != nil {
		t.Fatalf("%v, %v, %v", in, notes, err)
	}
	events, sum, err := runJob(t, Job{Inputs: []Input{in}})
	if err != nil || len(events) != 3 || sum.Frames != 5 {
		t.Fatalf("%d events, %+v, %v", len(events), sum, err)
	}
	if want := call + "\n" + path1 + "\n" + strings.TrimSuffix(end, "\n"); events[2].Raw != want && events[1].Raw != want {
		t.Errorf("the event across the files is not whole: %+v", events)
	}
	if want := path("a.log.1") + ", line 2, byte "; !strings.HasPrefix(sum.First, want) {
		t.Errorf("the first that is not understood: %s, want %s", sum.First, want)
	}
	if len(sum.Sniffed) != 1 || len(sum.Sniffed[0].Inputs) != 1 {
		t.Errorf("sniffed %v: a set is one input", sum.Sniffed)
	}
}
