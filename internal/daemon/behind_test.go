package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/daemon"
)

// TestOutputBehind: an output that comes to more records of one sealed file than are read at once gives each its own words.
func TestOutputBehind(t *testing.T) {
	const n = 20_000
	dir := t.TempDir()
	text := fmt.Sprintf(`
data-dir: %[1]s/trail
listen: 127.0.0.1:0
trail: {segment-rows: 30000, seal-age: 1s}
inputs: [{name: table, type: file, path: %[1]s/in.jsonl, dialect: jsonl}]
outputs: [{name: file, type: file, path: %[1]s/later/out.jsonl, format: jsonl, filter: 'event = WRITE'}]
`, dir)
	said := func(i int) string { return fmt.Sprintf(`{"n":%d,"x":"%s"}`, i, strings.Repeat("x", i%307)) }
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, `{"time":"2026-11-22T12:00:00Z","svc":"APP","event":"WRITE","addr":"","user":"u%d","event_data":%s}`+"\n", i%50, said(i))
	}
	if err := os.WriteFile(dir+"/in.jsonl", []byte(in.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	log, done := &heard{}, make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, daemon.Options{Load: func() (*config.Config, []byte, error) {
			c, err := config.Parse("c.yaml", []byte(text))
			return c, []byte(text), err
		}, Version: "test", Out: log, Log: log, Getenv: func(string) string { return "" }, Ready: func(string) {}})
	}()
	wait(t, func() error {
		size := 0
		files, err := filepath.Glob(dir + "/trail/segment/*.seal")
		for _, f := range files {
			var first, last int
			if _, err := fmt.Sscanf(filepath.Base(f), "%d-%d.seal", &first, &last); err == nil {
				size = max(size, last+1)
			}
		}
		if size < n {
			return fmt.Errorf("%d of %d records are sealed; %v, %s", size, n, err, log)
		}
		return nil
	})
	if err := os.Mkdir(dir+"/later", 0o700); err != nil {
		t.Fatal(err)
	}
	var out string
	wait(t, func() error {
		b, err := os.ReadFile(dir + "/later/out.jsonl")
		if out = string(b); strings.Count(out, "\n") < n {
			return fmt.Errorf("the output has %d of %d records; %v, %s", strings.Count(out, "\n"), n, err, log)
		}
		return nil
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	i := 0
	for line := range strings.Lines(out) {
		var r struct {
			Event json.RawMessage `json:"event_data"`
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil || string(r.Event) != said(i) {
			t.Fatalf("record %d of the output says %.200s, want %s; %v", i, line, said(i), err)
		}
		i++
	}
}
