package linux

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// An event that no records of the kernel tell is written as one record of user space:
//
//	type=USER_LOGIN msg=audit(1700000000.123:4294967295): pid=7 uid=0 auid=1000 ses=3 counterfoil=7B22… msg='op=… acct="anna" …'
//
// msg='…' is for people and ausearch. The field counterfoil is the canonical message in hexadecimal, from which we read the
// event again. It stands where only the kernel writes: what a program puts in a record of its own is always in msg='…', so
// no program on a machine that is audited can forge it: it is the fifth field, before the label, whose text is not the
// kernel's own.
const (
	carriedKey = "counterfoil"
	carriedAt  = 4
)

// writtenTypes are the record types in which actions are written; others are USER.
var writtenTypes = map[counterfoil.Action]uint16{
	counterfoil.AuthAttempt: 1100, counterfoil.AuthAuthorize: 1101, counterfoil.AccountModify: 1102, counterfoil.AuthCredential: 1103,
	counterfoil.SessionOpen: 1105, counterfoil.SessionClose: 1106, counterfoil.AccountPassword: 1108, counterfoil.ConfigChange: 1111,
	counterfoil.SessionLogin: 1112, counterfoil.SessionLogout: 1113, counterfoil.AccountCreate: 1114, counterfoil.AccountDelete: 1115,
	counterfoil.GroupCreate: 1116, counterfoil.GroupDelete: 1117, counterfoil.SystemBoot: 1127, counterfoil.SystemShutdown: 1128,
	counterfoil.ServiceStart: 1130, counterfoil.ServiceStop: 1131, counterfoil.GroupModify: 1132, counterfoil.AccountLock: 1135,
	counterfoil.AccountUnlock: 1136, counterfoil.SystemDevice: 1137, counterfoil.SoftwareInstall: 1138, counterfoil.SoftwareUpdate: 1138,
	counterfoil.SoftwareRemove: 1138, counterfoil.RoleGrant: 2301, counterfoil.RoleRevoke: 2302, counterfoil.RoleModify: 2311,
	counterfoil.SessionBecome: 2300, counterfoil.SystemVirtual: 2500,
}

// carries reports whether a record may carry an event: those that programs cause and the kernel writes the head of.
func carries(num uint16) bool {
	return num == typeUser || num >= 1100 && num < 1200 || num >= firstUserSpace
}

// carried puts the event that a record carries into e; false: it carries none.
func carried(e *counterfoil.Event, rec *record) bool {
	k := &rec.parts[partKernel]
	t := k.get(fCarried)
	if t == nil || k.shape.at[fCarried] != carriedAt || t.quoted || !carries(rec.num) || rec.parts[partText].shape == nil {
		return false
	}
	if hex, torn := isHex(t.val); !hex || torn {
		return false
	}
	got, err := counterfoil.ParseEvent(decodeHex(t.val))
	if err != nil || got.Dialect == "" {
		return false
	}
	*e = got
	return true
}

// carrying writes an event as one record. What makes it longer than the readers of audit-userspace take is left out: data
// first, then the longest texts.
func (e *encoder) carrying(ev *counterfoil.Event) ([]string, dialect.Loss) {
	short := *ev
	short.Raw = ""
	var loss dialect.Loss
	if ev.Raw != "" {
		loss = append(loss, "raw")
	}
	e.serial--
	for {
		line := e.carrier(&short)
		if e.opts.MaxLine <= 0 || len(line) <= e.opts.MaxLine {
			return []string{line}, loss
		}
		name, field := longest(&short)
		if field == nil {
			return []string{line}, loss // names and numbers only: there is nothing to leave out
		}
		*field = ""
		loss = append(loss, name)
	}
}

// longest gives the field to leave out next.
func longest(e *counterfoil.Event) (name string, field *string) {
	if e.EventData != "" {
		return "event_data", (*string)(&e.EventData)
	}
	if e.SvcData != "" {
		return "svc_data", (*string)(&e.SvcData)
	}
	for _, f := range []struct {
		name string
		text *string
	}{
		{"host", &e.Host}, {"addr", &e.Addr}, {"user", &e.User}, {"sess", &e.Session}, {"subject.login_id", &e.Subject.LoginID},
		{"subject.id", &e.Subject.ID}, {"subject.name", &e.Subject.Name}, {"subject.group", &e.Subject.Group},
		{"subject.terminal", &e.Subject.Terminal}, {"subject.process", &e.Subject.Process}, {"object.kind", &e.Object.Kind},
		{"object.name", &e.Object.Name}, {"object.id", &e.Object.ID}, {"object.to", &e.Object.To},
	} {
		if *f.text != "" && (field == nil || len(*f.text) > len(*field)) {
			name, field = f.name, f.text
		}
	}
	return name, field
}

func (e *encoder) carrier(ev *counterfoil.Event) string {
	num, ok := writtenTypes[ev.Action]
	if !ok {
		num = typeUser
	}
	var b strings.Builder
	if isNode(ev.Host) && len(ev.Host) <= maxShown {
		b.WriteString("node=" + ev.Host + " ")
	}
	fmt.Fprintf(&b, "type=%s msg=audit(%s:%d): pid=%d uid=%s auid=%s ses=%s %s=%X msg='op=%s",
		typeOf(num).name, stampOf(ev.Time), e.serial, min(ev.Subject.PID, 1<<31-1), idOf(ev.Subject.ID), idOf(ev.Subject.LoginID),
		idOf(ev.Session), carriedKey, counterfoil.AppendEvent(nil, ev), ev.Name)
	show := func(key, v string) {
		if v != "" && len(v) <= maxShown {
			b.WriteString(" " + key + "=" + untrustedText(v))
		}
	}
	show("acct", ev.User)
	show("name", ev.Object.Name)
	show("exe", ev.Subject.Process)
	b.WriteString(" hostname=? addr=" + addressOf(ev.Addr) + " terminal=")
	if t := ev.Subject.Terminal; t != "" && len(t) <= maxShown && isClean(t) && !strings.ContainsAny(t, `='`) {
		b.WriteString(t)
	} else {
		b.WriteByte('?')
	}
	switch ev.Outcome {
	case counterfoil.Success:
		b.WriteString(" res=success")
	case counterfoil.Failure:
		b.WriteString(" res=failed")
	}
	b.WriteByte('\'')
	if e.opts.Format == formatEnriched {
		b.WriteString(namesOf(ev))
	}
	return b.String()
}

// maxShown is how long a text of msg='…' may be; the field counterfoil has it in any case.
const maxShown = 255

// namesOf gives the interpretation that auditd would add: the names of the numbers.
func namesOf(ev *counterfoil.Event) string {
	s := ""
	add := func(key, id, name string) {
		if isDigits(id) && name != "" && len(name) <= maxShown && !strings.HasPrefix(name, "UID:") {
			s += " " + key + "=" + untrustedText(name)
		}
	}
	add("UID", ev.Subject.ID, ev.Subject.Name)
	add("AUID", ev.Subject.LoginID, ev.User)
	if s == "" {
		return ""
	}
	return string(rune(groupSeparator)) + s[1:]
}

// stampOf gives the time as the kernel writes it. Before 1970 there is none.
func stampOf(t counterfoil.Time) string {
	ms := max(0, int64(t)/1e6)
	return fmt.Sprintf("%d.%03d", ms/1000, ms%1000)
}

// idOf gives an id of 32 bits; the number for "unset" where it is none.
func idOf(s string) string {
	if _, err := strconv.ParseUint(s, 10, 32); err != nil {
		return "4294967295"
	}
	return s
}

func addressOf(s string) string {
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		return s
	}
	return "?"
}

// isNode tells what can stand behind node=: the first "type=" of a line begins the record.
func isNode(s string) bool { return isClean(s) && strings.IndexByte(s, '=') < 0 }

// isClean tells a text that the kernel writes as it is: printable ASCII without space and '"'.
func isClean(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c > '~' || c == '"' {
			return false
		}
	}
	return s != ""
}

// untrustedText gives a text as the kernel's audit_log_untrustedstring does: in quotes, or in upper-case hexadecimal where a
// byte could be mistaken for something else. A single quote could end msg='…', so it is one of those here.
func untrustedText(s string) string {
	if isClean(s) && strings.IndexByte(s, '\'') < 0 {
		return `"` + s + `"`
	}
	return fmt.Sprintf("%X", s)
}
