package truenas

import cf "github.com/counterfoil/counterfoil"

// The classes by their names in BSM.
const (
	lo, aa, ad = cf.ClassLogin, cf.ClassAuthentication, cf.ClassAdministration
	fr, fw, fc = cf.ClassFileRead, cf.ClassFileWrite, cf.ClassFileCreate
	fd, fa, fm = cf.ClassFileDelete, cf.ClassFileAttrAccess, cf.ClassFileAttrModify
	ex, pc, ic = cf.ClassExec, cf.ClassProcess, cf.ClassIoctl
	cl, ot     = cf.ClassClose, cf.ClassOther
)

// rule says what an event of a service is. event "": any other.
type rule struct {
	svc, event string
	class      cf.Class
	category   cf.Category
	action     cf.Action
	more       func(*mapper) // fills subject and object, and what depends on event_data
	note       string
}

// rules list the events of every service, from truenas/samba (vfs_truenas_audit), middleware (audit schemas) and
// audit_rules (truenas_audit_handler.py).
var rules = []rule{
	{"SMB", "CREATE", fa, cf.CategoryData, cf.FileOpen, (*mapper).smbCreate, "class and action follow from DesiredAccess and CreateDisposition"},
	{"SMB", "CLOSE", cl, cf.CategoryData, cf.FileClose, (*mapper).smbFile, ""},
	{"SMB", "READ", fr, cf.CategoryData, cf.FileRead, (*mapper).smbFile, ""},
	{"SMB", "WRITE", fw, cf.CategoryData, cf.FileWrite, (*mapper).smbFile, ""},
	{"SMB", "OFFLOAD_READ", fr, cf.CategoryData, cf.FileRead, (*mapper).smbFile, ""},
	{"SMB", "OFFLOAD_WRITE", fw, cf.CategoryData, cf.FileWrite, (*mapper).smbFile, ""},
	{"SMB", "RENAME", fc | fd, cf.CategoryData, cf.FileRename, (*mapper).smbRename, ""},
	{"SMB", "UNLINK", fd, cf.CategoryData, cf.FileDelete, (*mapper).smbFile, ""},
	{"SMB", "SET_ATTR", fm, cf.CategoryData, cf.FileAttr, (*mapper).smbFile, ""},
	{"SMB", "SET_ACL", fm, cf.CategoryData, cf.FileACL, (*mapper).smbFile, "TrueNAS gives no path, only the handle: object.id"},
	{"SMB", "SET_QUOTA", ad | fm, cf.CategoryAdmin, cf.FileQuota, (*mapper).smbShare, "TrueNAS does not say whose"},
	{"SMB", "FSCTL", ic, cf.CategoryData, "", (*mapper).smbControl, "action follows from function.parsed"},
	{"SMB", "CONNECT", lo, cf.CategoryData, cf.SessionOpen, (*mapper).smbConnect, "the object is the share"},
	{"SMB", "DISCONNECT", lo, cf.CategoryData, cf.SessionClose, (*mapper).smbConnect, "the object is the share"},
	{"SMB", "AUTHENTICATION", lo | aa, cf.CategoryAdmin, cf.AuthAttempt, (*mapper).smbAuthentication, ""},
	{"MIDDLEWARE", "METHOD_CALL", ad, cf.CategoryAdmin, "", (*mapper).method, "action and object follow from method"},
	{"MIDDLEWARE", "AUTHENTICATION", lo | aa, cf.CategoryAdmin, cf.SessionLogin, (*mapper).login, "the object is the account tried"},
	{"MIDDLEWARE", "LOGOUT", lo, cf.CategoryAdmin, cf.SessionLogout, nil, ""},
	{"MIDDLEWARE", "REBOOT", ad, cf.CategoryAdmin, cf.SystemShutdown, nil, ""},
	{"MIDDLEWARE", "SHUTDOWN", ad, cf.CategoryAdmin, cf.SystemShutdown, nil, ""},
	{"MIDDLEWARE", "WEBSHELL_AUTHENTICATION", lo, cf.CategoryAdmin, cf.SessionOpen, (*mapper).shell, "the object is the shell's target"},
	{"MIDDLEWARE", "WEBSHELL_LOGOUT", lo, cf.CategoryAdmin, cf.SessionClose, (*mapper).shell, "the object is the shell's target"},
	{"MIDDLEWARE", "", ad, cf.CategoryAdmin, "", nil, ""},
	{"SUDO", "", aa | ex, cf.CategoryAdmin, cf.ProcessExec, (*mapper).sudo, "host is submithost, also where TrueNAS gives it as the address"},
	{"SYSTEM", "ESCALATION", ot, cf.CategorySystem, "", (*mapper).syscall, "action and class follow from the system call"},
	{"SYSTEM", "PRIVILEGED", ot, cf.CategorySystem, "", (*mapper).syscall, "action and class follow from the system call"},
	{"SYSTEM", "EXPORT", ot, cf.CategorySystem, "", (*mapper).syscall, "action and class follow from the system call"},
	{"SYSTEM", "IDENTITY", ot, cf.CategorySystem, "", (*mapper).syscall, "action and class follow from the system call"},
	{"SYSTEM", "TIME_CHANGE", ad, cf.CategorySystem, cf.SystemTime, (*mapper).syscall, "sent as TIME-CHANGE, kept in event_data.tnaudit.event"},
	{"SYSTEM", "MODULE_LOAD", ad, cf.CategorySystem, cf.SystemModule, (*mapper).syscall, "sent as MODULE-LOAD, kept in event_data.tnaudit.event"},
	{"SYSTEM", "GENERIC", ot, cf.CategorySystem, "", (*mapper).syscall, "action and class follow from the system call"},
	{"SYSTEM", "LOGIN", lo, cf.CategoryAdmin, cf.SessionLogin, (*mapper).auid, ""},
	{"SYSTEM", "CREDENTIAL", aa, cf.CategoryAdmin, cf.AuthCredential, (*mapper).credential, "action and class follow from auth_action"},
	{"SYSTEM", "SERVICE", ad, cf.CategorySystem, "", (*mapper).service, "SERVICE_START: service.start, SERVICE_STOP: service.stop"},
	{"SYSTEM", "TTY_RECORD", ad, cf.CategoryAdmin, cf.ProcessInput, (*mapper).tty, ""},
	{"SYSTEM", "", ot, cf.CategorySystem, "", (*mapper).syscall, "any other rule key: action and class follow from the system call"},
}

// act is an action and the classes it belongs to.
type act struct {
	action cf.Action
	class  cf.Class
}

// controls are the FSCTLs, by function.parsed.
var controls = map[string]cf.Action{
	"SPARSE": cf.FileAttr, "SET_COMPRESSION": cf.FileAttr, "SET_OBJECT_ID": cf.FileAttr, "CREATE_OR_GET_OBJECT_ID": cf.FileAttr, "DELETE_OBJECT_ID": cf.FileAttr,
	"SET_REPARSE_POINT": cf.FileAttr, "DELETE_REPARSE_POINT": cf.FileAttr, "SET_INTEGRITY_INFORMATION": cf.FileAttr, "GET_REPARSE_POINT": cf.FileStat,
	"GET_SHADOW_COPY_DATA": cf.FileStat, "REQUEST_OPLOCK_LEVEL_1": cf.FileLock, "REQUEST_OPLOCK_LEVEL_2": cf.FileLock, "REQUEST_BATCH_OPLOCK": cf.FileLock,
	"OFFLOAD_READ": cf.FileRead, "OFFLOAD_WRITE": cf.FileWrite, "DUP_EXTENTS_TO_FILE": cf.FileWrite, "COPYCHUNK": cf.FileWrite, "COPYCHUNK_WRITE": cf.FileWrite,
}

// calls are the system calls that audit_rules watches.
var calls = map[string]act{
	"execve": {cf.ProcessExec, ex}, "execveat": {cf.ProcessExec, ex},
	"open": {cf.FileOpen, fr | fw}, "openat": {cf.FileOpen, fr | fw}, "openat2": {cf.FileOpen, fr | fw},
	"open_by_handle_at": {cf.FileOpen, fr | fw}, "creat": {cf.FileCreate, fc}, "mkdir": {cf.FileCreate, fc},
	"mkdirat": {cf.FileCreate, fc}, "mknod": {cf.FileCreate, fc}, "mknodat": {cf.FileCreate, fc},
	"truncate": {cf.FileWrite, fw}, "ftruncate": {cf.FileWrite, fw},
	"unlink": {cf.FileDelete, fd}, "unlinkat": {cf.FileDelete, fd}, "rmdir": {cf.FileDelete, fd},
	"rename": {cf.FileRename, fc | fd}, "renameat": {cf.FileRename, fc | fd}, "renameat2": {cf.FileRename, fc | fd},
	"link": {cf.FileLink, fc}, "linkat": {cf.FileLink, fc}, "symlink": {cf.FileLink, fc}, "symlinkat": {cf.FileLink, fc},
	"chmod": {cf.FileMode, fm}, "fchmod": {cf.FileMode, fm}, "fchmodat": {cf.FileMode, fm}, "fchmodat2": {cf.FileMode, fm},
	"chown": {cf.FileOwner, fm}, "fchown": {cf.FileOwner, fm}, "lchown": {cf.FileOwner, fm}, "fchownat": {cf.FileOwner, fm},
	"setxattr": {cf.FileAttr, fm}, "lsetxattr": {cf.FileAttr, fm}, "fsetxattr": {cf.FileAttr, fm},
	"removexattr": {cf.FileAttr, fm}, "lremovexattr": {cf.FileAttr, fm}, "fremovexattr": {cf.FileAttr, fm},
	"mount": {cf.FileMount, ad}, "umount2": {cf.FileUnmount, ad},
	"adjtimex": {cf.SystemTime, ad}, "settimeofday": {cf.SystemTime, ad}, "clock_settime": {cf.SystemTime, ad}, "clock_adjtime": {cf.SystemTime, ad},
	"init_module": {cf.SystemModule, ad}, "finit_module": {cf.SystemModule, ad}, "delete_module": {cf.SystemModule, ad},
	"setuid": {cf.SessionBecome, pc}, "setreuid": {cf.SessionBecome, pc}, "setresuid": {cf.SessionBecome, pc},
}

// credentials are the records of PAM, by auth_action.
var credentials = map[string]act{
	"USER_START": {cf.SessionOpen, lo}, "USER_END": {cf.SessionClose, lo}, "USER_LOGIN": {cf.SessionLogin, lo}, "USER_LOGOUT": {cf.SessionLogout, lo},
	"USER_AUTH": {cf.AuthAttempt, aa}, "USER_ERR": {cf.AuthAttempt, aa}, "USER_ACCT": {cf.AuthAuthorize, aa},
	"CRED_ACQ": {cf.AuthCredential, aa}, "CRED_REFR": {cf.AuthCredential, aa}, "CRED_DISP": {cf.AuthCredential, aa},
}

// call says what a method of the middleware is: the longest name that it is, or begins with where it ends in a dot.
type call struct {
	method string
	action cf.Action
	kind   string // of its object
	key    string // where the first parameter is an object: its member that names the object
}

var methods = []call{
	{"user.create", cf.AccountCreate, "account", "username"}, {"user.update", cf.AccountModify, "account", "username"}, {"user.delete", cf.AccountDelete, "account", "username"},
	{"user.set_password", cf.AccountPassword, "account", "username"}, {"user.", cf.AccountModify, "account", "username"},
	{"group.create", cf.GroupCreate, "group", "name"}, {"group.update", cf.GroupModify, "group", "name"}, {"group.delete", cf.GroupDelete, "group", "name"},
	{"privilege.create", cf.RoleCreate, "role", "name"}, {"privilege.update", cf.RoleModify, "role", "name"}, {"privilege.delete", cf.RoleDelete, "role", "name"},
	{"api_key.", cf.AuthCredential, "key", "name"}, {"keychaincredential.", cf.ConfigChange, "key", "name"}, {"certificate.", cf.CertificateChange, "certificate", "name"},
	{"filesystem.setacl", cf.FileACL, "file", "path"}, {"filesystem.setperm", cf.FileMode, "file", "path"}, {"filesystem.chown", cf.FileOwner, "file", "path"},
	{"audit.export", cf.AuditExport, "audit", "export_format"}, {"audit.download_report", cf.AuditExport, "audit", "report_name"}, {"audit.update", cf.AuditConfig, "", ""},
	{"service.start", cf.ServiceStart, "service", ""}, {"service.stop", cf.ServiceStop, "service", ""}, {"service.update", cf.ServiceConfig, "service", ""},
	{"system.reboot", cf.SystemShutdown, "", ""}, {"system.shutdown", cf.SystemShutdown, "", ""},
	{"network.", cf.NetworkConfig, "config", ""}, {"interface.", cf.NetworkConfig, "interface", "name"}, {"staticroute.", cf.RouteChange, "route", "destination"},
	{"vm.", cf.SystemVirtual, "vm", "name"}, {"virt.", cf.SystemVirtual, "vm", "name"}, {"container.", cf.SystemVirtual, "container", "name"}, {"app.", cf.SystemVirtual, "app", "app_name"},
	{"update.", cf.SoftwareUpdate, "software", ""}, {"pool.", cf.ConfigChange, "storage", "name"}, {"disk.", cf.ConfigChange, "disk", "name"}, {"sharing.", cf.ConfigChange, "share", "name"},
	{"iscsi.", cf.ConfigChange, "config", "name"}, {"nvmet.", cf.ConfigChange, "config", "name"}, {"fc.", cf.ConfigChange, "config", "name"},
	{"smb.", cf.ConfigChange, "service", ""}, {"nfs.", cf.ConfigChange, "service", ""}, {"ssh.", cf.ConfigChange, "service", ""}, {"ftp.", cf.ConfigChange, "service", ""},
	{"replication.", cf.ConfigChange, "task", "name"}, {"rsynctask.", cf.ConfigChange, "task", ""}, {"cloudsync.", cf.ConfigChange, "task", ""}, {"cronjob.", cf.ConfigChange, "task", ""},
	{"directoryservices.", cf.ConfigChange, "config", ""}, {"activedirectory.", cf.ConfigChange, "config", ""}, {"ldap.", cf.ConfigChange, "config", ""}, {"kerberos.", cf.ConfigChange, "config", ""},
	{"system.", cf.ConfigChange, "config", ""}, {"auth.", cf.ConfigChange, "config", ""}, {"alertservice.", cf.ConfigChange, "config", ""}, {"tunable.", cf.ConfigChange, "config", "var"},
}
