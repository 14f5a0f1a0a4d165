package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// policies puts policies in force and knows those that were.
type policies struct {
	d      *daemon
	gate   *intake.Gate
	shown  *intake.Shown
	groups groups
	failed bool // a configuration was refused, and the trail says so

	observing observation   // what the trail says
	changed   chan struct{} // another policy is in force

	changing sync.Mutex // guards last, and is held while a policy is written
	last     written    // newest in the trail

	mu    sync.Mutex // guards the memory below
	known map[uint64]*preselect.Policy
}

// written is a policy as the trail has it.
type written struct {
	number uint64 // 0: there never was one, and everything is kept
	digest string // "" where the number is a policy that was withdrawn
	origin config.Origin
	seq    uint64 // of the record; 0: there is none
	since  uint64 // of the record that said it first
}

// countEvery is how often refusals are written down: a crash loses the count of so much time.
const countEvery = time.Minute

func newPolicies(d *daemon) *policies {
	p := &policies{d: d, shown: &intake.Shown{}, known: map[uint64]*preselect.Policy{}, changed: make(chan struct{}, 1)}
	p.gate = intake.NewGate(d.trail, p.shown, d.opts.Now)
	return p
}

// start puts the policy of the configuration in force. It becomes an event unless the trail has it as the newest already.
func (p *policies) start(ctx context.Context) (err error) {
	if p.last, err = p.newest(ctx, 0); err != nil {
		return fmt.Errorf("the policy of the last start: %w", err)
	}
	if p.last.number == 0 {
		if p.last.number, err = p.counted(ctx); err != nil {
			return fmt.Errorf("the policy that refused last: %w", err)
		}
	}
	if p.observing, err = p.observed(ctx); err != nil {
		return fmt.Errorf("what the last start observed: %w", err)
	}
	if p.failed, err = p.d.raised(ctx, configAlarm, act.Alarm); err != nil {
		return err
	}
	if err := p.change(ctx, p.d.config.Load().Policy); err != nil {
		return err
	}
	p.refusedConfig(ctx, nil)
	return nil
}

// change puts another policy in force.
func (p *policies) change(ctx context.Context, next *config.Policy) error {
	defer p.wake()
	p.changing.Lock()
	defer p.changing.Unlock()
	now := written{number: p.last.number}
	var compiled *preselect.Policy
	if next != nil {
		now.origin, now.digest = next.Origin(), next.Origin().Digest()
		compiled = preselect.New(next.Spec(), p.groups.of)
		for _, w := range next.Warnings() {
			p.d.log.Warn("policy: " + w)
		}
	}
	if now.digest == p.last.digest {
		return p.gate.Change(ctx, compiled, now.number, p.writer(), nil)
	}
	now.number++
	err := p.gate.Change(ctx, compiled, now.number, p.writer(), func() error {
		r, err := p.d.trail.Append(ctx, act.Via, []counterfoil.Event{p.event(now, compiled, false)})
		now.seq, now.since = r.First, r.First
		return err
	})
	if err != nil {
		return fmt.Errorf("record the policy: %w", err)
	}
	p.d.log.Info("another policy is in force", "number", now.number, "sha256", now.digest)
	p.last = now
	return nil
}

func (p *policies) writer() intake.Writer { return intake.Writer{Host: p.d.host} }

// event says what policy is in force, and what of it is new; again: nothing is.
func (p *policies) event(now written, compiled *preselect.Policy, again bool) counterfoil.Event {
	object := counterfoil.Object{Kind: "policy", Name: fmt.Sprintf("policy %d", now.number)}
	return p.d.act(act.Policy, counterfoil.AuditConfig, true, object, func(b *counterfoil.Builder) {
		b.Uint("number", now.number)
		if compiled == nil {
			b.Bool("withdrawn", true)
		} else {
			b.String("sha256", now.digest)
			b.Int("rules", int64(len(compiled.Rules())))
			b.String("file", now.origin.File)
			b.Int("line", int64(now.origin.Line))
			b.String("text", now.origin.Text)
			b.Object("files")
			for name, text := range now.origin.Files {
				b.String(name, text)
			}
			b.End()
		}
		if again {
			b.Uint("since", now.since)
		}
		list(b, "diff", diffOf(p.last.origin, now.origin))
	})
}

// diffOf lists the lines that are gone with -, and those that are new with +.
func diffOf(from, to config.Origin) (diff []string) {
	diff = append(diff, diffLines("", from.Text, to.Text)...)
	for _, name := range config.FreeBSDFiles {
		diff = append(diff, diffLines(name+": ", from.Files[name], to.Files[name])...)
	}
	return diff
}

// diffLines leaves out the lines that two texts have in common at their beginning and at their end.
func diffLines(prefix, from, to string) (diff []string) {
	a, b := strings.Split(from, "\n"), strings.Split(to, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	for _, l := range a {
		diff = append(diff, prefix+"-"+l)
	}
	for _, l := range b {
		diff = append(diff, prefix+"+"+l)
	}
	return diff
}

// newest gives the newest policy in the trail before a record; before 0: of all.
func (p *policies) newest(ctx context.Context, before uint64) (w written, err error) {
	return p.find(ctx, search.Query{Before: before})
}

func readWritten(r *counterfoil.Record) (w written, err error) {
	d := r.EventData
	w.seq, w.since = r.Seq, r.Seq
	if since := d.Member("since"); since != "" {
		if _, err := fmt.Sscan(since.Text(), &w.since); err != nil {
			return w, fmt.Errorf("record %d: since when a policy is in force: %w", r.Seq, err)
		}
	}
	if _, err := fmt.Sscan(d.Member("number").Text(), &w.number); err != nil {
		return w, fmt.Errorf("record %d: the number of a policy: %w", r.Seq, err)
	}
	if d.Member("withdrawn") != "" {
		return w, nil
	}
	if _, err := fmt.Sscan(d.Member("line").Text(), &w.origin.Line); err != nil {
		return w, fmt.Errorf("record %d: the line of a policy: %w", r.Seq, err)
	}
	text := func(key string) string { return strings.Clone(d.Member(key).Text()) } // the record is only lent
	w.digest, w.origin.File, w.origin.Text = text("sha256"), text("file"), text("text")
	for name, text := range d.Member("files").Members() {
		if w.origin.Files == nil {
			w.origin.Files = map[string]string{}
		}
		w.origin.Files[strings.Clone(name)] = strings.Clone(text.Text())
	}
	return w, nil
}

// compiled gives a policy of the trail ready to judge.
func (p *policies) compiled(w written) (*preselect.Policy, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known := p.known[w.number]; known != nil {
		return known, nil
	}
	var spec preselect.Spec
	if w.digest != "" {
		policy, err := w.origin.Read()
		if err != nil {
			return nil, fmt.Errorf("read policy %d again: %w", w.number, err)
		}
		spec = policy.Spec()
	}
	if len(p.known) > 16 {
		clear(p.known)
	}
	p.known[w.number] = preselect.New(spec, nil)
	return p.known[w.number], nil
}

// wouldBe explains an event that a sender sends by the policy in force.
func (p *policies) wouldBe(via string, e *counterfoil.Event) *preselect.Told {
	act.Disclaim(e)
	policy, number := p.gate.Policy()
	if policy == nil {
		policy = preselect.New(preselect.Spec{}, nil)
	}
	return policy.Tell(number, via, e, counterfoil.TimeOf(p.d.opts.Now()))
}

// wake makes Run look at the policy in force.
func (p *policies) wake() {
	select {
	case p.changed <- struct{}{}:
	default: // it is awake
	}
}

// Run writes down what was refused and that the policy observes, until ctx is done.
func (p *policies) Run(ctx context.Context) error {
	tick := time.NewTicker(countEvery)
	defer tick.Stop()
	for {
		if err := p.observe(ctx); err != nil {
			return err
		}
		end := time.NewTimer(p.untilObserved())
		select {
		case <-ctx.Done():
			return nil
		case <-p.changed:
		case <-end.C:
		case <-tick.C:
			if err := errors.Join(p.write(ctx), p.restate(ctx), p.d.restateConfig(ctx)); err != nil {
				return err
			}
		}
		end.Stop()
	}
}

// write writes the counts down; while the trail takes nothing in they are kept.
func (p *policies) write(ctx context.Context) error {
	err := p.gate.Write(ctx, p.writer())
	if errors.Is(err, trail.ErrSuspended) || errors.Is(err, context.Canceled) {
		p.d.log.Warn("what the policy refused could not be written down yet", "err", err)
		return nil
	}
	return err
}

const configAlarm = "a new configuration is refused, the old one stays in force"

// refusedConfig raises an alarm when a configuration is refused, and clears it when one is accepted again.
func (p *policies) refusedConfig(ctx context.Context, reason error) {
	if (reason != nil) == p.failed && reason == nil {
		return
	}
	action, ok := counterfoil.AlarmClear, true
	if reason != nil {
		action, ok = counterfoil.AlarmRaise, false
		p.d.warner.warn("config-refused", p.d.opts.File)
	}
	p.failed = reason != nil
	e := p.d.act(act.Alarm, action, ok, counterfoil.Object{Kind: "alarm", Name: configAlarm}, func(b *counterfoil.Builder) {
		if reason != nil {
			b.String("reason", reason.Error())
		}
	})
	e.Category = counterfoil.CategoryAlarm
	if err := p.d.keep(ctx, e); err != nil {
		p.d.log.Error("an alarm could not be recorded", "err", err)
	}
}
