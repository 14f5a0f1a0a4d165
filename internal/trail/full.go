package trail

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// FullAction is what happens when no more may be written: the disk is full, every directory for segments is filled up to
// what must stay free, or the quota is used up.
type FullAction int

const (
	Suspend   FullAction = iota // senders wait
	Halt                        // Run ends with ErrHalted, so that the machine can be stopped
	Drop                        // what its sender cannot give again is lost and counted, as a gap; others wait
	Overwrite                   // the oldest files expire, but for those under hold; senders wait meanwhile
)

var fullActions = [...]string{"suspend", "halt", "drop", "overwrite"}

func (a FullAction) String() string { return fullActions[a] }

// FullActions are the names, in order of their values.
func FullActions() []string { return fullActions[:] }

// Errors of a full disk beside ErrSuspended.
var (
	ErrDropped = errors.New("the disk is full: these events are lost, which is counted")
	ErrHalted  = errors.New("the disk is full, and the trail is to halt then")
	errQuota   = fmt.Errorf("the quota is used up: %w", disk.ErrFull)
)

// Space says how much the trail may take and when it warns.
type Space struct {
	Action      FullAction
	Reserve     int64 // bytes kept back, so that a full disk can be told of; 0: none
	SoftPercent int   // free space of a directory below which a warning is given; 0: no warning
	Quota       int64 // bytes of everything sealed, and the log; 0: none
	Warning     int   // percent of the quota at which a warning is given
	Critical    int   // percent at which a second one is
}

const (
	reserveFile = "reserve"
	fullFile    = "full" // why nothing is taken in; there while that is so, across restarts
)

// fullness is why nothing is taken in.
type fullness struct {
	Since  counterfoil.Time `json:"-"`
	At     string           `json:"since"`
	Reason string           `json:"reason"`
	Action string           `json:"action"`

	noted   bool             // it stands in fullFile, so that a loss is told even if the program ends now
	dropped map[string]*loss // by input
}

// loss is what was dropped of an input.
type loss struct {
	events      uint64
	first, last counterfoil.Time // least and greatest of the events' times
}

// noteFull marks that something could not be written. The trail turns to it as soon as nobody is committing.
func (t *Trail) noteFull(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.full == nil && t.fullCause == nil {
		t.fullCause = err
	}
}

// refuseFull answers a request while the trail is full; nil: it may be tried. The caller holds committing.
func (t *Trail) refuseFull(r *request) error {
	t.mu.Lock()
	full := t.full
	t.mu.Unlock()
	if full == nil || r.own {
		return nil
	}
	if t.leaveFull() {
		return nil
	}
	return t.fullError(full, r)
}

// fullError is the answer to a request that found the disk full. It counts what is lost.
func (t *Trail) fullError(full *fullness, r *request) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opts.Space.Action != Drop || r.position != nil || r.via == act.Via || !full.noted {
		return fmt.Errorf("%w (%s)", ErrSuspended, full.Reason)
	}
	l := full.dropped[r.via]
	if l == nil {
		l = &loss{first: r.events[0].Time, last: r.events[0].Time}
		full.dropped[r.via] = l
	}
	for i := range r.events {
		l.first, l.last = min(l.first, r.events[i].Time), max(l.last, r.events[i].Time)
	}
	l.events += uint64(len(r.events))
	return ErrDropped
}

// settle turns to a disk that was found full: it says so in the trail, with the space kept back for it. The caller holds
// committing.
func (t *Trail) settle() {
	t.mu.Lock()
	cause := t.fullCause
	t.fullCause = nil
	if cause == nil || t.full != nil {
		t.mu.Unlock()
		return
	}
	full := &fullness{Since: counterfoil.TimeOf(t.opts.Now()), Reason: cause.Error(), Action: t.opts.Space.Action.String(), dropped: map[string]*loss{}}
	full.At = full.Since.String()
	t.full = full
	t.mu.Unlock()
	t.opts.Log.Error("the trail takes nothing in: no more may be written", "action", full.Action, "err", cause)
	t.opts.Warn("allhard", "")
	err := t.fs.Remove(reserveFile)
	if err == nil || isMissing(err) {
		err = t.fs.SyncDir(".")
	}
	if err == nil {
		err = t.sayFull(full)
	}
	if err == nil {
		err = t.Checkpoint()
	}
	if err != nil {
		t.opts.Log.Error("that the disk is full could not be kept", "err", err)
	}
	if t.opts.Space.Action == Halt {
		t.mu.Lock()
		t.halted = fmt.Errorf("%w: %w", ErrHalted, cause)
		t.mu.Unlock()
	}
}

// noteDown keeps the reason across a restart.
func (t *Trail) noteDown(full *fullness) error {
	b, err := json.Marshal(full)
	if err == nil {
		err = disk.WriteFile(t.fs, fullFile, append(b, '\n'))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	full.noted = err == nil
	return err
}

// sayFull keeps the reason, across a restart and in the trail.
func (t *Trail) sayFull(full *fullness) error {
	err := t.noteDown(full)
	e := t.opts.Act(act.Full, counterfoil.AlarmRaise, true, counterfoil.Object{Kind: "disk", Name: "the trail takes nothing in"}, func(b *counterfoil.Builder) {
		b.String("action", full.Action)
		b.String("reason", full.Reason)
	})
	return errors.Join(err, t.commitOwn(e))
}

// commitOwn commits events of the trail's own. The caller holds committing.
func (t *Trail) commitOwn(events ...counterfoil.Event) error {
	r := &request{via: act.Via, events: events, own: true, done: make(chan struct{})}
	t.commit([]*request{r})
	<-r.done
	return r.err
}

// leaveFull goes on if there is space again, for the reserve and a little more, and says what was lost meanwhile. The caller
// holds committing.
func (t *Trail) leaveFull() bool {
	if !t.roomAgain() {
		return false
	}
	t.mu.Lock()
	full := t.full
	t.mu.Unlock()
	var events []counterfoil.Event
	for via, l := range full.dropped {
		events = append(events, t.gapEvent(via, full, l))
	}
	events = append(events, t.opts.Act(act.Full, counterfoil.AlarmClear, true, counterfoil.Object{Kind: "disk", Name: "the trail takes nothing in"}, func(b *counterfoil.Builder) {
		b.String("since", full.At)
		b.String("reason", full.Reason)
	})) // the last one: see left
	if err := t.commitOwn(events...); err != nil {
		return false
	}
	t.mu.Lock()
	t.full, t.fullCause = nil, nil
	t.mu.Unlock()
	t.forgetFull()
	t.opts.Log.Info("there is space again")
	return true
}

// forgetFull removes the note of a disk that is full no longer, before anything else is taken in.
func (t *Trail) forgetFull() {
	err := t.fs.Remove(fullFile)
	if err == nil {
		err = t.fs.SyncDir(".")
	}
	if err != nil && !isMissing(err) {
		t.opts.Log.Error("remove the note of a full disk", "err", err)
	}
	t.keepReserve()
}

// left reports whether the last record says that there is space again, and so what was lost: the power was cut before the note was
// removed, and nothing has been taken in since.
func (t *Trail) left(full *fullness) (bool, error) {
	v := t.View()
	if v.Size() == 0 {
		return false, nil
	}
	var r counterfoil.Record
	if err := v.Record(v.Size()-1, &r); err != nil {
		return false, err
	}
	return r.Via == act.Via && r.Name == act.Full && r.Action == counterfoil.AlarmClear && r.EventData.Member("since").Text() == full.At, nil
}

func (t *Trail) gapEvent(via string, full *fullness, l *loss) counterfoil.Event {
	return t.opts.Act(act.Gap, counterfoil.AuditGap, true, counterfoil.Object{Kind: "input", Name: via}, func(b *counterfoil.Builder) {
		b.String("reason", "the disk was full, and events are dropped then: "+full.Reason)
		b.String("since", full.At)
		if l != nil {
			b.Uint("count", l.events)
			b.String("unit", "events")
			b.String("first", l.first.String())
			b.String("last", l.last.String())
		}
	})
}

// roomAgain reports whether enough is free to go on.
func (t *Trail) roomAgain() bool {
	free, _, err := t.fs.Space()
	if err != nil || free < uint64(2*t.opts.Space.Reserve) || t.overQuota() {
		return false
	}
	_, err = t.candidates()
	return err == nil
}

func (t *Trail) overQuota() bool { return t.opts.Space.Quota > 0 && t.used() >= t.opts.Space.Quota }

// used gives the bytes of everything sealed and of the log.
func (t *Trail) used() (sum int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, s := range t.sealed {
		sum += s.Bytes + s.indexBytes
	}
	return sum + t.logBytes
}

// keepReserve makes the file whose removal lets a full disk be told of.
func (t *Trail) keepReserve() {
	if t.opts.Space.Reserve <= 0 {
		return
	}
	f, err := t.fs.Open(reserveFile, true)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = t.fs.Create(reserveFile)
	}
	if err == nil {
		err = errors.Join(fillUp(f, t.opts.Space.Reserve), f.Close())
	}
	if err == nil {
		err = t.fs.SyncDir(".")
	}
	if err != nil {
		t.opts.Log.Warn("no space can be kept back for the case of a full disk", "err", err)
		if err := t.fs.Remove(reserveFile); err != nil && !isMissing(err) { // a part of it only takes space
			t.opts.Log.Warn("remove what was kept back", "err", err)
		}
	}
}

// fillUp makes a file size bytes long, with bytes that take space on any file system: not all give it for the asking, and some
// have none for zeros.
func fillUp(f disk.File, size int64) error {
	at, err := f.Size()
	for piece := make([]byte, 64<<10); err == nil && at < size; {
		rand.Read(piece)
		n := 0
		n, err = f.WriteAt(piece[:min(int64(len(piece)), size-at)], at)
		at += int64(n)
	}
	if err == nil && at > size { // more was to be kept back once
		err = f.Truncate(size)
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// readFull finds what a trail that was full left, and writes down what it could not.
func (t *Trail) readFull() error {
	b, err := disk.ReadFile(t.fs, fullFile, 1<<16)
	if isMissing(err) {
		t.keepReserve()
		return nil
	}
	if err != nil {
		return err
	}
	full := &fullness{noted: true, dropped: map[string]*loss{}}
	if err := json.Unmarshal(b, full); err != nil { // it is a note only; the event stands in the trail
		full.Reason = "the note of it is damaged: " + err.Error()
	} else if told, err := t.left(full); err != nil {
		t.opts.Log.Warn("whether it is told already that the disk is full no longer cannot be read", "err", err)
	} else if told {
		t.forgetFull()
		return nil
	}
	t.recovery.Full = fmt.Sprintf("since %s: %s", full.At, full.Reason)
	if a := slices.Index(fullActions[:], full.Action); a < 0 || a == int(Drop) { // or a damaged note does not tell that
		full.dropped[act.Via] = nil // how many is not known: the program ended meanwhile
	}
	if t.opts.Space.Action == Drop && full.Action != Drop.String() {
		full.Action, full.noted = Drop.String(), false
	}
	t.full = full
	t.committing.Lock()
	defer t.committing.Unlock()
	if !t.leaveFull() && t.opts.Space.Action == Halt {
		t.halted = fmt.Errorf("%w: %s", ErrHalted, t.recovery.Full)
	}
	return nil
}

// relieve does what a full disk asks for: with Overwrite it lets the oldest files expire.
func (t *Trail) relieve(ctx context.Context) error {
	t.committing.Lock()
	t.settle()
	t.mu.Lock()
	full := t.full
	halted := t.halted
	t.mu.Unlock()
	if full != nil && t.leaveFull() {
		full = nil
	}
	if full != nil && !full.noted {
		if err := t.noteDown(full); err != nil {
			t.opts.Log.Error("that the disk is full could not be kept", "err", err)
		}
	}
	t.committing.Unlock()
	if halted != nil {
		return halted
	}
	if full == nil || t.opts.Space.Action != Overwrite {
		return nil
	}
	freed, err := t.overwrite(ctx)
	if err != nil {
		t.opts.Log.Error("make space", "err", err)
	}
	if freed > 0 {
		t.committing.Lock()
		t.leaveFull()
		t.committing.Unlock()
	}
	return nil
}

// overwrite lets the oldest files expire until there is space, but for those under hold.
func (t *Trail) overwrite(ctx context.Context) (int64, error) {
	t.retiring.Lock()
	defer t.retiring.Unlock()
	if err := t.deleteAgain(); err != nil {
		t.opts.Log.Error("delete what has expired", "err", err)
	}
	p := t.look(t.opts.Now())
	p.own = true
	p.limit = func(s *Sealed) (string, error) {
		if slices.ContainsFunc(t.undeleted, func(r remains) bool { return r.place == s.place }) {
			return "", nil // nothing can be removed there, and so nothing is won
		}
		return "overwriting: the disk is full", nil
	}
	p.bytes = make([]int64, len(t.opts.Retention.Rules)+1)
	return p.run(ctx, max(1, 4*t.opts.Space.Reserve))
}
