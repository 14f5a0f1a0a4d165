package witness

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/proof"
)

// log is a small log with a key, as somebody else would write one.
type log struct {
	hashes []tlog.Hash
	signer note.Signer
	vkey   string
}

func newLog(t *testing.T, n int, salt uint64) *log {
	t.Helper()
	skey, vkey, err := note.GenerateKey(zero{}, "log.example")
	if err != nil {
		t.Fatal(err)
	}
	l := &log{vkey: vkey}
	if l.signer, err = note.NewSigner(skey); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		h, err := tlog.StoredHashes(int64(i), binary.BigEndian.AppendUint64(nil, uint64(i)+salt), l)
		if err != nil {
			t.Fatal(err)
		}
		l.hashes = append(l.hashes, h...)
	}
	return l
}

// zero makes every log of the tests have one key, so that forks are signed by it too.
type zero struct{}

func (zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func (l *log) ReadHashes(ix []int64) (out []tlog.Hash, err error) {
	for _, i := range ix {
		out = append(out, l.hashes[i])
	}
	return out, nil
}

func (l *log) grow(t *testing.T, old, size int64) *proof.Growth {
	t.Helper()
	root, err := tlog.TreeHash(size, l)
	if err != nil {
		t.Fatal(err)
	}
	g := &proof.Growth{Old: uint64(old)}
	body := proof.Checkpoint{Origin: "log.example", Size: uint64(size), Root: counterfoil.Hash(root)}.Body()
	if g.Checkpoint, err = note.Sign(&note.Note{Text: body}, l.signer); err != nil {
		t.Fatal(err)
	}
	if old > 0 && old < size {
		p, err := tlog.ProveTree(size, old, l)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p {
			g.Path = append(g.Path, counterfoil.Hash(h))
		}
	}
	return g
}

var at = time.Unix(1795000000, 0)

func open(t *testing.T, fs disk.FS, vkeys ...string) *Witness {
	t.Helper()
	w, err := Open(fs, Options{Name: "witness.example", Trails: vkeys, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestProtocol walks through every answer that C2SP tlog-witness names.
func TestProtocol(t *testing.T) {
	l, fork := newLog(t, 40, 0), newLog(t, 40, 1000)
	fs := disktest.New()
	w := open(t, fs, l.vkey)
	s := httptest.NewServer(w.Handler(slog.New(slog.DiscardHandler)))
	defer s.Close()
	post := func(doc []byte, status int) string {
		t.Helper()
		r, err := http.Post(s.URL+"/add-checkpoint", "text/plain", bytes.NewReader(doc))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != status {
			t.Fatalf("status %d, want %d: %s", r.StatusCode, status, body)
		}
		if status == http.StatusConflict && r.Header.Get("Content-Type") != "text/x.tlog.size" {
			t.Fatalf("content type %q", r.Header.Get("Content-Type"))
		}
		return string(body)
	}
	cosigned := func(g *proof.Growth, line string) {
		t.Helper()
		_, found, err := proof.Cosignatures(append(bytes.Clone(g.Checkpoint), line...), l.vkey, w.VerifierKey())
		if err != nil || len(found) != 1 || !found[0].Time.Equal(at) {
			t.Fatalf("cosignature %q: %v, %v", line, found, err)
		}
	}
	first := l.grow(t, 0, 7)
	post([]byte("hello"), 400)
	post(bytes.Replace(first.Marshal(), []byte("log.example"), []byte("log.examplf"), 1), 404)
	forged := *first
	forged.Checkpoint = bytes.Replace(first.Checkpoint, []byte("\n7\n"), []byte("\n8\n"), 1)
	post(forged.Marshal(), 403)
	post((&proof.Growth{Old: 9, Checkpoint: first.Checkpoint}).Marshal(), 400)
	if got := post(l.grow(t, 3, 7).Marshal(), 409); got != "0\n" {
		t.Errorf("conflict says %q", got)
	}
	cosigned(first, post(first.Marshal(), 200))
	if got := post(first.Marshal(), 409); got != "7\n" {
		t.Errorf("conflict says %q", got)
	}
	cosigned(l.grow(t, 7, 7), post(l.grow(t, 7, 7).Marshal(), 200)) // the same again
	post(fork.grow(t, 7, 7).Marshal(), 409)                         // another tree of the same size
	post(fork.grow(t, 7, 20).Marshal(), 422)
	withoutPath := *l.grow(t, 7, 20)
	withoutPath.Path = nil
	post(withoutPath.Marshal(), 422)
	second := l.grow(t, 7, 20)
	cosigned(second, post(second.Marshal(), 200))
	post(l.grow(t, 20, 40).Marshal()[:100], 400)

	// Whatever the witness answered for survives a power cut, and it never goes back.
	fs = fs.Reopen(1, 0)
	w = open(t, fs, l.vkey)
	if c, err := proof.ParseCheckpoint(w.Last("log.example"), l.vkey); err != nil || c.Size != 20 {
		t.Fatalf("after a crash: %+v, %v", c, err)
	}
	if _, err := w.Add(l.grow(t, 7, 30).Marshal()); err == nil || err.Error() != (&ConflictError{20}).Error() {
		t.Errorf("an older beginning: %v", err)
	}
}

// TestClient: the client finds where the witness stands, and takes only what the witness signed.
func TestClient(t *testing.T) {
	l := newLog(t, 40, 0)
	w := open(t, disktest.New(), l.vkey)
	if _, err := w.Add(l.grow(t, 0, 9).Marshal()); err != nil {
		t.Fatal(err)
	}
	mangle := func(b []byte) []byte { return b }
	inner := w.Handler(slog.New(slog.DiscardHandler))
	s := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		inner.ServeHTTP(rec, r)
		for k, v := range rec.Header() {
			rw.Header()[k] = v
		}
		rw.WriteHeader(rec.Code)
		rw.Write(mangle(rec.Body.Bytes()))
	}))
	defer s.Close()
	c, err := NewClient(s.URL+"/", w.VerifierKey(), s.Client())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(size int64) ([]byte, error) {
		return c.Cosign(context.Background(), func(old uint64) (*proof.Growth, uint64, error) {
			if int64(old) > size {
				return nil, 0, fmt.Errorf("%d records, the witness has seen %d", size, old)
			}
			return l.grow(t, int64(old), size), uint64(size), nil
		})
	}
	for _, size := range []int64{20, 20, 33} {
		line, err := ask(size)
		if err != nil {
			t.Fatal(err)
		}
		msg := append(bytes.Clone(l.grow(t, 0, size).Checkpoint), line...)
		if _, found, err := proof.Cosignatures(msg, l.vkey, w.VerifierKey()); err != nil || len(found) != 1 {
			t.Fatalf("%d: %v, %v", size, found, err)
		}
	}
	if _, err := ask(30); err == nil || !strings.Contains(err.Error(), "the witness has seen 33") {
		t.Errorf("a trail that was cut: %v", err)
	}
	// A witness that signs another text, of which the checkpoint is the beginning.
	mangle = func([]byte) []byte {
		text, _, _ := strings.Cut(string(l.grow(t, 33, 34).Checkpoint), "\n\n")
		sig := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(nil, w.hash), 1)
		sig = append(sig, ed25519.Sign(w.key, proof.CosignedText(text+"\n\nmore\n", 1))...)
		return fmt.Appendf(nil, "more\n\n— %s %s\n", w.name, base64.StdEncoding.EncodeToString(sig))
	}
	if line, err := ask(34); err == nil {
		_, _, err := proof.Cosignatures(append(l.grow(t, 0, 34).Checkpoint, line...), l.vkey, w.VerifierKey())
		t.Errorf("a cosignature of another text is taken: %s: %v", line, err)
	}
	mangle = func(b []byte) []byte {
		if len(b) > 20 { // the size where the witness stands is right
			b[len(b)-10] ^= 1
		}
		return b
	}
	if _, err := ask(35); err == nil || !strings.Contains(err.Error(), "its cosignature is wrong") {
		t.Errorf("a wrong cosignature: %v", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	l := newLog(t, 20, 0)
	fs := disktest.New()
	w := open(t, fs, l.vkey)
	if _, err := w.Add(l.grow(t, 0, 20).Marshal()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(fs, Options{Trails: []string{l.vkey}}); err == nil {
		t.Error("two witnesses in one directory")
	}
	w.Close()
	names, err := fs.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == "lock" {
			continue
		}
		good, err := disk.ReadFile(fs, name, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if err := disk.WriteFile(fs, name, good[:len(good)-9]); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(fs, Options{Trails: []string{l.vkey}}); err == nil {
			t.Errorf("opened with %s cut short", name)
		}
		if err := disk.WriteFile(fs, name, good); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range []Options{{Name: "another", Trails: []string{l.vkey}}, {Trails: []string{l.vkey, l.vkey}}, {Trails: []string{"log.example"}}} {
		if _, err := Open(fs, o); err == nil {
			t.Errorf("opened with %+v", o)
		}
	}
	if _, err := Open(disktest.New(), Options{Trails: []string{l.vkey}}); err == nil {
		t.Error("a new witness without a name")
	}
	w, err = Open(fs, Options{Trails: []string{l.vkey}})
	if err != nil || w.Last("log.example") == nil {
		t.Errorf("opened again: %v", err)
	}
}
