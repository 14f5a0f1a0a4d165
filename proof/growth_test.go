package proof

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil"
)

func (l *trail) growth(t testing.TB, old, size int) *Growth {
	t.Helper()
	g := &Growth{Old: uint64(old), Checkpoint: l.checkpoint(t, size)}
	if old > 0 && old < size {
		p, err := tlog.ProveTree(int64(size), int64(old), l)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p {
			g.Path = append(g.Path, counterfoil.Hash(h))
		}
	}
	return g
}

func TestGrowth(t *testing.T) {
	l, other := newTrail(t, 1, 40), newTrail(t, 2, 40)
	for old := range 41 {
		for size := old; size <= 40; size += 3 {
			doc := l.growth(t, old, size).Marshal()
			g, err := ParseGrowth(doc)
			if err != nil {
				t.Fatal(err)
			}
			was := Checkpoint{Origin: l.vkey[:strings.IndexByte(l.vkey, '+')], Size: uint64(old), Root: l.root(t, old)}
			c, err := g.Verify(was, l.vkey)
			if err != nil || c.Size != uint64(size) {
				t.Fatalf("%d to %d: %v", old, size, err)
			}
			if old > 0 {
				wrong := was
				wrong.Root[3] ^= 1
				if _, err := g.Verify(wrong, l.vkey); err == nil {
					t.Fatalf("%d to %d: another tree is taken for its beginning", old, size)
				}
				wrong = was
				wrong.Size--
				if _, err := g.Verify(wrong, l.vkey); err == nil {
					t.Fatalf("%d to %d: another size", old, size)
				}
			}
			if _, err := g.Verify(was, other.vkey); err == nil {
				t.Fatal("signed by another key")
			}
		}
	}
}

func TestParseGrowthRefuses(t *testing.T) {
	l := newTrail(t, 1, 20)
	good := string(l.growth(t, 7, 20).Marshal())
	hash := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for name, doc := range map[string]string{
		"nothing":      "",
		"no old":       strings.TrimPrefix(good, "old "),
		"zeros":        strings.Replace(good, "old 7", "old 07", 1),
		"sign":         strings.Replace(good, "old 7", "old +7", 1),
		"two spaces":   strings.Replace(good, "old 7", "old  7", 1),
		"carriage":     strings.Replace(good, "old 7\n", "old 7\r\n", 1),
		"no hash":      strings.Replace(good, "old 7\n", "old 7\nAAAA\n", 1),
		"padding bits": strings.Replace(good, "old 7\n", "old 7\n"+hash[:42]+"B=\n", 1),
		"64 hashes":    strings.Replace(good, "old 7\n", "old 7\n"+strings.Repeat(hash+"\n", 64), 1),
		"no end":       strings.Replace(good, "\n\n", "\n", 1),
	} {
		if _, err := ParseGrowth([]byte(doc)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// witnessLine cosigns as a witness does.
func witnessLine(t testing.TB, name string, seed byte, body string, at uint64) (line, vkey string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32))
	vkey, err := WitnessKey(name, key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewWitnessVerifier(vkey)
	if err != nil {
		t.Fatal(err)
	}
	sig := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, v.KeyHash()), at)
	sig = append(sig, ed25519.Sign(key, CosignedText(body, at))...)
	return fmt.Sprintf("— %s %s\n", name, base64.StdEncoding.EncodeToString(sig)), vkey
}

func TestCosignatures(t *testing.T) {
	l := newTrail(t, 1, 20)
	msg := l.checkpoint(t, 20)
	body, _, _ := strings.Cut(string(msg), "\n\n")
	line1, key1 := witnessLine(t, "w1.example", 1, body+"\n", 1795000000)
	line2, key2 := witnessLine(t, "w2.example", 2, body+"\n", 1795000007)
	_, key3 := witnessLine(t, "w3.example", 3, body+"\n", 0)
	both := append(append(bytes.Clone(msg), line1...), line2...)

	c, found, err := Cosignatures(both, l.vkey, key3, key2, key1)
	if err != nil || c.Size != 20 || len(found) != 2 || found[0].Witness != "w2.example" || !found[0].Time.Equal(time.Unix(1795000007, 0)) {
		t.Fatalf("got %+v, %v", found, err)
	}
	// Anybody's note reader takes the keys side by side.
	own, err := note.NewVerifier(l.vkey)
	if err != nil {
		t.Fatal(err)
	}
	w1, err := NewWitnessVerifier(key1)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := note.Open(both, note.VerifierList(own, w1)); err != nil || len(n.Sigs) != 2 || len(n.UnverifiedSigs) != 1 {
		t.Fatalf("note.Open: %+v, %v", n, err)
	}

	late, _ := witnessLine(t, "w1.example", 1, body+"\n", 5)
	if _, _, err := Cosignatures(append(bytes.Clone(msg), strings.Replace(line1, line1[len(line1)-20:len(line1)-10], late[len(late)-20:len(late)-10], 1)...), l.vkey, key1); err == nil {
		t.Error("a signature made of two is taken")
	}
	if _, _, err := Cosignatures(both, l.vkey, key1, key1); err == nil {
		t.Error("one witness counts twice")
	}
	if _, found, err := Cosignatures(msg, l.vkey, key1); err != nil || len(found) != 0 {
		t.Errorf("without a cosignature: %v, %v", found, err)
	}
	for _, bad := range []string{l.vkey, "", "w1.example", strings.Replace(key1, "w1", "w9", 1), key1[:len(key1)-2] + "=="} {
		if _, err := NewWitnessVerifier(bad); err == nil {
			t.Errorf("%q is taken for a witness's key", bad)
		}
	}
}

func FuzzParseGrowth(f *testing.F) {
	l := newTrail(f, 1, 21)
	f.Add(l.growth(f, 7, 20).Marshal())
	f.Add(l.growth(f, 0, 5).Marshal())
	f.Fuzz(func(t *testing.T, doc []byte) {
		g, err := ParseGrowth(doc)
		if err != nil {
			return
		}
		if !bytes.Equal(g.Marshal(), doc) {
			t.Fatalf("a second form: %q", doc)
		}
		if c, err := g.Verify(Checkpoint{Origin: "x", Size: 7, Root: l.root(t, 7)}, l.vkey); err == nil && c.Root != l.root(t, int(c.Size)) {
			t.Fatalf("a forgery: %q", doc)
		}
	})
}
