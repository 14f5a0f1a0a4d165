package router

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/dialect/dialecttest"
)

var suite = dialecttest.Suite{Dialect: Dialect}

func TestRouter(t *testing.T) { dialecttest.Run(t, suite) }

func FuzzRouter(f *testing.F) { dialecttest.Fuzz(f, suite) }
