package crash_test

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// forgot is a user whom the administrator has had forgotten, or has asked to.
type forgot struct {
	user   string
	before uint64 // records below it are meant; 0: nobody said
	ranges []trail.ForgetRange
}

// forget has one of the users forgotten, but for what is under hold. That there is nobody, or another is being forgotten, is no error.
func (a *admin) forget() error {
	err := a.forgetUser(fmt.Sprintf("user%d", a.rnd.IntN(users)))
	if r, ok := errors.AsType[*refused](err); ok && (r.status == http.StatusNotFound || r.status == http.StatusConflict) {
		return nil
	}
	return err
}

func (a *admin) forgetUser(user string) error {
	i := a.ledger.forget(user)
	var done trail.Forgotten
	err := a.ask("POST", "/api/v1/forget", map[string]any{"user": user, "reason": "asked for it", "except_held": true}, &done)
	if r, ok := errors.AsType[*refused](err); ok && (r.status == http.StatusNotFound || r.status == http.StatusConflict) {
		a.ledger.forgets[i].user = "" // nothing was begun
	}
	if err == nil {
		a.ledger.forgets[i].before, a.ledger.forgets[i].ranges = done.Before, done.Ranges
	}
	return err
}

// forget notes that a user may be forgotten from now on.
func (l *ledger) forget(user string) (i int) {
	l.forgets = append(l.forgets, forgot{user: user})
	return len(l.forgets) - 1
}

// says compares a record with the event that was acknowledged under its number, which may be forgotten. What is handed on, and not
// in the trail, may be from before that.
func (l *ledger) says(want acknowledged, r *counterfoil.Record, inTrail bool) bool {
	if want.AID.IsZero() {
		want.AID = r.AID
	}
	want.Dialect = r.Dialect // is the dialect's word
	may, must := l.isForgotten(want.Event, r.Seq)
	if r.IsForgotten() {
		return may && r.Event == (&counterfoil.Record{Event: want.Event}).Forget(r.Hidden).Event
	}
	return r.Event == want.Event && !(must && inTrail)
}

// isForgotten tells whether a record may be forgotten, and whether it must be: nobody can say of those that a hold may have kept.
func (l *ledger) isForgotten(e counterfoil.Event, seq uint64) (may, must bool) {
	for _, f := range l.forgets {
		if f.user == e.User && (f.before == 0 || seq < f.before) {
			may = true
			must = must || f.before > 0 && !passing(e)
		}
	}
	return may, must
}

// forgetOne has the first user forgotten who has records, and sees that this is said. The administrator's last act may have been to have one forgotten.
func (b *busy) forgetOne() {
	b.t.Helper()
	for i := range users {
		before := len(b.load.ledger.forgets)
		err := b.admin.forgetUser(fmt.Sprintf("user%d", i))
		if r, ok := errors.AsType[*refused](err); ok && r.status == http.StatusNotFound {
			continue
		}
		if err != nil {
			b.t.Fatalf("forget user%d: %v", i, err)
		}
		if f := b.load.ledger.forgets[before]; f.before == 0 || len(f.ranges) == 0 {
			b.t.Fatalf("forget user%d: %+v", i, f)
		}
		return
	}
	b.t.Fatal("none of the users has a record that could be forgotten")
}
