package console_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/jsonl"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/console"
	"github.com/counterfoil/counterfoil/internal/output/outputtest"
)

func encode(w io.Writer) (dialect.Encoder, error) { return jsonl.Dialect.Encode(w, nil) }

// terminal is a standard output that can be looked at.
type terminal struct {
	mu   sync.Mutex
	text bytes.Buffer
	err  error
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	return s.text.Write(p)
}

func (s *terminal) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *terminal) names() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	names, err := outputtest.Names(s.text.Bytes())
	if err != nil {
		return []string{err.Error()}
	}
	return names
}

func TestSuite(t *testing.T) {
	outputtest.Run(t, func(*testing.T) outputtest.Subject {
		out := &terminal{}
		stream := console.NewStream(out)
		return outputtest.Subject{
			Open:  func(context.Context, []byte) (output.Sink, error) { return console.Open(stream, encode) },
			Names: out.names,
			Break: func() { out.fail(os.ErrClosed) }, Heal: func() { out.fail(nil) },
		}
	})
}

// A pipe that nobody reads holds nobody up, and what is written to it later is in order.
func TestBlocked(t *testing.T) {
	r, w := io.Pipe()
	stream := console.NewStream(w)
	write := func(name string) error {
		s, err := console.Open(stream, encode)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		return s.Write(ctx, []counterfoil.Record{{Event: outputtest.Event(name)}})
	}
	if err := write("a"); err == nil || !strings.Contains(err.Error(), "nobody takes it") {
		t.Errorf("the first: %v", err)
	}
	if err := write("b"); err == nil || !strings.Contains(err.Error(), "an earlier batch is not taken yet") {
		t.Errorf("the second: %v", err)
	}
	got := make(chan string)
	go func() {
		all, _ := io.ReadAll(r)
		got <- string(all)
	}()
	if err := write("c"); err != nil {
		t.Error(err)
	}
	w.Close()
	if all := <-got; strings.Count(all, "\n") != 2 || !strings.Contains(all, `"name":"a"`) || !strings.Contains(all, `"name":"c"`) {
		t.Errorf("it has %s", all)
	}
}
