package linux

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

//go:generate go test -run TestTables -update

// kind says what part a record plays in an event.
type kind uint8

const (
	multi   kind = iota // names the event; more records may follow
	single              // an event of its own
	calling             // SYSCALL: names the event where nothing else does
	aux                 // adds to the event
)

// recordType is what is known of a type of record.
type recordType struct {
	num      uint16
	name     string
	kind     kind
	class    counterfoil.Class
	category counterfoil.Category
}

// Numbers of the record types that code names.
const (
	typeUser       = 1005
	typeLogin      = 1006
	typeUserStart  = 1105
	typeUserAVC    = 1107
	typeUserCmd    = 1123
	typeSyscall    = 1300
	typePath       = 1302
	typeConfig     = 1305
	typeSockaddr   = 1306
	typeCwd        = 1307
	typeExecve     = 1309
	typeObjPID     = 1318
	typeTTY        = 1319
	typeEOE        = 1320
	typeSeccomp    = 1326
	typeProctitle  = 1327
	typeReplace    = 1329
	typeFanotify   = 1331
	typeOpenat2    = 1337
	typeURingOp    = 1336
	typeAVC        = 1400
	typeLandlock   = 1423
	typeAnomAbend  = 1701
	firstKernel    = 1300
	firstUserSpace = 2100
)

var typeByNumber = func() (t [3000]uint8) {
	for i, r := range recordTypes {
		t[r.num] = uint8(i + 1)
	}
	return t
}()

var typeByName = func() map[string]uint16 {
	m := make(map[string]uint16, len(recordTypes))
	for _, r := range recordTypes {
		m[r.name] = r.num
	}
	return m
}()

// typeOf gives what is known of a number, nil if nothing is.
func typeOf(num uint16) *recordType {
	if int(num) < len(typeByNumber) {
		if i := typeByNumber[num]; i > 0 {
			return &recordTypes[i-1]
		}
	}
	return nil
}

// isSingle tells the types whose records are events of their own (audit-userspace, audit_is_last_record). A number
// that has no name follows its range.
func isSingle(num uint16) bool {
	return num > typeLogin && num < firstKernel || num == typeUser || num == 2000 || num >= firstUserSpace || num >= 1406 && num <= 1419
}

// isDaemon tells the types that auditd writes itself, with serial numbers of its own.
func isDaemon(num uint16) bool { return num >= 1200 && num < 1300 }

// syscall is what is known of a system call.
type syscall struct {
	name, upper string
	class       counterfoil.Class
	category    counterfoil.Category
	flags       bool // the class follows from the flags to open
}

var syscallByName = func() map[string]*syscall {
	m := make(map[string]*syscall, len(syscalls))
	for i := range syscalls {
		m[syscalls[i].name] = &syscalls[i]
	}
	return m
}()

// arch is what is known of an architecture. The number of a system call means nothing without it.
type arch struct {
	name  string
	table *[512]uint16
}

// archOf reads the arch field, an AUDIT_ARCH value in hexadecimal.
func archOf(hex string) arch {
	switch hex {
	case "c000003e":
		return arch{"x86_64", &syscallsX86}
	case "c00000b7":
		return arch{"aarch64", &syscallsGeneric}
	case "c00000f3":
		return arch{"riscv64", &syscallsGeneric}
	case "40000003":
		return arch{"i386", nil}
	case "40000028":
		return arch{"arm", nil}
	case "c0000015":
		return arch{"ppc64le", nil}
	case "80000015":
		return arch{"ppc64", nil}
	case "14":
		return arch{"ppc", nil}
	case "80000016":
		return arch{"s390x", nil}
	case "16":
		return arch{"s390", nil}
	}
	return arch{}
}

// call finds a system call by the number in decimal, or by the name that the host gave with it. nil: not known.
func (a arch) call(number, name string) *syscall {
	n := -1
	if isDigits(number) && len(number) <= 3 {
		n = int(decimal(number))
	}
	switch {
	case a.table != nil && n >= 0 && n < len(a.table) && a.table[n] > 0:
		return &syscalls[a.table[n]-1]
	case a.name == "i386" && n >= 0:
		if c := syscallByName[i386[n]]; c != nil {
			return c
		}
	}
	if name == "" {
		return nil
	}
	if c := syscallByName[name]; c != nil {
		return c
	}
	return syscallByName[strings.TrimSuffix(name, "32")]
}

// i386 has the calls that audit rules name (arch/x86/entry/syscalls/syscall_32.tbl), those with 32-bit ids under the
// name of the call they replace.
var i386 = map[int]string{
	1: "exit", 2: "fork", 3: "read", 4: "write", 5: "open", 6: "close", 8: "creat", 9: "link", 10: "unlink", 11: "execve", 12: "chdir",
	14: "mknod", 15: "chmod", 16: "lchown", 21: "mount", 22: "umount2", 23: "setuid", 26: "ptrace", 30: "utime", 33: "access",
	37: "kill", 38: "rename", 39: "mkdir", 40: "rmdir", 42: "pipe", 46: "setgid", 52: "umount2", 54: "ioctl", 55: "fcntl", 57: "setpgid",
	60: "umask", 61: "chroot", 66: "setsid", 70: "setreuid", 71: "setregid", 74: "sethostname", 75: "setrlimit", 79: "settimeofday",
	83: "symlink", 85: "readlink", 88: "reboot", 92: "truncate", 93: "ftruncate", 94: "fchmod", 95: "fchown", 120: "clone",
	121: "setdomainname", 124: "adjtimex", 128: "init_module", 129: "delete_module", 133: "fchdir", 190: "vfork", 193: "truncate",
	194: "ftruncate", 198: "lchown", 203: "setreuid", 204: "setregid", 207: "fchown", 208: "setresuid", 210: "setresgid", 212: "chown",
	213: "setuid", 214: "setgid", 217: "pivot_root", 226: "setxattr", 227: "lsetxattr", 228: "fsetxattr", 235: "removexattr",
	236: "lremovexattr", 237: "fremovexattr", 264: "clock_settime", 295: "openat", 296: "mkdirat", 297: "mknodat", 298: "fchownat",
	299: "futimesat", 301: "unlinkat", 302: "renameat", 303: "linkat", 304: "symlinkat", 305: "readlinkat", 306: "fchmodat",
	307: "faccessat", 320: "utimensat", 342: "open_by_handle_at", 350: "finit_module", 353: "renameat2", 358: "execveat",
	359: "socket", 361: "bind", 362: "connect", 363: "listen", 364: "accept4", 435: "clone3", 437: "openat2",
}
