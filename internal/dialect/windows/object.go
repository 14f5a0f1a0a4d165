package windows

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// inbound is the number of the text that filtering events give a connection from outside.
const inbound = "%%14592"

// what fills the object, and what its access mask or type says of action and class.
func (r *record) what(e *counterfoil.Event, s *spec) {
	o := &e.Object
	var parts []string
	for name := range strings.FieldsSeq(s.name) {
		if v := r.told(name); v != "" {
			parts = append(parts, v)
		}
	}
	o.Kind, o.Name = s.kind, strings.Join(parts, `\`)
	if s.id != "" {
		o.ID = r.told(s.id)
	}
	switch get(r.system, "EventID") {
	case "1102":
		o.Name = get(r.system, "Channel")
	case "4664":
		o.To = r.told("LinkName")
	case "4781":
		o.To = r.told("NewTargetUserName")
	case "4688", "4696":
		o.ID = decimal(o.ID)
	}
	switch s.kind {
	case "socket":
		r.socket(o)
	case "*":
		r.access(e, s)
	}
	if o.Name == "" && o.ID == "" && o.Kind != "session" {
		*o = counterfoil.Object{}
	}
}

func decimal(pid string) string {
	if n := number(pid); n > 0 {
		return strconv.FormatInt(n, 10)
	}
	return pid
}

// socket gives the near end of a connection that came in, and of a socket that listens, else the far end.
func (r *record) socket(o *counterfoil.Object) {
	addr, port := r.told("DestAddress"), r.told("DestPort")
	if addr == "" || r.told("Direction") == inbound {
		addr, port = r.told("SourceAddress"), r.told("SourcePort")
	}
	if strings.IndexByte(addr, ':') >= 0 {
		addr = "[" + addr + "]"
	}
	if addr != "" {
		o.Name = addr + ":" + port
	}
}

// access says what was done to an object of which ObjectType tells the kind. Only for files and directories do the bits of
// the mask mean what tables.go says; a handle that is asked for is opened, whatever it is to be used for.
func (r *record) access(e *counterfoil.Event, s *spec) {
	typ := r.told("ObjectType")
	file := typ == "File" || typ == "Directory"
	switch {
	case file:
		e.Object.Kind = "file"
	case typ == "Key":
		e.Object.Kind = "registry"
	default:
		e.Object.Kind = strings.ToLower(typ)
	}
	if s.class != 0 {
		if !file && s.action == counterfoil.FileACL {
			e.Action, e.Class = counterfoil.PolicyChange, ad
		}
		return
	}
	e.Class = ot
	mask, err := strconv.ParseUint(r.told("AccessMask"), 0, 64)
	switch {
	case file && err == nil:
		e.Class = 0
		used := counterfoil.Action("")
		for _, x := range rights {
			if mask&x.mask != 0 {
				if e.Class |= x.class; used == "" {
					used = x.action
				}
			}
		}
		if used != "" && get(r.system, "EventID") == "4663" {
			e.Action = used
		}
	case typ == "Key" && err == nil:
		e.Action, e.Class = counterfoil.ConfigRead, counterfoil.ClassFileRead
		if mask&(0x2|0x4|0x20|0x10000|0x40000|0x80000) != 0 { // set a value, create a key or link, delete, permissions, owner
			e.Action, e.Class = counterfoil.ConfigChange, ad
		}
	case typ == "Process":
		e.Action, e.Class = counterfoil.ProcessTrace, pc
	case !file:
		e.Action = ""
	}
	if e.Class == 0 {
		e.Class = ot
	}
}
