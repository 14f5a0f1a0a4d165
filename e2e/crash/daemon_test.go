package crash_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/trail"
)

// patience is how long anything may take that is waited for. Nothing is expected to need it.
const patience = 2 * time.Minute

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "counterfoil-e2e-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "counterfoil")
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/counterfoil")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := build(); err == nil {
		os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// daemon is `counterfoil run` on a data directory.
type daemon struct {
	t        *testing.T
	bin      string
	dir      string
	settings string   // of counterfoil.yaml, beside data-dir and listen
	under    []string // what runs the program: strace and its arguments; it must make it our own child
	token    string
	url      string
	cmd      *exec.Cmd
	log      *bytes.Buffer
	ended    chan error
}

// small has segments so small that most moments fall into a seal.
const small = "trail: {segment-rows: 3000, seal-age: 1s, checkpoint-every: 100ms}\n"

// newDaemon makes a token for a data directory; start starts the program.
func newDaemon(t *testing.T, dir string) *daemon {
	t.Helper()
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, bin: bin, dir: dir, settings: small}
	d.token = d.newToken("loader", "sender")
	t.Cleanup(func() {
		if d.cmd != nil {
			d.cmd.Process.Kill()
			<-d.ended
		}
	})
	return d
}

func (d *daemon) newToken(name, role string) string {
	d.t.Helper()
	out, err := exec.Command(d.bin, "token", "create", "--data-dir", d.dir, "--name", name, "--role", role).Output()
	if err != nil {
		d.t.Fatalf("token create: %v", detail(err))
	}
	return strings.TrimSpace(string(out))
}

func detail(err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("%w\n%s", err, e.Stderr)
	}
	return err
}

// start starts the program and returns when it serves.
func (d *daemon) start() {
	d.t.Helper()
	if !d.tryStart() {
		d.t.Fatalf("counterfoil run ended: exit code %d\n%s", d.wait("at the start"), d.log)
	}
}

// tryStart starts the program and tells whether it serves; it has ended else.
func (d *daemon) tryStart() bool {
	d.t.Helper()
	conf := filepath.Join(d.t.TempDir(), "counterfoil.yaml")
	text := fmt.Sprintf("data-dir: %q\nlisten: 127.0.0.1:0\n%s", d.dir, d.settings)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.log, d.ended = new(bytes.Buffer), make(chan error, 1)
	command := append(slices.Clone(d.under), d.bin, "run", "--config", conf)
	d.cmd = exec.Command(command[0], command[1:]...)
	d.cmd.Stderr = d.log
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	address := make(chan string, 1)
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() {
			if _, after, ok := strings.Cut(s.Text(), "http://"); ok {
				address <- "http://" + strings.TrimSpace(after)
			}
		}
		close(address)
		d.ended <- d.cmd.Wait() // only now: Wait closes the pipe
	}()
	select {
	case url, ok := <-address:
		d.url = url
		return ok
	case <-time.After(patience):
		d.t.Fatalf("counterfoil run does not serve\n%s", d.log)
	}
	return false
}

// end sends a signal and gives the exit code, -1 if the signal ended it.
func (d *daemon) end(s syscall.Signal) int {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil {
		d.t.Fatalf("%v: %v\n%s", s, err, d.log)
	}
	return d.wait(s.String())
}

// wait waits for the program's end.
func (d *daemon) wait(why string) int {
	d.t.Helper()
	select {
	case <-d.ended:
	case <-time.After(patience):
		d.t.Fatalf("counterfoil run does not end: %s\n%s", why, d.log)
	}
	code := d.cmd.ProcessState.ExitCode()
	d.cmd = nil
	return code
}

// verify is `counterfoil verify --json`; anything but yes fails the test.
func (d *daemon) verify(when string) trail.Report {
	d.t.Helper()
	out, err := exec.Command(d.bin, "verify", "--data-dir", d.dir, "--json").Output()
	var r trail.Report
	if bad := json.Unmarshal(out, &r); err != nil || bad != nil || !r.OK {
		d.t.Fatalf("%s: verify says no: %v\n%s", when, detail(err), out)
	}
	return r
}
