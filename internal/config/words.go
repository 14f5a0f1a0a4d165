package config

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/bsm/control"
)

// Words are FreeBSD's policy words, of the policy or of the audit_control it reads, and the file they stand in.
func (p *Policy) Words() (words []string, file string) {
	text, file := p.Policy, p.origin.File
	if p.FreeBSD != "" {
		file = "audit_control"
		if values := control.Read(p.origin.Files).Values("policy"); len(values) > 0 {
			text = values[0]
		}
	}
	if text == "" {
		return nil, ""
	}
	return strings.Split(text, ","), file
}
