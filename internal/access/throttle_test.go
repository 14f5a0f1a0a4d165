package access

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// fail counts failures until the throttle refuses one.
func fail(t *throttle, name, addr string, now time.Time) (n int, wait time.Duration) {
	for n = 0; n < 1000; n++ {
		var refused *ThrottledError
		if _, err := t.begin(name, addr, now); errors.As(err, &refused) {
			return n, refused.RetryAfter
		}
	}
	return n, 0
}

func TestThrottleGrows(t *testing.T) {
	th := newThrottle()
	now := time.Unix(1e9, 0)
	if n, wait := fail(&th, "anna", "10.0.0.7", now); n != 3 || wait != time.Second {
		t.Errorf("%d failures were free, then %s", n, wait)
	}
	for i, want := range []time.Duration{2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900} {
		_, wait := fail(&th, "anna", "10.0.0.7", now)
		now = now.Add(wait)
		n, wait := fail(&th, "anna", "10.0.0.7", now)
		if n != 1 || wait != want*time.Second {
			t.Fatalf("step %d: %d more, then %s; want one, then %s", i, n, wait, want*time.Second)
		}
	}
}

func TestThrottleSpreads(t *testing.T) {
	now := time.Unix(1e9, 0)
	th := newThrottle()
	for i := range 10 {
		if _, err := th.begin(fmt.Sprint("user", i), "2001:db8::1", now); err != nil {
			t.Fatalf("name %d from one address: %v", i, err)
		}
	}
	if _, err := th.begin("user11", "2001:db8::ffff", now); err == nil {
		t.Error("an address (IPv6: its /64) may try any number of names")
	}
	if _, err := th.begin("user11", "2001:db8:0:1::1", now); err != nil {
		t.Errorf("another network pays for it: %v", err)
	}
	th = newThrottle()
	for i := range 10 {
		if _, err := th.begin("anna", fmt.Sprintf("10.0.0.%d", i), now); err != nil {
			t.Fatalf("one name from address %d: %v", i, err)
		}
	}
	_, wait := fail(&th, "anna", "10.0.1.1", now)
	if wait == 0 || wait > 30*time.Second {
		t.Errorf("many addresses for one name wait %s; want some, but not longer than its owner can bear", wait)
	}
}

// Behind a proxy on this machine everybody has its address: a stranger must not lock all of them out.
func TestThrottleOfThisMachine(t *testing.T) {
	for _, addr := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1"} {
		now := time.Unix(1e9, 0)
		th := newThrottle()
		for range 20 { // a stranger tries one name as often as he may
			_, wait := fail(&th, "anna", addr, now)
			if now = now.Add(wait); wait == 0 || wait > 30*time.Second {
				t.Fatalf("%s: the name's owner waits %s", addr, wait)
			}
		}
		for i := range 50 {
			if _, err := th.begin(fmt.Sprint("user", i), addr, now); err != nil {
				t.Fatalf("%s: name %d pays for others: %v", addr, i, err)
			}
		}
	}
}

// A name is not kept longer than a name can be.
func TestThrottleClipsNames(t *testing.T) {
	s, _ := open(t, t.TempDir(), Options{})
	long := strings.Repeat("x", maxName)
	must(t, s.CreateAccount(t.Context(), long, Viewer, goodPassword, ""))
	for range 3 {
		if _, err := s.CheckPassword(t.Context(), long+strings.Repeat("y", 60_000), goodPassword, "10.0.0.7"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
	}
	for k := range s.throttle.failures {
		if len(k.name) > maxName+1 {
			t.Errorf("%d bytes of a name are kept", len(k.name))
		}
	}
	if _, err := s.CheckPassword(t.Context(), long, goodPassword, "10.0.0.7"); err != nil {
		t.Errorf("the account pays for longer names: %v", err)
	}
}

func TestThrottleForgets(t *testing.T) {
	now := time.Unix(1e9, 0)
	th := newThrottle()
	for i := range throttleKeys {
		th.failures[throttleKey{fmt.Sprint(i), "10.0.0.1"}] = &failures{1, now}
	}
	guessed := throttleKey{"anna", "10.0.0.9"}
	th.failures[guessed] = &failures{9, now}
	if _, err := th.begin("bert", "10.0.0.2", now); err != nil {
		t.Fatal(err)
	}
	if n, _ := fail(&th, "anna", "10.0.0.9", now.Add(throttleForget+time.Second)); n != 3 {
		t.Errorf("an hour later %d failures are free", n)
	}
	if len(th.failures) >= throttleKeys || th.failures[guessed] == nil {
		t.Errorf("%d keys are kept, the guessed one: %v", len(th.failures), th.failures[guessed])
	}
}

func TestCheckPasswordThrottles(t *testing.T) {
	ctx := context.Background()
	s, c := open(t, t.TempDir(), Options{})
	if err := s.CreateAccount(ctx, "anna", Viewer, goodPassword, ""); err != nil {
		t.Fatal(err)
	}
	login := func(password string) error {
		_, err := s.CheckPassword(ctx, "anna", password, "10.0.0.7")
		return err
	}
	for range 3 {
		if err := login("wrong"); !errors.Is(err, ErrCredentials) {
			t.Fatal(err)
		}
	}
	var throttled *ThrottledError
	if err := login(goodPassword); !errors.As(err, &throttled) {
		t.Fatalf("the right password is looked at too early: %v", err)
	}
	c.advance(throttled.RetryAfter)
	if err := login(goodPassword); err != nil {
		t.Fatalf("after waiting: %v", err)
	}
	for range 2 {
		if err := login("wrong"); !errors.Is(err, ErrCredentials) {
			t.Errorf("failures before a success still count: %v", err)
		}
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	for range hashesAtOnce { // no slot is free: a caller that is gone learns nothing and is not counted
		s.hash.slots <- struct{}{}
	}
	for range 5 {
		if _, err := s.CheckPassword(gone, "anna", "wrong", "10.0.0.7"); !errors.Is(err, context.Canceled) {
			t.Errorf("a caller that is gone: %v", err)
		}
	}
}
