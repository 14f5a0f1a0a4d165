//go:build !cgo

package duckdb_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestDuckDBReadsSegmentsInPlace(t *testing.T) {
	named := func(r rune) bool { return r == ',' || r == ' ' }
	if slices.Contains(strings.FieldsFunc(os.Getenv("COUNTERFOIL_REQUIRE"), named), "duckdb") {
		t.Fatal("COUNTERFOIL_REQUIRE names duckdb, and this is built without cgo (is there a C++ compiler, and CGO_ENABLED not 0?)")
	}
	t.Skip("built without cgo: DuckDB does not read the segments")
}
