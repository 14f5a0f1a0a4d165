package daemon

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/access"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/disk/disktest"
	"github.com/counterfoil/counterfoil/internal/search"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// cramped is a daemon whose trail is on a disk that is full.
type cramped struct {
	observeBench
	disk *disktest.Memory
	log  *strings.Builder
	file string // of the configuration
}

func openCramped(t *testing.T) cramped {
	t.Helper()
	c := cramped{disk: disktest.New(), log: &strings.Builder{}, file: filepath.Join(t.TempDir(), "c.yaml")}
	c.disk.Limit(300 << 10)
	log := slog.New(slog.NewTextHandler(c.log, nil))
	d := &daemon{log: log, host: "h"}
	d.opts = Options{Now: time.Now, File: c.file, Out: io.Discard, Log: io.Discard, Load: func() (*config.Config, []byte, error) {
		text, err := os.ReadFile(c.file)
		if err != nil {
			return nil, nil, err
		}
		next, err := config.Parse(c.file, text)
		return next, text, err
	}}
	var err error
	if d.trail, err = trail.OpenFS(c.disk, trail.Options{Node: "n", Log: log, Act: d.act, Space: trail.Space{Reserve: 64 << 10}}); err != nil {
		t.Fatal(err)
	}
	conf := config.Default()
	conf.DataDir = t.TempDir()
	d.config.Store(conf)
	d.warner, d.policy = newWarner(d, ""), newPolicies(d)
	d.inputs, d.outputs = newInputs(d), newOutputs(d)
	c.observeBench = observeBench{t, d}
	for i := 0; err == nil; i++ {
		e := counterfoil.Event{Major: 1, Time: 1, Service: "APP", Name: "X", Raw: fmt.Sprint(i, strings.Repeat("x", 4<<10))}
		_, err = d.trail.Append(t.Context(), "in", []counterfoil.Event{e})
	}
	if !errors.Is(err, trail.ErrSuspended) {
		t.Fatal(err)
	}
	return c
}

// own gives the names of the program's own events, in order, but for those of the trail.
func (c cramped) own() (names []string) {
	c.t.Helper()
	v := c.trail.View()
	defer v.Close()
	if _, err := search.Run(c.t.Context(), v, search.Query{Filter: ownEvents("")[0], Oldest: true}, func(r *counterfoil.Record) bool {
		if r.Name != "FULL" {
			names = append(names, strings.Clone(r.Name))
		}
		return true
	}); err != nil {
		c.t.Fatal(err)
	}
	return names
}

func (c cramped) configure(text string) {
	c.t.Helper()
	if err := os.WriteFile(c.file, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// TestReloadOnAFullDisk: a configuration that cannot be written down is not in force, neither in part.
func TestReloadOnAFullDisk(t *testing.T) {
	c := openCramped(t)
	c.inputs.ctx, c.outputs.ctx = t.Context(), t.Context()
	c.inputs.spawn = func(func() error) { t.Error("an input is started") }
	c.outputs.spawn = func(func() error) { t.Error("an output is started") }
	c.configure("log: {level: debug}\ninputs:\n  - {name: f, type: file, path: /nowhere, dialect: jsonl}\noutputs:\n  - {name: o, type: console}\npolicy: {flags: fd, naflags: fd}\n")
	c.reload(t.Context())
	if conf := c.config.Load(); len(conf.Inputs)+len(conf.Outputs) > 0 || conf.Policy != nil || c.level.Level() != slog.LevelInfo {
		t.Errorf("in force: %+v", conf.Settings())
	}
	if !strings.Contains(c.log.String(), "the old one stays in force") {
		t.Errorf("the log does not say so: %s", c.log)
	}
	c.disk.Limit(1 << 40)
	c.inputs.spawn, c.outputs.spawn = func(func() error) {}, func(func() error) {}
	c.reload(t.Context())
	if conf := c.config.Load(); len(conf.Inputs) != 1 || len(conf.Outputs) != 1 || conf.Policy == nil {
		t.Errorf("there is space again, and in force is %+v", conf.Settings())
	}
	if names := c.own(); !slices.Equal(names, []string{"CONFIG", "POLICY"}) {
		t.Errorf("the trail has %q", names)
	}
}

// TestStartOnAFullDisk: how a daemon began is written down when there is space, before anything else that it does.
func TestStartOnAFullDisk(t *testing.T) {
	c := openCramped(t)
	var err error
	if c.access, err = access.Open(t.TempDir(), access.Options{}); err != nil {
		t.Fatal(err)
	}
	if c.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	defer c.listen.Close()
	c.begin = c.size()
	if err := c.recordStart(t.Context(), []byte("node: n\n")); err != nil {
		t.Fatal(err)
	}
	c.noticed([]access.Notice{{Name: "t"}})
	if names := c.own(); len(names) > 0 {
		t.Fatalf("the disk is not full: the trail has %q", names)
	}
	c.disk.Limit(1 << 40)
	c.recordStop(t.Context())
	if names := c.own(); !slices.Equal(names, []string{"START", "CONFIG", "TOKEN", "STOP"}) {
		t.Errorf("there is space again, and the trail has %q", names)
	}
	if err := c.restateConfig(t.Context()); err != nil || c.said.seq < c.begin {
		t.Errorf("the record of the configuration is %d, %v", c.said.seq, err)
	}
}

// TestTooMuchOnAFullDisk: what is not kept to be written down later is counted.
func TestTooMuchOnAFullDisk(t *testing.T) {
	c := openCramped(t)
	for range mostLate + 7 {
		c.recordStop(t.Context())
	}
	c.disk.Limit(1 << 40)
	c.recordStop(t.Context())
	names := c.own()
	if n := len(names); n != mostLate+2 || names[n-2] != "GAP" {
		t.Fatalf("%d events: %q", n, names)
	}
	v := c.trail.View()
	defer v.Close()
	var r counterfoil.Record
	if err := v.Record(v.Size()-2, &r); err != nil || r.EventData.Member("count").Text() != "7" {
		t.Errorf("%s, %v", r.EventData, err)
	}
}
