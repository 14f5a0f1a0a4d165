package output

import (
	"context"
	"fmt"
	"sync"

	"github.com/counterfoil/counterfoil"
)

// Room for events that the trail does not keep, of one output. What does not find room is dropped and counted.
const (
	maxPassed      = 16 << 10 // of them MaxRecords are a batch
	maxPassedBytes = 8 << 20
)

// passed are the events that wait. They are kept as messages: senders use their buffers again, and bytes can be counted.
type passed struct {
	mu       sync.Mutex // guards all below
	messages []string
	bytes    int
	told     chan struct{} // closed when something comes
	dropped  uint64        // since it was said last
}

// Pass hands events that the trail does not keep (preselection: persist false) to the output. It never waits: where there
// is no room they are dropped, and counted. There is no cursor for them and no promise: they are delivered once, behind
// what the trail has, in the order in which they came, and are gone after a crash or a stop. They carry no sequence
// number. Safe for concurrent use; the events may be used again when it has returned.
func (r *Runner) Pass(via string, events []counterfoil.Event) {
	for i := range events {
		rec := counterfoil.Record{Event: events[i], Via: via}
		if !r.Wants(&rec) {
			continue
		}
		if !r.passed.put(string(counterfoil.AppendEvent(nil, &events[i]))) {
			r.counter.dropped.Add(1)
		}
	}
}

func (p *passed) put(message string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) >= maxPassed || p.bytes+len(message) > maxPassedBytes {
		p.dropped++
		return false
	}
	p.messages = append(p.messages, message)
	p.bytes += len(message)
	if p.told != nil {
		close(p.told)
		p.told = nil
	}
	return true
}

// wake gives a channel that is closed when something waits.
func (p *passed) wake() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := make(chan struct{})
	if len(p.messages) > 0 {
		close(c)
		return c
	}
	p.told = c
	return c
}

// first gives up to n of those that wait longest, and how many found no room and nobody has said so.
func (p *passed) first(n int) (messages []string, dropped uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.messages[:min(n, len(p.messages))], p.dropped
}

// said notes that the trail knows of n that were dropped.
func (p *passed) said(n uint64) {
	p.mu.Lock()
	p.dropped -= n
	p.mu.Unlock()
}

// remove takes the first n away.
func (p *passed) remove(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range n {
		p.bytes -= len(p.messages[i])
		p.messages[i] = ""
	}
	if p.messages = p.messages[n:]; len(p.messages) == 0 {
		p.messages = nil
	}
}

// givePassed delivers the events that the trail does not keep.
func (r *Runner) givePassed(ctx context.Context) error {
	for {
		messages, dropped := r.passed.first(MaxRecords)
		if dropped > 0 {
			if err := r.sayGap(ctx, gap{reason: "there was no room for events that the trail does not keep", count: dropped}); err != nil {
				return err
			}
			r.passed.said(dropped)
		}
		if len(messages) == 0 {
			return nil
		}
		records := r.parse(messages)
		if err := r.deliver(ctx, records); err != nil {
			return fmt.Errorf("events that the trail does not keep: %w", err)
		}
		r.counter.passed.Add(uint64(len(records)))
		r.passed.remove(len(messages))
		if err := r.keep(); err != nil {
			return err
		}
	}
}

// parse reads messages. One that cannot be read was no valid event when it was passed: that is a mistake of this program.
func (r *Runner) parse(messages []string) []counterfoil.Record {
	records := make([]counterfoil.Record, 0, len(messages))
	for _, m := range messages {
		e, err := counterfoil.ParseEvent(m)
		if err != nil {
			r.counter.dropped.Add(1)
			r.Log.Error("an event that was passed is not valid", "output", r.Name, "err", err)
			continue
		}
		records = append(records, counterfoil.Record{Event: e})
	}
	return records
}
