package netlink

// Kernel is what the kernel's auditing is set to at this moment.
type Kernel struct {
	Enabled bool
	Lost    uint32   // records lost since boot
	Rules   []string // in the words of auditctl -l
}
