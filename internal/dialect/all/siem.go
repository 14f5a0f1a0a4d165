package all

import (
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/ecs"
	"github.com/counterfoil/counterfoil/internal/dialect/gelf"
	"github.com/counterfoil/counterfoil/internal/dialect/leef"
	"github.com/counterfoil/counterfoil/internal/dialect/otlp"
)

// siem has the dialects that carry events to and from SIEMs and their shippers; their texts look like no other's.
var siem = []*dialect.Dialect{gelf.Dialect, otlp.Dialect, ecs.Dialect, leef.Dialect}
