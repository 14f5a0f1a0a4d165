package mongoq_test

import (
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
)

// TestNumerals reads numbers as C's strtoll and strtod do. Of a double the shortest digits count, which logs have, too.
func TestNumerals(t *testing.T) {
	for text, want := range map[string]string{
		"5": "5", "+5": "5", "-5": "-5", "010": "10", "0x10": "16", "-0X1f": "-31", "0xfffffffffffffffff": `"295147905179352830000"`, ".5": "0.5", "1.": "1", "-.5e-1": "-0.05", "1e5": "100000",
		"1E+2": "100", "-0": "0", "9223372036854775807": `{"$numberLong":"9223372036854775807"}`, "9223372036854775808": `"9223372036854776000"`,
		"1e": "", "0x": "", "+-1": "", "--1": "", "1.2.3": "", "e5": "", ".": "", "1e5.5": "",
	} {
		q, err := mongoq.Parse(`{"event_data.n": ` + text + ` }`)
		if want == "" {
			if err == nil {
				t.Errorf("%s is read", text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, _ := mongoq.Print(q.Expr); got != `{"event_data.n":`+want+`}` {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// TestLongNumerals: what looks like a number all the way costs no more than its length.
func TestLongNumerals(t *testing.T) {
	for _, text := range []string{"1" + strings.Repeat("e", 60000), strings.Repeat("1.", 30000), strings.Repeat("1", 60000), "0x" + strings.Repeat("f", 60000)} {
		start := time.Now()
		_, _ = mongoq.Parse(`{"event_data.n": ` + text + ` }`)
		if took := time.Since(start); took > 2*time.Second { // seven, where every shorter beginning was tried
			t.Errorf("%.10s…: %v", text, took)
		}
	}
}
