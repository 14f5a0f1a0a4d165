package vectors

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	cf "github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/merkle"
	"github.com/counterfoil/counterfoil/proof"
)

// evidence makes the archive of records 1, 2, 5 and 8 with 6 as their context, in a tree of the first twelve of records.json. Of
// some of them the hidden half is forgotten.
func evidence(t *testing.T, s *merkle.Signer, forgotten ...int) []byte {
	t.Helper()
	tree := merkle.New()
	var msgs [][]byte
	var hashes []merkle.Node
	for _, r := range records()[:12] {
		msg, comma := cf.AppendRecord(nil, &r)
		l := cf.LeafOf(msg, comma, key().Salt(r.Seq))
		if slices.Contains(forgotten, int(r.Seq)) {
			left := r.Forget(l.Hidden)
			msg, _ = cf.AppendRecord(nil, &left)
		}
		h := l.Hash()
		tree.Append(h)
		msgs, hashes = append(msgs, msg), append(hashes, merkle.Node{Hash: h})
	}
	f := tree.Frontier()
	note, err := s.SignCheckpoint(12, f.Root())
	if err != nil {
		t.Fatal(err)
	}
	e := &proof.Evidence{Key: s.VerifierKey(), Checkpoint: note, Records: [][]byte{msgs[1], msgs[2], msgs[5], msgs[8]}, Context: [][]byte{msgs[6]},
		Statement: `{"query":"user = anna","records":4}`, Report: []byte("<!doctype html><title>Evidence</title>\n")}
	seqs := []uint64{1, 2, 5, 6, 8}
	for _, n := range seqs {
		e.Salts = append(e.Salts, key().Salt(n))
	}
	if e.Nodes, err = tree.Inclusions(seqs, 12, func(uint64) ([]merkle.Node, error) { return hashes, nil }); err != nil {
		t.Fatal(err)
	}
	data, err := e.Data(s.Sign)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := e.Archive(data, s.Sign)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// packed writes an archive as docs/format/bundle.md says, or almost.
func packed(t *testing.T, files proof.Files, header func(*zip.FileHeader)) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		n := uint64(len(f.Data))
		h := &zip.FileHeader{Name: f.Name, CRC32: crc32.ChecksumIEEE(f.Data), CompressedSize64: n, UncompressedSize64: n, CreatorVersion: 20, ReaderVersion: 20}
		//lint:ignore SA1019 a raw header takes its date in no other way
		h.ModifiedDate = 33
		header(h)
		to, err := w.CreateRaw(h)
		if err == nil {
			_, err = to.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unpacked(t *testing.T, doc []byte) (files proof.Files) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(doc), int64(len(doc)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, proof.File{Name: f.Name, Data: data})
	}
	return files
}

// signedAnew makes the two notes right again, as somebody with the key could.
func signedAnew(t *testing.T, files proof.Files, s *merkle.Signer) proof.Files {
	t.Helper()
	sums := func(files proof.Files) string {
		var b strings.Builder
		for _, f := range files {
			fmt.Fprintf(&b, "%x %s\n", sha256.Sum256(f.Data), f.Name)
		}
		return b.String()
	}
	sign := func(text string) []byte {
		note, err := s.Sign(text)
		if err != nil {
			t.Fatal(err)
		}
		return note
	}
	n := len(files) - 1
	_, rest, _ := strings.Cut(string(files[1].Data), " proof\n")
	said, _, _ := strings.Cut(rest, "\n")
	files[1].Data = sign("counterfoil evidence 1\n" + s.Origin() + "\n" + sums(slices.Concat(files[:1], files[2:6])) + said + "\n")
	files[n].Data = sign("counterfoil manifest 1\n" + s.Origin() + "\n" + sums(files[:n]))
	return files
}

// TestEvidence makes the evidence for a query, and spoils it: by accident, and as somebody with the trail's key could.
func TestEvidence(t *testing.T) {
	s, _ := signer(t)
	doc := evidence(t, s)
	goldenBytes(t, "evidence.zip", doc)
	doc2 := evidence(t, s, 2, 6)
	goldenBytes(t, "evidence-forgotten.zip", doc2)
	forger, err := merkle.NewSigner("example.org/trail", merkle.Seed{9})
	if err != nil {
		t.Fatal(err)
	}
	asIs := func(*zip.FileHeader) {}
	edited := func(name, old, new string) proof.Files {
		files := unpacked(t, doc)
		i := slices.IndexFunc(files, func(f proof.File) bool { return f.Name == name })
		was := files[i].Data
		if files[i].Data = []byte(strings.Replace(string(was), old, new, 1)); bytes.Equal(files[i].Data, was) {
			t.Fatalf("%s was not changed", name)
		}
		return files
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
		{"../evidence", "the archive itself, with the key that it holds", "", doc},
		{"../evidence", "the archive itself, with the key trusted", s.VerifierKey(), doc},
		{"../evidence", "the archive itself, with another key trusted", forger.VerifierKey(), doc},
		{"report", "another word in the report", "", packed(t, edited("report.html", "Evidence", "Evidenze"), asIs)},
		{"stated", "another query in the statement", "", packed(t, edited("statement", "anna", "otto"), asIs)},
		{"found", "another user in a record, signed anew", "", packed(t, signedAnew(t, edited("records.jsonl", "anna", "otto"), s), asIs)},
		{"moved", "a record moved to the context, signed anew", "", packed(t, signedAnew(t, func() proof.Files {
			files := unpacked(t, doc)
			at := bytes.LastIndexByte(files[3].Data[:len(files[3].Data)-1], '\n') + 1
			files[4].Data = append(files[4].Data, files[3].Data[at:]...)
			files[3].Data = files[3].Data[:at]
			return files
		}(), s), asIs)},
		{"dropped", "a record left out, signed anew", "", packed(t, signedAnew(t, func() proof.Files {
			files := unpacked(t, doc)
			files[3].Data = files[3].Data[bytes.IndexByte(files[3].Data, '\n')+1:]
			return files
		}(), s), asIs)},
		{"raw", "the bytes as they came changed, signed anew", "", packed(t, signedAnew(t, edited("raw/1", "RENAME", "REMOVE"), s), asIs)},
		{"tree", "another size in the proof, signed anew", "", packed(t, signedAnew(t, edited("proof", "\n12\n", "\n13\n"), s), asIs)},
		{"node", "a node of the proof missing, signed anew", "", packed(t, signedAnew(t, func() proof.Files {
			files := unpacked(t, doc)
			files[5].Data = files[5].Data[:bytes.LastIndexByte(files[5].Data[:len(files[5].Data)-1], '\n')+1]
			return files
		}(), s), asIs)},
		{"more", "a file more, signed anew", "", packed(t, signedAnew(t, slices.Insert(unpacked(t, doc), 6, proof.File{Name: "raw/3", Data: []byte("x")}), s), asIs)},
		{"signed", "signed by another key", "", packed(t, signedAnew(t, unpacked(t, doc), forger), asIs)},
		{"dated", "the archive with a comment on each file", "", packed(t, unpacked(t, doc), func(h *zip.FileHeader) { h.Comment = "later" })},
		{"behind", "something behind the archive", "", append(bytes.Clone(doc), 0)},
		{"cut", "the end cut off", "", doc[:len(doc)-1]},
		{"../evidence-forgotten", "the hidden halves of two records are forgotten", s.VerifierKey(), doc2},
		{"salted", "a salt for a record that was forgotten, signed anew", "", packed(t, signedAnew(t, func() proof.Files {
			files := unpacked(t, doc2)
			files[5].Data = []byte(strings.Replace(string(files[5].Data), "2 -\n", "2 "+strings.Repeat("00", 16)+"\n", 1))
			return files
		}(), s), asIs)},
	} {
		v := verdict{File: "tampered/" + c.name + ".zip", What: c.what, Key: c.key}
		if name, whole := strings.CutPrefix(c.name, "../"); whole {
			v.File = name + ".zip"
		} else {
			goldenBytes(t, v.File, c.doc)
		}
		_, err := proof.VerifyEvidence(c.doc, proof.Options{TrustedKey: c.key})
		if v.Proves = err == nil; err != nil {
			v.Error = err.Error()
		}
		if want := strings.HasPrefix(c.name, "../") && c.key != forger.VerifierKey() || c.name == "moved"; want != v.Proves {
			t.Errorf("%s: %v", c.what, err)
		}
		out = append(out, v)
	}
	golden(t, "verdicts-evidence.json", out)
}

// TestEveryByteOfEvidence flips each bit of an archive.
func TestEveryByteOfEvidence(t *testing.T) {
	s, _ := signer(t)
	doc := evidence(t, s)
	for i := range doc {
		doc[i] ^= 1 << (i % 8)
		if _, err := proof.VerifyEvidence(doc, proof.Options{}); err == nil {
			t.Fatalf("byte %d may be changed", i)
		}
		doc[i] ^= 1 << (i % 8)
	}
}
