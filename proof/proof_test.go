package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil"
)

// trail is a small tree with a key.
type trail struct {
	vkey    string
	signer  note.Signer
	records [][]byte
	salts   []counterfoil.Salt
	hashes  []tlog.Hash
}

func (l *trail) ReadHashes(ix []int64) (out []tlog.Hash, err error) {
	for _, i := range ix {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func newTrail(t testing.TB, seed byte, n int) *trail {
	t.Helper()
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{seed}, 64)), "example.org/trail")
	if err != nil {
		t.Fatal(err)
	}
	l := &trail{vkey: vkey}
	if l.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	key := counterfoil.SubjectKey{seed}
	for i := range n {
		r := counterfoil.Record{Seq: uint64(i), Received: 1795348800130000000, Via: "test", Event: counterfoil.Event{
			AID: counterfoil.DeriveAID(counterfoil.TrailID{seed}, uint64(i)), Major: 1, Time: 1795348800000000000, Service: "SMB", Name: "UNLINK",
			User: "anna", Addr: "10.0.0.7", EventData: `{"path":"/hr/ü\udcff.xlsx"}`, Raw: "a <b> & \"c\"\u2028\n"}}
		msg, comma := counterfoil.AppendRecord(nil, &r)
		salt := key.Salt(r.Seq)
		h := counterfoil.LeafOf(msg, comma, salt).Hash()
		stored, err := tlog.StoredHashesForRecordHash(int64(i), tlog.Hash(h), l)
		if err != nil {
			t.Fatal(err)
		}
		l.records, l.salts, l.hashes = append(l.records, msg), append(l.salts, salt), append(l.hashes, stored...)
	}
	return l
}

func (l *trail) root(t testing.TB, size int) counterfoil.Hash {
	t.Helper()
	h, err := tlog.TreeHash(int64(size), l)
	if err != nil {
		t.Fatal(err)
	}
	return counterfoil.Hash(h)
}

func (l *trail) checkpoint(t testing.TB, size int, more ...note.Signer) []byte {
	t.Helper()
	c := Checkpoint{"example.org/trail", uint64(size), l.root(t, size)}
	msg, err := note.Sign(&note.Note{Text: c.Body()}, append([]note.Signer{l.signer}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return msg
}

func (l *trail) path(t testing.TB, i, size int) (p []counterfoil.Hash) {
	t.Helper()
	r, err := tlog.ProveRecord(int64(size), int64(i), l)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range r {
		p = append(p, counterfoil.Hash(h))
	}
	return p
}

func (l *trail) bundle(t testing.TB, i, size int) *Bundle {
	t.Helper()
	b, err := NewBundle(l.records[i], l.salts[i], l.path(t, i, size), l.checkpoint(t, size), l.vkey, "counterfoil test")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBundle(t *testing.T) {
	l := newTrail(t, 1, 21)
	for size := 1; size <= 21; size++ {
		for i := range size {
			doc := l.bundle(t, i, size).Marshal()
			r, err := Verify(doc, Options{TrustedKey: l.vkey})
			if err != nil {
				t.Fatalf("record %d of %d: %v\n%s", i, size, err, doc)
			}
			if r.Seq != uint64(i) || r.Size != uint64(size) || !r.Trusted || len(r.Warnings) > 0 || r.Record.User != "anna" || r.Fingerprint != Fingerprint(l.vkey) {
				t.Errorf("record %d of %d: %+v", i, size, r)
			}
		}
	}
	doc := l.bundle(t, 7, 20).Marshal()
	if !json.Valid(doc) {
		t.Errorf("not JSON: %s", doc)
	}
	r, err := Verify(doc, Options{})
	if err != nil || r.Trusted || len(r.Warnings) != 1 || !strings.Contains(r.String(), "warning: the key was taken from the bundle itself") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestEveryBitOfABundleCounts(t *testing.T) {
	doc := newTrail(t, 1, 21).bundle(t, 7, 20).Marshal()
	for i := range doc {
		for bit := range 8 {
			bad := bytes.Clone(doc)
			bad[i] ^= 1 << bit
			if _, err := Verify(bad, Options{}); err == nil {
				t.Errorf("bit %d of byte %d (%q) makes no difference", bit, i, doc[max(0, i-10):i+1])
			}
		}
		if _, err := Verify(doc[:i], Options{}); err == nil {
			t.Errorf("cut to %d bytes it still verifies", i)
		}
	}
	for _, more := range []string{" ", "\n", "{}", "\x00"} {
		if _, err := Verify(append(bytes.Clone(doc), more...), Options{}); err == nil {
			t.Errorf("with %q behind it still verifies", more)
		}
	}
}

// TestForgedBundles changes one part and makes the document whole again, as a forger would who knows the format.
func TestForgedBundles(t *testing.T) {
	l, other := newTrail(t, 1, 21), newTrail(t, 2, 21)
	again := func(f func(b *Bundle)) []byte {
		b := l.bundle(t, 7, 20)
		f(b)
		return b.Marshal()
	}
	edit := func(old, new string) func(b *Bundle) {
		return func(b *Bundle) {
			if !bytes.Contains(b.Record, []byte(old)) {
				t.Fatalf("no %s in %s", old, b.Record)
			}
			b.Record = bytes.Replace(b.Record, []byte(old), []byte(new), 1)
		}
	}
	for _, c := range []struct {
		name, want string
		doc        []byte
	}{
		{"open half", "inclusion", again(edit(`"UNLINK"`, `"RENAME"`))},
		{"hidden half", "inclusion", again(edit(`"anna"`, `"otto"`))},
		{"number", "inclusion", again(edit(`"seq":7`, `"seq":8`))},
		{"number beyond the tree", "no leaf 20", again(edit(`"seq":7`, `"seq":20`))},
		{"spaces", "canonical", again(edit(`"seq":7`, `"seq": 7`))},
		{"order of keys", "canonical", again(edit(`"addr":"10.0.0.7","user":"anna"`, `"user":"anna","addr":"10.0.0.7"`))},
		{"unknown key", "not part of a message", again(edit(`"user":"anna"`, `"user":"anna","boss":true`))},
		{"salt", "inclusion", again(func(b *Bundle) { b.Salt[15] ^= 1 })},
		{"path", "inclusion", again(func(b *Bundle) { b.Path[2][0] ^= 1 })},
		{"shorter path", "inclusion", again(func(b *Bundle) { b.Path = b.Path[1:] })},
		{"longer path", "inclusion", again(func(b *Bundle) { b.Path = append(b.Path, b.Path[0]) })},
		{"other record", "inclusion", again(func(b *Bundle) { b.Record = l.records[6] })},
		{"other size", "inclusion", again(func(b *Bundle) { b.Checkpoint = l.checkpoint(t, 16) })},
		{"checkpoint of another trail", "not signed by key", again(func(b *Bundle) { b.Checkpoint = other.checkpoint(t, 20) })},
		{"other key", "not signed by key", again(func(b *Bundle) { b.Key = other.vkey })},
		{"key of another name", "verifier key", again(func(b *Bundle) { b.Key = strings.Replace(b.Key, "example.org", "example.com", 1) })},
		{"signature", "signature", again(func(b *Bundle) { b.Checkpoint = forgeSignature(t, b.Checkpoint) })},
		{"foreign signature in two forms", "one form", again(func(b *Bundle) {
			b.Checkpoint = append(b.Checkpoint, "— w AAAAAAE=\n"...)
			b.Checkpoint = append(b.Checkpoint, "— w AAAAAAF=\n"...)
		})},
	} {
		if _, err := Verify(c.doc, Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// Where somebody makes a whole trail of his own, only the trusted key tells.
	forged := other.bundle(t, 7, 20).Marshal()
	if _, err := Verify(forged, Options{}); err != nil {
		t.Error(err)
	}
	if _, err := Verify(forged, Options{TrustedKey: l.vkey}); err == nil || !strings.Contains(err.Error(), "not the key "+Fingerprint(l.vkey)+" that you trust") {
		t.Error(err)
	}
	if _, err := Verify(forged, Options{TrustedKey: "nonsense"}); err == nil || !strings.Contains(err.Error(), "the key that you trust: verifier key") {
		t.Error(err)
	}
}

func forgeSignature(t *testing.T, msg []byte) []byte {
	skey, _, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{3}, 64)), "example.org/trail")
	if err != nil {
		t.Fatal(err)
	}
	s, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.LastIndex(msg, []byte("— "))
	text := string(msg[:bytes.Index(msg, []byte("\n\n"))+1])
	signed, err := note.Sign(&note.Note{Text: text}, s)
	if err != nil {
		t.Fatal(err)
	}
	// The forger's signature under the true key's hash: the first six base64 characters hold four bytes of hash.
	mine := signed[bytes.LastIndex(signed, []byte("— ")):]
	at := len("— example.org/trail ")
	out := append(bytes.Clone(msg[:i+at+6]), mine[at+6:]...)
	return out
}

func TestNewBundleRefuses(t *testing.T) {
	l := newTrail(t, 1, 21)
	if _, err := NewBundle(l.records[3], l.salts[3], l.path(t, 4, 20), l.checkpoint(t, 20), l.vkey, "test"); err == nil {
		t.Error("a bundle with the path of another record was made")
	}
	if _, err := NewBundle(l.records[3], l.salts[3], l.path(t, 3, 20), l.checkpoint(t, 20), l.vkey, strings.Repeat("x", 200)); err == nil {
		t.Error("a bundle was made that ParseBundle refuses")
	}
}

func TestWitnessSignaturesWarn(t *testing.T) {
	l := newTrail(t, 1, 21)
	skey, _, err := note.GenerateKey(nil, "witness.example")
	if err != nil {
		t.Fatal(err)
	}
	w, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewBundle(l.records[3], l.salts[3], l.path(t, 3, 20), l.checkpoint(t, 20, w), l.vkey, "test")
	if err != nil {
		t.Fatal(err)
	}
	r, err := Verify(b.Marshal(), Options{TrustedKey: l.vkey})
	if err != nil || len(r.Warnings) != 1 || !strings.Contains(r.Warnings[0], "1 signatures by others") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestConsistency(t *testing.T) {
	l := newTrail(t, 1, 21)
	for m := 0; m <= 21; m++ {
		for n := m; n <= 21; n++ {
			var path []counterfoil.Hash
			if m > 0 && m < n {
				p, err := tlog.ProveTree(int64(n), int64(m), l)
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range p {
					path = append(path, counterfoil.Hash(h))
				}
			}
			a, b := l.root(t, m), l.root(t, n)
			if err := CheckConsistency(uint64(m), a, uint64(n), b, path); err != nil {
				t.Errorf("%d in %d: %v", m, n, err)
			}
			a[0] ^= 1
			if err := CheckConsistency(uint64(m), a, uint64(n), b, path); err == nil {
				t.Errorf("%d in %d: another old root is taken", m, n)
			}
			if a[0] ^= 1; m > 0 {
				b[0] ^= 1
				if err := CheckConsistency(uint64(m), a, uint64(n), b, path); err == nil {
					t.Errorf("%d in %d: another new root is taken", m, n)
				}
				b[0] ^= 1
			}
			if err := CheckConsistency(uint64(m), a, uint64(n), b, append(path, a)); err == nil {
				t.Errorf("%d in %d: a longer path is taken", m, n)
			}
		}
	}
	if err := CheckConsistency(5, l.root(t, 5), 4, l.root(t, 4), nil); err == nil {
		t.Error("a tree that shrank is taken")
	}
}

func TestParseCheckpoint(t *testing.T) {
	l := newTrail(t, 1, 5)
	sign := func(text string) []byte {
		msg, err := note.Sign(&note.Note{Text: text}, l.signer)
		if err != nil {
			t.Fatal(err)
		}
		return msg
	}
	r := l.root(t, 5)
	body := Checkpoint{"example.org/trail", 5, r}.Body()
	if c, err := ParseCheckpoint(sign(body), l.vkey); err != nil || c.Size != 5 || c.Root != r {
		t.Error(c, err)
	}
	lines := strings.Split(body, "\n")
	for _, c := range []struct{ text, want string }{
		{strings.Replace(body, "\n5\n", "\n05\n", 1), "one form"},
		{strings.Replace(body, "\n5\n", "\n-5\n", 1), "no number"},
		{strings.Replace(body, "\n5\n", "\n9223372036854775808\n", 1), "no number"},
		{strings.Replace(body, "example.org/trail", "example.org/other", 1), "is signed by a key of"},
		{strings.Replace(body, "example.org/trail", "example org", 1), "only printable ASCII"},
		{lines[0] + "\n5\nAAAA\n", "not 32 bytes"},
		{body + "more\n", "4 lines"},
		{lines[0] + "\n5\n", "2 lines"},
	} {
		if _, err := ParseCheckpoint(sign(c.text), l.vkey); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
	for _, key := range []string{"", "x", strings.ToUpper(l.vkey), l.vkey + "=", "a+b+c"} {
		if _, err := ParseCheckpoint(sign(body), key); err == nil || !strings.Contains(err.Error(), "verifier key") {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

func FuzzParseCheckpoint(f *testing.F) {
	l := newTrail(f, 1, 5)
	good := l.checkpoint(f, 5)
	f.Add(good)
	f.Add(l.checkpoint(f, 1))
	f.Fuzz(func(t *testing.T, msg []byte) {
		c, err := ParseCheckpoint(msg, l.vkey)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(msg, []byte(c.Body()+"\n— ")) {
			t.Fatalf("%q gave %+v", msg, c)
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	l := newTrail(f, 1, 21)
	good := l.bundle(f, 7, 20).Marshal()
	f.Add(good)
	f.Add(l.bundle(f, 0, 1).Marshal())
	f.Fuzz(func(t *testing.T, doc []byte) {
		resum(doc)
		b, err := ParseBundle(doc)
		if err != nil {
			return
		}
		if !bytes.Equal(b.Marshal(), doc) {
			t.Fatalf("a second form: %q", doc)
		}
		if r, err := Verify(doc, Options{TrustedKey: l.vkey}); err == nil && (r.Seq > 20 || !bytes.Equal(b.Record, l.records[r.Seq])) {
			t.Fatalf("a forgery: %q", doc)
		}
	})
}

// resum makes the sum of a document right where it has one, so that the fuzzer gets past it.
func resum(doc []byte) {
	i := bytes.LastIndex(doc, []byte("\"sum\":\""))
	if i < 0 || len(doc) < i+7+64 {
		return
	}
	sum := sha256.Sum256(doc[:i])
	copy(doc[i+7:], hexOf(sum))
}
