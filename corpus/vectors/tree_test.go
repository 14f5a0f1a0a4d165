package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"

	cf "github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/internal/wal"
	"github.com/counterfoil/counterfoil/proof"
)

// leaf gives the leaf hash that stands at index i of the vectors' tree: SHA-256 of i as 8 bytes big-endian.
func leaf(i uint64) cf.Hash { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, i)) }

func leaves(block uint64) (out []merkle.Node, err error) {
	for i := range uint64(256) {
		out = append(out, merkle.Node{Hash: leaf(block*256 + i)})
	}
	return out, nil
}

func TestTree(t *testing.T) {
	const size = 66_000
	tree := merkle.New()
	var sizes []uint64
	for n := range uint64(21) {
		sizes = append(sizes, n)
	}
	sizes = append(sizes, 255, 256, 257, 511, 512, 513, 65535, 65536, 65537, size)
	type root struct {
		Size uint64 `json:"size"`
		Root string `json:"root"`
	}
	type path struct {
		Index uint64   `json:"index,omitempty"`
		Old   uint64   `json:"old,omitempty"`
		Size  uint64   `json:"size"`
		Path  []string `json:"path"`
	}
	var out struct {
		Roots       []root            `json:"roots"`
		Inclusion   []path            `json:"inclusion"`
		Consistency []path            `json:"consistency"`
		Tiles       map[string]string `json:"tiles_sha256"`
	}
	hashes := func(p []cf.Hash) []string {
		s := []string{}
		for _, h := range p {
			s = append(s, b64(h[:]))
		}
		return s
	}
	roots := map[uint64]cf.Hash{}
	for _, n := range sizes {
		for tree.Size() < n {
			tree.Append(leaf(tree.Size()))
		}
		f := tree.Frontier()
		roots[n] = f.Root()
		h := roots[n]
		out.Roots = append(out.Roots, root{n, b64(h[:])})
	}
	for _, c := range [][2]uint64{{0, 1}, {0, 2}, {1, 2}, {2, 3}, {0, 7}, {3, 7}, {6, 7}, {19, 20}, {256, 257}, {0, size}, {256, size}, {65535, size}, {size - 1, size}} {
		p, err := tree.Inclusion(c[0], c[1], leaves)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := roots[c[1]]; ok {
			if err := proof.CheckInclusion(leaf(c[0]), c[0], c[1], p, roots[c[1]]); err != nil {
				t.Error(err)
			}
		}
		out.Inclusion = append(out.Inclusion, path{Index: c[0], Size: c[1], Path: hashes(p)})
	}
	for _, c := range [][2]uint64{{1, 2}, {1, 7}, {3, 7}, {4, 7}, {6, 7}, {8, 20}, {256, 257}, {20, size}, {65536, size}, {65535, size}} {
		p, err := tree.Consistency(c[0], c[1], leaves)
		if err != nil {
			t.Fatal(err)
		}
		if a, ok := roots[c[0]]; ok {
			if err := proof.CheckConsistency(c[0], a, c[1], roots[c[1]], p); err != nil {
				t.Error(err)
			}
		}
		out.Consistency = append(out.Consistency, path{Old: c[0], Size: c[1], Path: hashes(p)})
	}
	out.Tiles = tiles(t, size)
	golden(t, "tree.json", out)
}

// tiles gives the SHA-256 of every tile of a tree.
func tiles(t *testing.T, size uint64) map[string]string {
	t.Helper()
	d := disktest.New()
	tree, err := merkle.Open(d, ".", merkle.Frontier{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range size {
		tree.Append(leaf(i))
	}
	if err := tree.Flush(size); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(dir string)
	walk = func(dir string) {
		names, err := d.ReadDir(dir)
		if err != nil {
			b, err := disk.ReadFile(d, dir, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(b)
			out[dir] = hexed(sum[:])
			return
		}
		for _, n := range names {
			walk(dir + "/" + n)
		}
	}
	walk("tile")
	return out
}

// signer has the key of the vectors, whose seed is the bytes 1 to 32.
func signer(t *testing.T) (*merkle.Signer, merkle.Seed) {
	t.Helper()
	var seed merkle.Seed
	for i := range seed {
		seed[i] = byte(i + 1)
	}
	s, err := merkle.NewSigner("example.org/trail", seed)
	if err != nil {
		t.Fatal(err)
	}
	return s, seed
}

func TestCheckpoint(t *testing.T) {
	s, seed := signer(t)
	f := merkle.Frontier{}
	for i := range uint64(20) {
		f.Append(leaf(i))
	}
	r := f.Root()
	msg, err := s.SignCheckpoint(20, r)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "checkpoint.json", map[string]any{"seed": hexed(seed[:]), "key": s.VerifierKey(), "origin": s.Origin(), "size": 20, "root": b64(r[:]),
		"body": proof.Checkpoint{Origin: s.Origin(), Size: 20, Root: r}.Body(), "note": string(msg)})
}

// TestBundles makes a bundle of record 1 in a tree of the first twelve vectors of records.json, and spoils it.
func TestBundles(t *testing.T) {
	s, _ := signer(t)
	var msgs [][]byte
	var hashes []merkle.Node
	tree := merkle.New()
	for _, r := range records()[:12] {
		msg, comma := cf.AppendRecord(nil, &r)
		h := cf.LeafOf(msg, comma, key().Salt(r.Seq)).Hash()
		tree.Append(h)
		msgs, hashes = append(msgs, msg), append(hashes, merkle.Node{Hash: h})
	}
	block := func(uint64) ([]merkle.Node, error) { return hashes, nil }
	path, err := tree.Inclusion(1, 12, block)
	if err != nil {
		t.Fatal(err)
	}
	f := tree.Frontier()
	note, err := s.SignCheckpoint(12, f.Root())
	if err != nil {
		t.Fatal(err)
	}
	b, err := proof.NewBundle(msgs[1], key().Salt(1), path, note, s.VerifierKey(), "counterfoil vectors")
	if err != nil {
		t.Fatal(err)
	}
	doc := b.Marshal()
	goldenBytes(t, "bundle.json", doc)
	var forgot cf.Record
	if forgot, err = cf.ParseRecord(string(msgs[1])); err != nil {
		t.Fatal(err)
	}
	whole, comma := cf.AppendRecord(nil, &forgot)
	forgot = forgot.Forget(cf.LeafOf(whole, comma, key().Salt(1)).Hidden)
	left, _ := cf.AppendRecord(nil, &forgot)
	b2, err := proof.NewBundle(left, cf.Salt{}, path, note, s.VerifierKey(), "counterfoil vectors")
	if err != nil {
		t.Fatal(err)
	}
	doc2 := b2.Marshal()
	goldenBytes(t, "bundle-forgotten.json", doc2)
	spoil := func(change func(b *proof.Bundle)) []byte {
		c := *b
		c.Record, c.Path, c.Checkpoint = bytes.Clone(b.Record), append([]cf.Hash(nil), b.Path...), bytes.Clone(b.Checkpoint)
		change(&c)
		return c.Marshal()
	}
	replace := func(old, new string) []byte { return []byte(strings.Replace(string(doc), old, new, 1)) }
	forger, err := merkle.NewSigner("example.org/trail", merkle.Seed{9})
	if err != nil {
		t.Fatal(err)
	}
	forged, err := forger.SignCheckpoint(12, f.Root())
	if err != nil {
		t.Fatal(err)
	}
	type verdict struct {
		File   string `json:"file"`
		What   string `json:"what"`
		Key    string `json:"trusted_key,omitempty"`
		Proves bool   `json:"proves"`
		Error  string `json:"error,omitempty"` // of this program; only that there is one is normative
	}
	var out []verdict
	for _, c := range []struct {
		name, what, key string
		doc             []byte
	}{
		{"../bundle", "the bundle itself, with the key that it holds", "", doc},
		{"../bundle", "the bundle itself, with the key trusted", s.VerifierKey(), doc},
		{"../bundle", "the bundle itself, with another key trusted", forger.VerifierKey(), doc},
		{"user", "another user in the record, sum right", "", spoil(func(b *proof.Bundle) { b.Record = bytes.Replace(b.Record, []byte("anna"), []byte("otto"), 1) })},
		{"time", "another time in the record, sum right", "", spoil(func(b *proof.Bundle) {
			b.Record = bytes.Replace(b.Record, []byte(".123456789Z"), []byte(".123456780Z"), 1)
		})},
		{"sum", "another user in the record, sum wrong", "", replace("anna", "otto")},
		{"salt", "another salt, sum right", "", spoil(func(b *proof.Bundle) { b.Salt[0] ^= 1 })},
		{"path", "the first two hashes of the path swapped, sum right", "", spoil(func(b *proof.Bundle) { b.Path[0], b.Path[1] = b.Path[1], b.Path[0] })},
		{"record", "another record of the trail, sum right", "", spoil(func(b *proof.Bundle) { b.Record = msgs[2] })},
		{"size", "another size in the checkpoint, sum right", "", spoil(func(b *proof.Bundle) {
			b.Checkpoint = bytes.Replace(b.Checkpoint, []byte("\n12\n"), []byte("\n13\n"), 1)
		})},
		{"key", "the checkpoint signed by another key, sum right", "", spoil(func(b *proof.Bundle) { b.Checkpoint = forged })},
		{"forged", "checkpoint and key replaced by a forger's: proves, with the forger's key", "", spoil(func(b *proof.Bundle) { b.Checkpoint, b.Key = forged, forger.VerifierKey() })},
		{"forged", "checkpoint and key replaced by a forger's, the true key trusted", s.VerifierKey(), spoil(func(b *proof.Bundle) { b.Checkpoint, b.Key = forged, forger.VerifierKey() })},
		{"made_by", "another maker, sum wrong", "", replace("counterfoil vectors", "counterfoil vektors")},
		{"space", "a space that JSON allows", "", replace(`"salt":`, `"salt": `)},
		{"order", "two lines swapped", "", swap(doc, 2, 3)},
		{"hex", "the salt in upper case", "", upperSalt(doc)},
		{"crlf", "lines that end in CR LF", "", []byte(strings.ReplaceAll(string(doc), "\n", "\r\n"))},
		{"short", "the last line missing", "", doc[:len(doc)-2]},
		{"../bundle-forgotten", "a bundle of the record when its hidden half was forgotten", "", doc2},
		{"half", "the hash of the forgotten half changed, sum right", "", func() []byte {
			c := *b2
			c.Record = bytes.Replace(left, []byte(`"hidden":"`), []byte(`"hidden":"0`), 1)
			c.Record = append(c.Record[:len(c.Record)-3], `"}`...)
			return c.Marshal()
		}()},
		{"version", "the forgotten record in a bundle of version 1", "", []byte(strings.Replace(string(doc2), "bundle/2", "bundle/1", 1))},
		{"beside", "an address beside the hash of the forgotten half, sum right", "", func() []byte {
			c := *b2
			c.Record = bytes.Replace(left, []byte(`,"hidden":"`), []byte(`,"addr":"10.0.0.9","hidden":"`), 1)
			return c.Marshal()
		}()},
	} {
		if !strings.HasPrefix(c.name, "../") {
			goldenBytes(t, "tampered/"+c.name+".json", c.doc)
		}
		_, err := proof.Verify(c.doc, proof.Options{TrustedKey: c.key})
		v := verdict{File: "tampered/" + c.name + ".json", What: c.what, Key: c.key, Proves: err == nil}
		if name, whole := strings.CutPrefix(c.name, "../"); whole {
			v.File = name + ".json"
		}
		if err != nil {
			v.Error = err.Error()
		}
		if want := strings.HasPrefix(c.name, "../") && c.key != forger.VerifierKey() || c.name == "forged" && c.key == ""; want != v.Proves {
			t.Errorf("%s: %v", c.what, err)
		}
		out = append(out, v)
	}
	golden(t, "verdicts.json", out)
}

func swap(doc []byte, i, j int) []byte {
	lines := strings.Split(string(doc), "\n")
	lines[i], lines[j] = lines[j], lines[i]
	return []byte(strings.Join(lines, "\n"))
}

func upperSalt(doc []byte) []byte {
	lines := strings.Split(string(doc), "\n")
	name, v, _ := strings.Cut(lines[5], ":")
	lines[5] = name + ":" + strings.ToUpper(v)
	return []byte(strings.Join(lines, "\n"))
}

// TestWAL reads wal.bin, whose nonce was random when it was made.
func TestWAL(t *testing.T) {
	batches := [][]byte{[]byte("a batch that is not longer"), bytes.Repeat([]byte(`{"compressible":true}`), 100), []byte("\x00\xff")}
	if _, err := os.Stat("wal.bin"); *update && err != nil {
		d := disktest.New()
		w, err := wal.Create(d, "wal", []byte("header of the vectors"))
		if err != nil {
			t.Fatal(err)
		}
		next := uint64(5)
		for i, b := range batches {
			if err := w.Append(b, next, i+1); err != nil {
				t.Fatal(err)
			}
			if err := w.Sync(); err != nil {
				t.Fatal(err)
			}
			next += uint64(i + 1)
		}
		data := make([]byte, w.Len()+512)
		f, err := d.Open("wal", false)
		if err == nil {
			_, err = f.ReadAt(data, 0)
		}
		if err == nil {
			err = os.WriteFile("wal.bin", data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := disk.Open(".")
	if err != nil {
		t.Fatal(err)
	}
	type batch struct {
		First uint64 `json:"first"`
		Count int    `json:"count"`
		Bytes string `json:"bytes_b64"`
	}
	var got []batch
	tail, err := wal.Replay(d, "wal.bin", func(first uint64, count int, b []byte) error {
		if n := len(got); n >= len(batches) || !bytes.Equal(b, batches[n]) {
			return fmt.Errorf("batch %d is another", n)
		}
		got = append(got, batch{first, count, b64(b)})
		return nil
	})
	if err != nil || tail.Torn != nil || len(got) != len(batches) {
		t.Fatal(err, tail)
	}
	golden(t, "wal.json", map[string]any{"header": string(tail.Header), "end": tail.End, "next": tail.Next, "batches": got})
}
