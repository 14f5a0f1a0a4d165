package event

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Marker is the content of the opaque token that stands first in a record that [Write] made. Kernels and login programs
// write no opaque tokens, and what they write of others' texts is in text, path and argument tokens.
const Marker = "counterfoil/1"

// Number is that of an event for which OpenBSM has none: of the range that it leaves to others. A line
// "42000:AUE_counterfoil:counterfoil event:ap" in audit_event(5) names it.
const Number = 42000

// maxText is how many bytes of a value one text token holds.
const maxText = 32 << 10

// Room is how many bytes the fields of an event may take in a record, which is limited.
const Room = bsm.MaxRecord - 128<<10

// Write makes a record of an event of another dialect: a header with a number that OpenBSM has for such acts, the
// [Marker], subject, path and return as far as the event has what belongs there, and all its fields as texts "key=value",
// a long one going on in texts "key+=more", as far as they have room. lost are the fields that are not in it.
func Write(e *counterfoil.Event, room int) (r *bsm.Record, lost []string) {
	r = new(bsm.Record)
	sec, msec := int64(e.Time)/1e9, int64(e.Time)%1e9/1e6
	whole := sec >= 0 && int64(e.Time)%1e6 == 0
	sec, msec = max(sec, 0), max(msec, 0)
	id := byte(bsm.IDHeader32) // OpenBSM's auditreduce knows no other
	if sec >= 1<<32 {
		id = bsm.IDHeader64
	}
	r.Add(bsm.Shapes[id], bsm.Field{}, bsm.Field{Num: version}, bsm.Field{Num: uint64(numberOf(e))}, bsm.Field{},
		bsm.Field{Num: uint64(sec)}, bsm.Field{Num: uint64(msec)})
	r.Add(bsm.Shapes[bsm.IDOpaque], bsm.Field{Bytes: []byte(Marker)})
	left := room
	for _, f := range values(e, !whole) {
		if n := len(f[1]) + (len(f[1])/maxText+1)*(len(f[0])+8); n > left {
			lost = append(lost, f[0])
			continue
		} else {
			left -= n
		}
		addText(r, f[0], f[1])
	}
	addSubject(r, e)
	if e.Object.Kind == "file" {
		addPath(r, e.Object.Name)
		addPath(r, e.Object.To)
	}
	switch e.Outcome {
	case counterfoil.Success:
		r.Add(bsm.Shapes[bsm.IDReturn32], bsm.Field{}, bsm.Field{})
	case counterfoil.Failure:
		r.Add(bsm.Shapes[bsm.IDReturn32], bsm.Field{Num: errnoUnknown}, bsm.Field{Num: 0xffffffff})
	}
	r.Add(bsm.Shapes[bsm.IDTrailer], bsm.Field{Num: bsm.TrailerMagic}, bsm.Field{})
	return r, lost
}

// version is OpenBSM 1.1's.
const version = 11

// errnoUnknown is BSM_ERRNO_UNKNOWN.
const errnoUnknown = 250

// numberOf gives the number under which OpenBSM knows such an act.
func numberOf(e *counterfoil.Event) uint16 {
	if n, ok := numbers[e.Action]; ok {
		return n
	}
	return Number
}

var numbers = map[counterfoil.Action]uint16{
	counterfoil.SessionLogin: 6152, counterfoil.SessionLogout: 6153, counterfoil.SessionBecome: 6159, counterfoil.AuthAttempt: 45023,
	counterfoil.FileRead: 72, counterfoil.FileWrite: 76, counterfoil.FileCreate: 4, counterfoil.FileDelete: 6, counterfoil.FileRename: 42,
	counterfoil.FileLink: 5, counterfoil.FileMode: 10, counterfoil.FileOwner: 11, counterfoil.FileACL: 251, counterfoil.FileAttr: 49,
	counterfoil.FileStat: 16, counterfoil.FileClose: 112, counterfoil.FileMount: 62, counterfoil.FileUnmount: 56, counterfoil.FileOpen: 72,
	counterfoil.ProcessExec: 23, counterfoil.ProcessStart: 2, counterfoil.ProcessExit: 1, counterfoil.ProcessSignal: 15,
	counterfoil.ProcessTrace: 43002, counterfoil.AccountCreate: 6207, counterfoil.AccountModify: 6208, counterfoil.AccountDelete: 6209,
	counterfoil.AccountLock: 6210, counterfoil.AccountUnlock: 6211, counterfoil.AccountPassword: 45014, counterfoil.GroupCreate: 45015,
	counterfoil.GroupDelete: 45016, counterfoil.GroupModify: 45017, counterfoil.FlowOpen: 32, counterfoil.NetworkListen: 43140,
	counterfoil.SystemTime: 37, counterfoil.SystemModule: 243, counterfoil.SystemBoot: 113, counterfoil.SystemShutdown: 6168,
	counterfoil.AuditStart: 45000, counterfoil.AuditStop: 45001,
}

// values lists the fields of an event that have values, those first that matter most.
func values(e *counterfoil.Event, withTime bool) (v [][2]string) {
	add := func(key, value string) {
		if value != "" {
			v = append(v, [2]string{key, value})
		}
	}
	if withTime {
		add("time", e.Time.String())
	}
	add("svc", e.Service)
	add("event", e.Name)
	add("class", e.Class.String())
	add("category", e.Category.String())
	add("action", string(e.Action))
	if e.Major != 1 || e.Minor != 0 {
		add("vers", strconv.Itoa(e.Major)+"."+strconv.Itoa(e.Minor))
	}
	if !e.AID.IsZero() {
		add("aid", e.AID.String())
	}
	if e.Subject.PID != 0 {
		add("subject.pid", strconv.FormatInt(e.Subject.PID, 10))
	}
	for _, t := range texts(e) {
		add(t.key, *t.p)
	}
	add("svc_data", string(e.SvcData))
	add("event_data", string(e.EventData))
	return v
}

type text struct {
	key string
	p   *string
}

// texts has the fields that are texts, by their keys.
func texts(e *counterfoil.Event) []text {
	return []text{{"user", &e.User}, {"host", &e.Host}, {"addr", &e.Addr}, {"sess", &e.Session},
		{"subject.login_id", &e.Subject.LoginID}, {"subject.id", &e.Subject.ID}, {"subject.name", &e.Subject.Name},
		{"subject.group", &e.Subject.Group}, {"subject.terminal", &e.Subject.Terminal}, {"subject.process", &e.Subject.Process},
		{"object.kind", &e.Object.Kind}, {"object.name", &e.Object.Name}, {"object.id", &e.Object.ID}, {"object.to", &e.Object.To}}
}

func addText(r *bsm.Record, key, value string) {
	for sign := "="; ; sign = "+=" {
		n := min(len(value), maxText)
		r.Add(bsm.Shapes[bsm.IDText], bsm.Field{Bytes: []byte(key + sign + value[:n])})
		if value = value[n:]; value == "" {
			return
		}
	}
}

func addPath(r *bsm.Record, path string) {
	if path != "" && len(path) <= maxText && strings.IndexByte(path, 0) < 0 {
		r.Add(bsm.Shapes[bsm.IDPath], bsm.Field{Bytes: []byte(path)})
	}
}

// addSubject adds a subject where the event has at least one number that belongs there; what it has not is -1.
func addSubject(r *bsm.Record, e *counterfoil.Event) {
	n := func(s string) bsm.Field {
		if v, err := strconv.ParseUint(s, 10, 32); err == nil {
			return bsm.Field{Num: v}
		}
		return bsm.Field{Num: unset}
	}
	auid := n(e.Subject.LoginID)
	if s, ok := strings.CutPrefix(e.User, "UID:"); ok && auid.Num == unset {
		auid = n(s)
	}
	euid, egid, pid, sid := n(e.Subject.ID), n(e.Subject.Group), n(strconv.FormatInt(e.Subject.PID, 10)), n(e.Session)
	if e.Session == "" || sid.Num == unset {
		sid.Num = 0
	}
	addr, _ := netip.ParseAddr(e.Addr)
	none := bsm.Field{Num: unset}
	known := slices.ContainsFunc([]bsm.Field{auid, euid, egid}, func(f bsm.Field) bool { return f.Num != unset }) || sid.Num != 0
	if !known && e.Subject.PID == 0 && !addr.IsValid() {
		return
	}
	id, bytes := byte(bsm.IDSubject32), []byte{0, 0, 0, 0}
	if addr = addr.Unmap().WithZone(""); addr.IsValid() {
		bytes = addr.AsSlice()
	}
	if len(bytes) == 16 {
		id = bsm.IDSubject32X
	}
	r.Add(bsm.Shapes[id], auid, euid, egid, none, none, pid, sid, bsm.Field{}, bsm.Field{Num: uint64(len(bytes)), Bytes: bytes})
}
