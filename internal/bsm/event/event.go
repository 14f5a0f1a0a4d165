package event

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Reader makes events of records. It keeps memory between calls; for one goroutine.
type Reader struct{ b counterfoil.Builder }

// Event gives what a record tells. size is its length in bytes, 0 where that is not known. The caller fills in Dialect and Raw, and
// Time where it is 0: the record has no time that can be kept.
func (rd *Reader) Event(r *bsm.Record, size int) counterfoil.Event {
	h := r.Header()
	if h == nil {
		return rd.file(r)
	}
	if e, ok := readWritten(r); ok {
		return e
	}
	e := counterfoil.Event{Major: 1, Time: timeOf(h)}
	number := h.Fields[2]
	known := bsm.EventByNumber(uint16(number.Num))
	switch {
	case number.Named: // praudit's text of an event that we do not know
		e.Name, e.Service = counterfoil.ServiceName(string(number.Bytes)), "BSM"
	case known == nil:
		e.Name, e.Service = "EVENT_"+strconv.FormatUint(number.Num, 10), service(uint16(number.Num), "")
	default:
		e.Name = eventName(known)
		e.Service = service(known.Number, e.Name)
		e.Class = class(known.Mask())
		e.Action = actions[known.Number]
	}
	e.Category = category(e.Class, e.Action)
	if f, ok := h.Field("host"); ok {
		e.Host = bsm.AddrText(f.Bytes)
	}
	if t := r.Find(bsm.IDReturn32, bsm.IDReturn64); t != nil && !t.Fields[0].Named {
		e.Outcome = counterfoil.OutcomeOf(t.Fields[0].Num == 0)
	} else if t != nil && len(t.Fields[0].Bytes) > 0 {
		e.Outcome = counterfoil.Failure // praudit's words for an error that has no number here
	}
	subject(&e, r)
	object(&e, r)
	rd.b.Reset()
	appendData(&rd.b, r, uint64(size))
	e.EventData = rd.b.JSON()
	return e
}

// file is the event of a file token: a trail was begun or ended.
func (rd *Reader) file(r *bsm.Record) counterfoil.Event {
	t := &r.Tokens[0]
	rd.b.Reset()
	appendData(&rd.b, r, 0)
	return counterfoil.Event{Major: 1, Time: moment(t.Fields[0].Num, t.Fields[1].Num), Service: "AUDITD", Name: "FILE",
		Class: counterfoil.ClassAdministration, Category: counterfoil.CategorySystem, Action: counterfoil.AuditRotate,
		Object: counterfoil.Object{Kind: "file", Name: string(t.Fields[2].Bytes)}, EventData: rd.b.JSON()}
}

func timeOf(h *bsm.Token) counterfoil.Time {
	n := len(h.Fields)
	if h.Fields[n-2].Named || h.Fields[n-1].Named {
		return 0
	}
	return moment(h.Fields[n-2].Num, h.Fields[n-1].Num)
}

// moment gives the time of seconds and milliseconds, 0 where it lies outside what an event can have.
func moment(sec, msec uint64) counterfoil.Time {
	if sec > 1<<33 || msec > 1<<32 {
		return 0
	}
	return counterfoil.Time(sec*1e9 + msec*1e6)
}

// eventName is an event's name without the prefix that all have, in capitals.
func eventName(a *bsm.AuditEvent) string { return names[a.Name] }

// names has the event names of audit events, made once.
var names = func() map[string]string {
	m := map[string]string{}
	for _, a := range bsm.Events() {
		m[a.Name] = counterfoil.ServiceName(strings.TrimPrefix(a.Name, "AUE_"))
	}
	return m
}()

// unset is the audit id of who never logged in.
const unset = 0xffffffff

// subject fills in who did it, from the first subject token.
func subject(e *counterfoil.Event, r *bsm.Record) {
	t := r.Find(subjectIDs...)
	if t == nil {
		return
	}
	s := &e.Subject
	auid, euid, egid := &t.Fields[0], &t.Fields[1], &t.Fields[2]
	s.LoginID, s.ID, s.Group = id(auid), id(euid), id(egid)
	if euid.Named {
		s.Name = string(euid.Bytes)
		s.ID = ""
	}
	switch {
	case s.LoginID != "":
		e.User = user(auid)
	case s.ID != "" || s.Name != "":
		e.User = user(euid)
	}
	s.PID = int64(t.Fields[5].Num)
	if sid := t.Fields[6].Num; sid != 0 && sid != unset {
		e.Session = strconv.FormatUint(sid, 10)
	}
	if a := t.Fields[8].Bytes; !zero(a) {
		e.Addr = bsm.AddrText(a)
	}
}

var subjectIDs = []byte{0x24, 0x7a, 0x75, 0x7c}

func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// id gives a number or name, "" where the id is not set.
func id(f *bsm.Field) string {
	if f.Named {
		return string(f.Bytes)
	}
	if f.Num == unset {
		return ""
	}
	return strconv.FormatUint(f.Num, 10)
}

func user(f *bsm.Field) string {
	if f.Named {
		return string(f.Bytes)
	}
	return "UID:" + strconv.FormatUint(f.Num, 10)
}

// object fills in what was acted on: the path, else the process, the socket, the IPC object.
func object(e *counterfoil.Event, r *bsm.Record) {
	o := &e.Object
	paths, first, last := 0, "", ""
	for i := range r.Tokens {
		t := &r.Tokens[i]
		switch {
		case t.ID == bsm.IDPath:
			if last = string(t.Fields[0].Bytes); paths == 0 {
				first = last
			}
			paths++
		case (t.ID == 0x3e || t.ID == 0x73) && o.ID == "":
			o.ID = strconv.FormatUint(t.Fields[4].Num, 10)
		}
	}
	if paths > 0 {
		o.Kind, o.Name = "file", first
		switch e.Action {
		case counterfoil.FileRename, counterfoil.FileLink:
			if paths > 1 && last != first {
				o.To = last
			} else if t := r.Find(bsm.IDText); t != nil && e.Action == counterfoil.FileLink {
				o.Name, o.To, o.ID = string(t.Fields[0].Bytes), first, "" // a symbolic link: the text is what it points to
			}
		}
		return
	}
	if o.ID != "" {
		o.Kind = "file"
		return
	}
	otherObject(o, r)
}

func otherObject(o *counterfoil.Object, r *bsm.Record) {
	for i := range r.Tokens {
		t := &r.Tokens[i]
		switch t.ID {
		case 0x26, 0x7b, 0x77, 0x7d:
			*o = counterfoil.Object{Kind: "process", ID: strconv.FormatUint(t.Fields[5].Num, 10)}
		case 0x80, 0x81:
			*o = counterfoil.Object{Kind: "socket", Name: addrPort(t.Fields[2].Bytes, t.Fields[1].Num)}
		case 0x82:
			*o = counterfoil.Object{Kind: "socket", Name: string(t.Fields[1].Bytes)}
		case 0x2e:
			*o = counterfoil.Object{Kind: "socket", Name: addrPort(t.Fields[4].Bytes, t.Fields[3].Num)}
		case 0x7f:
			*o = counterfoil.Object{Kind: "socket", Name: addrPort(t.Fields[6].Bytes, t.Fields[5].Num)}
		case 0x22:
			*o = counterfoil.Object{Kind: "ipc", ID: strconv.FormatUint(t.Fields[1].Num, 10)}
		default:
			continue
		}
		return
	}
}

func addrPort(addr []byte, port uint64) string {
	a := bsm.AddrText(addr)
	if a == "" {
		return ""
	}
	if len(addr) == 16 {
		a = "[" + a + "]"
	}
	return a + ":" + strconv.FormatUint(port, 10)
}
