package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/api"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/dialect"
	dialectsyslog "github.com/counterfoil/counterfoil/internal/dialect/syslog"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/output"
	"github.com/counterfoil/counterfoil/internal/output/console"
	"github.com/counterfoil/counterfoil/internal/output/file"
	"github.com/counterfoil/counterfoil/internal/output/syslog"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// outputs runs the configured ways out, each in a goroutine.
type outputs struct {
	d       *daemon
	console *console.Stream

	ctx   context.Context    // of all outputs; set by start
	spawn func(func() error) // of the errgroup; set by start
	mu    sync.RWMutex       // guards run; held for reading while events pass, so that none comes behind the end of an output
	run   []*running
}

// running is an output that runs.
type running struct {
	config config.Output
	target string
	runner *output.Runner
	cancel context.CancelFunc
	done   chan struct{} // closed when its goroutine has ended
}

func newOutputs(d *daemon) *outputs { return &outputs{d: d, console: console.NewStream(d.opts.Out)} }

// start begins the configured outputs. An output that has no cursor yet begins with record number begin.
func (x *outputs) start(ctx context.Context, spawn func(func() error), list []config.Output, begin uint64) error {
	x.ctx, x.spawn = ctx, spawn
	for _, c := range list {
		if err := x.add(c, begin, true); err != nil {
			return err
		}
	}
	return nil
}

// change stops outputs that are gone or changed, then starts those that are new or changed.
func (x *outputs) change(list []config.Output, begin uint64) error {
	x.mu.Lock()
	before := x.run
	x.run = nil
	var gone []*running
	for _, o := range before {
		if slices.ContainsFunc(list, func(c config.Output) bool { return reflect.DeepEqual(o.config, c) }) {
			x.run = append(x.run, o)
		} else {
			gone = append(gone, o)
		}
	}
	kept := slices.Clone(x.run)
	x.mu.Unlock()
	haltOutputs(gone)
	var err error
	for _, c := range list {
		if !slices.ContainsFunc(kept, func(o *running) bool { return reflect.DeepEqual(o.config, c) }) {
			err = errors.Join(err, x.add(c, begin, false))
		}
	}
	return err
}

// stop ends all outputs, when they have delivered what is there or cannot do so quickly.
func (x *outputs) stop() {
	x.mu.Lock()
	gone := x.run
	x.run = nil
	x.mu.Unlock()
	haltOutputs(gone)
}

func haltOutputs(gone []*running) {
	for _, o := range gone {
		o.cancel()
	}
	for _, o := range gone {
		<-o.done
	}
}

func (x *outputs) add(c config.Output, begin uint64, atStart bool) error {
	o := &running{config: c, done: make(chan struct{})}
	if err := x.build(o, begin, atStart); err != nil {
		return fmt.Errorf("output %s: %w", c.Name, err)
	}
	var ctx context.Context
	ctx, o.cancel = context.WithCancel(x.ctx)
	x.mu.Lock()
	x.run = append(x.run, o)
	x.mu.Unlock()
	x.spawn(func() error {
		defer close(o.done)
		defer o.cancel()
		return o.runner.Run(ctx)
	})
	return nil
}

// build makes an output's runner. It opens nothing.
func (x *outputs) build(o *running, begin uint64, atStart bool) error {
	c := o.config
	wanted, err := c.Wanted()
	if err != nil {
		return err
	}
	data, err := disk.Open(x.d.config.Load().DataDir)
	if err != nil {
		return err
	}
	if c.From == "start" {
		begin = 0
	}
	open, err := x.opener(o)
	if err != nil {
		return err
	}
	trouble, err := x.d.raised(x.ctx, c.Name, act.OutputError, act.OutputOK)
	if err != nil {
		return err
	}
	o.runner = output.New(output.Options{Name: c.Name, Host: x.d.host, Target: o.target, Format: c.Form(), Open: open,
		Wants: func(r *counterfoil.Record) bool { return filter.Eval(wanted, r) },
		Trail: x.d.trail.ID(), Source: wantedOf{x.d.trail, wanted}, Append: x.d.trail.Append, FS: data, Now: x.d.opts.Now, Begin: begin,
		Rotate: atStart && c.Rotate == "rename", Trouble: trouble, Log: x.d.log})
	return nil
}

// wantedOf is the trail as an output sees it.
type wantedOf struct {
	*trail.Trail
	filter filter.Expr
}

func (w wantedOf) View() output.View { return wantedView{w.Trail.View(), w.filter} }

type wantedView struct {
	*trail.View
	filter filter.Expr
}

// Read gives the records that the filter wants.
func (v wantedView) Read(ctx context.Context, from, to uint64, yield func(*counterfoil.Record) bool) error {
	_, err := search.Run(ctx, v.View, search.Query{Filter: v.filter, After: from, Before: to, Oldest: true}, yield)
	return err
}

// opener gives what opens the destination, and names it.
func (x *outputs) opener(o *running) (func(context.Context, []byte) (output.Sink, error), error) {
	c := o.config
	var encode output.Encode = func(w io.Writer) (dialect.Encoder, error) { return c.Encoder(w) }
	switch c.Type {
	case "console":
		o.target = "standard output"
		return func(context.Context, []byte) (output.Sink, error) { return console.Open(x.console, encode) }, nil
	case "file":
		path, err := filepath.Abs(c.Path)
		if err != nil {
			return nil, fmt.Errorf("path: %w", err)
		}
		o.target = path
		return func(_ context.Context, mark []byte) (output.Sink, error) {
			fs, err := disk.Open(filepath.Dir(path))
			if err != nil {
				return nil, err
			}
			return file.Open(file.Options{FS: fs, Name: filepath.Base(path), Path: path, Encode: encode, Reopen: c.Rotate == "reopen"}, mark)
		}, nil
	case "syslog":
		network, address, err := c.Destination()
		if err != nil {
			return nil, err
		}
		facility, _ := dialectsyslog.Facility(c.Facility)
		o.target = c.Address
		so := syslog.Options{Network: network, Address: address, Facility: facility, Host: x.d.host, PID: os.Getpid(), Encode: encode,
			Bare: c.Format == "syslog"}
		return func(ctx context.Context, _ []byte) (output.Sink, error) { return syslog.Open(ctx, so) }, nil
	}
	return nil, fmt.Errorf("an output of type %q cannot be run by this program", c.Type)
}

// Pass hands events that the trail does not keep to every output. It never waits; see [output.Runner.Pass].
func (x *outputs) Pass(via string, events []counterfoil.Event) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, o := range x.run {
		o.runner.Pass(via, events)
	}
}

// rotate rotates the outputs to files, and seals what the trail has.
func (d *daemon) rotate(ctx context.Context) []api.Rotated {
	list := d.outputs.rotate(ctx)
	r := api.Rotated{Kind: "trail", Name: d.trail.Origin(), From: "head", To: "sealed segments"}
	if err := d.trail.Rotate(ctx); err != nil {
		r.To, r.Problem = "", err.Error()
	}
	return append(list, r)
}

// rotateTime bounds how long a request to rotate waits for the batch at hand.
const rotateTime = 15 * time.Second

// rotate rotates what can be rotated, and says what became of it.
func (x *outputs) rotate(ctx context.Context) (list []api.Rotated) {
	ctx, cancel := context.WithTimeout(ctx, rotateTime)
	defer cancel()
	x.mu.RLock()
	run := slices.Clone(x.run)
	x.mu.RUnlock()
	for _, o := range run {
		if o.config.Type != "file" {
			continue
		}
		_, to, err := o.runner.RotateNow(ctx)
		r := api.Rotated{Kind: "output", Name: o.config.Name, From: o.target, To: to}
		if err != nil {
			r.To, r.Problem = "", err.Error()
		}
		list = append(list, r)
	}
	return list
}

// each gives the figures of every output.
func (x *outputs) each(f func(s OutputStatus, lag time.Duration)) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for _, o := range x.run {
		n := o.runner.Counters()
		f(OutputStatus{Name: o.config.Name, Type: o.config.Type, Target: o.target, Problem: n.Problem, Sent: n.Sent, Errors: n.Errors,
			Refused: n.Refused, Missed: n.Missed, Passed: n.Passed, Dropped: n.Dropped, Next: n.Next}, n.Lag)
	}
}
