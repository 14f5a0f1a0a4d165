package linux

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// TestKept: whoever writes records chooses names of any length, and how many events stay open; what is kept of them has a bound, and is about
// what the decoder says.
func TestKept(t *testing.T) {
	long := strings.Repeat("n", 50_000)
	for form, times := range map[string]int{
		"type=USER_LOGIN msg=audit(1700000000.000:%d): exe=\"/bin/%[1]d" + long + "\"":  300,
		"type=USER_LOGIN msg=audit(1700000000.000:%d): auid=%[1]d" + long:               300,
		"type=USER_LOGIN msg=audit(1700000000.000:%d): %[1]d" + long + "=1":             300,
		"type=USER_LOGIN msg=audit(1700000000.000:%d): pid=1 msg='%[1]d" + long + "=1'": 300,
		"node=%d" + long + " type=USER_LOGIN msg=audit(1700000000.000:%[1]d): pid=1":    300,
		"type=PATH msg=audit(1700000000.000:%d):":                                       100_000,
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		d := newDecoder(defaults)
		for i := range times {
			if _, err := d.Decode(nil, dialect.Frame{Data: fmt.Appendf(nil, form, i), Received: 1}); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if kept, said := int(after.HeapAlloc)-int(before.HeapAlloc), dialect.SizeOf(d, len(form)); kept > 2*said || said > 40<<20 {
			t.Errorf("%.60s: %d bytes are kept, and %d said", form, kept, said)
		}
		runtime.KeepAlive(d)
	}
}
