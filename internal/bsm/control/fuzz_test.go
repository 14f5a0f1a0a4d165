package control

import (
	"testing"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Any text is read, every problem can be shown, and what is right is right by the expressions themselves.
func FuzzRead(f *testing.F) {
	f.Add("0x1:fr:file read\n\n", "23:AUE_EXECVE:execve(2):ex,-fr\n", "flags:lo,^+ex\nnaflags:\npolicy:cnt,argv\n", "root:lo:no\n:x\n")
	f.Add("\x00:\xff:y\n", "65536:::", " flags:LO\npolicy:CNT", "a:b:c:d")
	f.Fuzz(func(t *testing.T, class, event, control, user string) {
		s := Read(map[string]string{ClassFile: class, EventFile: event, ControlFile: control, UserFile: user})
		for _, p := range s.Problems {
			if p.Error() == "" || p.Line < 0 || p.Line > 0 && p.Column < 1 {
				t.Errorf("%+v", p)
			}
		}
		if len(s.Errors()) > 0 {
			return
		}
		m, err := bsm.ParseMasks(s.Flags.Text, s.Classes)
		if err != nil || m != s.Flags.Masks {
			t.Errorf("flags %q: %+v, %v, read as %+v", s.Flags.Text, m, err, s.Flags.Masks)
		}
		for _, u := range s.Users {
			if got := s.MasksOf(u.Name); got != m.Union(u.Always.Masks).Without(u.Never.Masks) {
				t.Errorf("%q is %+v", u.Name, got)
			}
		}
	})
}
