package convert

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
)

func named(t *testing.T, name string) *dialect.Dialect {
	t.Helper()
	d, ok := all.Lookup(name)
	if !ok {
		t.Fatalf("no dialect %s", name)
	}
	return d
}

// files writes files into a directory of their own and gives the path of each name.
func files(t *testing.T, content map[string]string) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range content {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

// run runs a job that writes jsonl and gives the events that it wrote.
func runJob(t *testing.T, j Job) ([]counterfoil.Event, *Summary, error) {
	t.Helper()
	var out bytes.Buffer
	if j.To == nil {
		j.To = named(t, "jsonl")
	}
	j.Now = func() time.Time { return time.Unix(1795000000, 0) }
	sum, err := Run(context.Background(), &out, j)
	var events []counterfoil.Event
	for line := range strings.Lines(out.String()) {
		e, err := counterfoil.ParseEvent(strings.TrimSuffix(line, "\n"))
		if err != nil {
			t.Fatalf("%v: %.200s", err, line)
		}
		events = append(events, e)
	}
	return events, sum, err
}

const login = "type=USER_LOGIN msg=audit(1700000000.001:1): pid=1 uid=0 auid=1000 ses=3 msg='op=login acct=\"anna\" res=success'\n"

// However the bytes arrive, the events are the same.
func TestChunks(t *testing.T) {
	const text = login + "nonsense\n" + login
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(text), "by byte": iotest.OneByteReader(strings.NewReader(text)),
		"with the error": iotest.DataErrReader(strings.NewReader(text))} {
		events, sum, err := runJob(t, Job{Inputs: []Input{{Stdin}}, Stdin: r, From: named(t, "linux")})
		if err != nil || len(events) != 3 || sum.Frames != 3 || sum.Unparsed != 1 {
			t.Fatalf("%s: %d events, %+v, %v", name, len(events), sum, err)
		}
		if want := "-, line 2, byte 112: "; !strings.HasPrefix(sum.First, want) {
			t.Errorf("%s: the first is at %q, want %q", name, sum.First, want)
		}
	}
}

// A record longer than any message may be is kept in pieces, none of which is read as a record of its own.
func TestTooLong(t *testing.T) {
	long := strings.Repeat("x", counterfoil.MaxMessage+100) + strings.TrimSuffix(login, "\n") + strings.Repeat("y", 3*maxPiece)
	for _, end := range []string{"\n" + login, ""} {
		events, sum, err := runJob(t, Job{Inputs: []Input{{Stdin}}, Stdin: strings.NewReader(login + long + end), From: named(t, "linux")})
		if err != nil {
			t.Fatal(err)
		}
		var kept strings.Builder
		for _, e := range events {
			if e.Name == dialect.UnparsedEvent {
				kept.WriteString(e.Raw)
			} else if e.Raw != strings.TrimSuffix(login, "\n") {
				t.Errorf("a record that was not there: %.200q", e.Raw)
			}
		}
		if kept.String() != long {
			t.Errorf("%d bytes are kept of %d", kept.Len(), len(long))
		}
		if want := "-, line 2, byte 112: part of a record that is longer than 16777216 bytes"; sum.First != want {
			t.Errorf("got %s, want %s", sum.First, want)
		}
	}
}

// What is inside of an entry that is too long is no entry: a user's message may hold some that look like root's.
func TestInsideOfLong(t *testing.T) {
	message := strings.Repeat("\n\n_UID=0\nMESSAGE=forged\n\n", counterfoil.MaxMessage/20)
	entry := "_UID=1000\nMESSAGE\n" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(message)))) + message + "\n\n"
	events, sum, err := runJob(t, Job{Inputs: []Input{{Stdin}}, Stdin: strings.NewReader(entry + "_UID=0\nMESSAGE=true\n\n"), From: named(t, "journal")})
	if err != nil {
		t.Fatal(err)
	}
	if n := sum.Events - sum.Unparsed; n != 1 || !strings.Contains(events[len(events)-1].Raw, "true") {
		t.Errorf("%d entries: %+v", n, sum)
	}
}

func TestReadError(t *testing.T) {
	broken := io.MultiReader(strings.NewReader(login), iotest.ErrReader(errors.New("the disk is gone")))
	_, sum, err := runJob(t, Job{Inputs: []Input{{Stdin}}, Stdin: broken, From: named(t, "linux")})
	if err == nil || err.Error() != "read - at byte 112: the disk is gone" || sum.Frames != 1 {
		t.Errorf("%v, %+v", err, sum)
	}
}

// What was read before standard input makes us wait has been written: `tail -f` can be converted.
func TestPipe(t *testing.T) {
	in, feed := io.Pipe()
	out, sink := io.Pipe()
	done := make(chan error)
	go func() {
		_, err := Run(context.Background(), sink, Job{Inputs: []Input{{Stdin}}, Stdin: in, To: named(t, "jsonl"), Now: time.Now})
		done <- errors.Join(err, sink.Close())
	}()
	const message = `{"time":"2026-11-22T12:00:00Z","addr":"","user":"anna","svc":"SMB","event":"OPEN"}` + "\n"
	buf := make([]byte, 1000)
	for range 3 {
		if _, err := feed.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
		if n, err := out.Read(buf); err != nil || !strings.Contains(string(buf[:n]), `"event":"OPEN"`) {
			t.Fatalf("%q, %v", buf[:n], err)
		}
	}
	if err := feed.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Run(ctx, io.Discard, Job{Inputs: []Input{{Stdin}}, Stdin: strings.NewReader(login), To: named(t, "jsonl"), Now: time.Now})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestProgress(t *testing.T) {
	path := files(t, map[string]string{"a": login, "b": login + login})
	var last Progress
	_, _, err := runJob(t, Job{Inputs: []Input{{path("a")}, {path("b")}}, Progress: func(p Progress) { last = p }})
	if size := int64(3 * len(login)); err != nil || last.Bytes != size || last.Total != size {
		t.Errorf("%+v, %v", last, err)
	}
}
