// Package peertest says what becomes of a test whose peer is not on this machine: a program, a right, or the data of other
// projects, which is not copied into this repository.
package peertest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Need skips a test whose peer cannot be used (err is not nil), with a sentence that says why, and fails it where
// COUNTERFOIL_REQUIRE, a list with commas, names the peer.
func Need(t testing.TB, peer string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	Demand(t, peer, err)
	t.Skipf("This test needs %s, which cannot be used here: %v.", peer, err)
}

// Demand fails a test whose peer cannot be used and is named by COUNTERFOIL_REQUIRE. It is for tests that skip a part only.
func Demand(t testing.TB, peer string, err error) {
	t.Helper()
	if slices.Contains(strings.FieldsFunc(os.Getenv("COUNTERFOIL_REQUIRE"), func(r rune) bool { return r == ',' || r == ' ' }), peer) && err != nil {
		t.Fatalf("COUNTERFOIL_REQUIRE names %s, and it cannot be used here: %v", peer, err)
	}
}

// Program gives the path of the peer's program.
func Program(t testing.TB, peer, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	Need(t, peer, err)
	return path
}

// Shared gives the path of a file or directory of ../shared, which lies beside the repository.
func Shared(t testing.TB, name string) string {
	t.Helper()
	root, err := filepath.Abs(".")
	for err == nil {
		if _, err := os.Stat(filepath.Join(root, "internal", "house")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			err = errors.New("the repository is not above this directory")
		}
		root = filepath.Dir(root)
	}
	path := filepath.Join(root, "..", "shared", name)
	if err == nil {
		_, err = os.Stat(path)
	}
	Need(t, "shared", err)
	return path
}

// ReadShared reads a file of ../shared.
func ReadShared(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(Shared(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Verifier gives the Python that docs/format/verify.py runs with; the peer is `verifier`.
func Verifier() (python string, err error) {
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(p); err == nil && exec.Command(path, "-c", "import cryptography, zstandard").Run() == nil {
			return path, nil
		}
	}
	return "", errors.New("no python3 has the packages cryptography and zstandard (Debian: python3-cryptography, python3-zstandard)")
}
