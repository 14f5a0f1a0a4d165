package daemon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/witness"
	"github.com/counterfoil/counterfoil/proof"
)

// witnesses has the trail's checkpoints cosigned.
type witnesses struct {
	d       *daemon
	clients []*witness.Client
	quorum  int
	every   time.Duration
	signed  uint64 // size of the checkpoint that was cosigned last
	failing bool   // the last round had no quorum, and the trail says so
}

const quorumAlarm = "no quorum of witnesses"

// answerWithin bounds a request to a witness.
const answerWithin = 20 * time.Second

func newWitnesses(d *daemon, c config.Witness) (*witnesses, error) {
	w := &witnesses{d: d, quorum: c.Quorum, every: c.Every}
	if w.quorum == 0 {
		w.quorum = len(c.Servers)
	}
	for _, s := range c.Servers {
		client, err := witness.NewClient(s.URL, s.Key, &http.Client{Timeout: answerWithin})
		if err != nil {
			return nil, err
		}
		w.clients = append(w.clients, client)
	}
	return w, nil
}

// Run asks until ctx is done.
func (w *witnesses) Run(ctx context.Context) error {
	if len(w.clients) == 0 {
		return nil
	}
	var err error
	if w.failing, err = w.d.raised(context.WithoutCancel(ctx), quorumAlarm, act.Witness); err != nil {
		return err
	}
	tick := time.NewTicker(w.every)
	defer tick.Stop()
	for {
		if _, size, _ := w.d.trail.LastCheckpoint(); size > w.signed {
			if err := w.round(ctx); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// round asks every witness once, at the same time. What a quorum cosigned is kept; that there is none, or is one again,
// becomes an event. An error means that the trail takes nothing in.
func (w *witnesses) round(ctx context.Context) error {
	var wg sync.WaitGroup
	lines, errs := make([][]byte, len(w.clients)), make([]error, len(w.clients))
	last, size, _ := w.d.trail.LastCheckpoint() // one for all
	for i, c := range w.clients {
		wg.Go(func() {
			lines[i], errs[i] = c.Cosign(ctx, func(old uint64) (*proof.Growth, uint64, error) { return w.d.trail.GrowthTo(old, last) })
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil
	}
	have := len(w.clients)
	for _, err := range errs {
		if err != nil {
			have--
			w.d.log.Warn("a checkpoint was not cosigned", "err", err)
		}
	}
	if have < w.quorum {
		return w.lost(ctx, size, have, errors.Join(errs...))
	}
	note := slices.Clone(last)
	for _, line := range lines {
		note = append(note, line...)
	}
	if err := w.d.trail.KeepCosigned(note); err != nil {
		w.d.log.Error("keep the cosigned checkpoint", "err", err)
		return nil
	}
	w.signed = size
	return w.regained(ctx, size, have)
}

func (w *witnesses) lost(ctx context.Context, size uint64, have int, reason error) error {
	if w.failing {
		return nil
	}
	w.failing = true
	return w.tell(ctx, counterfoil.AlarmRaise, false, size, have, reason.Error())
}

func (w *witnesses) regained(ctx context.Context, size uint64, have int) error {
	if !w.failing {
		return nil
	}
	w.failing = false
	return w.tell(ctx, counterfoil.AlarmClear, true, size, have, "")
}

func (w *witnesses) tell(ctx context.Context, action counterfoil.Action, ok bool, size uint64, have int, reason string) error {
	object := counterfoil.Object{Kind: "alarm", Name: quorumAlarm}
	err := w.d.keep(ctx, w.d.act(act.Witness, action, ok, object, func(b *counterfoil.Builder) {
		b.Uint("checkpoint", size)
		b.Int("cosigned", int64(have))
		b.Int("quorum", int64(w.quorum))
		if reason != "" {
			b.String("reason", reason)
		}
	}))
	if err != nil {
		return fmt.Errorf("record that the witnesses changed: %w", err)
	}
	return nil
}
