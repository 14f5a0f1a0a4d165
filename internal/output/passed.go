package output

import (
	"context"
	"fmt"
	"sync"

	"github.com/counterfoil/counterfoil"
)

// Room for events that the trail does not keep, of one output. What does not find room is lost and counted.
const (
	maxPassed      = 16 << 10 // of them MaxRecords are a batch
	maxPassedBytes = 8 << 20
)

// Why events that the trail does not keep are lost.
const (
	noRoom   = "there was no room for events that the trail does not keep"
	onTheWay = "writing events that the trail does not keep failed: nobody can tell which of them arrived, and none is sent twice"
	notGiven = "the output ended before events that the trail does not keep were delivered"
)

// passed are the events that wait. They are kept as messages: senders use their buffers again, and bytes can be counted.
type passed struct {
	mu       sync.Mutex // guards all below
	messages []string
	bytes    int
	told     chan struct{} // closed when something comes
	lost     []loss        // that nobody has said yet
}

// loss is how many events were lost for a reason.
type loss struct {
	reason string
	count  uint64
}

// Pass hands events that the trail does not keep (preselection: persist false) to the output. It never waits: where there
// is no room they are lost, and counted. There is no cursor for them: they are delivered at most once, behind what the trail
// has, in the order in which they came, and are gone after a crash. They carry no sequence number. Safe for concurrent use;
// not to be called when Run is told to end. The events may be used again when it has returned.
func (r *Runner) Pass(via string, events []counterfoil.Event) {
	for i := range events {
		rec := counterfoil.Record{Event: events[i], Via: via}
		if r.Wants(&rec) && !r.passed.put(string(counterfoil.AppendEvent(nil, &events[i]))) {
			r.lose(noRoom, 1)
		}
	}
}

func (p *passed) put(message string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.messages) >= maxPassed || p.bytes+len(message) > maxPassedBytes {
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

// lose counts events that will not be delivered, until the trail knows of them.
func (r *Runner) lose(reason string, n int) {
	r.counter.dropped.Add(uint64(n))
	p := &r.passed
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.lost {
		if p.lost[i].reason == reason {
			p.lost[i].count += uint64(n)
			return
		}
	}
	p.lost = append(p.lost, loss{reason, uint64(n)})
}

// sayLost puts into the trail what is lost.
func (r *Runner) sayLost(ctx context.Context) error {
	p := &r.passed
	for {
		p.mu.Lock()
		if len(p.lost) == 0 {
			p.mu.Unlock()
			return nil
		}
		l := p.lost[0]
		p.lost = p.lost[1:]
		p.mu.Unlock()
		if err := r.sayGap(ctx, gap{reason: l.reason, count: l.count}); err != nil {
			p.mu.Lock()
			p.lost = append(p.lost, l)
			p.mu.Unlock()
			return err
		}
	}
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

// first gives up to n of those that wait longest.
func (p *passed) first(n int) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.messages[:min(n, len(p.messages))]
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
		if err := r.sayLost(ctx); err != nil {
			return err
		}
		messages := r.passed.first(MaxRecords)
		if len(messages) == 0 {
			return nil
		}
		records := r.parse(messages)
		err := r.deliver(ctx, records)
		takenBack := r.at.Mark != nil // what arrived of them behind the mark, and all come again
		if err == nil && takenBack {
			err = r.keep()
		}
		if err != nil && takenBack {
			return fmt.Errorf("events that the trail does not keep: %w", err)
		}
		r.passed.remove(len(messages))
		if err != nil {
			r.lose(onTheWay, len(records))
			return fmt.Errorf("events that the trail does not keep: %w", err)
		}
		r.counter.passed.Add(uint64(len(records)))
		if err := r.keep(); err != nil {
			return err
		}
	}
}

// abandon counts what waits as lost, at the end.
func (r *Runner) abandon(ctx context.Context) error {
	if n := len(r.passed.first(maxPassed)); n > 0 {
		r.passed.remove(n)
		r.lose(notGiven, n)
	}
	return r.sayLost(ctx)
}

// parse reads messages. One that cannot be read was no valid event when it was passed: that is a mistake of this program,
// and is told without its words, which may quote what is not to be stored.
func (r *Runner) parse(messages []string) []counterfoil.Record {
	records := make([]counterfoil.Record, 0, len(messages))
	for _, m := range messages {
		e, err := counterfoil.ParseEvent(m)
		if err != nil {
			r.counter.dropped.Add(1)
			r.Log.Error("an event that was passed is not valid", "output", r.Name)
			continue
		}
		records = append(records, counterfoil.Record{Event: e})
	}
	return records
}
