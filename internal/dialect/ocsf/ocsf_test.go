package ocsf

import (
	"os"
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Written: written,
	Inputs: []string{
		`{"class_uid":1001,"type_uid":100104,"time":-1}` + "\n" + `{"class_uid":"x","activity_id":1e99}` + "\n[]\n{\n{}\n",
		`{"class_uid":3002,"activity_id":1,"unmapped":{"counterfoil":{"time":1}},"user":{"name":"5"},"actor":{"process":{"pid":-5}}}`,
		`{"class_uid":4001,"dst_endpoint":{"ip":"::1","port":80},"actor":{"process":{"pid":99999999999999999999}},"time":9223372036854775807}` + "\n" + `{"class_uid":4001,"time":9216806400000}` + "\n" + `{"class_uid":4001,"time":-9223372035000}`,
		`{"class_uid":0,"unmapped":{"counterfoil_json":"{\"vers\":{\"major\":1,\"minor\":0},\"time\":\"2026-11-22T12:00:00Z\",\"svc\":\"A\",\"event\":\"B\",\"addr\":\"\",\"user\":\"\\udcff\"}"}}`,
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func TestEncoder(t *testing.T) { dialecttest.RunEncoder(t, suite) }
func FuzzEncoder(f *testing.F) { dialecttest.FuzzEncoder(f, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

// BenchmarkDecode reads events of others and of ours.
func BenchmarkDecode(b *testing.B) {
	var in []byte
	for _, name := range []string{"testdata/others.in", "testdata/own.in"} {
		text, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		in = append(in, text...)
	}
	dialecttest.Benchmark(b, suite, in)
}
