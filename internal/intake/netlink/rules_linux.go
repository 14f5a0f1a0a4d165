package netlink

import (
	"fmt"

	libaudit "github.com/elastic/go-libaudit/v2"
	auditrule "github.com/elastic/go-libaudit/v2/rule"
)

// ReadKernel asks the kernel what it audits. It changes nothing. A rule that cannot be put into words is listed as such.
func ReadKernel() (k Kernel, err error) {
	s, err := openStatus()
	if err != nil {
		return k, fmt.Errorf("read the kernel's audit rules: %w", err)
	}
	defer s.Close()
	st, err := s.read()
	if err != nil {
		return k, fmt.Errorf("read the kernel's audit rules: %w", err)
	}
	k.Enabled, k.Lost = st.Enabled != 0, st.Lost
	c, err := libaudit.NewAuditClient(nil)
	if err != nil {
		return k, fmt.Errorf("read the kernel's audit rules: %w", err)
	}
	defer c.Close()
	list, err := c.GetRules()
	if err != nil {
		return k, fmt.Errorf("read the kernel's audit rules: %w", explain(err))
	}
	for i, wire := range list {
		text, err := auditrule.ToCommandLine(auditrule.WireFormat(wire), false)
		if err != nil {
			text = fmt.Sprintf("rule %d, which cannot be read: %v", i+1, err)
		}
		k.Rules = append(k.Rules, text)
	}
	return k, nil
}
