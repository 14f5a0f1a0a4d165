package vectors

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/peertest"
	"github.com/counterfoil/counterfoil/internal/trail"
)

// TestSecondVerifierOnHolds: both verifiers find a hold that was ended by putting back the file of holds, and none where the records say
// that it has ended, or where they may have said so: when the event is forgotten, or something after the hold has expired.
func TestSecondVerifierOnHolds(t *testing.T) {
	py, err := peertest.Verifier()
	peertest.Need(t, "verifier", err)
	r := retain(t)
	r.add(100)
	kim, lee := act.Who{Host: "h", User: "kim"}, act.Who{Host: "h", User: "lee"}
	first, err := r.tr.AddHold(t.Context(), `user = "x<&>"`, "case 1", kim)
	r.must(err)
	second, err := r.tr.AddHold(t.Context(), "user = nobody and since 2026-01-01", "case 2", lee)
	r.must(err)
	r.must(r.tr.Checkpoint())
	removed := tampering{"the file of holds is removed", false, remove("holds")}
	agree(t, py, "two holds", r.dir)
	refused(t, py, r.dir, removed)
	r.must(r.tr.ReleaseHold(t.Context(), first.ID, "settled", lee))
	r.add(1) // and what says so is sealed
	agree(t, py, "one of them has ended", r.dir)
	refused(t, py, r.dir, removed)
	if _, err := r.tr.Forget(t.Context(), trail.ForgetRequest{User: "lee", Reason: "request 19"}, kim); err != nil {
		t.Fatal(err)
	}
	agree(t, py, "who made one hold and ended the other is forgotten", r.dir)
	r.must(r.tr.ReleaseHold(t.Context(), second.ID, "settled", kim))
	r.add(1)
	agree(t, py, "there is none any more", r.dir)
	removed.ok = true
	refused(t, py, r.dir, removed)
	_, err = r.tr.AddHold(t.Context(), "user = nobody", "case 3", kim)
	r.must(err)
	r.add(10)
	r.expire(2 * day)
	refused(t, py, r.dir, removed) // the record of its end may have expired
}
