package netlink

import (
	"encoding/binary"
	"fmt"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// enable switches auditing on if it is off. The kernel writes that into its log as CONFIG_CHANGE.
func (s *Stream) enable() error {
	st, err := s.status.read()
	if err != nil || st.Enabled != 0 {
		return err
	}
	if err := s.status.setEnabled(1); err != nil {
		return err
	}
	s.on = true
	return nil
}

// disable undoes enable.
func (s *Stream) disable() error {
	if !s.on {
		return nil
	}
	s.on = false
	return s.status.setEnabled(0)
}

// readStatus gives the growth of the kernel's counter, and notes when the kernel's auditing is switched on or off.
func (s *Stream) readStatus() (lost uint32) {
	l := &s.losses
	st, err := s.status.read()
	n := intake.Note{Name: act.InputStart, Reason: "auditing is switched on in the kernel"}
	switch {
	case err != nil:
		n = intake.Note{Name: act.InputError, Reason: fmt.Sprintf("the kernel's loss counter cannot be read: %v", err)}
	case st.Enabled == 0:
		n = intake.Note{Name: act.InputError, Reason: "auditing is switched off in the kernel: no records come until it is switched on (auditctl -e 1, or enable: true for this input)"}
	}
	if n.Reason != l.said {
		if l.said != "" || n.Name == act.InputError {
			s.notes = append(s.notes, n)
		}
		l.said = n.Reason
	}
	if err != nil {
		l.known = false
		return 0
	}
	if l.known {
		lost = st.Lost - l.kernel
		if st.Lost < l.kernel { // somebody reset it
			lost = st.Lost
		}
	}
	l.kernel, l.known = st.Lost, true
	return lost
}

// status is the part of the kernel's struct audit_status that is of interest.
type status struct{ Enabled, Lost uint32 }

// parseStatus reads struct audit_status of linux/audit.h.
func parseStatus(b []byte) (status, error) {
	if len(b) < 32 {
		return status{}, fmt.Errorf("audit status of %d bytes is too short", len(b))
	}
	u := func(i int) uint32 { return binary.NativeEndian.Uint32(b[4*i:]) }
	return status{Enabled: u(1), Lost: u(6)}, nil
}

type statusReader interface {
	read() (status, error)
	setEnabled(v uint32) error
	Close() error
}
