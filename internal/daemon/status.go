package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/counterfoil/counterfoil/internal/trail"
)

// Status is how a trail and its daemon do: the answer of GET /api/v1/status and of `counterfoil status`. What only a
// running daemon knows is absent where a directory was read.
type Status struct {
	Origin     string         `json:"origin"` // name of the trail in its checkpoints
	Records    uint64         `json:"records"`
	Head       uint64         `json:"head"` // of them not sealed yet
	Segments   int            `json:"segments"`
	Bytes      int64          `json:"bytes"`                // everything in the data directory
	Checkpoint *uint64        `json:"checkpoint,omitempty"` // records that the newest checkpoint counts
	SignedAt   *time.Time     `json:"signed_at,omitempty"`
	Version    string         `json:"version,omitempty"`
	Started    *time.Time     `json:"started,omitempty"`
	Inputs     []InputStatus  `json:"inputs,omitempty"`
	Outputs    []OutputStatus `json:"outputs,omitempty"`
}

// OutputStatus is how an output does since it started.
type OutputStatus struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Target  string `json:"target"`
	Problem string `json:"problem,omitempty"` // why it does not deliver
	Sent    uint64 `json:"sent"`
	Errors  uint64 `json:"errors"`
	Refused uint64 `json:"refused"` // records that the destination will never take
	Missed  uint64 `json:"missed"`  // records gone from the trail before they were delivered
	Passed  uint64 `json:"passed"`  // of those sent, events that the trail does not keep
	Dropped uint64 `json:"dropped"` // such events that were lost
	Next    uint64 `json:"next"`    // number of the first record that it has not looked at
}

// InputStatus is how an input does since it started.
type InputStatus struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Source   string `json:"source"`
	Problem  string `json:"problem,omitempty"` // why it does not deliver
	Frames   uint64 `json:"frames"`
	Bytes    uint64 `json:"bytes"`
	Events   uint64 `json:"events"`
	Unparsed uint64 `json:"unparsed"`
	Retried  uint64 `json:"retried"`
	Refused  uint64 `json:"refused"`
	LeftOut  uint64 `json:"left_out"` // by policy
	Gaps     uint64 `json:"gaps"`
}

// StatusOf gives what can be told of a data directory without its daemon.
func StatusOf(dir string, t *trail.Directory) (*Status, error) {
	s := &Status{Origin: t.Origin()}
	v := t.View()
	defer v.Close()
	s.look(v)
	var err error
	s.Bytes, err = bytesIn(dir)
	return s, err
}

func (s *Status) look(v *trail.View) {
	s.Records, s.Segments = v.Size(), len(v.Segments)
	for _, h := range v.Head {
		s.Head += uint64(h.Len())
	}
}

// bytesIn adds up the files below dir. A file that goes while we look (a sealed WAL) counts nothing.
func bytesIn(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return ignoreMissing(err)
		}
		info, err := e.Info()
		if err != nil {
			return ignoreMissing(err)
		}
		sum += info.Size()
		return nil
	})
	if err != nil {
		err = fmt.Errorf("add up the files in %s: %w", dir, err)
	}
	return sum, err
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// status gives everything.
func (d *daemon) status() *Status {
	s := &Status{Origin: d.trail.Origin(), Version: d.opts.Version, Started: &d.started}
	v := d.trail.View()
	s.look(v)
	v.Close()
	_, size, at := d.trail.LastCheckpoint()
	s.Checkpoint = &size
	if at != 0 {
		t := at.Std()
		s.SignedAt = &t
	}
	var err error
	if s.Bytes, err = bytesIn(d.config.Load().DataDir); err != nil {
		d.log.Warn("status", "err", err)
	}
	d.inputs.each(func(in InputStatus, _ uint64, _ time.Duration) { s.Inputs = append(s.Inputs, in) })
	d.outputs.each(func(o OutputStatus, _ time.Duration) { s.Outputs = append(s.Outputs, o) })
	return s
}
