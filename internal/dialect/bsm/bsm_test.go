package bsm

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{Dialect: Dialect, Inputs: []string{
	"\x14\x00\x00\x00\x19\x0b\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x13\xb1\x05\x00\x00\x00\x19",
	"\x14\x00\x00\x00\x12\x0b\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00", "\x00\x00\x00\x14", "\n\n", "\x11",
}}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }
