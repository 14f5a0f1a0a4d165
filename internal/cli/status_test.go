package cli

import (
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil/internal/daemon"
)

// An input that has no source beside its type is named by that alone.
func TestStatusText(t *testing.T) {
	var b strings.Builder
	st := &daemon.Status{Origin: "vm/counterfoil/1", Records: 3, Bytes: 24 << 20, Inputs: []daemon.InputStatus{{Name: "kernel", Type: "netlink"}, {Name: "log", Type: "file", Source: "/x"}}}
	if err := printStatus(Env{Stdout: &b}, st); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"on disk       24.0 MiB in the data directory", "input kernel  netlink: 0 events", "input log     file /x: 0 events"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
