package access

import (
	"net/netip"
	"time"
)

// throttle slows down guessing. It counts failures for a name at an address, for an address, and for a name; each has
// some failures free and then a delay that doubles with every further one. The delay for a name alone stays short, so
// that a stranger cannot lock its owner out. The addresses of this machine are everybody's, behind a proxy on it, so that
// there the name alone counts.
type throttle struct {
	failures map[throttleKey]*failures
}

type throttleKey struct{ name, addr string } // an empty part means any

type failures struct {
	n    int
	last time.Time
}

const (
	throttleForget = time.Hour // without a failure
	throttleKeys   = 1 << 16   // so many at most are remembered
)

func newThrottle() throttle { return throttle{map[throttleKey]*failures{}} }

// limits gives how many failures are free and the longest delay.
func (k throttleKey) limits() (free int, longest time.Duration) {
	switch {
	case k.addr == "":
		return 10, 30 * time.Second
	case k.name == "":
		return 10, 15 * time.Minute
	}
	return 3, 15 * time.Minute
}

func (k throttleKey) delay(n int) time.Duration {
	free, longest := k.limits()
	if n < free {
		return 0
	}
	return min(longest, time.Second<<min(n-free, 20))
}

// begin refuses an attempt whose time has not come, and counts any other as failed until succeed or undo says
// otherwise, so that attempts side by side count too.
func (t *throttle) begin(name, addr string, now time.Time) (attempt []throttleKey, err error) {
	attempt = []throttleKey{{name, ""}}
	if addr := network(addr); addr != "" {
		attempt = append(attempt, throttleKey{"", addr}, throttleKey{name, addr})
	}
	var wait time.Duration
	for _, k := range attempt {
		if f := t.failures[k]; f != nil {
			wait = max(wait, f.last.Add(k.delay(f.n)).Sub(now))
		}
	}
	if wait > 0 {
		return attempt, &ThrottledError{wait}
	}
	t.forget(now)
	for _, k := range attempt {
		f := t.failures[k]
		if f == nil || now.Sub(f.last) > throttleForget {
			f = &failures{}
			t.failures[k] = f
		}
		f.n++
		f.last = now
	}
	return attempt, nil
}

// undo takes the attempt out of the counts.
func (t *throttle) undo(attempt []throttleKey) {
	for _, k := range attempt {
		if f := t.failures[k]; f != nil {
			if f.n--; f.n <= 0 {
				delete(t.failures, k)
			}
		}
	}
}

// succeed forgets the failures of this name at this address. Those of the address and of the name stay but for this
// attempt: who has one account could otherwise go on guessing another's.
func (t *throttle) succeed(attempt []throttleKey) {
	t.undo(attempt)
	if len(attempt) > 1 {
		delete(t.failures, attempt[2])
	}
}

// forget drops what is too old; if that is not enough, everything but the names and addresses with most failures goes.
func (t *throttle) forget(now time.Time) {
	if len(t.failures) < throttleKeys {
		return
	}
	for least := 0; len(t.failures) >= throttleKeys; least = 2*least + 1 {
		for k, f := range t.failures {
			if now.Sub(f.last) > throttleForget || f.n <= least {
				delete(t.failures, k)
			}
		}
	}
}

// network gives what counts as one address: IPv6 hosts own a /64. It is empty for this machine.
func network(addr string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		return addr
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return ""
	}
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
