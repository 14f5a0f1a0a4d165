package syslog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

// BenchmarkDecode reads plain messages, half of them RFC 5424 with structured data and half RFC 3164.
func BenchmarkDecode(b *testing.B) {
	var in strings.Builder
	for i := range 1000 {
		if i%2 == 0 {
			fmt.Fprintf(&in, "<165>1 2026-11-22T12:00:%02d.5Z web%d app %d ID47 [x@32473 iut=\"%d\" source=\"Application\"] an entry of the log\n", i%60, i%7, i, i)
		} else {
			fmt.Fprintf(&in, "<86>Nov 22 12:00:%02d web%d sshd[%d]: Accepted publickey for anna from 192.0.2.7 port %d ssh2\n", i%60, i%7, i, 50000+i)
		}
	}
	dialecttest.Benchmark(b, suite, []byte(in.String()))
}
