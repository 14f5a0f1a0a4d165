package k8s

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		`{"items":[{"auditID":"1"},2,"x",{"stage":3}],"items":[{"auditID":"2"}]}`,
		`,{"auditID":"1"}]}` + "\n]}\n,\n,,{}\n",
		`{"auditID":"\ud800","user":{"username":"\u0000\n","extra":{"authentication.kubernetes.io/credential-id":[[]]}},"sourceIPs":[{}]}`,
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

func TestID(t *testing.T) {
}
