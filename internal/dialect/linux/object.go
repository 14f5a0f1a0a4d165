package linux

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// what fills the object: what the event was done to.
func (m *mapping) what() {
	o := &m.e.Object
	switch m.prime.num {
	case typeSyscall:
		m.callObject(o)
	case typeUserCmd:
		*o = counterfoil.Object{Kind: "process", Name: m.fact.text(fCmd)}
	case 1105, 1106: // USER_START, USER_END
		*o = counterfoil.Object{Kind: "session", Name: m.fact.plain(fTerminal)}
	case typeLogin, 1112, 1113:
		o.Kind = "session"
	case 1100, 1101, 1103, 1104, 1109, 1110: // USER_AUTH, USER_ACCT, CRED_*, USER_ERR
		if m.fact.text(fAcct) != "?" {
			*o = m.accountOf("account")
		}
	case 1102, 1108, 1114, 1115, 1135, 1136, 2205, 2206, 2207, 2301, 2302:
		*o = m.accountOf("account")
	case 1116, 1117, 1132, 1133:
		*o = m.accountOf("group")
	case 1129:
		*o = counterfoil.Object{Kind: "config", Name: "runlevel"}
	case 1130, 1131:
		*o = counterfoil.Object{Kind: "service", Name: m.fact.plain(fUnit)}
	case 1138:
		*o = counterfoil.Object{Kind: "software", Name: m.fact.text(fSw)}
	case typeConfig, 1203, 1328:
		*o = counterfoil.Object{Kind: "config", Name: m.config()}
	case 1325:
		*o = counterfoil.Object{Kind: "config", Name: m.fact.plain(fTable)}
	case typeSeccomp:
		_, call := m.callOf(m.prime)
		if call != nil {
			*o = counterfoil.Object{Kind: "syscall", Name: call.name}
		}
	case 1334: // BPF
		*o = counterfoil.Object{Kind: "program", ID: m.fact.plain(fProgID)}
	case 1700: // ANOM_PROMISCUOUS
		*o = counterfoil.Object{Kind: "device", Name: m.fact.plain(fDev)}
	case 2404: // CRYPTO_KEY_USER
		*o = counterfoil.Object{Kind: "key", Name: m.fact.plain(fFp)}
	default:
		switch {
		case isDecision(m.prime.num) || m.prime.num == typeLandlock:
			m.decided(o)
		case m.prime.num >= 2500 && m.prime.num <= 2507:
			*o = counterfoil.Object{Kind: "vm", Name: m.fact.text(fVM)}
		case m.hasPaths():
			m.fileObject(o)
		}
	}
	if o.Name == "" && o.ID == "" && o.To == "" && o.Kind != "session" {
		o.Kind = ""
	}
}

// accountOf gives the account or group that a record names: by name, by number, or both.
func (m *mapping) accountOf(kind string) counterfoil.Object {
	name := m.fact.text(fAcct)
	if kind == "group" {
		if g := m.fact.text(fGrp); g != "" {
			name = g
		}
	}
	id := m.fact.plain(fID)
	if isUnset(id) {
		id = ""
	}
	if name == "" {
		name = m.interp(fiID)
	}
	return counterfoil.Object{Kind: kind, Name: name, ID: id}
}

// config says what of the audit system was changed: "add_rule KEY", or the setting of op=set.
func (m *mapping) config() string {
	op := strings.TrimSuffix(m.fact.plain(fOp), ",")
	k := m.fact.get(fKey)
	if k != nil {
		if key := strings.ReplaceAll(k.text(), "\x01", " "); key != "" {
			return strings.TrimSpace(op + " " + key)
		}
	}
	for i := range m.fact.toks {
		t := &m.fact.toks[i]
		switch {
		case strings.HasPrefix(t.key, "audit_"), strings.HasPrefix(t.key, "new-"), t.key == "actions":
			if op == "" || op == "set" {
				return t.key + "=" + t.val
			}
			return op + " " + t.key + "=" + t.val
		case t.key == "op" && t.val == "set" && i+1 < len(m.fact.toks):
			n := &m.fact.toks[i+1]
			return n.key + "=" + n.val
		}
	}
	return op
}

// decided gives what access control decided on.
func (m *mapping) decided(o *counterfoil.Object) {
	o.Kind = m.fact.plain(fTclass)
	if o.Name = m.fact.text(fPath); o.Name == "" {
		o.Name = m.fact.text(fName)
	}
	o.ID = m.fact.plain(fIno)
	if !strings.HasPrefix(o.Name, "/") && m.hasPaths() { // SELinux gives the last part only; PATH has the whole
		var f counterfoil.Object
		m.fileObject(&f)
		if f.ID == o.ID && o.ID != "" || o.Name == "" || strings.HasSuffix(f.Name, "/"+o.Name) {
			if o.Name = f.Name; o.ID == "" {
				o.ID = f.ID
			}
		}
	}
	if o.Kind == "" || o.Kind == "dir" || o.Kind == "lnk_file" {
		o.Kind = "file"
	}
}

// callObject gives the object of a system call.
func (m *mapping) callObject(o *counterfoil.Object) {
	name := ""
	if m.call != nil {
		name = m.call.name
	}
	switch name {
	case "execve", "execveat":
		m.fileObject(o)
		for i := range m.recs { // the first path is what was asked for; the others are its interpreters
			if k := &m.recs[i].parts[partKernel]; m.recs[i].num == typePath && (k.plain(fItem) == "0" || k.get(fItem) == nil) {
				*o = counterfoil.Object{Name: m.absolute(k.text(fName)), ID: k.plain(fInode)}
				break
			}
		}
		if o.Kind = "process"; o.Name == "" {
			o.Name = m.e.Subject.Process
		}
		return
	case "kill", "tkill", "tgkill", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_send_signal", "rt_sigqueueinfo", "rt_tgsigqueueinfo":
		if m.objs != nil {
			k := &m.objs.parts[partKernel]
			*o = counterfoil.Object{Kind: "process", Name: k.text(fOcomm), ID: k.plain(fOpid)}
		}
		return
	}
	if m.saddr != nil {
		if a, ok := parseAddress(m.saddr.parts[partKernel].plain(fSaddr)); ok {
			if *o = (counterfoil.Object{Kind: "socket", Name: a.String()}); o.Name != "" {
				if m.e.Addr != "" { // accepted: the peer is where it came from, not what was acted on
					*o = counterfoil.Object{}
				}
				return
			}
		}
	}
	m.fileObject(o)
}

func (m *mapping) hasPaths() bool {
	for i := range m.recs {
		if m.recs[i].num == typePath {
			return true
		}
	}
	return false
}

// rank orders the paths of one event by how likely they are its object.
func rank(nametype string) int {
	switch nametype {
	case "CREATE":
		return 5
	case "DELETE":
		return 4
	case "NORMAL":
		return 3
	case "UNKNOWN":
		return 2
	case "PARENT":
		return 0
	}
	return 1
}

// fileObject chooses among the paths. A rename has the old name as its object and the new one as To; so has a link.
func (m *mapping) fileObject(o *counterfoil.Object) {
	var best, old, existing, made *part
	for i := range m.recs {
		if m.recs[i].num != typePath {
			continue
		}
		k := &m.recs[i].parts[partKernel]
		t := k.plain(fNametype)
		if best == nil || rank(t) > rank(best.plain(fNametype)) {
			best = k
		}
		switch t {
		case "DELETE":
			if old == nil {
				old = k
			}
		case "NORMAL":
			if existing == nil {
				existing = k
			}
		case "CREATE":
			made = k
		}
	}
	if best == nil {
		return
	}
	from, to := best, (*part)(nil)
	switch m.e.Action {
	case counterfoil.FileRename:
		if old != nil {
			from, to = old, made
		}
	case counterfoil.FileLink:
		if existing != nil {
			from, to = existing, made
		}
	case counterfoil.FileOpen:
		if made != nil {
			m.e.Action = counterfoil.FileCreate
		}
	}
	o.Kind, o.Name, o.ID = "file", m.absolute(from.text(fName)), from.plain(fInode)
	if to != nil && to != from {
		o.To = m.absolute(to.text(fName))
	}
}

// absolute puts a relative name behind the working directory, unless the call took it relative to an open directory,
// which the records do not name.
func (m *mapping) absolute(name string) string {
	if name == "" || name[0] == '/' || m.cwd == "" || m.cwd[0] != '/' || m.call == nil {
		return name
	}
	k := &m.sys.parts[partKernel]
	switch m.call.name {
	case "openat", "openat2", "mkdirat", "mknodat", "fchownat", "futimesat", "newfstatat", "unlinkat", "readlinkat", "fchmodat", "fchmodat2",
		"faccessat", "faccessat2", "utimensat", "execveat", "statx", "name_to_handle_at":
		if !atCwd(k.plain(fA0)) {
			return name
		}
	case "symlinkat":
		if !atCwd(k.plain(fA1)) {
			return name
		}
	case "renameat", "renameat2", "linkat":
		if !atCwd(k.plain(fA0)) || !atCwd(k.plain(fA2)) {
			return name
		}
	}
	name = strings.TrimPrefix(name, "./")
	return strings.TrimSuffix(m.cwd, "/") + "/" + name
}

// atCwd tells AT_FDCWD, -100, as an int or a long.
func atCwd(arg string) bool {
	return arg == "ffffff9c" || arg == "ffffffffffffff9c" || arg == "ffffffff9c"
}
