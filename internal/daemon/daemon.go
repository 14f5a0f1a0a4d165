// Package daemon builds everything from a configuration and runs it: trail, inputs, outputs, API, web. It has the only errgroup.
// It decides nothing that a room below decides; what it owns is the order of starting and stopping, reloading, and the
// events about that.
package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/trail"
	"github.com/counterfoil/counterfoil/internal/web"
)

// Options are what a daemon is started with.
type Options struct {
	// Load reads the configuration, flags applied, and the bytes of its file. It is called at the start and on Reload.
	Load    func() (*config.Config, []byte, error)
	File    string // of the configuration; "" for none
	Version string
	Out     io.Writer            // greeting: where it listens and how to log in
	Log     io.Writer            // what operators are told
	Reload  <-chan os.Signal     // read the configuration again
	Getenv  func(string) string  // of the service manager's variables
	Now     func() time.Time     // default time.Now
	Ready   func(address string) // called once it serves; may be nil
}

// drain is how long requests under way may go on when the daemon stops.
const drain = 10 * time.Second

// Daemon is a trail with its ways in and out.
type daemon struct {
	opts    Options
	notify  notifier
	level   slog.LevelVar
	log     *slog.Logger
	host    string
	started time.Time
	trail   *trail.Trail
	access  *access.Store
	listen  net.Listener
	api     *api.API
	pages   *web.Web
	server  *http.Server
	inputs  *inputs
	outputs *outputs
	begin   uint64 // records of the trail when it was opened
	policy  *policies
	witness *witnesses
	warner  *warner
	config  atomic.Pointer[config.Config] // in force; stored by the control goroutine
	said    saidConfig
	late    late
}

// Run starts everything, runs until ctx is done and stops in order: inputs, requests, outputs, trail. It returns an error if the
// start failed or the trail broke.
func Run(ctx context.Context, o Options) error {
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &daemon{opts: o, notify: newNotifier(o.Getenv), started: o.Now()}
	// Who is asked to stop before it runs says that it began, and then that it ends: a half start would look like a crash.
	if err := d.open(context.WithoutCancel(ctx)); err != nil {
		d.warnOfStart(err)
		return errors.Join(err, d.close())
	}
	// The group's context ends when something breaks, not when ctx does: stopping has an order.
	g, broken := errgroup.WithContext(context.WithoutCancel(ctx))
	keeping, stopKeeping := context.WithCancel(broken)
	serving, stopServing := context.WithCancel(broken)
	g.Go(func() error { return d.trail.Run(keeping) })
	g.Go(func() error { return d.trail.Retain(keeping) })
	g.Go(func() error { return d.warner.Run(keeping) })
	g.Go(func() error { return boundMemory(keeping, d.size) })
	g.Go(func() error { return d.api.Run(serving) })
	g.Go(func() error { return d.pages.Run(serving) })
	g.Go(func() error { return d.witness.Run(serving) })
	g.Go(func() error { return d.policy.Run(serving) })
	g.Go(func() error { return d.sayLate(serving) })
	g.Go(func() error { return d.serve() })
	if err := d.outputs.start(broken, g.Go, d.config.Load().Outputs, d.begin); err != nil {
		g.Go(func() error { return err })
	}
	d.inputs.start(broken, g.Go, d.config.Load().Inputs)
	g.Go(func() error {
		defer stopKeeping()
		defer stopServing()
		d.control(ctx, broken)
		return d.stop(stopServing)
	})
	err := errors.Join(g.Wait(), d.close())
	if err != nil {
		d.warnOfEnd(ctx.Err() != nil)
	}
	d.halt(err)
	return err
}

// open makes everything that can fail before anything runs.
func (d *daemon) open(ctx context.Context) (err error) {
	c, text, err := d.opts.Load()
	if err != nil {
		return err
	}
	d.config.Store(c)
	d.log = newLogger(d.opts.Log, c.Log, &d.level)
	d.warner = newWarner(d, c.Trail.Warn)
	if d.host, err = os.Hostname(); err != nil {
		return fmt.Errorf("this machine's name: %w", err)
	}
	if d.listen, err = net.Listen("tcp", c.Listen); err != nil {
		return fmt.Errorf("listen on %s: %w", c.Listen, err)
	}
	options := trail.Options{Node: cmp.Or(c.Node, d.host), Now: d.opts.Now, Log: d.log, Act: d.act, Warn: d.warner.warn}
	if err := c.Trail.Apply(c.DataDir, &options); err != nil {
		return err
	}
	if d.trail, err = trail.Open(c.DataDir, options); err != nil {
		return err
	}
	d.begin = d.size()
	if d.witness, err = newWitnesses(d, c.Witness); err != nil {
		return err
	}
	if d.access, err = access.Open(c.DataDir, access.Options{Now: d.opts.Now, Changed: d.noticed}); err != nil {
		return err
	}
	d.policy = newPolicies(d)
	if err := d.recordStart(ctx, text); err != nil {
		return err
	}
	if err := d.policy.start(ctx); err != nil {
		return err
	}
	password, created, err := d.access.EnsureAdmin(ctx, adminName)
	if err != nil {
		return fmt.Errorf("first account: %w", err)
	}
	if created {
		d.recordAdmin(ctx)
	}
	if err := d.buildSurfaces(); err != nil {
		return err
	}
	d.greet(password, created)
	return nil
}

// control waits for what is asked of a running daemon, until it is asked to stop or something breaks.
func (d *daemon) control(ctx, broken context.Context) {
	d.tell("READY=1", "STATUS=serving on "+d.listen.Addr().String())
	if d.opts.Ready != nil {
		d.opts.Ready(d.listen.Addr().String())
	}
	var watchdog <-chan time.Time
	if d.notify.watchdog > 0 {
		t := time.NewTicker(d.notify.watchdog)
		defer t.Stop()
		watchdog = t.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-broken.Done():
			return
		case <-d.opts.Reload:
			d.tell("RELOADING=1", monotonic())
			d.reload(broken)
			d.tell("READY=1")
		case <-watchdog:
			d.tell("WATCHDOG=1")
		}
	}
}

// stop ends the ways in, then the requests under way, says so in the trail, and ends the ways out, which deliver that too.
func (d *daemon) stop(stopServing context.CancelFunc) error {
	d.tell("STOPPING=1")
	d.log.Info("stopping")
	d.inputs.stop()
	stopServing()
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := d.server.Shutdown(ctx)
	if err != nil {
		d.log.Warn("requests are cut off", "err", err)
		err = d.server.Close()
	}
	said := context.Background() // requests may have used up all the time of ctx
	err = errors.Join(err, d.policy.write(said))
	d.recordStop(said)
	d.outputs.stop()
	return err
}

// size is the number of records.
func (d *daemon) size() uint64 {
	v := d.trail.View()
	defer v.Close()
	return v.Size()
}

// close releases what open took.
func (d *daemon) close() (err error) {
	if d.trail != nil {
		err = d.trail.Close()
	}
	if d.listen != nil {
		if cerr := d.listen.Close(); !errors.Is(cerr, net.ErrClosed) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

// tell tells the service manager. That it cannot be told is no reason to stop.
func (d *daemon) tell(states ...string) {
	if err := d.notify.send(states...); err != nil {
		d.log.Warn("the service manager was not told", "state", states[0], "err", err)
	}
}
