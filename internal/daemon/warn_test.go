package daemon

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/config"
)

// TestWarnOfPort: a start that fails because somebody else has the port is told to the program for warnings, too.
func TestWarnOfPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/warn", []byte("#!/bin/sh\necho \"$@\" >>"+dir+"/told\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("data-dir: %s/trail\nlisten: %s\ntrail: {warn: %s/warn}\n", dir, l.Addr(), dir)
	err = Run(t.Context(), Options{Out: io.Discard, Log: io.Discard, Getenv: func(string) string { return "" },
		Load: func() (*config.Config, []byte, error) {
			c, err := config.Parse("c.yaml", []byte(text))
			return c, []byte(text), err
		}})
	if err == nil || !strings.Contains(err.Error(), "listen on") {
		t.Errorf("%v", err)
	}
	if told, err := os.ReadFile(dir + "/told"); string(told) != "nostart\n" {
		t.Errorf("told %q, %v", told, err)
	}
}
