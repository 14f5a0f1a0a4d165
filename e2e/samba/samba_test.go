package samba_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/samba"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// wanted is what each act must give, in this order, among other events: event, success, object, and for a rename its
// second name. "!" is a failure.
var wanted = map[string][]string{
	"connect":    {"AUTHENTICATION", "AUTHORIZATION", "CONNECT finance", "DISCONNECT finance"},
	"write":      {"CREATE docs", "OPEN docs/small.txt", "CREATE docs/small.txt", "WRITE docs/small.txt", "SET_ATTR docs/small.txt", "CLOSE docs/small.txt", "WRITE docs/big.bin", "CLOSE docs/big.bin", "DISCONNECT finance"},
	"read":       {"OPEN docs/big.bin", "CREATE docs/big.bin", "READ docs/big.bin", "CLOSE docs/big.bin", "READ docs/small.txt", "CLOSE docs/small.txt"},
	"rename":     {"RENAME docs/small.txt > docs/renamed.txt", "!RENAME docs/renamed.txt", "!CREATE docs/none"},
	"attributes": {"SET_ATTR docs/renamed.txt", "SET_ATTR docs/renamed.txt", "SET_ATTR docs/renamed.txt"},
	"acl":        {"CREATE docs/renamed.txt", "SET_ACL docs/renamed.txt", "CLOSE docs/renamed.txt"},
	"copy":       {"CREATE docs/big.bin", "CREATE docs/copy.bin", "OFFLOAD_READ docs/big.bin", "OFFLOAD_WRITE docs/copy.bin", "CLOSE docs/big.bin", "CLOSE docs/copy.bin"},
	"stream":     {"CREATE docs/renamed.txt:secret", "WRITE docs/renamed.txt:secret", "CLOSE docs/renamed.txt:secret", "READ docs/renamed.txt:secret"},
	"names":      {"CREATE pipe|unlinkat|ok|name", "READ pipe|unlinkat|ok|name", "CLOSE pipe|unlinkat|ok|name", "CREATE new#012line", "READ new#012line"},
	"denied":     {"!CREATE", "!RENAME docs/renamed.txt", "!CREATE none"},
	"delete":     {"UNLINK docs/renamed.txt", "UNLINK docs/copy.bin", "UNLINK docs/big.bin", "UNLINK docs"},
	"refused":    {"!AUTHENTICATION", "!CONNECT nosuch", "!CONNECT gate"},
}

func TestSession(t *testing.T) {
	for _, program := range []string{"smbd", "smbclient", "smbcacls", "smbpasswd", "python3", "unshare", "ip", "ss"} {
		peertest.Program(t, "samba", program)
	}
	if modules, _ := filepath.Glob("/usr/lib/*/samba/vfs/full_audit.so"); len(modules) == 0 {
		peertest.Need(t, "samba", errors.New("the module full_audit is not installed (Debian: samba-vfs-modules)"))
	}
	if os.Getuid() != 0 {
		peertest.Need(t, "samba", errors.New("only root can make the namespaces"))
	}
	if out, err := exec.Command("unshare", "--mount", "--net", "--uts", "true").CombinedOutput(); err != nil {
		peertest.Need(t, "samba", fmt.Errorf("namespaces cannot be made here: %w: %s", err, out))
	}
	dir := t.TempDir()
	record := exec.CommandContext(t.Context(), "../../corpus/record/samba.sh", dir)
	if out, err := record.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", record, err, out)
	}
	for act, want := range wanted {
		t.Run(act, func(t *testing.T) {
			in, err := os.ReadFile(filepath.Join(dir, act+".in"))
			if err != nil {
				t.Fatal(err)
			}
			events := decode(t, in)
			check(t, events, want)
			if act == "write" || act == "read" {
				counters(t, events)
			}
		})
	}
}

// decode reads a log, every line of which must be in the raw of an event, none undecoded.
func decode(t *testing.T, in []byte) (events []counterfoil.Event) {
	t.Helper()
	d, err := samba.Dialect.Decode(nil)
	if err != nil {
		t.Fatal(err)
	}
	pos, lines := int64(0), 0
	for line := range bytes.Lines(in) {
		f := dialect.Frame{Data: bytes.TrimSuffix(line, []byte("\n")), Pos: pos, Received: counterfoil.TimeOf(time.Now())}
		if events, err = d.Decode(events, f); err != nil {
			t.Error(err)
		}
		pos += int64(len(line))
		lines++
	}
	events = d.Flush(events, time.Time{})
	for i := range events {
		if err := events[i].Check(); err != nil {
			t.Error(err)
		}
		lines -= strings.Count(events[i].Raw, "\n") + 1
	}
	if lines != 0 {
		t.Errorf("%d lines of the log are in no event", lines)
	}
	return events
}

func check(t *testing.T, events []counterfoil.Event, want []string) {
	t.Helper()
	var got []string
	for _, e := range events {
		text := strings.TrimSpace(e.Name + " " + e.Object.Name)
		if e.Outcome == counterfoil.Failure {
			text = "!" + text
		}
		if e.Object.To != "" {
			text += " > " + e.Object.To
		}
		got = append(got, text)
		if e.Name != "LOG" && (e.User != "anna" || e.Addr != "127.0.0.1") {
			t.Errorf("%s is of %q at %q", text, e.User, e.Addr)
		}
	}
	rest := got
	for _, w := range want {
		i := slices.Index(rest, w)
		if i < 0 {
			t.Fatalf("no %q after what came before it:\n%s", w, strings.Join(got, "\n"))
		}
		rest = rest[i+1:]
	}
}

// counters: what was read and written is in CLOSE to the byte, and all four counters of DISCONNECT count.
func counters(t *testing.T, events []counterfoil.Event) {
	t.Helper()
	for _, e := range events {
		o := e.EventData.Member("operations")
		switch {
		case e.Name == "CLOSE" && e.Object.Name == "docs/big.bin":
			if n := o.Member("read_bytes").Text() + o.Member("write_bytes").Text(); n != "30000000" && n != "03000000" {
				t.Errorf("3000000 bytes were read or written: %s", o)
			}
		case e.Name == "DISCONNECT":
			if o.Member("create") == `"0"` || o.Member("close") == `"0"` || o.Member("read") == `"0"` && o.Member("write") == `"0"` {
				t.Errorf("counters of a connection with work: %s", o)
			}
		}
	}
}
