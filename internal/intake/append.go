package intake

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// Bounds of one append, a little below what the trail takes.
const (
	mostEvents  = trail.MaxBatch - 1<<10
	mostEncoded = 56 << 20
)

// append hands the batch to the trail, however long that takes; slow is its context, ctx ends the waiting between tries. What is more
// than one append takes goes in parts, the position with the last: a crash between them gives the first again where the stream does.
func (p *Pump) append(ctx, slow context.Context, position []byte) error {
	most := mostEvents
	for all := p.events; ; {
		n := min(fitting(all), most)
		rest := all[n:]
		if p.events, p.behind = all[:n:n], len(rest); len(rest) == 0 {
			p.events = all
		} else {
			p.notes = own(p.events)
		}
		part := position
		if len(rest) > 0 {
			part = nil
		}
		err := p.appendPart(ctx, slow, part)
		switch {
		case errors.Is(err, errRefusals):
			all, most = append(p.events, rest...), fewEvents
		case err != nil || len(rest) == 0:
			return err
		default:
			all = rest
		}
		p.notes = own(all)
	}
}

// A batch of which the trail refuses more than mostRefused events goes on in parts of fewEvents: with each refusal all that stand before
// it are looked at again.
const (
	mostRefused = 8
	fewEvents   = 32
)

var errRefusals = errors.New("many events of the batch are refused")

// appendPart hands p.events to the trail. What the trail refuses becomes events that it takes.
func (p *Pump) appendPart(ctx, slow context.Context, position []byte) error {
	backoff := minBackoff
	for refused := 0; ; {
		r, err := p.appendOnce(slow, position)
		var bad *trail.EventError
		switch {
		case err == nil:
			p.count(r)
			clear(p.events)
			p.events, p.notes = p.events[:0], 0
			return nil
		case errors.As(err, &bad) && bad.Index >= 0 && bad.Index < len(p.events):
			if err := p.refused(bad); err != nil {
				return err
			}
			if refused++; refused > mostRefused && len(p.events) > fewEvents {
				return errRefusals
			}
		case errors.Is(err, trail.ErrDropped): // the trail counts what is lost, and says so
			clear(p.events)
			p.events, p.notes = p.events[:0], 0
			return nil
		case errors.Is(err, trail.ErrSuspended):
			if ctx.Err() != nil {
				return p.givenUp(ctx, err)
			}
			if backoff == minBackoff {
				p.Waits.Add(1)
				p.Log.Warn("the trail takes nothing in; waiting", "input", p.Name)
			}
			select {
			case <-ctx.Done():
			case <-time.After(backoff):
			}
			backoff = min(2*backoff, maxBackoff)
		default:
			return fmt.Errorf("append: %w", err)
		}
	}
}

// refused makes of an event that the trail refuses one that it takes. One whose aid is another record's stays what it is, without it.
func (p *Pump) refused(bad *trail.EventError) error {
	e := &p.events[bad.Index]
	if f, ok := errors.AsType[*counterfoil.FieldError](bad.Err); ok && f.Field == "aid" && !e.AID.IsZero() {
		disown(e, f.Reason)
		return nil
	}
	if unparsed(e) && len(e.Raw) <= MaxFrame {
		return fmt.Errorf("keep an event that was not understood: %w", bad)
	}
	f := dialect.Frame{Received: counterfoil.TimeOf(p.Now())}
	if _, marks := p.Decoder.(*perSender); marks {
		f.Peer = e.EventData.Member(peerKey)
	}
	p.events = verbatim(p.events, bad.Index, f, bad.Err)
	return nil
}

// disown takes the aid from an event, and keeps what was sent and why it is none in event_data: {"aid":{"reason":"is that of record 7,
// which says something else","sent":"0190…"}}.
func disown(e *counterfoil.Event, reason string) {
	var b counterfoil.Builder
	b.Object("")
	b.String("reason", reason)
	b.String("sent", e.AID.String())
	b.End()
	e.EventData = dialect.Insert(e.EventData, "aid", b.JSON())
	e.AID = counterfoil.AID{}
}

// fitting gives how many of events one append takes from the first on, one at least. A batch of frames fits, as a rule; what decoders
// held, and give at once, can be more, and so can bytes that JSON escapes, which take six times their place in each field they are in.
func fitting(events []counterfoil.Event) int {
	size := 0
	for i := range events {
		if size += atMost(&events[i]); i > 0 && (i == mostEvents || size > mostEncoded) {
			return i
		}
	}
	return len(events)
}

// atMost gives how many bytes the record of an event takes at most.
func atMost(e *counterfoil.Event) int {
	const keys, escaped = 640, 6
	s, o := &e.Subject, &e.Object
	return keys + len(e.EventData) + len(e.SvcData) + escaped*(len(e.Raw)+len(e.Host)+len(e.Addr)+len(e.User)+len(e.Session)+len(e.Service)+len(e.Name)+
		len(s.LoginID)+len(s.ID)+len(s.Name)+len(s.Group)+len(s.Terminal)+len(s.Process)+len(o.Kind)+len(o.Name)+len(o.ID)+len(o.To))
}

// own counts the input's own events.
func own(events []counterfoil.Event) (n int) {
	for i := range events {
		if e := &events[i]; e.Service == act.Service && !unparsed(e) {
			n++
		}
	}
	return n
}
