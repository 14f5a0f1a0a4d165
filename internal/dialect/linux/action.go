package linux

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// isLogin tells the records about logging in, whose acct is who tries and not what is changed.
func isLogin(num uint16) bool {
	switch num {
	case 1100, 1101, 1103, 1104, 1105, 1106, 1109, 1110, 1112, 1113, 1126, 2402, 2403:
		return true
	}
	return num >= 2100 && num <= 2104
}

// isDecision tells the records of access control: SELinux, AppArmor.
func isDecision(num uint16) bool {
	switch num {
	case typeAVC, typeUserAVC, 1122, 1401:
		return true
	}
	return num >= 1500 && num <= 1507
}

// typeActions has the actions of record types by number; refine makes some more precise.
var typeActions = map[uint16]counterfoil.Action{
	1006: counterfoil.SessionOpen,                                                                        // LOGIN: the login id was set
	1100: counterfoil.AuthAttempt,                                                                        // USER_AUTH
	1101: counterfoil.AuthAuthorize,                                                                      // USER_ACCT
	1102: counterfoil.AccountModify,                                                                      // USER_MGMT
	1103: counterfoil.AuthCredential, 1104: counterfoil.AuthCredential, 1110: counterfoil.AuthCredential, // CRED_*
	1105: counterfoil.SessionOpen,                                   // USER_START
	1106: counterfoil.SessionClose,                                  // USER_END
	1107: counterfoil.PolicyDeny,                                    // USER_AVC
	1108: counterfoil.AccountPassword,                               // USER_CHAUTHTOK
	1109: counterfoil.AuthAttempt,                                   // USER_ERR
	1111: counterfoil.ConfigChange,                                  // USYS_CONFIG
	1112: counterfoil.SessionLogin, 1113: counterfoil.SessionLogout, // USER_LOGIN, USER_LOGOUT
	1114: counterfoil.AccountCreate, 1115: counterfoil.AccountDelete, // ADD_USER, DEL_USER
	1116: counterfoil.GroupCreate, 1117: counterfoil.GroupDelete, // ADD_GROUP, DEL_GROUP
	1118: counterfoil.AuthAuthorize,                                        // DAC_CHECK
	1119: counterfoil.ProcessPrivilege, 1125: counterfoil.ProcessPrivilege, // CHGRP_ID, CHUSER_ID
	1122: counterfoil.PolicyDeny,                                   // USER_SELINUX_ERR
	1123: counterfoil.ProcessExec,                                  // USER_CMD
	1124: counterfoil.ProcessInput, 1319: counterfoil.ProcessInput, // USER_TTY, TTY
	1126: counterfoil.AuthAttempt,                                  // GRP_AUTH
	1127: counterfoil.SystemBoot, 1128: counterfoil.SystemShutdown, // SYSTEM_BOOT, SYSTEM_SHUTDOWN
	1129: counterfoil.ConfigChange,                                // SYSTEM_RUNLEVEL
	1130: counterfoil.ServiceStart, 1131: counterfoil.ServiceStop, // SERVICE_START, SERVICE_STOP
	1132: counterfoil.GroupModify, 1133: counterfoil.GroupModify, // GRP_MGMT, GRP_CHAUTHTOK
	1134: counterfoil.AuthAuthorize,                                // MAC_CHECK
	1135: counterfoil.AccountLock, 1136: counterfoil.AccountUnlock, // ACCT_LOCK, ACCT_UNLOCK
	1137: counterfoil.SystemDevice, 1338: counterfoil.SystemDevice, // USER_DEVICE, DM_CTRL
	1138: counterfoil.SoftwareInstall,                          // SOFTWARE_UPDATE
	1200: counterfoil.AuditStart, 1206: counterfoil.AuditStart, // DAEMON_START, DAEMON_RESUME
	1201: counterfoil.AuditStop, 1202: counterfoil.AuditStop, // DAEMON_END, DAEMON_ABORT
	1203: counterfoil.AuditConfig, 1305: counterfoil.AuditConfig, 1328: counterfoil.AuditConfig, // DAEMON_CONFIG, CONFIG_CHANGE, FEATURE_CHANGE
	1205: counterfoil.AuditRotate,                           // DAEMON_ROTATE
	1207: counterfoil.FlowOpen, 1208: counterfoil.FlowClose, // DAEMON_ACCEPT, DAEMON_CLOSE
	1325: counterfoil.NetworkConfig,                                // NETFILTER_CFG
	1326: counterfoil.PolicyDeny,                                   // SECCOMP
	1330: counterfoil.SystemModule, 1334: counterfoil.SystemModule, // KERN_MODULE, BPF
	1331: counterfoil.PolicyDeny,                               // FANOTIFY
	1332: counterfoil.SystemTime, 1333: counterfoil.SystemTime, // TIME_*
	1400: counterfoil.PolicyDeny, 1401: counterfoil.PolicyDeny, // AVC, SELINUX_ERR
	1403: counterfoil.PolicyChange, 1404: counterfoil.PolicyChange, 1405: counterfoil.PolicyChange, // MAC_*
	1406: counterfoil.PolicyChange, 1407: counterfoil.PolicyChange, 1408: counterfoil.PolicyChange, 1409: counterfoil.PolicyChange,
	1410: counterfoil.PolicyChange, 1411: counterfoil.PolicyChange, 1412: counterfoil.PolicyChange, 1413: counterfoil.PolicyChange,
	1414: counterfoil.PolicyChange, 1416: counterfoil.PolicyChange, 1417: counterfoil.PolicyChange, 1418: counterfoil.PolicyChange,
	1419: counterfoil.PolicyChange,
	1423: counterfoil.PolicyDeny,                                                                                             // LANDLOCK_ACCESS
	1500: counterfoil.PolicyDeny, 1501: counterfoil.PolicyAllow, 1502: counterfoil.PolicyAllow, 1503: counterfoil.PolicyDeny, // APPARMOR*
	1506: counterfoil.PolicyDeny, 1507: counterfoil.PolicyDeny,
	1700: counterfoil.SystemAnomaly,                            // ANOM_PROMISCUOUS
	1701: counterfoil.ProcessCrash,                             // ANOM_ABEND
	1702: counterfoil.PolicyDeny, 1703: counterfoil.PolicyDeny, // ANOM_LINK, ANOM_CREAT
	1800: counterfoil.SystemIntegrity, 1801: counterfoil.SystemIntegrity, 1802: counterfoil.SystemIntegrity, 1803: counterfoil.SystemIntegrity, // INTEGRITY_*
	1804: counterfoil.SystemIntegrity, 1805: counterfoil.SystemIntegrity,
	1806: counterfoil.ConfigChange, 1807: counterfoil.PolicyChange,
	2000: counterfoil.AuditStart,                                                                                                       // KERNEL: audit was initialized
	2100: counterfoil.SystemAnomaly, 2101: counterfoil.SystemAnomaly, 2102: counterfoil.SystemAnomaly, 2103: counterfoil.SystemAnomaly, // ANOM_*
	2104: counterfoil.SystemAnomaly, 2105: counterfoil.SystemAnomaly, 2106: counterfoil.SystemAnomaly, 2107: counterfoil.SystemAnomaly,
	2108: counterfoil.SystemAnomaly, 2109: counterfoil.SystemAnomaly, 2110: counterfoil.SystemAnomaly, 2111: counterfoil.SystemAnomaly,
	2112: counterfoil.SystemAnomaly, 2113: counterfoil.SystemAnomaly, 2114: counterfoil.SystemAnomaly, 2115: counterfoil.SystemAnomaly,
	2116: counterfoil.SystemAnomaly, 2117: counterfoil.SystemAnomaly, 2118: counterfoil.SystemAnomaly, 2119: counterfoil.SystemAnomaly,
	2120: counterfoil.SystemAnomaly, 2121: counterfoil.SystemAnomaly,
	2205: counterfoil.AccountLock, 2206: counterfoil.AccountUnlock, 2207: counterfoil.AccountLock, // RESP_ACCT_*
	2300: counterfoil.SessionBecome, 2301: counterfoil.RoleGrant, 2302: counterfoil.RoleRevoke, 2311: counterfoil.RoleModify,
	2303: counterfoil.PolicyChange, 2304: counterfoil.PolicyChange, 2309: counterfoil.PolicyChange, 2310: counterfoil.PolicyChange,
	2312: counterfoil.PolicyChange, 2313: counterfoil.PolicyChange, // labels, MAC policy
	2307: counterfoil.SystemDevice, 2308: counterfoil.SystemDevice, // DEV_ALLOC, DEV_DEALLOC
	2401: counterfoil.ConfigChange,
	2402: counterfoil.SessionLogin, 2403: counterfoil.SessionLogout, // CRYPTO_LOGIN, CRYPTO_LOGOUT
	2404: counterfoil.AuthKey, 2407: counterfoil.AuthKey, 2408: counterfoil.AuthKey, 2409: counterfoil.AuthKey, // CRYPTO_*
	2500: counterfoil.SystemVirtual, 2501: counterfoil.SystemVirtual, 2502: counterfoil.SystemVirtual, 2503: counterfoil.SystemVirtual, // VIRT_*
	2504: counterfoil.SystemVirtual, 2505: counterfoil.SystemVirtual, 2506: counterfoil.SystemVirtual, 2507: counterfoil.SystemVirtual,
}

// callActions has the actions of system calls by name.
var callActions = func() map[string]counterfoil.Action {
	m := map[string]counterfoil.Action{}
	for action, calls := range map[counterfoil.Action]string{
		counterfoil.FileOpen:         "open openat openat2 open_by_handle_at",
		counterfoil.FileRead:         "readlink readlinkat",
		counterfoil.FileWrite:        "truncate ftruncate fallocate copy_file_range",
		counterfoil.FileCreate:       "creat mkdir mkdirat mknod mknodat",
		counterfoil.FileDelete:       "unlink unlinkat rmdir",
		counterfoil.FileRename:       "rename renameat renameat2",
		counterfoil.FileLink:         "link linkat symlink symlinkat",
		counterfoil.FileMode:         "chmod fchmod fchmodat fchmodat2",
		counterfoil.FileOwner:        "chown fchown fchownat lchown",
		counterfoil.FileAttr:         "utime utimes utimensat futimesat setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr",
		counterfoil.FileStat:         "stat fstat lstat newfstatat statx statfs fstatfs access faccessat faccessat2 getxattr lgetxattr fgetxattr getxattrat listxattr llistxattr flistxattr listxattrat file_getattr",
		counterfoil.FileClose:        "close",
		counterfoil.FileMount:        "mount move_mount fsmount",
		counterfoil.FileUnmount:      "umount2",
		counterfoil.FileQuota:        "quotactl quotactl_fd",
		counterfoil.FileLock:         "flock",
		counterfoil.ProcessExec:      "execve execveat",
		counterfoil.ProcessStart:     "fork vfork clone clone3",
		counterfoil.ProcessExit:      "exit exit_group",
		counterfoil.ProcessSignal:    "kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal",
		counterfoil.ProcessTrace:     "ptrace process_vm_readv process_vm_writev",
		counterfoil.ProcessPrivilege: "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset setns unshare chroot",
		counterfoil.IPCUse:           "msgget msgsnd msgrcv msgctl semget semop semctl semtimedop shmget shmat shmctl shmdt mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr",
		counterfoil.FlowOpen:         "connect accept accept4",
		counterfoil.NetworkListen:    "bind listen",
		counterfoil.SystemTime:       "settimeofday clock_settime adjtimex clock_adjtime",
		counterfoil.SystemModule:     "init_module finit_module delete_module create_module bpf kexec_load kexec_file_load",
		counterfoil.NetworkConfig:    "sethostname setdomainname",
		counterfoil.SystemShutdown:   "reboot",
	} {
		for c := range strings.FieldsSeq(calls) {
			m[c] = action
		}
	}
	return m
}()

// refine makes the action and category of a special record more precise by what it says.
func (m *mapping) refine() {
	e := m.e
	op := m.fact.plain(fOp)
	switch m.prime.num {
	case 1108, 1114, 1115: // USER_CHAUTHTOK, ADD_USER, DEL_USER: the tools log what touches an account under these
		m.account(op)
	case 1138: // SOFTWARE_UPDATE
		switch {
		case strings.HasPrefix(op, "remove"), strings.HasPrefix(op, "erase"):
			e.Action = counterfoil.SoftwareRemove
		case strings.HasPrefix(op, "update"), strings.HasPrefix(op, "upgrade"):
			e.Action = counterfoil.SoftwareUpdate
		}
	case typeLogin, 1105:
		if e.Outcome == counterfoil.Unknown && m.prime.num == typeLogin {
			e.Outcome = counterfoil.Success // old kernels write the record only when it was set
		}
	}
	granted := e.Outcome == counterfoil.Success
	switch {
	case isDecision(m.prime.num) || m.prime.num == typeSeccomp || m.prime.num == typeFanotify:
		if m.sys != nil && m.call != nil && isDecision(m.prime.num) {
			e.Class |= m.callClass()
		}
		denied := m.fact.plain(fSeresult) == "denied"
		if granted && !denied {
			e.Action, e.Category = counterfoil.PolicyAllow, counterfoil.CategorySystem
		} else if granted {
			e.Action = counterfoil.PolicyAllow // permissive: denied by the policy, and let happen
		} else if e.Outcome == counterfoil.Unknown {
			e.Action = "" // SELINUX_ERR and the like: an error, no decision
		}
	case m.prime.num == typeLandlock:
		if m.call != nil {
			e.Class |= m.callClass()
		}
	case m.prime.num >= 1800 && m.prime.num <= 1805:
		if e.Outcome != counterfoil.Failure {
			e.Category = counterfoil.CategorySystem
		}
	}
}

// account reads the operation of shadow's tools.
func (m *mapping) account(op string) {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(op, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("home", "mail", "group", "comment", "age", "shell", "uid", "gid", "inactive", "expir", "changing name", "min", "max", "warn", "last change", "last-change") && !has("password"):
		m.e.Action = counterfoil.AccountModify
	case has("unlock"):
		m.e.Action = counterfoil.AccountUnlock
	case has("lock"):
		m.e.Action = counterfoil.AccountLock
	}
}
