package truenas

import (
	"github.com/counterfoil/counterfoil"
)

// syscall reads an event that a rule on a system call gave.
func (m *mapper) syscall() {
	m.auid()
	c := m.data.Member("syscall")
	name := text(c.Member("SYSCALL"))
	if a, ok := calls[name]; ok && m.e.Action == "" {
		m.e.Action, m.e.Class = a.action, a.class
	}
	for path := range m.data.Member("paths").Elements() {
		if v := text(path.Member("name")); v != "" {
			m.e.Object = counterfoil.Object{Kind: "file", Name: v, ID: text(path.Member("inode"))}
			return
		}
	}
}

// auid fills the subject, whose numbers the handler puts beside or into syscall.
func (m *mapper) auid() {
	c := m.data
	if inner := m.data.Member("syscall"); inner.Kind() == '{' {
		c = inner
	}
	s := &m.e.Subject
	s.LoginID, s.ID, s.Group = text(c.Member("auid")), text(c.Member("euid")), text(c.Member("egid"))
	if s.ID == "" {
		s.ID, s.Name = text(c.Member("uid")), text(c.Member("UID"))
	}
	if s.LoginID == "4294967295" {
		s.LoginID = ""
	}
	s.Terminal = text(c.Member("tty"))
	m.pid(c.Member("pid"))
	if s.Process = m.text("exe"); s.Process == "" {
		s.Process = m.text("proctitle")
	}
	if m.e.Session == "" {
		m.e.Session = text(c.Member("ses"))
	}
}

// credential reads a record of PAM.
func (m *mapper) credential() {
	if a, ok := credentials[m.text("auth_action")]; ok {
		m.e.Action, m.e.Class = a.action, a.class
	}
	m.pid(m.data.Member("pid"))
	m.e.Subject.Terminal, m.e.Subject.Process = m.text("terminal"), m.text("exe")
	if acct := m.text("acct"); acct != "" {
		m.e.Object = counterfoil.Object{Kind: "account", Name: acct}
	}
}

func (m *mapper) service() {
	switch m.text("service_action") {
	case "SERVICE_START":
		m.e.Action = counterfoil.ServiceStart
	case "SERVICE_STOP":
		m.e.Action = counterfoil.ServiceStop
	}
	m.e.Subject.Process = m.text("exe")
	if unit := m.text("unit"); unit != "" {
		m.e.Object = counterfoil.Object{Kind: "service", Name: unit}
	}
}

func (m *mapper) tty() {
	r := m.data.Member("tty_record")
	m.pid(r.Member("pid"))
	m.e.Subject.ID, m.e.Subject.Name, m.e.Subject.Process = text(r.Member("uid")), text(r.Member("username")), text(r.Member("comm"))
	if m.e.Session == "" {
		m.e.Session = text(r.Member("ses"))
	}
}
