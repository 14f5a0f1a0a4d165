package daemon

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"}
	n := newNotifier(func(k string) string { return env[k] })
	if n.watchdog != 15*time.Second {
		t.Errorf("watchdog every %v, want half of the 30 s asked for", n.watchdog)
	}
	if err := n.send("READY=1", "STATUS=well"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	k, err := l.Read(b)
	if err != nil || string(b[:k]) != "READY=1\nSTATUS=well" {
		t.Errorf("got %q, %v", b[:k], err)
	}
	env = nil
	if err := newNotifier(func(string) string { return "" }).send("READY=1"); err != nil {
		t.Errorf("without a service manager: %v", err)
	}
	if err := (notifier{socket: path + ".gone"}).send("READY=1"); err == nil {
		t.Error("a socket that is gone: no error")
	}
}
