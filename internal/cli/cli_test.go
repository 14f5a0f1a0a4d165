package cli

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// full is standard output on a disk that takes so many bytes more.
type full struct{ left int }

func (f *full) Write(b []byte) (int, error) {
	n := min(len(b), f.left)
	if f.left -= n; n < len(b) {
		return n, errors.New("no space left on device")
	}
	return n, nil
}

// A script that keeps what is printed must learn that it is not all there.
func TestOutputThatIsLost(t *testing.T) {
	for _, args := range []string{"--help", "--version", "help verify", "search --help", "trail repair -h", "completion bash", "completion zsh"} {
		for _, left := range []int{0, 10} {
			var stderr bytes.Buffer
			code := Main(strings.Fields(args), Env{Stdout: &full{left}, Stderr: &stderr, Version: "1"})
			if want := "counterfoil: no space left on device\n"; code != exitTrouble || stderr.String() != want {
				t.Errorf("%s with space for %d bytes: exit %d, %q; want %d, %q", args, left, code, stderr.String(), exitTrouble, want)
			}
		}
		if code := Main(strings.Fields(args), Env{Stdout: io.Discard, Stderr: io.Discard, Version: "1"}); code != exitYes {
			t.Errorf("%s: exit %d, want %d", args, code, exitYes)
		}
	}
}
