package access

import "sync"

// Seats bounds what one token or account has under way at once, such as live tails. Safe for concurrent use.
type Seats struct {
	Most int // for one

	mu    sync.Mutex // guards taken
	taken map[string]int
}

// Take gives a seat, until leave is called; false if who has as many as one may have.
func (s *Seats) Take(who Identity) (leave func(), ok bool) {
	key := who.By + " " + who.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken[key] >= s.Most {
		return nil, false
	}
	if s.taken == nil {
		s.taken = map[string]int{}
	}
	s.taken[key]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.taken[key]--; s.taken[key] == 0 {
			delete(s.taken, key)
		}
	}, true
}
