package all

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

// TestSyslog holds the envelope to the suite with what travels in it in earnest: audit records of two hosts that have the
// same serial numbers, mixed with each other and with what is no audit record.
func TestSyslog(t *testing.T) {
	d, _ := Lookup("syslog")
	dialecttest.Run(t, dialecttest.Suite{Dialect: d, Dir: "testdata/syslog"})
}

// TestSniffSyslog: the envelope is asked last.
func TestSniffSyslog(t *testing.T) {
	for _, prefix := range []string{
		"<34>Oct 11 22:14:15 mymachine su: 'su root' failed\n",
		"<34>1 2026-10-11T22:14:15Z mymachine su - ID47 - x\n",
		"57 <34>1 2026-10-11T22:14:15Z mymachine su - ID47 - x",
	} {
		if d := Sniff([]byte(prefix)); d == nil || d.Name != "syslog" {
			t.Errorf("Sniff(%q) = %v", prefix, d)
		}
	}
}
