package windows

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// who says which fields of an event tell who acted.
type who uint8

const (
	bySubject who = iota // SubjectUserName, …: who asked for it
	byTarget             // TargetUserName, …: who logged on, or tried to
	byAccount            // AccountName, …
)

// spec is what is known of event ids.
type spec struct {
	ids      string // with spaces between them
	action   counterfoil.Action
	class    counterfoil.Class
	category counterfoil.Category
	who      who
	kind     string // of the object; "*": by ObjectType
	name     string // fields that name the object, put together with '\'
	id       string // field with its id
}

const (
	lo = counterfoil.ClassLogin
	aa = counterfoil.ClassAuthentication
	ad = counterfoil.ClassAdministration
	fd = counterfoil.ClassFileDelete
	fm = counterfoil.ClassFileAttrModify
	fc = counterfoil.ClassFileCreate
	cl = counterfoil.ClassClose
	ex = counterfoil.ClassExec
	pc = counterfoil.ClassProcess
	nt = counterfoil.ClassNetwork
	ot = counterfoil.ClassOther

	admin    = counterfoil.CategoryAdmin
	system   = counterfoil.CategorySystem
	traffic  = counterfoil.CategoryTraffic
	alarm    = counterfoil.CategoryAlarm
	security = counterfoil.CategorySecurity
	data     = counterfoil.CategoryData
	software = counterfoil.CategoryProvision
)

// auditing are the events of Microsoft-Windows-Security-Auditing.
var auditing = []spec{
	{"4608", counterfoil.SystemBoot, ad, system, bySubject, "", "", ""},
	{"4609", counterfoil.SystemShutdown, ad, system, bySubject, "", "", ""},
	{"4612", counterfoil.AuditGap, ot, alarm, bySubject, "", "", ""},
	{"4616", counterfoil.SystemTime, ad, system, bySubject, "", "", ""},
	{"4624 4625", counterfoil.SessionLogin, lo, security, byTarget, "session", "", ""},
	{"4634 4647", counterfoil.SessionLogout, lo, security, byTarget, "session", "", ""},
	{"4648", counterfoil.SessionBecome, lo, security, bySubject, "account", "TargetUserName", ""},
	{"4649", counterfoil.SystemAnomaly, aa, alarm, byTarget, "", "", ""},
	{"4672", counterfoil.ProcessPrivilege, aa, security, bySubject, "", "", ""},
	{"4778", counterfoil.SessionOpen, lo, security, byAccount, "session", "SessionName", ""},
	{"4779", counterfoil.SessionClose, lo, security, byAccount, "session", "SessionName", ""},
	{"4800", counterfoil.SessionLock, lo, security, byTarget, "session", "", "SessionId"},
	{"4801", counterfoil.SessionUnlock, lo, security, byTarget, "session", "", "SessionId"},
	{"4768 4771 4772", counterfoil.AuthAttempt, aa, security, byTarget, "service", "ServiceName", "ServiceSid"},
	{"4769 4773", counterfoil.AuthAttempt, aa, security, byTarget, "service", "ServiceName", "ServiceSid"},
	{"4770", counterfoil.AuthCredential, aa, security, byTarget, "service", "ServiceName", "ServiceSid"},
	{"4776 4777", counterfoil.AuthAttempt, aa, security, byTarget, "", "", ""},

	{"4656", counterfoil.FileOpen, 0, data, bySubject, "*", "ObjectName", "HandleId"},
	{"4658", counterfoil.FileClose, cl, data, bySubject, "handle", "", "HandleId"},
	{"4660", counterfoil.DataDelete, fd, data, bySubject, "handle", "", "HandleId"},
	{"4663", counterfoil.FileOpen, 0, data, bySubject, "*", "ObjectName", "HandleId"},
	{"4657", counterfoil.ConfigChange, ad, software, bySubject, "registry", "ObjectName ObjectValueName", "HandleId"},
	{"4664", counterfoil.FileLink, fc, data, bySubject, "file", "FileName", ""},
	{"4670", counterfoil.FileACL, fm, security, bySubject, "*", "ObjectName", "HandleId"},
	{"4907", counterfoil.AuditConfig, ad, security, bySubject, "*", "ObjectName", "HandleId"},
	{"5140", counterfoil.SessionOpen, nt, data, bySubject, "share", "ShareName", ""},
	{"5142 5143 5144", counterfoil.ConfigChange, ad, software, bySubject, "share", "ShareName", ""},
	{"5145", counterfoil.FileOpen, 0, data, bySubject, "*", "ShareName RelativeTargetName", ""},
	{"5136 5137 5138 5139 5141", counterfoil.ConfigChange, ad, admin, bySubject, "directory", "ObjectDN", "ObjectGUID"},

	{"4688", counterfoil.ProcessExec, ex, system, bySubject, "process", "NewProcessName", "NewProcessId"},
	{"4689", counterfoil.ProcessExit, pc, system, bySubject, "", "", ""},
	{"4696", counterfoil.ProcessPrivilege, pc, system, bySubject, "process", "TargetProcessName", "TargetProcessId"},
	{"4697", counterfoil.ServiceConfig, ad, software, bySubject, "service", "ServiceName", ""},
	{"4698 4699 4700 4701 4702", counterfoil.ConfigChange, ad, software, bySubject, "task", "TaskName", ""},

	{"4704 4717", counterfoil.RoleGrant, ad, admin, bySubject, "account", "TargetSid", ""},
	{"4705 4718", counterfoil.RoleRevoke, ad, admin, bySubject, "account", "TargetSid", ""},
	{"4706 4707 4713 4714 4739", counterfoil.PolicyChange, ad, security, bySubject, "domain", "DomainName", "DomainSid"},
	{"4719 4912", counterfoil.AuditConfig, ad, security, bySubject, "audit policy", "SubcategoryGuid", ""},
	{"4946 4947 4948 4950", counterfoil.NetworkConfig, ad | nt, software, bySubject, "firewall rule", "RuleName", "RuleId"},

	{"4720", counterfoil.AccountCreate, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4722 4767", counterfoil.AccountUnlock, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4723 4724", counterfoil.AccountPassword, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4725 4740", counterfoil.AccountLock, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4726", counterfoil.AccountDelete, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4738 4765 4766 4780", counterfoil.AccountModify, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4781", counterfoil.AccountModify, ad, admin, bySubject, "account", "OldTargetUserName", "TargetSid"},
	{"4741", counterfoil.AccountCreate, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4742", counterfoil.AccountModify, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4743", counterfoil.AccountDelete, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4794", counterfoil.AccountPassword, ad, admin, bySubject, "account", "", ""},
	{"4782", counterfoil.AuthCredential, aa | ad, security, bySubject, "account", "TargetUserName", ""},
	{"4798", counterfoil.ConfigRead, ad, admin, bySubject, "account", "TargetUserName", "TargetSid"},
	{"4799", counterfoil.ConfigRead, ad, admin, bySubject, "group", "TargetUserName", "TargetSid"},
	{"4727 4731 4744 4749 4754 4759", counterfoil.GroupCreate, ad, admin, bySubject, "group", "TargetUserName", "TargetSid"},
	{"4728 4729 4732 4733 4735 4737 4745 4746 4747 4750 4751 4752 4755 4756 4757 4760 4761 4762 4764", counterfoil.GroupModify, ad, admin, bySubject,
		"group", "TargetUserName", "TargetSid"},
	{"4730 4734 4748 4753 4758 4763", counterfoil.GroupDelete, ad, admin, bySubject, "group", "TargetUserName", "TargetSid"},

	{"5156", counterfoil.FlowOpen, nt, traffic, bySubject, "socket", "", ""},
	{"5150 5151 5152 5153 5155 5157", counterfoil.FlowDeny, nt, traffic, bySubject, "socket", "", ""},
	{"5154", counterfoil.NetworkListen, nt, traffic, bySubject, "socket", "", ""},
}

// eventlog are those of Microsoft-Windows-Eventlog, control those of Service Control Manager.
var eventlog = []spec{
	{"1100", counterfoil.AuditStop, ad, security, bySubject, "", "", ""},
	{"1101 1104 1108", counterfoil.AuditGap, ot, alarm, bySubject, "", "", ""},
	{"1102", counterfoil.DataDelete, ad | fd, security, bySubject, "audit log", "", ""},
	{"104", counterfoil.DataDelete, ad | fd, security, bySubject, "log", "Channel", ""},
	{"1105", counterfoil.AuditRotate, ad, system, bySubject, "log", "Channel", ""},
}

var control = []spec{
	{"7045", counterfoil.ServiceConfig, ad, software, bySubject, "service", "ServiceName", ""},
}

const (
	auditingProvider = "Microsoft-Windows-Security-Auditing"
	eventlogProvider = "Microsoft-Windows-Eventlog"
	controlProvider  = "Service Control Manager"
)

// providers are those whose events are known, with the channels that only they and administrators can write to.
var providers = map[string]struct {
	channels []string
	specs    map[string]*spec
	other    *spec
}{
	auditingProvider: {[]string{"Security"}, byID(auditing), &otherAuditing},
	eventlogProvider: {[]string{"Security", "System"}, byID(eventlog), nil},
	controlProvider:  {[]string{"System"}, byID(control), nil},
}

func byID(list []spec) map[string]*spec {
	m := map[string]*spec{}
	for i := range list {
		for id := range strings.FieldsSeq(list[i].ids) {
			m[id] = &list[i]
		}
	}
	return m
}

// otherAuditing is what an audited act has whose id is not known.
var otherAuditing = spec{class: ot, category: security}

// right is a bit of an access mask of a file, and what using it is.
type right struct {
	mask   uint64
	name   string
	action counterfoil.Action
	class  counterfoil.Class
}

// rights in the order of what says most of an access that uses several.
var rights = []right{
	{0x10000 | 0x40, "DELETE, DeleteChild", counterfoil.FileDelete, fd},
	{0x80000, "WRITE_OWNER", counterfoil.FileOwner, fm},
	{0x40000, "WRITE_DAC", counterfoil.FileACL, fm},
	{0x2 | 0x4, "WriteData, AppendData", counterfoil.FileWrite, counterfoil.ClassFileWrite},
	{0x10 | 0x100, "WriteEA, WriteAttributes", counterfoil.FileAttr, fm},
	{0x1, "ReadData", counterfoil.FileRead, counterfoil.ClassFileRead},
	{0x20, "Execute", counterfoil.FileOpen, counterfoil.ClassFileRead},
	{0x8 | 0x80 | 0x20000, "ReadEA, ReadAttributes, READ_CONTROL", counterfoil.FileStat, counterfoil.ClassFileAttrAccess},
}
