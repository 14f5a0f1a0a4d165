package all

import (
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// TestClasses: what a dialect makes of its samples has no class that its mapping does not name, but for those of what is
// not understood.
func TestClasses(t *testing.T) {
	const fallback = counterfoil.ClassApplication | counterfoil.ClassOther | counterfoil.ClassNone
	samples := goldens(t)
	telling := 0
	for _, d := range Dialects {
		named := d.Classes()
		if named&^fallback == 0 {
			continue
		}
		telling++
		for i, e := range samples[d.Name] {
			if e.Service == dialect.UnparsedService {
				continue
			}
			if more := e.Class &^ (named | fallback); more != 0 {
				t.Errorf("%s: event %d (%s %s) has the class %s, of which no row of the mapping tells", d.Name, i, e.Service, e.Name, more)
				break
			}
		}
	}
	if telling < 12 {
		t.Errorf("only %d dialects name classes", telling)
	}
}
