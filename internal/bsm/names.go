package bsm

import (
	"strconv"
	"strings"
)

// AuditEvent is a line of audit_event(5).
type AuditEvent struct {
	Number  uint16
	Name    string // "AUE_EXECVE"
	Text    string // "execve(2)"
	classes string
}

// Events lists the audit events that OpenBSM knows.
func Events() []AuditEvent { return events }

// byNumber has the index of each number's event, from 1: every record asks.
var byNumber = func() (t [1 << 16]uint16) {
	for i := len(events) - 1; i >= 0; i-- { // the first of a number counts
		t[events[i].Number] = uint16(i + 1)
	}
	return t
}()

// EventByNumber gives the event of a number, nil if it is not known.
func EventByNumber(n uint16) *AuditEvent {
	if i := byNumber[n]; i > 0 {
		return &events[i-1]
	}
	return nil
}

var byName = func() map[string]*AuditEvent {
	m := make(map[string]*AuditEvent, 2*len(events))
	for i := len(events) - 1; i >= 0; i-- {
		m[events[i].Name] = &events[i]
	}
	return m
}()

// EventByName gives the event of a name such as AUE_EXECVE, nil if it is not known.
func EventByName(name string) *AuditEvent { return byName[name] }

// Mask is a set of the classes of audit_class(5), as bits.
type Mask uint32

// Class is a class of audit_class(5).
type Class struct {
	Mask Mask
	Name string
	Text string
}

// Classes are those of OpenBSM's default audit_class. A mask of all its bits includes classes that a site defines.
var Classes = []Class{
	{0x00000000, "no", "invalid class"}, {0x00000001, "fr", "file read"}, {0x00000002, "fw", "file write"}, {0x00000004, "fa", "file attribute access"},
	{0x00000008, "fm", "file attribute modify"}, {0x00000010, "fc", "file create"}, {0x00000020, "fd", "file delete"}, {0x00000040, "cl", "file close"},
	{0x00000080, "pc", "process"}, {0x00000100, "nt", "network"}, {0x00000200, "ip", "ipc"}, {0x00000400, "na", "non attributable"},
	{0x00000800, "ad", "administrative"}, {0x00001000, "lo", "login_logout"}, {0x00002000, "aa", "authentication and authorization"},
	{0x00004000, "ap", "application"}, {0x20000000, "io", "ioctl"}, {0x40000000, "ex", "exec"}, {0x80000000, "ot", "miscellaneous"},
	{0xffffffff, "all", "all flags set"},
}

// ClassMask gives the mask of a class by its name.
func ClassMask(name string) (Mask, bool) { return MaskOf(Classes, name) }

// Classes gives the names of the event's classes with commas, as audit_event(5) has them.
func (e *AuditEvent) Classes() string { return e.classes }

// Mask gives the classes of the event. A class that is not defined counts for nothing.
func (e *AuditEvent) Mask() (m Mask) {
	for name := range strings.SplitSeq(e.classes, ",") {
		bits, _ := ClassMask(name)
		m |= bits
	}
	return m
}

// ErrnoName gives the name of a BSM error number, "EPERM"; empty where it is not known.
func ErrnoName(n byte) string { return errnos[n].name }

// ErrnoText says what a BSM error number means; empty where it is not known.
func ErrnoText(n byte) string { return errnos[n].text }

// ipcTypes are the types of IPC objects as praudit calls them; one that has none is its number.
var ipcTypes = [...]string{1: "Message IPC", 2: "Semaphore IPC", 3: "Shared Memory IPC"}

// IPCTypeText gives praudit's words for a type of IPC objects.
func IPCTypeText(n byte) string {
	if int(n) < len(ipcTypes) && n > 0 {
		return ipcTypes[n]
	}
	return strconv.Itoa(int(n))
}
