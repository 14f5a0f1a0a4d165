package daemon

import (
	"context"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/config"
)

// reload reads the configuration again. One with a mistake changes nothing.
func (d *daemon) reload(ctx context.Context) {
	next, text, err := d.opts.Load()
	if err != nil {
		d.log.Error("the new configuration has a mistake; the old one stays in force\n"+err.Error(), "file", d.opts.File)
		refused := d.act(act.Config, counterfoil.AuditConfig, false, d.configObject(), func(b *counterfoil.Builder) { b.String("reason", err.Error()) })
		if err := d.keep(ctx, refused); err != nil {
			d.log.Error("the refused configuration could not be recorded", "err", err)
		}
		d.policy.refusedConfig(ctx, err)
		return
	}
	begin := d.size() // an output that is new passes on the event that it is
	changes := config.Diff(d.config.Load().Settings(), next.Settings())
	// The event is first: nothing may happen under a configuration that is not in the trail.
	if err := d.keepConfig(ctx, next.Settings(), text, d.configEvent(d.config.Load().Settings(), next.Settings(), text, false)); err != nil {
		d.log.Error("the new configuration could not be recorded; the old one stays in force", "err", err)
		return
	}
	for _, c := range changes {
		d.log.Info("configuration changed", "key", c.Key, "from", c.From, "to", c.To, "waits for restart", c.NeedsRestart())
	}
	if len(changes) == 0 {
		d.log.Info("the configuration was read again and has not changed")
	}
	setLevel(&d.level, next.Log.Level)
	inForce := *d.config.Load()
	if err := d.policy.change(ctx, next.Policy); err != nil {
		d.log.Error("the new policy could not be recorded; the old one stays in force", "err", err)
	} else {
		inForce.Policy = next.Policy
		d.policy.refusedConfig(ctx, nil)
	}
	if err := d.outputs.change(next.Outputs, begin); err != nil {
		d.log.Error("an output could not be made", "err", err)
	}
	d.inputs.change(next.Inputs)
	inForce.Inputs, inForce.Outputs, inForce.Log.Level = next.Inputs, next.Outputs, next.Log.Level
	d.config.Store(&inForce)
}

// monotonic is the time that a service manager wants beside RELOADING=1, to know which READY=1 belongs to it.
func monotonic() string {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &t); err != nil {
		return "MONOTONIC_USEC=0"
	}
	return fmt.Sprintf("MONOTONIC_USEC=%d", t.Nano()/1000)
}
