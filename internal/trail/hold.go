package trail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/searchq"
)

const (
	holdsFile = "holds"
	holdsHead = "counterfoil holds 1"
	mostHolds = 16 << 20 // bytes of the file
)

// Hold keeps records beyond their retention: no file that holds one which it fits expires.
type Hold struct {
	ID     uint64 // the trail's size when it was made, or greater: no other hold has it
	Filter string // in the search grammar, without times
	From   counterfoil.Time
	To     counterfoil.Time // bounds as of a query; 0: none
	Reason string
	Author string
	At     counterfoil.Time
	expr   filter.Expr
}

// ErrNoHold says that there is no hold of an identity.
var ErrNoHold = errors.New("there is no such hold")

// ErrHold says what a hold lacks.
var ErrHold = errors.New("a hold needs")

func (h *Hold) fits(r *counterfoil.Record) bool {
	return (h.From == 0 || r.Time >= h.From) && (h.To == 0 || r.Time < h.To) && filter.Eval(h.expr, r)
}

// Holds lists the holds in force.
func (t *Trail) Holds() []Hold {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.holds)
}

// AddHold puts a hold in force: on stable storage, and said in the trail. Its text is a query in the search grammar, whose
// error is a *searchq.Error. Files that are being deleted at the moment are not waited for.
func (t *Trail) AddHold(ctx context.Context, query, reason string, who act.Who) (Hold, error) {
	q, err := searchq.Parse(query, t.opts.Now())
	switch {
	case err != nil:
		return Hold{}, err
	case strings.TrimSpace(reason) == "" || who.User == "":
		return Hold{}, fmt.Errorf("%w a reason and an author", ErrHold)
	}
	t.retiring.Lock()
	defer t.retiring.Unlock()
	if t.subjects.going != nil {
		return Hold{}, ErrForgetting
	}
	if err := t.refusal(); err != nil {
		return Hold{}, err
	}
	now := counterfoil.TimeOf(t.opts.Now())
	h := Hold{ID: t.holdNumber(), Filter: searchq.Print(q.Expr), From: q.From, To: q.To, Reason: reason, Author: who.User, At: now, expr: q.Expr}
	holds := append(t.Holds(), h)
	if n := len(holdsText(t.Origin(), holds)); n > mostHolds-1<<10 { // a signature comes to it
		return Hold{}, fmt.Errorf("%w room among the others: %d bytes of %d; a shorter reason or filter, or the end of another", ErrHold, n, mostHolds)
	}
	// The file is first: what is said to be held is held.
	if err := t.writeHolds(holds); err != nil {
		return h, err
	}
	e := act.New(now, who, act.Hold, counterfoil.AuditHold, true, counterfoil.Object{Kind: "hold", Name: fmt.Sprint(h.ID)}, h.say)
	// A full disk is no reason to let go of what somebody is about to want, least of all where the oldest files expire then.
	if _, err := t.append(ctx, &request{via: act.Via, events: []counterfoil.Event{e}, own: true}, nil); errors.Is(err, ErrBroken) {
		return h, err // the event may be there: then the hold must be, too
	} else if err != nil {
		return h, errors.Join(err, t.writeHolds(holds[:len(holds)-1]))
	}
	return h, nil
}

// holdNumber gives the trail's size, or the next number that no hold has: one whose event could not be kept may be in force.
func (t *Trail) holdNumber() uint64 {
	n := t.View().Size()
	for _, h := range t.Holds() {
		n = max(n, h.ID+1)
	}
	return n
}

// ReleaseHold ends a hold. That is said in the trail before it is so.
func (t *Trail) ReleaseHold(ctx context.Context, id uint64, reason string, who act.Who) error {
	if strings.TrimSpace(reason) == "" || who.User == "" {
		return fmt.Errorf("%w a reason and an author to end", ErrHold)
	}
	t.retiring.Lock()
	defer t.retiring.Unlock()
	if t.subjects.going != nil {
		return ErrForgetting
	}
	holds := t.Holds()
	i := slices.IndexFunc(holds, func(h Hold) bool { return h.ID == id })
	if i < 0 {
		return fmt.Errorf("release hold %d: %w", id, ErrNoHold)
	}
	e := act.New(counterfoil.TimeOf(t.opts.Now()), who, act.Release, counterfoil.AuditHold, true, counterfoil.Object{Kind: "hold", Name: fmt.Sprint(id)}, func(b *counterfoil.Builder) {
		b.Object("hold")
		holds[i].say(b)
		b.End()
		b.String("reason", reason)
	})
	holds = slices.Delete(holds, i, i+1)
	if err := t.prepareHolds(holds); err != nil { // nothing is said that then cannot be done for want of space
		return err
	}
	if _, err := t.Append(ctx, act.Via, []counterfoil.Event{e}); err != nil {
		return err
	}
	if err := t.finishHolds(holds); err != nil {
		return fmt.Errorf("the trail says that hold %d has ended, and it may be in force still: %w", id, err)
	}
	return nil
}

func (h *Hold) say(b *counterfoil.Builder) {
	b.Uint("id", h.ID)
	b.String("filter", h.Filter)
	for _, bound := range []struct {
		key string
		at  counterfoil.Time
	}{{"from", h.From}, {"to", h.To}} {
		if bound.at != 0 {
			b.String(bound.key, bound.at.String())
		}
	}
	b.String("reason", h.Reason)
	b.String("author", h.Author)
	b.String("at", h.At.String())
}

// json gives what the hold's line in the file and the event that it was made say of it.
func (h *Hold) json() counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	h.say(&b)
	b.End()
	return b.JSON()
}

// writeHolds makes holds those in force.
func (t *Trail) writeHolds(holds []Hold) error {
	if err := t.prepareHolds(holds); err != nil {
		return err
	}
	return t.finishHolds(holds)
}

// prepareHolds writes holds beside those in force.
func (t *Trail) prepareHolds(holds []Hold) error {
	msg, err := t.id.signer.Sign(holdsText(t.Origin(), holds))
	if err == nil {
		err = disk.Prepare(t.fs, holdsFile, msg)
	}
	if err != nil {
		return fmt.Errorf("keep holds: %w", err)
	}
	return nil
}

// finishHolds makes holds that were prepared those in force.
func (t *Trail) finishHolds(holds []Hold) error {
	if err := disk.Finish(t.fs, holdsFile); err != nil {
		return fmt.Errorf("keep holds: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.holds = holds
	return nil
}

func holdsText(origin string, holds []Hold) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\n", holdsHead, origin)
	for i := range holds {
		text.WriteString(string(holds[i].json()) + "\n")
	}
	return text.String()
}

// readHolds reads the holds in force, and whether they are what the trail signed.
func readHolds(fsys disk.FS, id *identity) (holds []Hold, err error) {
	msg, err := disk.ReadFile(fsys, holdsFile, mostHolds)
	if isMissing(err) {
		return nil, nil
	}
	var text string
	if err == nil {
		text, err = openNote(msg, id.vkey)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", holdsFile, err)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for _, l := range lines[min(2, len(lines)):] {
		h, err := parseHold(counterfoil.JSON(l))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", holdsFile, err)
		}
		holds = append(holds, h)
	}
	if holdsText(id.origin, holds) != text {
		return nil, fmt.Errorf("%s: is that of another trail, or not in its one form", holdsFile)
	}
	return holds, nil
}

func parseHold(j counterfoil.JSON) (h Hold, err error) {
	if j, err = counterfoil.Canonical(string(j)); err != nil {
		return h, err
	}
	text := func(key string) string { return j.Member(key).Text() }
	h = Hold{Filter: text("filter"), Reason: text("reason"), Author: text("author")}
	_, err = fmt.Sscan(text("id"), &h.ID)
	for key, at := range map[string]*counterfoil.Time{"from": &h.From, "to": &h.To, "at": &h.At} {
		if s := text(key); s != "" && err == nil {
			*at, err = counterfoil.ParseTime(s)
		}
	}
	if err != nil {
		return h, err
	}
	q, err := searchq.Parse(h.Filter, h.At.Std())
	h.expr = q.Expr
	return h, err
}

// Holds lists the holds in force.
func (d *Directory) Holds() ([]Hold, error) { return readHolds(d.fs, &d.id) }
