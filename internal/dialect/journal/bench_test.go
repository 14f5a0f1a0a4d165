package journal

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

// BenchmarkDecode decodes the sample of testdata, many times over.
func BenchmarkDecode(b *testing.B) { dialecttest.BenchmarkFile(b, suite, "export.in") }
