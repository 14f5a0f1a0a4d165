package event

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Row is a line of what becomes what.
type Row struct{ Event, Service, Class, Action string }

// Rows lists the audit events and what they become.
func Rows() (rows []Row) {
	for _, a := range bsm.Events() {
		if bsm.EventByNumber(a.Number).Name != a.Name {
			continue // its number has another name, which is the one that is read
		}
		name := eventName(&a)
		rows = append(rows, Row{a.Name, service(a.Number, name), class(a.Mask()).String(), string(actions[a.Number])})
	}
	return rows
}

// classOf has our classes by those of audit_class(5). "na", not attributable, says nothing of what happened.
var classOf = map[string]counterfoil.Class{
	"fr": counterfoil.ClassFileRead, "fw": counterfoil.ClassFileWrite, "fa": counterfoil.ClassFileAttrAccess, "fm": counterfoil.ClassFileAttrModify,
	"fc": counterfoil.ClassFileCreate, "fd": counterfoil.ClassFileDelete, "cl": counterfoil.ClassClose, "pc": counterfoil.ClassProcess,
	"nt": counterfoil.ClassNetwork, "ip": counterfoil.ClassIPC, "na": counterfoil.ClassOther, "ad": counterfoil.ClassAdministration,
	"lo": counterfoil.ClassLogin, "aa": counterfoil.ClassAuthentication, "ap": counterfoil.ClassApplication, "io": counterfoil.ClassIoctl,
	"ex": counterfoil.ClassExec, "ot": counterfoil.ClassOther,
}

// class gives our classes of a mask; an event that is in no class has the one named no.
func class(m bsm.Mask) (c counterfoil.Class) {
	if m == 0 {
		return counterfoil.ClassNone
	}
	for _, k := range bsm.Classes {
		if k.Mask != 0 && k.Name != "all" && m&k.Mask != 0 {
			c |= classOf[k.Name]
		}
	}
	return c
}

func category(c counterfoil.Class, a counterfoil.Action) counterfoil.Category {
	noun, _, _ := strings.Cut(string(a), ".")
	switch noun {
	case "session", "auth", "account", "group", "role":
		return counterfoil.CategoryAdmin
	case "flow":
		return counterfoil.CategoryTraffic
	case "config", "policy", "software":
		return counterfoil.CategoryProvision
	}
	switch {
	case c&(counterfoil.ClassLogin|counterfoil.ClassAuthentication) != 0:
		return counterfoil.CategoryAdmin
	case c&counterfoil.ClassNetwork != 0:
		return counterfoil.CategoryTraffic
	}
	return counterfoil.CategorySystem
}

// service says what produced an event: kernel events have numbers of their own, those of programs tell it by their names.
func service(number uint16, name string) string {
	if number < 6000 || number >= 43000 && number < 45000 {
		return "KERNEL"
	}
	if s, ok := services[name]; ok {
		return s
	}
	return "BSM"
}

var services = map[string]string{
	"LOGIN": "LOGIN", "LOGOUT": "LOGIN", "TELNET": "TELNETD", "RLOGIN": "RLOGIND", "RSHD": "RSHD", "SU": "SU", "REXECD": "REXECD", "PASSWD": "PASSWD",
	"REXD": "REXD", "FTPD": "FTPD", "FTPD_LOGOUT": "FTPD", "INIT": "INIT", "SSH": "SSHD", "OPENSSH": "SSHD", "INETD_CONNECT": "INETD",
	"MOUNTD_MOUNT": "MOUNTD", "MOUNTD_UMOUNT": "MOUNTD", "CRON_INVOKE": "CRON", "CRONTAB_CREATE": "CRONTAB", "CRONTAB_DELETE": "CRONTAB",
	"CRONTAB_PERM": "CRONTAB", "CRONTAB_MOD": "CRONTAB", "AT_CREATE": "AT", "AT_DELETE": "AT", "AT_PERM": "AT", "HALT": "HALT", "REBOOT": "REBOOT",
	"SHUTDOWN": "SHUTDOWN", "POWEROFF": "POWEROFF", "KADMIND_AUTH": "KADMIND", "KADMIND_UNAUTH": "KADMIND", "KRB5KDC_AS_REQ": "KRB5KDC",
	"KRB5KDC_TGS_REQ": "KRB5KDC", "KRB5KDC_TGS_REQ_2NDTKTMM": "KRB5KDC", "KRB5KDC_TGS_REQ_ALT_TGT": "KRB5KDC", "NEWGRP_LOGIN": "NEWGRP",
	"DARWIN_SUDO": "SUDO", "SUDO": "SUDO", "CALIFE": "CALIFE", "DARWIN_LW_LOGIN": "LOGINWINDOW", "DARWIN_LW_LOGOUT": "LOGINWINDOW",
	"LW_LOGIN": "LOGINWINDOW", "LW_LOGOUT": "LOGINWINDOW", "DARWIN_SSCONN": "SECURITYD", "DARWIN_SSAUTHORIZE": "SECURITYD", "DARWIN_SSAUTHINT": "SECURITYD",
	"SSCONN": "SECURITYD", "SSAUTHORIZE": "SECURITYD", "SSAUTHINT": "SECURITYD", "SSAUTHMECH": "SECURITYD", "AUDIT_STARTUP": "AUDITD",
	"AUDIT_SHUTDOWN": "AUDITD", "AUDIT_RECOVERY": "AUDITD", "DARWIN_AUDIT_STARTUP": "AUDITD", "DARWIN_AUDIT_SHUTDOWN": "AUDITD",
}

// actions has the actions of events by their numbers; the words are names. A word that ends in * stands for all names that begin so.
var actions = func() map[uint16]counterfoil.Action {
	whole, prefixes := map[string]counterfoil.Action{}, map[string]counterfoil.Action{}
	for action, words := range map[counterfoil.Action]string{
		counterfoil.FileOpen:         "OPEN OPEN_* OPENAT OPENAT_* FHOPEN",
		counterfoil.FileRead:         "READLINK READLINKAT DARWIN_LOADSHFILE LOADSHFILE",
		counterfoil.FileWrite:        "TRUNCATE FTRUNCATE DARWIN_TRUNCATE DARWIN_FTRUNCATE EXCHANGEDATA DARWIN_EXCHANGEDATA COPYFILE DARWIN_COPYFILE",
		counterfoil.FileCreate:       "CREAT MKNOD MKDIR XMKNOD MKFIFO DARWIN_MKFIFO MKDIRAT MKFIFOAT MKNODAT MKDIR_EXTENDED MKFIFO_EXTENDED",
		counterfoil.FileDelete:       "UNLINK RMDIR UNLINKAT",
		counterfoil.FileRename:       "RENAME RENAMEAT",
		counterfoil.FileLink:         "LINK LINKAT SYMLINK SYMLINKAT",
		counterfoil.FileMode:         "CHMOD FCHMOD FCHMODAT LCHMOD DARWIN_LCHMOD CHMOD_EXTENDED FCHMOD_EXTENDED",
		counterfoil.FileOwner:        "CHOWN FCHOWN LCHOWN FCHOWNAT",
		counterfoil.FileACL:          "ACLSET FACLSET ACL_SET_* ACL_DELETE_*",
		counterfoil.FileAttr:         "UTIMES UTIME FUTIMES LUTIMES FUTIMESAT DARWIN_FUTIMES CHFLAGS FCHFLAGS LCHFLAGS CHFLAGSAT DARWIN_CHFLAGS DARWIN_FCHFLAGS EXTATTR_SET_* EXTATTR_DELETE_* SETATTRLIST DARWIN_SETATTRLIST",
		counterfoil.FileStat:         "STAT LSTAT FSTAT ACCESS EACCESS STATFS FSTATFS OSTAT XSTAT LXSTAT STATVFS FSTATAT FACCESSAT PATHCONF FPATHCONF LPATHCONF DARWIN_FSTAT DARWIN_FPATHCONF OPENBSM_FSTAT ACCESS_EXTENDED STAT_EXTENDED LSTAT_EXTENDED FSTAT_EXTENDED GETATTRLIST DARWIN_GETATTRLIST EXTATTR_GET_* EXTATTR_LIST_* ACL_GET_* FHSTAT FHSTATFS GETFSSTAT",
		counterfoil.FileClose:        "CLOSE CLOSEFROM CLOSERANGE",
		counterfoil.FileMount:        "MOUNT NMOUNT MOUNTD_MOUNT MAC_MOUNT",
		counterfoil.FileUnmount:      "UMOUNT UNMOUNT UMOUNT2 MOUNTD_UMOUNT",
		counterfoil.FileQuota:        "QUOTACTL DARWIN_QUOTACTL",
		counterfoil.FileLock:         "FLOCK DARWIN_FLOCK",
		counterfoil.ProcessExec:      "EXEC EXECVE FEXECVE EXECVEAT MAC_EXECVE POSIX_SPAWN",
		counterfoil.ProcessStart:     "FORK VFORK FORK1 RFORK PDFORK DARWIN_RFORK THR_CREATE THR_NEW",
		counterfoil.ProcessExit:      "EXIT",
		counterfoil.ProcessSignal:    "KILL KILLPG PDKILL THR_KILL THR_KILL2 PTHREADKILL DARWIN_PTHREADKILL",
		counterfoil.ProcessTrace:     "PTRACE VTRACE KTRACE DARWIN_PTRACE DARWIN_KTRACE TASKFORPID DARWIN_TASKFORPID",
		counterfoil.ProcessCrash:     "CORE",
		counterfoil.ProcessPrivilege: "SETUID SETGID SETEUID SETEGID SETREUID SETREGID SETRESUID SETRESGID SETGROUPS CHROOT FCHROOT SETPPRIV SETLOGIN DARWIN_SETLOGIN JAIL JAIL_ATTACH JAIL_SET CAP_ENTER SETLOGINCLASS",
		counterfoil.IPCUse:           "MSGCTL MSGCTL_* MSGGET MSGRCV MSGSND SHMCTL SHMCTL_* SHMGET SHMAT SHMDT SEMCTL SEMCTL_* SEMGET SEMOP SEMOPEN SEMCLOSE SEMUNLINK SHMOPEN SHMUNLINK SHMRENAME MQ_*",
		counterfoil.FlowOpen:         "CONNECT ACCEPT CONNECTAT SOCKACCEPT SOCKCONNECT INETD_CONNECT",
		counterfoil.NetworkListen:    "BIND BINDAT LISTEN",
		counterfoil.NetworkConfig:    "SETHOSTNAME SETDOMAINNAME",
		counterfoil.SystemTime:       "SETTIMEOFDAY ADJTIME CLOCK_SETTIME NTP_ADJTIME STIME DARWIN_SETTIMEOFDAY",
		counterfoil.SystemModule:     "MODLOAD MODUNLOAD",
		counterfoil.SystemBoot:       "SYSTEMBOOT",
		counterfoil.SystemShutdown:   "REBOOT HALT shutdown POWEROFF DARWIN_REBOOT",
		counterfoil.ConfigChange:     "SYSCTL_WRITE KENV",
		counterfoil.SessionLogin:     "LOGIN TELNET RLOGIN RSHD REXECD REXD FTPD SSH OPENSSH LW_LOGIN DARWIN_LW_LOGIN ROLE_LOGIN ADMIN_AUTHENTICATE NEWGRP_LOGIN",
		counterfoil.SessionLogout:    "LOGOUT FTPD_LOGOUT LW_LOGOUT DARWIN_LW_LOGOUT",
		counterfoil.SessionBecome:    "SU SUDO DARWIN_SUDO CALIFE",
		counterfoil.AuthAttempt:      "AUTH_USER DARWIN_AUTH_USER KRB5KDC_AS_REQ",
		counterfoil.AuthAuthorize:    "SSAUTHORIZE DARWIN_SSAUTHORIZE",
		counterfoil.AccountPassword:  "PASSWD MODIFY_PASSWORD DARWIN_MODIFY_PASSWORD",
		counterfoil.AccountCreate:    "CREATE_USER",
		counterfoil.AccountModify:    "MODIFY_USER",
		counterfoil.AccountDelete:    "DELETE_USER",
		counterfoil.AccountLock:      "DISABLE_USER",
		counterfoil.AccountUnlock:    "ENABLE_USER",
		counterfoil.GroupCreate:      "CREATE_GROUP DARWIN_CREATE_GROUP",
		counterfoil.GroupModify:      "MODIFY_GROUP ADD_TO_GROUP REMOVE_FROM_GROUP DARWIN_MODIFY_GROUP DARWIN_ADD_TO_GROUP DARWIN_REMOVE_FROM_GROUP",
		counterfoil.GroupDelete:      "DELETE_GROUP DARWIN_DELETE_GROUP",
		counterfoil.AuditStart:       "AUDIT_STARTUP DARWIN_AUDIT_STARTUP",
		counterfoil.AuditStop:        "AUDIT_SHUTDOWN DARWIN_AUDIT_SHUTDOWN",
		counterfoil.AuditGap:         "AUDIT_RECOVERY",
		counterfoil.AuditRotate:      "AUDITCTL DARWIN_AUDITCTL",
		counterfoil.AuditConfig:      "SETAUDIT SETAUDIT_ADDR SETAUID AUDITON_SPOLICY AUDITON_SETKMASK AUDITON_SETCLASS AUDITON_SETCOND AUDITON_SETUMASK AUDITON_SETSMASK AUDITON_SQCTRL AUDITON_STERMID",
	} {
		for word := range strings.FieldsSeq(words) {
			if prefix, all := strings.CutSuffix(word, "*"); all {
				prefixes[prefix] = action
			} else {
				whole[word] = action
			}
		}
	}
	m := map[uint16]counterfoil.Action{}
	for _, a := range bsm.Events() {
		if bsm.EventByNumber(a.Number).Name != a.Name {
			continue
		}
		name := names[a.Name]
		if name == "SHUTDOWN" { // AUE_SHUTDOWN is of a socket, AUE_shutdown of the machine
			name = strings.TrimPrefix(a.Name, "AUE_")
		}
		if action, ok := whole[name]; ok {
			m[a.Number] = action
		}
		for prefix, action := range prefixes {
			if strings.HasPrefix(name, prefix) {
				m[a.Number] = action
			}
		}
	}
	return m
}()
