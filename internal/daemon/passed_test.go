package daemon_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/daemon"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// Where the events of TestPassed stand.
const (
	hushed = "hushedneedle" // passed on and not stored
	kept   = "keptneedle"
)

// heard is what a destination got. Safe for concurrent use.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// datagrams listens to an output of syslog.
func datagrams(t *testing.T) (address string, got *heard) {
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	got = &heard{}
	go func() {
		for b := make([]byte, 1<<16); ; {
			n, _, err := c.ReadFrom(b)
			if err != nil {
				return
			}
			got.Write(b[:n])
		}
	}()
	return c.LocalAddr().String(), got
}

// TestPassed: outputs of every kind get what the policy keeps from the disk, as their own filters want it, marked; none of it
// stands in any file of the trail's directory, those of the outputs' cursors among them.
func TestPassed(t *testing.T) {
	dir := t.TempDir()
	address, syslog := datagrams(t)
	console, log := &heard{}, &heard{}
	text := fmt.Sprintf(`
data-dir: %[1]s/trail
listen: 127.0.0.1:0
trail: {segment-rows: 16, seal-age: 1s, checkpoint-every: 10ms}
inputs: [{name: table, type: file, path: %[1]s/in.jsonl, dialect: jsonl}]
outputs:
  - {name: file, type: file, path: %[1]s/out.jsonl, format: jsonl}
  - {name: table, type: file, path: %[1]s/out.csv, format: csv, filter: 'event = NEW'}
  - {name: none, type: file, path: %[1]s/none.jsonl, format: jsonl, filter: 'not event_data.added.stored = false'}
  - {name: stored, type: file, path: %[1]s/stored.jsonl, format: jsonl, filter: 'received > 2000-01-01'}
  - {name: console, type: console, format: jsonl}
  - {name: syslog, type: syslog, address: "udp://%[2]s", format: jsonl}
policy:
  categories: {traffic: {enabled: true, persist: false}}
  filters: [{name: hush, filter: event = HUSH, then: stream}]
`, dir, address)
	if err := os.WriteFile(dir+"/in.jsonl", []byte(lines("f", 20)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done, ready := make(chan error, 1), make(chan struct{})
	go func() {
		done <- daemon.Run(ctx, daemon.Options{Load: func() (*config.Config, []byte, error) {
			c, err := config.Parse("c.yaml", []byte(text))
			return c, []byte(text), err
		}, Version: "test", Out: console, Log: log, Getenv: func(string) string { return "" }, Ready: func(string) { close(ready) }})
	}()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err, log)
	}
	send(t, dir+"/trail", lines("s", 20))
	send(t, dir+"/trail", `{"time":"2026-11-22T12:00:00Z","svc":"APP","event":"FORGED","addr":"","user":"eve","event_data":{"added":{"stored":false,"x":1}}}`+"\n")
	wait(t, func() error {
		for what, got := range map[string]string{"the file": read(t, dir+"/out.jsonl"), "the console": console.String(), "syslog": syslog.String()} {
			if n, marked := strings.Count(got, hushed+`0"`), strings.Count(got, `"added":{"stored":false}`); n != 4 || marked != 80 {
				return fmt.Errorf("%s has %d of 4 events that are not stored, and %d of 80 marks", what, n, marked)
			}
		}
		if got := strings.Count(read(t, dir+"/out.csv"), ",NEW,"); got != 40 {
			return fmt.Errorf("the table has %d of 40", got)
		}
		return nil
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := read(t, dir+"/none.jsonl"); strings.Contains(got, hushed) || !strings.Contains(got, kept) {
		t.Errorf("a filter on the mark is not heard: %.300s", got)
	}
	if got := read(t, dir+"/stored.jsonl"); strings.Contains(got, hushed) || !strings.Contains(got, kept) || !strings.Contains(got, "FORGED") {
		t.Errorf("a filter on the receipt is not heard, or a sender's own mark is: %.300s", got)
	}
	seen := map[string]int{"log": intaketest.Scan(t, "the log", []byte(log.String()), kept, hushed)}
	intaketest.ScanFiles(t, dir+"/trail", seen, kept, hushed)
	if seen[".parquet"]+seen[".wal"] == 0 {
		t.Errorf("what was kept was not seen: %v", seen)
	}
	if cursors, _ := filepath.Glob(dir + "/trail/output/*.cursor"); len(cursors) != 6 {
		t.Errorf("cursors: %q", cursors)
	}
}

// lines are n events of each of three kinds: two that are not to be stored, by their category and by a filter, and one that is.
func lines(mark string, n int) string {
	var b strings.Builder
	for i := range n {
		for _, e := range []struct{ name, category, needle string }{{"NEW", "traffic", hushed}, {"HUSH", "data", hushed}, {"UNLINK", "data", kept}} {
			fmt.Fprintf(&b, `{"time":"2026-11-22T12:00:00Z","svc":"APP","event":%q,"category":%q,"addr":"","user":"%s%s","sess":%q,"object":{"name":"%s%d"},`+
				`"event_data":{"x":%q},"raw":%q}`+"\n", e.name, e.category, e.needle, mark, e.needle, e.needle, i, e.needle, e.needle)
		}
	}
	return b.String()
}

// send hands lines to the daemon's local socket and waits for the answers.
func send(t *testing.T, dir, text string) {
	t.Helper()
	var c net.Conn
	wait(t, func() (err error) {
		c, err = net.Dial("unix", dir+"/ingest.sock")
		return err
	})
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.UnixConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(c)
	if err != nil || bytes.Contains(answer, []byte("error")) {
		t.Fatalf("%s, %v", answer, err)
	}
}

// wait waits until check has nothing to say.
func wait(t *testing.T, check func() error) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}
