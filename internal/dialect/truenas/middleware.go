package truenas

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// method reads a call of the API.
func (m *mapper) method() {
	name := m.text("method")
	c := methodOf(name)
	m.e.Action = c.action
	m.e.Object = counterfoil.Object{Kind: "method", Name: name}
	if name == "" {
		m.e.Object.Kind = ""
	}
	if c.kind == "" {
		return
	}
	for first := range m.data.Member("params").Elements() {
		switch first.Kind() {
		case '{':
			if v := text(first.Member(c.key)); v != "" && c.key != "" {
				m.e.Object = counterfoil.Object{Kind: c.kind, Name: v}
			}
		case '"':
			m.e.Object = counterfoil.Object{Kind: c.kind, Name: first.Text()}
		case '0':
			m.e.Object = counterfoil.Object{Kind: c.kind, ID: string(first)}
		}
		return
	}
}

// methodOf finds the longest entry that fits; none: the call has no action.
func methodOf(name string) (best call) {
	for _, c := range methods {
		fits := name == c.method || strings.HasSuffix(c.method, ".") && strings.HasPrefix(name, c.method)
		if fits && len(c.method) > len(best.method) {
			best = c
		}
	}
	return best
}

// login makes the account that was tried the object: a login that fails has no user.
func (m *mapper) login() {
	c := m.data.Member("credentials").Member("credentials_data")
	name := text(c.Member("username"))
	if name == "" {
		name = text(c.Member("api_key").Member("name"))
	}
	if name != "" {
		m.e.Object = counterfoil.Object{Kind: "account", Name: name}
	}
}

// shell makes the target of a web shell the object.
func (m *mapper) shell() {
	m.e.Subject.Name = m.text("username")
	m.e.Object.Kind = strings.ToLower(m.text("shell_type"))
	target := m.data.Member("target")
	for _, key := range [...]string{"app_name", "container_name"} {
		if v := text(target.Member(key)); v != "" {
			m.e.Object.Name = v
		}
	}
	for _, key := range [...]string{"vm_id", "container_id"} {
		if v := text(target.Member(key)); v != "" {
			m.e.Object.ID = v
		}
	}
}

// sudo reads a command that was accepted or rejected.
func (m *mapper) sudo() {
	var v counterfoil.JSON
	for _, v = range m.data.Member("sudo").Members() {
		break
	}
	if m.e.Name == "EXIT" {
		m.e.Action, m.e.Class = counterfoil.ProcessExit, counterfoil.ClassProcess
	}
	host := text(v.Member("submithost"))
	if host != "" {
		m.e.Host = host
	}
	if m.e.Addr == host {
		m.e.Addr = ""
	}
	s := &m.e.Subject
	s.ID, s.Name, s.Group = text(v.Member("runuid")), text(v.Member("runuser")), text(v.Member("rungroup"))
	s.Terminal = text(v.Member("ttyname"))
	if command := text(v.Member("command")); command != "" {
		m.e.Object = counterfoil.Object{Kind: "process", Name: command}
	}
}
