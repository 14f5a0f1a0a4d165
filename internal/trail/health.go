package trail

// Health says why nothing is taken in: ErrBroken or ErrSuspended, without details, since strangers may read it. It is nil
// where everything is.
func (t *Trail) Health() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.broken != nil:
		return ErrBroken
	case t.full != nil:
		return ErrSuspended
	}
	return nil
}
