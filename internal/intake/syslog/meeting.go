package syslog

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// meeting is where sources hand over what they have read: the [intake.Stream] of many. Nothing is stored in it. A source waits
// until the pump takes its parcel, and then until the batch that the parcel is in is durable.
type meeting struct {
	name   string
	now    func() time.Time
	poll   time.Duration
	offers chan *parcel

	stopping <-chan struct{} // closed when the sources are to end; set before Read
	ended    chan struct{}   // closed when they have
	gone     chan struct{}   // closed when nobody reads any more
	broken   chan error      // of a source; one is enough
	lost     atomic.Uint64   // messages of parcels that nobody took

	watched []*datagrams

	// owned by Read
	taken  []*parcel
	frames []dialect.Frame
	pos    int64 // of the next frame
	next   time.Time

	mu       sync.Mutex // guards what follows
	notes    []intake.Note
	refusals refusals
}

// parcel is what a source has read. Its frames are the source's memory.
type parcel struct {
	frames []dialect.Frame
	done   chan struct{} // told once when the frames are durable
}

func newParcel() parcel { return parcel{done: make(chan struct{}, 1)} }

func newMeeting(poll time.Duration, now func() time.Time) *meeting {
	return &meeting{now: now, poll: poll, offers: make(chan *parcel), ended: make(chan struct{}), gone: make(chan struct{}), broken: make(chan error, 1)}
}

// give hands over what a source has read and returns when it is durable. false: it never will be.
func (m *meeting) give(p *parcel) bool {
	if len(p.frames) == 0 {
		return true
	}
	select {
	case m.offers <- p:
	case <-m.gone:
		m.lost.Add(uint64(len(p.frames)))
		return false
	}
	select {
	case <-p.done:
		return true
	case <-m.gone:
		return false // kept or not: the pump has said so
	}
}

// say adds a note to the next batch.
func (m *meeting) say(n intake.Note) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notes = append(m.notes, n)
}

// failed ends the input if a source could not go on.
func (m *meeting) failed(err error) {
	if err == nil {
		return
	}
	select {
	case m.broken <- err:
	default:
	}
}

func (m *meeting) String() string { return m.name }

// Commit does nothing: senders do not repeat.
func (m *meeting) Commit(int64) error { return nil }

// Close does nothing: the sockets are the listener's.
func (m *meeting) Close() error { return nil }

// Read gives what sources have, or waits until one has something. Those of the last batch are let go on: it is durable.
func (m *meeting) Read(ctx context.Context) (intake.Batch, error) {
	for _, p := range m.taken {
		p.done <- struct{}{}
	}
	m.taken, m.frames = m.taken[:0], m.frames[:0]
	for {
		err := m.wait(ctx)
		if now := m.now(); err != nil || !now.Before(m.next) {
			m.next = now.Add(m.poll)
			m.look()
		}
		b := m.batch()
		if len(b.Frames)+len(b.Notes) > 0 {
			return b, nil // an error comes again
		}
		if err != nil {
			return intake.Batch{}, err
		}
	}
}

// wait takes a parcel and what else is offered by then, or returns when it is time to look for losses. An error says that
// nothing will come.
func (m *meeting) wait(ctx context.Context) error {
	timer := time.NewTimer(m.next.Sub(m.now()))
	defer timer.Stop()
	select {
	case p := <-m.offers:
		m.take(p)
		return nil
	case err := <-m.broken:
		m.failed(err)
		return err
	case <-timer.C:
		return nil
	case <-ctx.Done():
	}
	select {
	case <-m.stopping:
	default:
		return ctx.Err() // it is only time to flush a decoder
	}
	select {
	case p := <-m.offers:
		m.take(p)
		return nil
	case <-m.ended:
		return ctx.Err()
	}
}

func (m *meeting) take(p *parcel) {
	for bytes := 0; ; {
		for _, f := range p.frames {
			f.Pos = m.pos
			m.pos++
			bytes += len(f.Data)
			m.frames = append(m.frames, f)
		}
		m.taken = append(m.taken, p)
		if len(m.frames) >= intake.MaxFrames || bytes >= intake.MaxBytes {
			return
		}
		select {
		case p = <-m.offers:
		default:
			return
		}
	}
}

func (m *meeting) batch() intake.Batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := intake.Batch{Notes: m.notes, Frames: m.frames}
	m.notes = nil
	return b
}
