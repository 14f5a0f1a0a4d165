package all

import (
	"fmt"
	"runtime"
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
		kept, said := int(after.HeapAlloc)-int(before.HeapAlloc), dialect.SizeOf(dec)
		if said < kept/2 || said > 4*kept {
			t.Errorf("%s: it keeps %d bytes and says %d", inner, kept, said)
		}
	}
}
