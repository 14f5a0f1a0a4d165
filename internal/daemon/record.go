package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

func (d *daemon) act(name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
	who := act.Who{Host: d.host, User: "UID:" + strconv.Itoa(os.Getuid()), PID: int64(os.Getpid()), Process: "counterfoil"}
	return act.New(counterfoil.TimeOf(d.opts.Now()), who, name, action, ok, object, data)
}

// recordStart says that the daemon began, what it found, who has access, and with what configuration.
func (d *daemon) recordStart(ctx context.Context, text []byte) error {
	tokens, err := d.access.Tokens()
	if err != nil {
		return err
	}
	accounts, err := d.access.Accounts()
	if err != nil {
		return err
	}
	r := d.trail.Recovery()
	uncounted, err := d.uncounted(ctx)
	if err != nil {
		return err
	}
	events := append(uncounted, d.act(act.Start, counterfoil.AuditStart, true, counterfoil.Object{Kind: "trail", Name: d.trail.Origin()}, func(b *counterfoil.Builder) {
		b.String("version", d.opts.Version)
		b.String("data_dir", d.config.Load().DataDir)
		b.String("listen", d.listen.Addr().String())
		b.Bool("new", r.Made)
		b.Uint("sealed", r.Sealed)
		b.Int("replayed", int64(r.Replayed))
		if r.Full != "" {
			b.String("was_full", r.Full)
		}
		if r.Forgot != "" {
			b.String("forgetting", r.Forgot)
		}
		entries(b, "tokens", tokens)
		entries(b, "accounts", accounts)
	}))
	if len(r.Torn)+len(r.Rebuilt) > 0 {
		events = append(events, d.act(act.Recover, counterfoil.AuditStart, true, counterfoil.Object{Kind: "trail", Name: d.trail.Origin()}, func(b *counterfoil.Builder) {
			list(b, "cut_off", r.Torn)
			list(b, "rebuilt", r.Rebuilt)
		}))
	}
	before, err := d.lastSettings(ctx)
	if err != nil {
		d.log.Warn("the configuration of the last start could not be read from the trail", "err", err)
	}
	now := d.config.Load().Settings()
	events = append(events, d.configEvent(before, now, text, true))
	if err := d.keepConfig(ctx, now, text, events...); errors.Is(err, trail.ErrSuspended) { // what is in force cannot wait here
		d.postpone(err, events...)
		d.said.mu.Lock()
		defer d.said.mu.Unlock()
		d.said.settings, d.said.text = now, text
		return nil
	} else if err != nil {
		return err
	}
	return nil
}

func entries(b *counterfoil.Builder, key string, list []access.Entry) {
	b.Array(key)
	for _, e := range list {
		b.Object("")
		b.String("name", e.Name)
		b.String("role", string(e.Role))
		b.End()
	}
	b.End()
}

// list writes lines, of many the first ones and how many more there are: an event has a greatest length.
func list(b *counterfoil.Builder, key string, lines []string) {
	if len(lines) == 0 {
		return
	}
	const most = 100
	b.Array(key)
	for _, l := range lines[:min(most, len(lines))] {
		b.String("", l)
	}
	if more := len(lines) - most; more > 0 {
		b.String("", fmt.Sprintf("and %d more", more))
	}
	b.End()
}

// configEvent says what configuration is in force, and what of it is new. running: the daemon ran with before until now.
func (d *daemon) configEvent(before, now []config.Setting, text []byte, starting bool) counterfoil.Event {
	return d.act(act.Config, counterfoil.AuditConfig, true, d.configObject(), func(b *counterfoil.Builder) {
		if d.opts.File != "" {
			sum := sha256.Sum256(text)
			b.String("sha256", hex.EncodeToString(sum[:]))
		}
		b.Object("settings")
		for _, s := range now {
			b.String(s.Key, s.Value)
		}
		b.End()
		b.Array("changes")
		for _, c := range config.Diff(before, now) {
			b.Object("")
			b.String("key", c.Key)
			b.String("from", c.From)
			b.String("to", c.To)
			if !starting && c.NeedsRestart() {
				b.Bool("waits_for_restart", true)
			}
			b.End()
		}
		b.End()
	})
}

func (d *daemon) configObject() counterfoil.Object {
	if d.opts.File == "" {
		return counterfoil.Object{Kind: "config", Name: "defaults"}
	}
	return counterfoil.Object{Kind: "config", Name: d.opts.File}
}

// uncounted tells of a run that ended without saying so: what its policy had refused since the counts were last written
// down is counted nowhere.
func (d *daemon) uncounted(ctx context.Context) (gap []counterfoil.Event, err error) {
	w, err := d.policy.newest(ctx, 0)
	if err != nil || w.digest == "" {
		return nil, err
	}
	v := d.trail.View()
	defer v.Close()
	either := filter.Or{X: []filter.Expr{filter.And{X: ownEvents(act.Start)}, filter.And{X: ownEvents(act.Stop)}}}
	_, err = search.Run(ctx, v, search.Query{Filter: either, Limit: 1}, func(r *counterfoil.Record) bool {
		if r.Name == act.Start {
			note := intake.Note{Name: act.Gap, Count: intake.UnknownCount, Unit: "refusals",
				Reason: fmt.Sprintf("the last run ended without warning: what its policy refused or only passed on since the last count, at most %v before the end, is not counted, nor what of it was still to be delivered", countEvery)}
			gap = append(gap, note.Event(counterfoil.TimeOf(d.opts.Now()), d.host, act.Via, "policy"))
		}
		return false
	})
	return gap, err
}

// lastSettings gives the settings of the newest CONFIG event that was accepted, so that a change made while the daemon
// was down is told too. None: the trail is new.
func (d *daemon) lastSettings(ctx context.Context) (settings []config.Setting, err error) {
	err = d.lastConfig(ctx, func(r *counterfoil.Record) {
		for key, value := range r.EventData.Member("settings").Members() {
			settings = append(settings, config.Setting{Key: strings.Clone(key), Value: strings.Clone(value.Text())}) // the record is only lent
		}
	})
	return settings, err
}

// lastConfig calls f with the newest CONFIG event that was accepted, if there is one.
func (d *daemon) lastConfig(ctx context.Context, f func(*counterfoil.Record)) error {
	v := d.trail.View()
	defer v.Close()
	newest := filter.And{X: append(ownEvents(act.Config), accepted)}
	_, err := search.Run(ctx, v, search.Query{Filter: newest, Limit: 1}, func(r *counterfoil.Record) bool {
		f(r)
		return false
	})
	return err
}

// ownEvents is what is true of events of this program of a name.
func ownEvents(name string) []filter.Expr {
	is := func(c filter.Column, s string) filter.Expr {
		return filter.Compare{Field: filter.Field{Column: c}, Op: filter.Eq, Value: filter.Value{Kind: filter.StringValue, Str: s}}
	}
	return []filter.Expr{is(filter.ColService, act.Service), is(filter.ColEvent, name), is(filter.ColVia, act.Via)}
}

// accepted is true of acts that succeeded.
var accepted = filter.Compare{Field: filter.Field{Column: filter.ColSuccess}, Op: filter.Eq, Value: filter.Value{Kind: filter.BoolValue, Bool: true}}

func (d *daemon) recordAdmin(ctx context.Context) {
	e := d.act(act.Account, counterfoil.AuditAccess, true, counterfoil.Object{Kind: "account", Name: adminName}, func(b *counterfoil.Builder) {
		b.String("verb", "created")
		b.String("role", string(access.Admin))
		b.String("reason", "there was no account")
	})
	if err := d.keep(ctx, e); err != nil {
		d.log.Error("the first account could not be recorded", "err", err)
	}
}

// noticed records what another process changed of tokens and accounts.
func (d *daemon) noticed(notices []access.Notice) {
	events := make([]counterfoil.Event, len(notices))
	for i, n := range notices {
		events[i] = api.NoticeEvent(counterfoil.TimeOf(d.opts.Now()), d.host, n)
	}
	if err := d.keep(context.Background(), events...); err != nil {
		d.log.Error("a change of access could not be recorded", "change", fmt.Sprint(notices), "err", err)
	}
}

func (d *daemon) recordStop(ctx context.Context) {
	e := d.act(act.Stop, counterfoil.AuditStop, true, counterfoil.Object{Kind: "trail", Name: d.trail.Origin()}, nil)
	if err := d.keep(ctx, e); err != nil {
		d.log.Error("the stop could not be recorded", "err", err)
	}
}
