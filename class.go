package counterfoil

import (
	"fmt"
	"math/bits"
	"strings"
)

// Class is a set of BSM event classes (FreeBSD audit_class(5)). Preselection masks are written in these names.
type Class uint32

const (
	ClassLogin          Class = 1 << iota // lo: login and logout
	ClassAuthentication                   // aa: authentication and authorisation
	ClassAdministration                   // ad: administrative acts
	ClassFileRead                         // fr
	ClassFileWrite                        // fw
	ClassFileCreate                       // fc
	ClassFileDelete                       // fd
	ClassFileAttrAccess                   // fa: reading attributes
	ClassFileAttrModify                   // fm: changing attributes
	ClassExec                             // ex: program execution
	ClassProcess                          // pc: process operations
	ClassNetwork                          // nt
	ClassIPC                              // ip
	ClassIoctl                            // io
	ClassClose                            // cl
	ClassApplication                      // ap: defined by applications
	ClassOther                            // ot: miscellaneous
	ClassNone                             // no: named, but in no mask

	AllClasses = ClassNone<<1 - 1
)

var classes = [...]struct{ name, doc string }{
	{"lo", "login and logout"}, {"aa", "authentication"}, {"ad", "administration"}, {"fr", "file read"},
	{"fw", "file write"}, {"fc", "file create"}, {"fd", "file delete"}, {"fa", "file attributes read"},
	{"fm", "file attributes changed"}, {"ex", "program execution"}, {"pc", "process"}, {"nt", "network"},
	{"ip", "interprocess communication"}, {"io", "ioctl"}, {"cl", "file close"}, {"ap", "application"},
	{"ot", "other"}, {"no", "no class"},
}

// ParseClass gives the class of a two-letter name.
func ParseClass(name string) (Class, error) {
	for i, c := range classes {
		if c.name == name {
			return 1 << i, nil
		}
	}
	return 0, fmt.Errorf("%q is not a class: want one of %s", name, strings.Join(AllClasses.Names(), " "))
}

// Names gives the names in the set, in the order of the constants, which is the order in the canonical message.
func (c Class) Names() []string {
	n := make([]string, 0, bits.OnesCount32(uint32(c)))
	for c &= AllClasses; c != 0; c &= c - 1 {
		n = append(n, classes[bits.TrailingZeros32(uint32(c))].name)
	}
	return n
}

// Append appends the names, with sep between them.
func (c Class) Append(dst []byte, sep byte) []byte {
	at := len(dst)
	for c &= AllClasses; c != 0; c &= c - 1 {
		if len(dst) > at {
			dst = append(dst, sep)
		}
		dst = append(dst, classes[bits.TrailingZeros32(uint32(c))].name...)
	}
	return dst
}

// Doc says in a few words what a single class holds.
func (c Class) Doc() string {
	for i, k := range classes {
		if c == 1<<i {
			return k.doc
		}
	}
	return ""
}

// String gives the names with commas: "fd,fc".
func (c Class) String() string { return string(c.Append(nil, ',')) }

// Category is why an organisation keeps an event: the five of Juniper's SSR, and two that its sources lack.
type Category uint8

const (
	NoCategory        Category = iota // not told; absent from the message
	CategoryAdmin                     // administration: what administrators do
	CategorySystem                    // system: what machines do by themselves
	CategoryTraffic                   // traffic: flows and connections
	CategoryAlarm                     // alarm: something is wrong
	CategoryProvision                 // provisioning: software and configuration
	CategorySecurity                  // security: refusals, policy, integrity
	CategoryData                      // data: access to files and collections
	numCategories
)

var categories = [numCategories]string{"", "administration", "system", "traffic", "alarm", "provisioning", "security", "data"}

// Categories lists the names, in the order of the constants.
func Categories() []string { return categories[1:] }

// String gives the name, empty for NoCategory.
func (c Category) String() string {
	if c < numCategories {
		return categories[c]
	}
	return fmt.Sprintf("category-%d", uint8(c))
}

// ParseCategory gives the category of a name.
func ParseCategory(name string) (Category, error) {
	for i, n := range categories {
		if n == name && i > 0 {
			return Category(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a category: want one of %s", name, strings.Join(categories[1:], " "))
}
