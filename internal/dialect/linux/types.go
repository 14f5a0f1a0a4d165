package linux

import (
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

// typeByName finds a number by name, 0 if nothing is named so: a table with a place for each name and free ones between, as every record
// asks for its own.
func typeByName(name []byte) uint16 {
	if len(name) == 0 {
		return 0
	}
	for i := typeSlot(name); ; i++ {
		switch t := typeSlots[i%len(typeSlots)]; {
		case t == 0:
			return 0
		case recordTypes[t-1].name == string(name):
			return recordTypes[t-1].num
		}
	}
}

// typeSlot is where the search for a name begins.
func typeSlot(name []byte) int {
	n := len(name)
	return n*131 + int(name[0])*7 + int(name[n-1])*31 + int(name[n/2])*61
}

var typeSlots = func() (t [1024]uint8) {
	for i := range recordTypes {
		at := typeSlot([]byte(recordTypes[i].name))
		for t[at%len(t)] != 0 {
			at++
		}
		t[at%len(t)] = uint8(i + 1)
	}
	return t
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
	if hex == "c000003e" {
		return arch{"x86_64", &syscallsX86}
	}
	return archs[hex]
}

// archs are the AUDIT_ARCH values of include/uapi/linux/audit.h. Where no table is here, a call is known by the name that
// the host gave it.
var archs = map[string]arch{
	"c00000b7": {"aarch64", &syscallsGeneric}, "c00000f3": {"riscv64", &syscallsGeneric}, "c0000102": {"loongarch64", &syscallsGeneric},
	"40000003": {"i386", &syscallsI386}, "40000028": {"arm", &syscallsArm}, "28": {"armeb", &syscallsArm},
	"c0000015": {"ppc64le", &syscallsPowerPC}, "80000015": {"ppc64", &syscallsPowerPC}, "14": {"ppc", &syscallsPowerPC},
	"80000016": {"s390x", &syscallsS390x}, "16": {"s390", &syscallsS390},
	"400000f3": {"riscv32", nil}, "40000102": {"loongarch32", nil}, "c0009026": {"alpha", nil}, "4000005d": {"arcompact", nil}, "400000c3": {"arcv2", nil},
	"400000fc": {"csky", nil}, "a4": {"hexagon", nil}, "c0000032": {"ia64", nil}, "4": {"m68k", nil}, "bd": {"microblaze", nil},
	"8": {"mips", nil}, "40000008": {"mipsel", nil}, "80000008": {"mips64", nil}, "a0000008": {"mips64n32", nil},
	"c0000008": {"mipsel64", nil}, "e0000008": {"mipsel64n32", nil}, "40000071": {"nios2", nil}, "5c": {"openrisc", nil},
	"f": {"parisc", nil}, "8000000f": {"parisc64", nil}, "2a": {"sh", nil}, "4000002a": {"shel", nil}, "2": {"sparc", nil},
	"8000002b": {"sparc64", nil}, "5e": {"xtensa", nil},
}

// call finds a system call by the number in decimal, or by the name that the host gave with it. nil: not known.
func (a arch) call(number, name string) *syscall {
	if a.table != nil && isDigits(number) && len(number) <= 3 {
		if n := int(decimal(number)); n < len(a.table) && a.table[n] > 0 {
			return &syscalls[a.table[n]-1]
		}
	}
	if c := syscallByName[name]; c != nil {
		return c
	}
	if i := syscallAliases[name]; i > 0 {
		return &syscalls[i-1]
	}
	return nil
}
