package output

import (
	"context"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
)

// rotation is one who waits for a rotation; rotated is the answer.
type rotation struct{ answer chan<- rotated }

type rotated struct {
	from, to string
	err      error
}

// RotateNow begins the destination anew, as a [Rotator] does it, between two batches, and gives what was put aside and its
// new name, "" where there was nothing. Safe for concurrent use while Run is under way.
func (r *Runner) RotateNow(ctx context.Context) (from, to string, err error) {
	answer := make(chan rotated, 1)
	select {
	case r.rotate <- rotation{answer}:
	case <-ctx.Done():
		return "", "", ctx.Err()
	}
	a := <-answer // whoever took the question answers it
	return a.from, a.to, a.err
}

// serveRotation rotates if somebody waits for it.
func (r *Runner) serveRotation(ctx context.Context) {
	select {
	case q := <-r.rotate:
		q.answer <- r.answer(ctx)
	default:
	}
}

func (r *Runner) answer(ctx context.Context) rotated {
	from, to, err := r.rotateNow(ctx, "it was asked for")
	return rotated{from, to, err}
}

// rotateNow rotates and says so. A rotation that fails leaves the destination as it was.
func (r *Runner) rotateNow(ctx context.Context, reason string) (from, to string, err error) {
	s, ok := r.sink.(Rotator)
	if !ok {
		return "", "", nil
	}
	from, to, err = s.Rotate(r.Now())
	if err == nil && to == "" {
		return from, to, r.keep()
	}
	serr := r.say(ctx, r.event(act.OutputRotate, counterfoil.AuditRotate, err == nil, func(b *counterfoil.Builder) {
		b.String("reason", reason)
		if err != nil {
			b.String("error", err.Error())
		} else {
			b.String("from", from)
			b.String("to", to)
		}
	}))
	if err != nil {
		r.Log.Error("rotate", "output", r.Name, "err", err)
		return from, to, err
	}
	if serr != nil {
		return from, to, serr
	}
	return from, to, r.keep()
}
