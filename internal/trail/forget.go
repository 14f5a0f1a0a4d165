package trail

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/disk"
)

// Errors of Forget.
var (
	ErrForget     = errors.New("forgetting somebody needs")
	ErrNobody     = errors.New("the trail has no record of this user that could be forgotten")
	ErrHeld       = errors.New("legal holds keep records of this user")
	ErrForgetting = errors.New("somebody is being forgotten, and that is not finished: try again later; where the disk is full or a directory is missing, see to that first")
	ErrDamaged    = errors.New("a repair left damaged files beside, which may hold records of this user and cannot be looked into: remove them first")
)

// ForgetRequest is whom to forget, and why.
type ForgetRequest struct {
	User       string
	Reason     string // stands in the trail for ever, so it must not name the user
	ExceptHeld bool   // forget what no hold keeps, and leave the rest; false: nothing is forgotten while a hold keeps something
}

func (r *ForgetRequest) check(who act.Who) error {
	if who.User == "" {
		return fmt.Errorf("%w a reason and an author", ErrForget)
	}
	return r.Check()
}

// Check says what keeps the request from being done, whatever the trail has.
func (r *ForgetRequest) Check() error {
	switch {
	case r.User == "":
		return fmt.Errorf("%w a user: records without one are nobody's", ErrForget)
	case strings.TrimSpace(r.Reason) == "":
		return fmt.Errorf("%w a reason and an author", ErrForget)
	case hasWord(r.Reason, r.User):
		return fmt.Errorf("%w a reason that does not name the user: it stands in the trail for ever; give the number of the request", ErrForget)
	}
	return nil
}

// hasWord reports whether a name stands in a text as a word, in upper or lower case.
func hasWord(text, name string) bool {
	text, name = strings.ToLower(text), strings.ToLower(name)
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	for at := 0; ; {
		i := strings.Index(text[at:], name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(text[:at+i])
		after, _ := utf8.DecodeRuneInString(text[at+i+len(name):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		at += i + 1
	}
}

// Forget destroys the key of a user and takes the hidden halves of their records out of every file of the trail. What is left of
// each, its open half and what its leaf has of the other, proves as much as before, and every other record everything. Nothing is
// done before the trail says that it is about to be. Records from now on are not meant: they get another key.
//
// What is begun is finished, by the next opening if need be. On a full disk the error says so; [Trail.Retain] goes on.
func (t *Trail) Forget(ctx context.Context, r ForgetRequest, who act.Who) (*Forgotten, error) {
	if err := r.check(who); err != nil {
		return nil, err
	}
	t.retiring.Lock()
	defer t.retiring.Unlock()
	if t.subjects.going != nil {
		return nil, ErrForgetting
	}
	if err := t.deleteAgain(); err != nil {
		return nil, fmt.Errorf("nothing is forgotten: %w", err) // records of the user may stand in it
	}
	plan, err := t.PlanForget(r.User)
	switch {
	case err != nil:
		return nil, err
	case len(plan.Damaged) > 0:
		return nil, fmt.Errorf("%w: %s", ErrDamaged, strings.Join(plan.Damaged, ", "))
	case plan.Held > 0 && !r.ExceptHeld:
		return nil, fmt.Errorf("%w: %d of them, by holds %v", ErrHeld, plan.Held, plan.Holds)
	case plan.Records == 0:
		return nil, ErrNobody
	}
	if err := t.beginForgetting(&r, who); err != nil {
		return nil, fmt.Errorf("nothing is forgotten: %w", err)
	}
	f, err := t.finishForgetting(ctx)
	if err != nil {
		return nil, fmt.Errorf("forgetting is begun and not finished; it goes on by itself, or with the next start: %w", err)
	}
	return f, nil
}

// beginForgetting parts the user's records up to now from those to come, and keeps what is to be done. The caller holds retiring.
func (t *Trail) beginForgetting(r *ForgetRequest, who act.Who) error {
	var secret [16]byte
	var aid counterfoil.AID // by it the event is known where it was appended before a crash
	rand.Read(secret[:])
	rand.Read(aid[:])
	aid[6], aid[8] = aid[6]&0x0f|0x40, aid[8]&0x3f|0x80
	event := act.New(counterfoil.TimeOf(t.opts.Now()), who, act.Forget, counterfoil.AuditForget, true, counterfoil.Object{Kind: "records"},
		func(b *counterfoil.Builder) { b.String("reason", r.Reason) })
	event.AID = aid

	t.committing.Lock()
	defer t.committing.Unlock()
	t.mu.Lock()
	full := t.full
	t.mu.Unlock()
	if full != nil {
		return fmt.Errorf("%w (%s)", ErrSuspended, full.Reason)
	}
	if err := t.refusal(); err != nil {
		return err
	}
	// What is not sealed is sealed: the log of it is removed then.
	if found, err := hasUser(t.active().table.Rows(), r.User); err != nil {
		return err
	} else if found {
		if err := t.rotate(false); err != nil {
			return t.storageError("begin a new segment", err)
		}
	}
	g := &forgetting{User: r.User, Before: t.next, Secret: hex.EncodeToString(secret[:]), event: event}
	g.key, g.hasKey = t.subjects.keys[r.User]
	if err := t.keepForgetting(g); err != nil {
		// It is there or not: only where it is not for certain may the user's key be used on.
		if _, oerr := disk.ReadFile(t.fs, forgettingFile, 32<<20); errors.Is(err, disk.ErrFull) && errors.Is(oerr, fs.ErrNotExist) {
			return t.storageError("forget", err)
		}
		return t.breakWith(err)
	}
	t.subjects.going = g
	delete(t.subjects.keys, r.User)
	return nil
}
