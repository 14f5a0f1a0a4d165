package cef

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		"CEF:0|a\\|b|c\\\\|1|2|n=a|10|src=10.0.0.1 msg=a\\=b c=d\\n\\r e= f=g  h=\\i \n",
		"CEF:0|counterfoil|counterfoil|1|A:B|n|2|counterfoilTime=2026-01-01T00:00:00Z suser=a suserExact=\"\\\\ud\" counterfoilUserExact=\"\\\\udcff\"\n",
		"CEF:0|counterfoil|counterfoil|1|A:B|n|2|counterfoilTime=yesterday suser=a\n",
		"<13>1 - - - - [a b=\"]\\\"\"] CEF:1||||||| = == a=\\\n",
		"CEF:0|v|p|1|1||x|" + strings.Repeat("a=b ", 2*maxPairs) + "\n",
		"Feb 29 00:00:00 h CEF:99999999999999999999|v|p|1|1||x|loose a.b[1]=c\n",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }
