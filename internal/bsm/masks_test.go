package bsm

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

// TestMasks holds selection expressions against what libbsm makes of them.
func TestMasks(t *testing.T) {
	line := regexp.MustCompile(`(?m)^sel \[(.*)\] rc=(\S+) errno=\d+(?: success=(\w+) failure=(\w+))?`)
	cases := line.FindAllStringSubmatch(string(peertest.ReadShared(t, "data/bsm/selection_cases.libbsm_out")), -1)
	if len(cases) < 20 {
		t.Fatalf("only %d cases", len(cases))
	}
	for _, c := range cases {
		m, err := ParseMasks(c[1], Classes)
		if (err != nil) != (c[2] != "0") {
			t.Errorf("%q: error %v, libbsm gives %s", c[1], err, c[2])
			continue
		}
		if got := fmt.Sprintf("%08x %08x", uint32(m.Success), uint32(m.Failure)); err == nil && got != c[3]+" "+c[4] {
			t.Errorf("%q is %s, libbsm's %s %s", c[1], got, c[3], c[4])
		}
	}
}

func TestMaskErrors(t *testing.T) {
	for expr, want := range map[string]string{
		"lo,zz":  `byte 4 of "lo,zz": "zz" is no class: want one of no fr`,
		"lo, ex": `byte 4 of "lo, ex": " ex" is no class: an expression has no spaces`,
		"^+-lo":  `byte 3 of "^+-lo": "-lo" is no class: before one stands at most a ^ and then a + or a -`,
		"^":      `byte 2 of "^": a class is missing here`,
		"LO":     `byte 1 of "LO": "LO" is no class: write "lo"`,
		"+^lo":   `byte 2 of "+^lo": "^lo" is no class: before one`,
	} {
		_, err := ParseMasks(expr, Classes)
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v\nwant %s", expr, err, want)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if at := strings.IndexByte(lines[2], '^') - 2; at+1 != err.(*FlagError).Byte {
			t.Errorf("%q: the caret is below byte %d", expr, at+1)
		}
	}
}

func TestIdle(t *testing.T) {
	for expr, want := range map[string][]string{"^fc,all": {"^fc"}, "all,^fc": nil, "^ex": {"^ex"}, "lo,^+lo,^+lo": {"^+lo"}, "lo,^no": {"^no"}} {
		if got := Idle(expr, Classes); !slices.Equal(got, want) {
			t.Errorf("%q: %q takes out nothing, want %q", expr, got, want)
		}
	}
}
