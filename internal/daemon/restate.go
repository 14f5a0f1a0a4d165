package daemon

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/preselect"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// The record of a policy expires as any other does, and the policy may be in force for longer. Then it is written again, with
// the number of the record that said it first as since: what came between them came under it, too.

// restate writes the newest policy again where its record has expired.
func (p *policies) restate(ctx context.Context) error {
	p.changing.Lock()
	defer p.changing.Unlock()
	if p.last.seq == 0 {
		return nil
	}
	v := p.d.trail.View()
	gone, _, _, err := v.Gone(p.last.seq, p.last.seq+1)
	v.Close()
	if err != nil {
		return fmt.Errorf("look whether the record of the policy is there: %w", err)
	}
	if gone == 0 {
		return nil
	}
	inForce, _ := p.gate.Policy()
	r, err := p.d.trail.Append(ctx, act.Via, []counterfoil.Event{p.event(p.last, inForce, true)})
	switch {
	case errors.Is(err, trail.ErrSuspended) || errors.Is(err, context.Canceled):
		p.d.log.Warn("the policy, whose record has expired, could not be written down again yet", "err", err)
		return nil
	case err != nil:
		return fmt.Errorf("write down the policy again: %w", err)
	}
	p.d.log.Info("the record of the policy has expired; it is written again", "number", p.last.number)
	p.last.seq = r.First
	return nil
}

// saidConfig is the newest configuration in the trail.
type saidConfig struct {
	mu       sync.Mutex // guards all below, and is held while a configuration is written
	settings []config.Setting
	text     []byte
	seq      uint64 // of the record; 0: there is none, or it is late
}

// keepConfig keeps events of which the last says what configuration is in force.
func (d *daemon) keepConfig(ctx context.Context, settings []config.Setting, text []byte, events ...counterfoil.Event) error {
	d.said.mu.Lock()
	defer d.said.mu.Unlock()
	last, err := d.append(ctx, events...)
	if err == nil {
		d.said.settings, d.said.text, d.said.seq = settings, text, last
	}
	return err
}

// restateConfig writes the configuration again where its record has expired: who asks the trail for it wants the newest.
func (d *daemon) restateConfig(ctx context.Context) error {
	c := &d.said
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seq == 0 && c.settings != nil {
		if err := d.lastConfig(ctx, func(r *counterfoil.Record) { c.seq = r.Seq }); err != nil {
			return fmt.Errorf("look for the record of the configuration: %w", err)
		}
		if c.seq < d.begin { // that of the last run
			c.seq = 0
		}
	}
	if c.seq == 0 {
		return nil
	}
	v := d.trail.View()
	gone, _, _, err := v.Gone(c.seq, c.seq+1)
	v.Close()
	if err != nil {
		return fmt.Errorf("look whether the record of the configuration is there: %w", err)
	}
	if gone == 0 {
		return nil
	}
	last, err := d.append(ctx, d.configEvent(c.settings, c.settings, c.text, true))
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, trail.ErrSuspended): // it is tried again
		return nil
	case err != nil:
		return fmt.Errorf("write down the configuration again: %w", err)
	}
	c.seq = last
	return nil
}

// find gives the first policy that a query finds.
func (p *policies) find(ctx context.Context, q search.Query) (w written, err error) {
	q.Filter = filter.And{X: append(ownEvents(act.Policy), accepted)}
	err = p.first(ctx, q, func(r *counterfoil.Record) (err error) {
		w, err = readWritten(r)
		return err
	})
	return w, err
}

// first reads the first record that a query finds, if there is one.
func (p *policies) first(ctx context.Context, q search.Query, read func(*counterfoil.Record) error) (err error) {
	v := p.d.trail.View()
	defer v.Close()
	q.Limit = 1
	_, serr := search.Run(ctx, v, q, func(r *counterfoil.Record) bool {
		err = read(r)
		return false
	})
	return errors.Join(serr, err)
}

// counted gives the number of the policy that refused last: the next one must not have it, though its record is not there.
func (p *policies) counted(ctx context.Context) (number uint64, err error) {
	is := ownEvents(act.Refused)[:2] // they came by the input of which they tell
	err = p.first(ctx, search.Query{Filter: filter.And{X: is}}, func(r *counterfoil.Record) (err error) {
		number, err = strconv.ParseUint(r.EventData.Member("policy").Text(), 10, 64)
		return err
	})
	return number, err
}

// in gives the policy that was in force when a record came.
func (p *policies) in(ctx context.Context, seq uint64) (w written, err error) {
	if seq == 0 {
		return w, nil
	}
	if w, err = p.newest(ctx, seq); err != nil || w.number > 0 {
		return w, err
	}
	if w, err = p.find(ctx, search.Query{After: seq, Oldest: true}); err == nil && w.number == 0 {
		p.changing.Lock() // no record tells of any: the newest has expired, and is not written again yet
		w = p.last
		p.changing.Unlock()
	}
	switch {
	case err != nil, w.number > 0 && w.since <= seq:
		return w, err
	case w.number <= 1: // there was none before the first
		return written{}, nil
	}
	return w, &api.Error{Kind: api.KindExpired, Message: "the record of the policy that was in force then has expired"}
}

// keptBy explains a record by the policy that was in force when it came. It asks nobody for groups: what this machine's
// database said then stands in the record.
func (p *policies) keptBy(ctx context.Context, r *counterfoil.Record) (*preselect.Told, error) {
	w, err := p.in(ctx, r.Seq)
	if err != nil {
		return nil, err
	}
	policy, err := p.compiled(w)
	if err != nil {
		return nil, err
	}
	return policy.Tell(w.number, r.Via, &r.Event, r.Received), nil
}
