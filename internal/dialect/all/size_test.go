package all

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// What an envelope of many hosts says that it keeps is about what it keeps: whoever bounds the memory of senders believes it.
func TestSize(t *testing.T) {
	d, _ := Lookup("syslog")
	for inner, text := range map[string]string{
		"linux/1": "h%d audispd - - - type=USER_LOGIN msg=audit(1700000000.123:77): pid=1 uid=0",
		"samba/1": "h%d smbd_audit - - - COUNTERFOIL1|7|SMB3_11|192.0.2.1|anna|pc|s|/srv/s|create_file|ok|0x120089|file|open|/srv/s/a",
	} {
		dec, err := d.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range 300 {
			e, err := dec.Decode(nil, dialect.Frame{Data: fmt.Appendf(nil, "<13>1 2026-11-30T12:00:00Z "+text, i), Received: 1})
			if err != nil || len(e) != 1 || e[0].Dialect != inner {
				t.Fatal(e, err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		kept, said := int(after.HeapAlloc)-int(before.HeapAlloc), dialect.SizeOf(dec, len(text))
		if said < kept/2 || said > 4*kept {
			t.Errorf("%s: it keeps %d bytes and says %d", inner, kept, said)
		}
	}
}

// What a decoder has read a long message with it keeps, and is said to keep.
func TestSizeOfLong(t *testing.T) {
	const long = 1_000_000
	d, _ := Lookup("syslog")
	for inner, text := range map[string]string{
		"syslog/1": "h app - - [a@1" + strings.Repeat(" b=\"x\"", long/6) + "] x",
		"linux/1":  "h audispd - - - type=USER_LOGIN msg=audit(1700000000.000:77): pid=1 uid=0" + strings.Repeat(" a=b", long/4),
		"mongo/1":  `h mongod - - - {"atype":"authenticate","ts":{"$date":"2025-03-04T09:00:20.740+01:00"},"users":[],"result":0,"param":{"a":1` + strings.Repeat(`,"x":{}`, long/7) + "}}",
		"cef/1":    "h app - - - CEF:0|a|b|c|d|e|5|" + strings.Repeat("ab=1 ", long/5),
	} {
		dec, err := d.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		data := []byte("<13>1 2026-11-30T12:00:00Z " + text)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		e, err := dec.Decode(nil, dialect.Frame{Data: data, Received: 1})
		if err != nil || len(e) != 1 || e[0].Dialect != inner {
			t.Fatal(len(e), err)
		}
		e = nil
		runtime.GC()
		runtime.ReadMemStats(&after)
		if kept, said := int(after.HeapAlloc)-int(before.HeapAlloc), dialect.SizeOf(dec, len(data)); said < kept/2 {
			t.Errorf("%s: it keeps %d bytes and says %d", inner, kept, said)
		}
		runtime.KeepAlive(dec)
		runtime.KeepAlive(data)
	}
}
