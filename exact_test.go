package counterfoil

import (
	"strings"
	"testing"
)

var exactTexts = []string{
	``, `{}`, `[]`, `""`, `{"a":1}`, `{"a":1,"b":[1,-2,{"c":null}]}`, `true`, `false`, `null`, `0`, `-1`, `12`, `999999999999999`, `9007199254740992`,
	`9007199254740993`, `{"b":1,"a":2}`, `{"a":1,"a":1}`, `{"a":1 }`, ` {}`, `{} `, `{"a":01}`, `-0`, `-0.5`, `0.5`, `1e-7`, `1e7`, `0.50`, `"\n"`, `"\u000a"`, `"\udcff"`,
	`"ä"`, "\"\xff\"", "\"\x01\"", `"\u00e4"`, `{"ä":1,"z":2}`, `{"z":1,"ä":2}`, `{"\n":1,"a":2}`, `[1,]`, `[,1]`, `{"a"}`, `{"a":}`, `{`, `"`, `tru`, `-`, `1.`, `01`, `-01`, `+1`,
	strings.Repeat("[", 63) + "1" + strings.Repeat("]", 63), strings.Repeat("[", 66) + strings.Repeat("]", 66), `{"":1}`, `{"":1,"a":2}`, `1234567890123456`,
}

func canonicalAsItStands(text string) bool {
	again, err := Canonical(text)
	return text == "" || err == nil && string(again) == text
}

func TestIsCanonical(t *testing.T) {
	for _, text := range exactTexts {
		if got, want := JSON(text).IsCanonical(), canonicalAsItStands(text); got != want {
			t.Errorf("%.80q: %v, want %v", text, got, want)
		}
	}
}

func FuzzIsCanonical(f *testing.F) {
	for _, text := range exactTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := JSON(text).IsCanonical(), canonicalAsItStands(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
		// What is canonical is so as it stands, and not with a byte more.
		if c, err := Canonical(text); err == nil && (!c.IsCanonical() || (c + " ").IsCanonical()) {
			t.Errorf("%q: its canonical form %q is not", text, c)
		}
	})
}
