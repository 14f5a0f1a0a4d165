package samba

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Processes, files and shares without end, as anybody can claim them, do not grow in memory, and no line is lost.
func TestKept(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for name, line := range map[string]func(i int) string{
		"processes": func(i int) string {
			return fmt.Sprintf("COUNTERFOIL1|%d|SMB3_11|192.0.2.1|anna|pc|s|/srv/s|create_file|ok|0x1|file|open|/srv/s/a", 1+i)
		},
		"files": func(i int) string { return pre + fmt.Sprintf("create_file|ok|0x1|file|open|/srv/s/%d%s", i, long) },
		"shares": func(i int) string {
			return fmt.Sprintf("COUNTERFOIL1|7|SMB3_11|192.0.2.1|anna|pc|s%d%s|/srv/s|unlinkat|ok|/srv/s/a", i, long)
		},
		"users": func(i int) string {
			return fmt.Sprintf("COUNTERFOIL1|%d|SMB3_11|192.0.2.1|%s|pc|s|/srv/s|openat|ok|a", 1+i, long)
		},
		"renames": func(i int) string {
			if i%2 == 0 {
				return pre + fmt.Sprintf("create_file|ok|0x1|file|open|/srv/s/%d", i)
			}
			return pre + fmt.Sprintf("renameat|ok|/srv/s/%d|/srv/s/%d%s", i-1, i, long)
		},
	} {
		dec, err := Dialect.Decode(nil)
		if err != nil {
			t.Fatal(err)
		}
		d := dec.(*decoder)
		d.most = 200 << 10
		const many = 5000
		var events []counterfoil.Event
		for i := range many {
			if events, err = d.Decode(events, dialect.Frame{Data: []byte(line(i)), Pos: int64(i), Received: counterfoil.Time(1 + i)}); err != nil {
				t.Fatal(err)
			}
			if d.Size() > d.most {
				t.Fatalf("%s: %d bytes after %d lines", name, d.Size(), i)
			}
		}
		events = d.Flush(events, time.Time{})
		n := 0
		for _, e := range events {
			n += strings.Count(e.Raw, "COUNTERFOIL1")
		}
		size := 0
		for _, p := range d.procs {
			for _, h := range p.handles {
				size += h.kept
			}
			for _, c := range p.tcons {
				size += c.size()
			}
			if size != p.kept {
				t.Errorf("%s: %d bytes of handles and tree connects, counted as %d", name, size, p.kept)
			}
			size = 0
		}
		if n != many {
			t.Errorf("%s: %d of %d lines", name, n, many)
		}
	}
}

// The same name in two shares is two files, and a message that names no share is nobody's where there are two.
func TestTwoShares(t *testing.T) {
	on := func(share, user, rest string) string {
		return fmt.Sprintf("…COUNTERFOIL1|7|SMB3_11|192.0.2.1|%s|pc|%s|/srv/%s|%s", user, share, share, rest)
	}
	both := []string{on("s", "anna", "connect|ok|s"), on("t", "ben", "connect|ok|t"),
		on("s", "anna", "create_file|ok|0x120089|file|open|/srv/s/a"), on("t", "ben", "create_file|ok|0x120089|file|open|/srv/t/a")}
	events := check(t, nil, script(append(both, on("t", "ben", "pread|ok|/srv/t/a"), on("t", "ben", "close|ok|/srv/t/a"), on("s", "anna", "close|ok|/srv/s/a"))...))
	want := "CONNECT s anna, CONNECT t ben, CREATE s anna, CREATE t ben, READ t ben, CLOSE t ben, CLOSE s anna"
	if got := whose(events); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := events[5].EventData.Member("operations").Member("read_cnt"); got != `"1"` {
		t.Errorf("ben read %s", got)
	}

	events = check(t, nil, script(append(both, say(7, "smb2_read_complete", "smbd_smb2_read: fnum 9, file b, length=1 offset=0 read=1")...)...))
	if got := whose(events[4:]); got != "READ null " {
		t.Errorf("a read of a file that nobody opened: %s", got)
	}
}

func whose(events []counterfoil.Event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.Name+" "+e.SvcData.Member("service").Text()+" "+e.User)
	}
	return strings.Join(all, ", ")
}
