package mongo

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"\n\n", "{}\n", "{", " ", "\x00", "\x05\x00\x00\x00\x00", "\x05\x00\x00\x00\x00\n{}",
		`{"atype":"x"}`, `{"atype":"` + strings.Repeat(`[`, 300) + `"}`, `{"atype":"x","param":` + strings.Repeat(`[`, 300) + strings.Repeat(`]`, 300) + "}",
		`{"atype":"x","param":` + strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat(`}`, 100) + "}",
		`{"atype":"x","ts":{"$date":{"$numberLong":"0"}}}`, `{"atype":"x","ts":{"$date":{"$numberLong":"-1"}}}`,
		`{"atype":"x","counterfoil":"{\"time\":\"2026-11-22T12:00:00Z\",\"addr\":\"\",\"user\":\"\",\"svc\":\"COUNTERFOIL\",\"event\":\"UNPARSED\"}"}`,
		`{"atype":"x","counterfoil":"no message"}`,
	},
}

// inBSON is the suite for BSON, read and written.
var inBSON = dialecttest.Suite{Dialect: Dialect, Dir: "testdata/bson", Options: &Options{Format: formatBSON}, Inputs: suite.Inputs}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestBSON(t *testing.T)    { dialecttest.Run(t, inBSON) }

func TestEncoder(t *testing.T)     { dialecttest.RunEncoder(t, suite) }
func TestEncoderBSON(t *testing.T) { dialecttest.RunEncoder(t, inBSON) }

func FuzzJSON(f *testing.F) { dialecttest.Fuzz(f, suite) }
func FuzzBSON(f *testing.F) { dialecttest.Fuzz(f, inBSON) }

func FuzzEncoder(f *testing.F)     { dialecttest.FuzzEncoder(f, suite) }
func FuzzEncoderBSON(f *testing.F) { dialecttest.FuzzEncoder(f, inBSON) }
