package web

import (
	"fmt"
	"time"

	"github.com/counterfoil/counterfoil/internal/visible"
)

// health is the header's line about the daemon.
type health struct {
	Records  string
	Inputs   string // "7 of 7 inputs"; empty if none are configured
	Problems []Input
	Sealed   string // "checkpoint 0.6 s ago"
	Covered  uint64
}

func (s *Web) health() *health {
	if s.opts.Status == nil {
		return nil
	}
	st := s.opts.Status()
	v := s.opts.Source.View()
	h := &health{Records: plural(v.Size(), "record"), Sealed: "no checkpoint yet", Covered: st.Covered}
	v.Close()
	for _, in := range st.Inputs {
		if in.Problem != "" {
			h.Problems = append(h.Problems, Input{visible.Text(in.Name), visible.Text(in.Problem)})
		}
	}
	if n := len(st.Inputs); n > 0 {
		h.Inputs = fmt.Sprintf("%d of %d inputs", n-len(h.Problems), n)
		if n == 1 {
			h.Inputs = h.Inputs[:len(h.Inputs)-1]
		}
	}
	switch {
	case st.CheckpointAt.Unix() > 0:
		h.Sealed = "checkpoint " + ago(s.opts.Now().Sub(st.CheckpointAt))
	case st.Covered > 0:
		h.Sealed = "checkpoint from before this start"
	}
	return h
}

// covered gives how many records the newest signed checkpoint covers.
func (s *Web) covered() uint64 {
	if s.opts.Status == nil {
		return 0
	}
	return s.opts.Status().Covered
}

func ago(d time.Duration) string {
	switch {
	case d < 0:
		return "just now"
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s ago", d.Seconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d s ago", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(d.Minutes()))
	case d < 2*day:
		return fmt.Sprintf("%d h ago", int(d.Hours()))
	}
	return fmt.Sprintf("%d days ago", int(d/day))
}
