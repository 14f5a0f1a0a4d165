package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

// notRun stands before a shell block that cannot be run here, with the reason.
const notRun = "<!-- not run: "

// Every shell block of README and docs is run: the blocks of a page one after the other in one shell that stops at the
// first failure, beside a daemon with the sample log, whose address stands for 127.0.0.1:8470.
func TestDocs(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var pages []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, found...)
	}
	blocks := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		script, n := shellBlocks(t, page, string(text))
		if blocks += n; n == 0 {
			continue
		}
		t.Run(filepath.Base(page), func(t *testing.T) { runPage(t, root, script) })
	}
	if blocks < 5 {
		t.Errorf("only %d shell blocks were found in %d pages", blocks, len(pages))
	}
}

// shellBlocks gives the text of the blocks that are to be run.
func shellBlocks(t *testing.T, page, text string) (script string, n int) {
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		if lines[i] != "```sh" {
			continue
		}
		skip := i > 0 && strings.HasPrefix(lines[i-1], notRun)
		if skip && len(lines[i-1]) < len(notRun)+10 {
			t.Errorf("%s:%d: say why the block is not run", page, i)
		}
		for i++; i < len(lines) && lines[i] != "```"; i++ {
			if !skip {
				script += lines[i] + "\n"
			}
		}
		if !skip {
			n++
		}
	}
	return script, n
}

func runPage(t *testing.T, root, script string) {
	if strings.Contains(script, "curl ") {
		peertest.Program(t, "curl", "curl")
	}
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(bin, "counterfoil")); err != nil { // testscript.Main runs what it is called
		t.Fatal(err)
	}
	address := startDaemon(t, root, dir, filepath.Join(bin, "counterfoil"))
	cmd := exec.Command("sh", "-e")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	cmd.Stdin = strings.NewReader("set -x\n" + strings.ReplaceAll(script, "127.0.0.1:8470", address))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// startDaemon runs a daemon on ./var with the sample log and waits until the log is in.
func startDaemon(t *testing.T, root, dir, program string) (address string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	sample := filepath.Join(root, "corpus/linux/live-kernel-6.18/samples-netlink.log")
	config := fmt.Sprintf("inputs: [{name: sample, type: file, path: %q, dialect: linux}]\n", sample)
	if err := os.WriteFile(filepath.Join(dir, "counterfoil.yaml"), []byte(config), 0o666); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	daemon := exec.Command(program, "run", "--config", "counterfoil.yaml", "--listen", address)
	daemon.Dir, daemon.Stdout, daemon.Stderr = dir, &said, &said
	if err := daemon.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := daemon.Process.Signal(os.Interrupt); err != nil {
			t.Error(err)
		}
		if err := daemon.Wait(); err != nil {
			t.Errorf("the daemon ended with %v and said\n%s", err, said.String())
		}
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		r, err := http.Get("http://" + address + "/healthz")
		if err != nil {
			continue
		}
		r.Body.Close()
		signed := exec.Command(program, "prove", "20", "-o", "ready") // taken in and covered by a checkpoint
		signed.Dir = dir
		if signed.Run() == nil {
			return address
		}
	}
	t.Fatal("the daemon does not take the sample log in")
	return ""
}
