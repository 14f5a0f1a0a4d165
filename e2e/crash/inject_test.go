package crash_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/peertest"
)

// calls are the system calls by which the program changes a trail or the file of an output. `write` is not among them: only
// the files of accounts and tokens are written with it (TestWhatIsWritten), and Go's runtime needs it to wake itself up.
var calls = []string{"pwrite64", "fsync", "fdatasync", "fallocate", "ftruncate", "renameat", "openat", "linkat", "unlinkat", "mkdirat"}

func needStrace(t *testing.T) {
	t.Helper()
	strace := peertest.Program(t, "strace", "strace")
	if out, err := exec.Command(strace, "-f", "-e", "inject=getpid:error=EIO", "true").CombinedOutput(); err != nil {
		peertest.Need(t, "strace", fmt.Errorf("it may not trace: %w: %s", err, out))
	}
}

// tracer is how a program is run so that system calls fail, and is our own child. What strace says goes to a file.
func tracer(file string, args ...string) []string {
	return append([]string{"strace", "-D", "-f", "-qq", "--seccomp-bpf", "-o", file}, args...)
}

// TestSystemCallsFail lets the kernel say EIO or ENOSPC at the n-th call of each kind, on the real program under load. It goes
// on, refuses, or ends with a code and words that say why; a restart without faults finds every acknowledged record.
// COUNTERFOIL_INJECT is at how many places each (default 1; acceptance: 12).
func TestSystemCallsFail(t *testing.T) {
	needStrace(t)
	places, seed := number(t, "COUNTERFOIL_INJECT", 1), number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	rnd := rand.New(rand.NewPCG(seed, 5))
	ends := map[string]int{} // what became of how many
	for _, call := range calls {
		for _, fault := range []string{"EIO", "ENOSPC"} {
			for i := range places {
				ends[inject(t, rnd, call, fault, nth(rnd, call, i))]++
			}
		}
	}
	t.Logf("%v", ends)
}

// nth chooses the occurrence: the first ones are those of opening. Files are opened for reading, too, and before there is a
// trail.
func nth(rnd *rand.Rand, call string, i uint64) int {
	if i == 0 && call != "openat" {
		return 1
	}
	return 1 + rnd.IntN(map[string]int{"pwrite64": 25, "fdatasync": 25, "openat": 60}[call]+4) // of each thread
}

// inject runs a busy program of which one call fails, then one of which none does.
func inject(t *testing.T, rnd *rand.Rand, call, fault string, n int) string {
	t.Helper()
	what := fmt.Sprintf("%s %s at call %d", call, fault, n)
	b := newBusy(t, rnd)
	if rnd.IntN(2) == 0 { // the trail is there already
		b.some(1000, what)
	}
	log := filepath.Join(t.TempDir(), "strace")
	b.daemon.under = tracer(log, "-e", "trace="+call, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d", call, fault, n))
	how, code := b.suffer(what)
	said := b.daemon.log.String()
	noConfig := code == 2 && strings.Contains(said, "counterfoil.yaml: ") // it could not be read
	if code != 0 && code != 3 && !noConfig || strings.Contains(said, "panic") || strings.Contains(said, "goroutine ") {
		t.Errorf("%s: %s, exit code %d\n%s", what, how, code, said)
	}
	if words := map[string]string{"EIO": "input/output error", "ENOSPC": "no space left"}[fault]; code == 3 && !strings.Contains(said, words) {
		t.Errorf("%s: %s, exit code 3, and it does not say why\n%s", what, how, said)
	}
	b.daemon.under = nil
	b.some(500, what+", afterwards")
	b.check(what)
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	failed := strings.Count(string(text), "(INJECTED)") // each thread has a count of its own
	t.Logf("%s: %d failed, %s, exit code %d, %d acknowledged", what, failed, how, code, b.load.ledger.size())
	if failed == 0 {
		how = "was not called so often"
	}
	return how
}

// some lets the program take in so many events and end.
func (b *busy) some(events int, when string) {
	b.t.Helper()
	b.start()
	b.begin()
	b.load.untilKept(events)
	b.end()
	if code := b.daemon.end(syscall.SIGTERM); code != 0 {
		b.t.Fatalf("%s: exit code %d\n%s", when, code, b.daemon.log)
	}
}

// suffer loads the program for a while, and tells how it took that and its exit code.
func (b *busy) suffer(when string) (how string, code int) {
	b.t.Helper()
	if !b.daemon.tryStart() {
		return "did not start", b.daemon.wait(when)
	}
	b.hold()
	b.begin()
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline) && len(b.load.errors()) < senders; {
		time.Sleep(10 * time.Millisecond)
	}
	b.end()
	how = "went on"
	if len(b.load.errors()) > 0 {
		how = "refused"
	}
	select {
	case err := <-b.daemon.ended:
		b.daemon.ended <- err
		return "ended", b.daemon.wait(when)
	default:
	}
	switch err := b.daemon.cmd.Process.Signal(syscall.SIGTERM); {
	case errors.Is(err, os.ErrProcessDone): // between the look and the signal
		return "ended", b.daemon.wait(when)
	case err != nil:
		b.t.Fatalf("%s: %v\n%s", when, err, b.daemon.log)
	}
	return how, b.daemon.wait(when)
}

// TestWhatIsWritten sees that [calls] are all by which a file is changed, but for those in access/.
func TestWhatIsWritten(t *testing.T) {
	needStrace(t)
	seed := number(t, "COUNTERFOIL_SEED", uint64(time.Now().UnixNano()))
	t.Logf("COUNTERFOIL_SEED=%d", seed)
	b := newBusy(t, rand.New(rand.NewPCG(seed, 6)))
	log := filepath.Join(t.TempDir(), "strace")
	b.daemon.under = tracer(log, "-y", "-e", "trace=write,writev,pwritev,pwritev2,creat,rename,renameat2,link,unlink,rmdir,mkdir,truncate,sync_file_range,mmap")
	b.start()
	b.begin()
	b.load.untilKept(5000)
	b.end()
	if code := b.daemon.end(syscall.SIGTERM); code != 0 {
		t.Fatalf("exit code %d\n%s", code, b.daemon.log)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, filepath.Dir(b.daemon.dir)) && !strings.Contains(line, b.daemon.dir+"/access/") {
			t.Error(line)
		}
	}
}
