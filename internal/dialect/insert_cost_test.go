package dialect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
)

// A sender that takes all the names beforehand does not keep everybody waiting.
func TestInsertCost(t *testing.T) {
	const taken = 100_000
	var b strings.Builder
	b.WriteString(`{"event":1`)
	for i := range taken {
		fmt.Fprintf(&b, `,"event#%d":1`, i+2)
	}
	b.WriteString("}")
	data, err := counterfoil.Canonical(b.String())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got := Insert(data, "event", `"x"`)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it takes %s", took)
	}
	if v := got.Member(fmt.Sprintf("event#%d", taken+2)); v != `"x"` {
		t.Errorf("the member is %s", v)
	}
	if again, err := counterfoil.Canonical(string(got)); err != nil || again != got {
		t.Errorf("it is not canonical any more: %v", err)
	}
}
