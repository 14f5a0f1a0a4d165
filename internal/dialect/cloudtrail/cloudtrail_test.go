package cloudtrail

import (
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{
	Dialect: Dialect,
	Inputs: []string{
		`{"detail":{"eventName":"x"},"Records":[{"eventName":"GetObject"},{"detail":{"insightDetails":{}}}]}{"Records":[{"insightDetails":{"state":"End"}}]`,
		",\n]}\n" + `,{"eventName":"DeleteObject","eventSource":"s3.amazonaws.com","requestParameters":{"bucketName":["a",["b"]],"key":{}}}` + "\n",
	},
}

func TestDialect(t *testing.T) { dialecttest.Run(t, suite) }
func FuzzDialect(f *testing.F) { dialecttest.Fuzz(f, suite) }

func TestTables(t *testing.T) {
	names := 0
	for i := range groups {
		names += len(groups[i].names)
		if g := &groups[i]; !g.action.Known() || g.action == "" || g.class == 0 || g.category == counterfoil.NoCategory {
			t.Errorf("%s %v lacks an action of the vocabulary, a class or a category", g.service, g.names)
		}
	}
	if names != len(known) {
		t.Errorf("%d calls in the tables, %d different ones", names, len(known))
	}
}
