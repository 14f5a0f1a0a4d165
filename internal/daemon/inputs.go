package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/internal/intake"
	"github.com/counterfoil/counterfoil/internal/intake/file"
	"github.com/counterfoil/counterfoil/internal/intake/netfilter"
	"github.com/counterfoil/counterfoil/internal/intake/netlink"
	"github.com/counterfoil/counterfoil/internal/intake/syslog"
	"github.com/counterfoil/counterfoil/internal/intake/unix"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// inputs runs the configured ways in, each in a goroutine that starts it again when it fails.
type inputs struct {
	d     *daemon
	fixed []fixedInput // always on; set before start

	ctx   context.Context    // of all inputs; set by start
	spawn func(func() error) // of the errgroup; set by start
	mu    sync.Mutex         // guards run and what its inputs say of themselves
	run   []*input
}

// fixedInput is a way in that is no input of the configuration.
type fixedInput struct {
	name, kind, source string
	counter            *intake.Counter
}

// input is one that runs.
type input struct {
	config  config.Input
	cancel  context.CancelFunc
	done    chan struct{}   // closed when its goroutine has ended
	counter *intake.Counter // of the try under way; guarded by inputs.mu, as are those below
	before  intake.Counters // of the tries before
	problem string          // why it does not deliver
}

// runner is a way in: an [intake.Pump], or a listener that needs none.
type runner interface{ Run(context.Context) error }

func newInputs(d *daemon) *inputs { return &inputs{d: d} }

func (x *inputs) start(ctx context.Context, spawn func(func() error), list []config.Input) {
	x.ctx, x.spawn = ctx, spawn
	for _, in := range append(list[:len(list):len(list)], x.local()) {
		x.add(in)
	}
}

// local is the socket in the data directory, which is always there.
func (x *inputs) local() config.Input {
	return config.Input{Name: "local", Type: "unix", Path: x.d.config.Load().IngestSocket(), Dialect: "jsonl", Mode: "0660"}
}

// change stops inputs that are gone or changed, then starts those that are new or changed.
func (x *inputs) change(list []config.Input) {
	list = append(list[:len(list):len(list)], x.local())
	x.mu.Lock()
	var gone []*input
	x.run = slices.DeleteFunc(x.run, func(in *input) bool {
		if slices.ContainsFunc(list, func(c config.Input) bool { return reflect.DeepEqual(in.config, c) }) {
			return false
		}
		gone = append(gone, in)
		return true
	})
	var added []config.Input
	for _, c := range list {
		if !slices.ContainsFunc(x.run, func(in *input) bool { return reflect.DeepEqual(in.config, c) }) {
			added = append(added, c)
		}
	}
	x.mu.Unlock()
	halt(gone)
	for _, c := range added {
		x.add(c)
	}
}

// stop ends all inputs and waits until what they read is kept.
func (x *inputs) stop() {
	x.mu.Lock()
	gone := x.run
	x.run = nil
	x.mu.Unlock()
	halt(gone)
}

func halt(gone []*input) {
	for _, in := range gone {
		in.cancel()
	}
	for _, in := range gone {
		<-in.done
	}
}

func (x *inputs) add(c config.Input) {
	ctx, cancel := context.WithCancel(x.ctx)
	in := &input{config: c, cancel: cancel, done: make(chan struct{})}
	x.mu.Lock()
	x.run = append(x.run, in)
	x.mu.Unlock()
	x.spawn(func() error {
		defer close(in.done)
		defer cancel()
		return x.supervise(ctx, in)
	})
}

// Waiting times between tries of an input that fails.
const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// supervise runs an input until ctx is done. Trouble of the source is not ours: the input is tried again. A broken trail is.
func (x *inputs) supervise(ctx context.Context, in *input) error {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		began := time.Now()
		err := x.try(ctx, in)
		switch {
		case errors.Is(err, trail.ErrBroken):
			return err
		case ctx.Err() != nil:
			if err != nil {
				x.d.log.Error("input did not end well", "input", in.config.Name, "err", err)
			}
			return nil
		case err == nil:
			err = errors.New("it ended by itself")
		}
		if time.Since(began) > lastRetry {
			wait = firstRetry
		}
		x.mu.Lock()
		in.problem = err.Error()
		x.mu.Unlock()
		x.d.log.Error("input failed; it is tried again", "input", in.config.Name, "in", wait, "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

func (x *inputs) try(ctx context.Context, in *input) error {
	r, counter, err := x.build(in)
	if err != nil {
		return err
	}
	x.mu.Lock()
	in.counter, in.problem = counter, ""
	x.mu.Unlock()
	err = r.Run(ctx)
	x.mu.Lock()
	in.before, in.counter = sum(in.before, counter.Counters()), nil
	x.mu.Unlock()
	return err
}

// build makes what reads an input.
func (x *inputs) build(in *input) (runner, *intake.Counter, error) {
	c := in.config
	switch c.Type {
	case "unix":
		return x.listen(c)
	case "syslog":
		return x.listenSyslog(c)
	}
	var stream intake.Stream
	d, ok := all.Lookup(c.Dialect)
	if !ok {
		return nil, nil, fmt.Errorf("dialect %q is not known", c.Dialect)
	}
	switch c.Type {
	case "file":
		stream = watched{file.New(file.Options{Path: c.Path, FromEnd: c.From == "end", Split: d.Split, Host: x.d.host, Now: x.d.opts.Now}), func(problem string) {
			x.mu.Lock()
			defer x.mu.Unlock()
			in.problem = problem
		}}
	case "netlink":
		s, err := netlink.Open(netlink.Options{Host: x.d.host, Receive: c.Rcvbuf, Enable: c.Enable, Now: x.d.opts.Now})
		if err != nil {
			return nil, nil, err
		}
		stream = s
	case "conntrack":
		s, err := netfilter.OpenConntrack(netfilter.Options{Host: x.d.host, Receive: c.Rcvbuf, Now: x.d.opts.Now}, c.Events)
		if err != nil {
			return nil, nil, err
		}
		stream = s
	case "nflog":
		s, err := netfilter.OpenNFLOG(netfilter.Options{Host: x.d.host, Receive: c.Rcvbuf, Now: x.d.opts.Now}, uint16(*c.Group), c.Snaplen)
		if err != nil {
			return nil, nil, err
		}
		stream = s
	default:
		return nil, nil, fmt.Errorf("an input of type %q cannot be run by this program", c.Type)
	}
	return x.pump(c, stream, d)
}

func (x *inputs) listen(c config.Input) (runner, *intake.Counter, error) {
	mode, err := strconv.ParseUint(c.Mode, 8, 32)
	if err != nil {
		return nil, nil, fmt.Errorf("mode of the socket: %w", err)
	}
	l, err := unix.Listen(unix.Options{Name: c.Name, Host: x.d.host, Path: c.Path, Mode: fs.FileMode(mode), Trail: x.d.policy.gate,
		Parser: newParser, Now: x.d.opts.Now, Log: x.d.log})
	if err != nil {
		return nil, nil, err
	}
	return l, &l.Counter, nil
}

func (x *inputs) listenSyslog(c config.Input) (runner, *intake.Counter, error) {
	d, ok := all.Lookup(c.Dialect)
	if !ok {
		return nil, nil, fmt.Errorf("dialect %q is not known", c.Dialect)
	}
	sockets, err := c.Sockets()
	if err != nil {
		return nil, nil, err
	}
	idle, err := c.Idle()
	if err != nil {
		return nil, nil, err
	}
	decoder, err := intake.PerSender(c.Decoder)
	if err != nil {
		return nil, nil, err
	}
	o := syslog.Options{TLS: syslog.Files(c.TLS), Connections: c.Connections, Idle: idle, Receive: c.Rcvbuf}
	for _, s := range sockets {
		o.Sockets = append(o.Sockets, syslog.Socket(s))
	}
	p := &intake.Pump{Name: c.Name, Host: x.d.host, Decoder: decoder, Dialect: d, Trail: x.d.policy.gate, Now: x.d.opts.Now, Log: x.d.log}
	l, err := syslog.Listen(o, p)
	if err != nil {
		return nil, nil, err
	}
	return l, &p.Counter, nil
}

func (x *inputs) pump(c config.Input, stream intake.Stream, d *dialect.Dialect) (runner, *intake.Counter, error) {
	decoder, err := c.Decoder()
	if err != nil {
		return nil, nil, errors.Join(err, stream.Close())
	}
	p := &intake.Pump{Name: c.Name, Host: x.d.host, Stream: stream, Decoder: decoder, Dialect: d, Trail: x.d.policy.gate, Now: x.d.opts.Now, Log: x.d.log}
	return p, &p.Counter, nil
}

// each calls f with the figures of every input.
func (x *inputs) each(f func(s InputStatus, waits uint64, lag time.Duration)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	give := func(name, kind, source, problem string, n intake.Counters) {
		f(InputStatus{Name: name, Type: kind, Source: source, Problem: problem, Frames: n.Frames, Bytes: n.Bytes, Events: n.Events,
			Unparsed: n.Unparsed, Retried: n.Retried, Refused: n.Refused, LeftOut: n.LeftOut, Gaps: n.Gaps}, n.Waits, n.Lag)
	}
	for _, in := range x.fixed {
		give(in.name, in.kind, in.source, "", in.counter.Counters())
	}
	for _, in := range x.run {
		n := in.before
		if in.counter != nil {
			n = sum(n, in.counter.Counters())
		}
		give(in.config.Name, in.config.Type, in.config.Source(), in.problem, n)
	}
}

func sum(a, b intake.Counters) intake.Counters {
	return intake.Counters{Frames: a.Frames + b.Frames, Bytes: a.Bytes + b.Bytes, Events: a.Events + b.Events,
		Unparsed: a.Unparsed + b.Unparsed, Retried: a.Retried + b.Retried, Refused: a.Refused + b.Refused, LeftOut: a.LeftOut + b.LeftOut, Gaps: a.Gaps + b.Gaps,
		Waits: a.Waits + b.Waits, Lag: b.Lag}
}
