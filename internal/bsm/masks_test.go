package bsm

import (
	"errors"
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

// FuzzMasks: any expression means what the reference says of libbsm, told here by an expression for one item; a mistake is
// shown inside of it.
func FuzzMasks(f *testing.F) {
	for _, expr := range []string{"lo,+ex,^-fc", "all,^fc", "^all,,no,", "lo, ex", "+^lo", "^", "LO,zz", "-no,^+lo\x00"} {
		f.Add(expr)
	}
	item := regexp.MustCompile(`(?s)^(\^?)([+-]?)(.*)$`)
	f.Fuzz(func(t *testing.T, expr string) {
		var want Masks
		right := true
		for text := range strings.SplitSeq(expr, ",") {
			part := item.FindStringSubmatch(text)
			i := slices.IndexFunc(Classes, func(c Class) bool { return c.Name == part[3] })
			if text == "" || i < 0 {
				right = right && text == ""
				continue
			}
			for side, mask := range map[string]*Mask{"+": &want.Success, "-": &want.Failure} {
				switch {
				case part[2] != "" && part[2] != side:
				case part[1] == "^":
					*mask &= ^Classes[i].Mask
				default:
					*mask |= Classes[i].Mask
				}
			}
		}
		got, err := ParseMasks(expr, Classes)
		var e *FlagError
		switch {
		case (err == nil) != right, err == nil && got != want:
			t.Errorf("%q is %+v, %v, want %+v", expr, got, err, want)
		case err == nil:
			Idle(expr, Classes)
		case !errors.As(err, &e) || e.Byte < 1 || e.Byte > len(expr)+1 || err.Error() == "":
			t.Errorf("%q: %v", expr, err)
		}
	})
}
