package vectors

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/counterfoil/counterfoil/proof"
)

// TestSecondVerifierOnSignatures: both verifiers say the same of a bundle whose checkpoint has other signatures beside the trail's, or the
// same again, which whoever has the bundle can put there.
func TestSecondVerifierOnSignatures(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	raw, err := os.ReadFile("bundle.json")
	if err != nil {
		t.Fatal(err)
	}
	b, err := proof.ParseBundle(raw)
	if err != nil {
		t.Fatal(err)
	}
	text, own, _ := strings.Cut(string(b.Checkpoint), "\n\n")
	other := func(name string, n byte) string {
		return "— " + name + " " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 76)) + "\n"
	}
	hundred := ""
	for n := range 100 {
		hundred += other(fmt.Sprint("w", n), byte(n))
	}
	for what, c := range map[string]struct {
		signatures string
		proves     bool
	}{
		"the trail's alone":             {own, true},
		"another behind it":             {own + other("witness.example/w", 1), true},
		"two of one name behind it":     {own + other("w", 1) + other("w", 2), true},
		"the trail's twice":             {own + own, false},
		"another twice":                 {own + other("w", 1) + other("w", 1), false},
		"another before it":             {other("w", 1) + own, false},
		"more than a hundred":           {own + hundred, false},
		"one of a name with a space":    {own + other("w\u00a0x", 1), false},
		"one of a name with a control":  {own + other("w\x01x", 1), false},
		"one of a name with a C1":       {own + other("w\u0085x", 1), false},
		"one of a name that is not one": {own + other("w\x1cx", 1), false},
	} {
		forged := *b
		forged.Checkpoint = []byte(text + "\n\n" + c.signatures)
		name := filepath.Join(t.TempDir(), "bundle")
		if err := os.WriteFile(name, forged.Marshal(), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := proof.Verify(forged.Marshal(), proof.Options{})
		if v := second(t, py, "bundle", name); (err == nil) != c.proves || v.OK != c.proves {
			t.Errorf("%s: here %v, there %v %s", what, err, v.OK, v.Reason)
		}
	}
}
