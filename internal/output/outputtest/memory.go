package outputtest

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/output"
)

// Memory is a destination in memory. Safe for concurrent use. Its zero value takes everything.
type Memory struct {
	// Fail is asked before every record; an error ends the batch there, what is before it stays. nil: never fails.
	Fail func(r *counterfoil.Record) error
	// Marks: what is behind a mark can be taken back.
	Marks bool

	mu     sync.Mutex // guards all below
	broken error
	names  []string
	aside  [][]string
	opened int
}

// Break makes everything fail until it is called with nil.
func (m *Memory) Break(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = err
}

// Names gives the object names of what was delivered, in order.
func (m *Memory) Names() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.names[:len(m.names):len(m.names)]
}

// Aside gives what was put aside by rotating.
func (m *Memory) Aside() [][]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.aside
}

// Opened says how often it was opened.
func (m *Memory) Opened() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.opened
}

// Open opens it.
func (m *Memory) Open(_ context.Context, mark []byte) (output.Sink, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opened++; m.broken != nil {
		return nil, m.broken
	}
	if n, k := binary.Uvarint(mark); m.Marks && k > 0 && n < uint64(len(m.names)) {
		m.names = m.names[:n]
	}
	return (*memorySink)(m), nil
}

type memorySink Memory

func (s *memorySink) Write(ctx context.Context, records []counterfoil.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range records {
		if err := ctx.Err(); err != nil {
			return err
		}
		if s.broken != nil {
			return s.broken
		}
		if s.Fail != nil {
			if err := s.Fail(&records[i]); err != nil {
				return err
			}
		}
		s.names = append(s.names, records[i].Object.Name)
	}
	return nil
}

func (s *memorySink) Mark() []byte {
	if !s.Marks {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return binary.AppendUvarint(nil, uint64(len(s.names)))
}

func (s *memorySink) Rotate(now time.Time) (from, to string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.names) == 0 {
		return "", "", nil
	}
	s.aside, s.names = append(s.aside, s.names), nil
	return "memory", "memory." + now.UTC().Format("150405"), nil
}

func (s *memorySink) Close() error { return nil }
