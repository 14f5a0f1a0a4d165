//go:build !cgo

package duckdb_test

import (
	"errors"
	"testing"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

func TestDuckDBReadsSegmentsInPlace(t *testing.T) { missing(t) }

func TestPrintedFilters(t *testing.T) { missing(t) }

func missing(t *testing.T) {
	t.Helper()
	peertest.Need(t, "duckdb", errors.New("this is built without cgo (is there a C++ compiler, and CGO_ENABLED not 0?)"))
}
