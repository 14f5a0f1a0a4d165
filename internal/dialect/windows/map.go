package windows

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// decode fills e from the event in a frame, whose bytes it has as raw.
func (d *decoder) decode(e *counterfoil.Event, frame []byte) error {
	if err := d.p.parse(frame, e.Raw); err != nil {
		return err
	}
	r := &d.p.rec
	e.EventData = r.all
	if t, err := counterfoil.ParseTime(get(r.system, "TimeCreated/SystemTime")); err == nil && t != 0 {
		e.Time = t
	}
	if host := get(r.system, "Computer"); host != "" {
		e.Host = host
	}
	provider := get(r.system, "Provider/Name")
	if e.Service = counterfoil.ServiceName(provider); e.Service == "" {
		e.Service = "WINDOWS"
	}
	id := get(r.system, "EventID")
	e.Name = counterfoil.ServiceName(id)
	s := specOf(provider, get(r.system, "Channel"), id)
	if s == nil {
		e.Class, e.Category, e.Subject.LoginID = counterfoil.ClassApplication, system, get(r.system, "Security/UserID")
		return nil
	}
	e.Action, e.Class, e.Category = s.action, s.class, s.category
	e.Outcome = outcome(get(r.system, "Keywords"))
	r.who(e, s)
	r.what(e, s)
	r.where(e)
	return nil
}

// specOf gives what is known of an event, nil where nothing is. Any program can write events under any provider's name, but
// not into the channels of these; whose word other events are is not known, and nothing in them is taken for who did what.
func specOf(provider, channel, id string) *spec {
	p, ok := providers[provider]
	if !ok || !slices.Contains(p.channels, channel) {
		return nil
	}
	if s := p.specs[id]; s != nil {
		return s
	}
	return p.other
}

// outcome reads the two bits of Keywords that say how an audited act ended.
func outcome(keywords string) counterfoil.Outcome {
	const failed, succeeded = 1 << 52, 1 << 53
	hex, ok := strings.CutPrefix(keywords, "0x")
	bits, err := strconv.ParseUint(hex, 16, 64)
	switch {
	case !ok || err != nil:
		return counterfoil.Unknown
	case bits&failed != 0:
		return counterfoil.Failure
	case bits&succeeded != 0:
		return counterfoil.Success
	}
	return counterfoil.Unknown
}

// told gives a field's value, nothing where Windows has none: '-', the SID and the logon of nobody.
func (r *record) told(name string) string {
	switch v := get(r.data, name); v {
	case "-", "S-1-0-0", "0x0", "NULL SID":
		return ""
	default:
		return v
	}
}

func (r *record) first(names ...string) string {
	for _, name := range names {
		if v := r.told(name); v != "" {
			return v
		}
	}
	return ""
}

// who fills user, session and subject: who logged on, for logons; who asked for it otherwise. The domain is in
// subject.name, before a '\'.
func (r *record) who(e *counterfoil.Event, s *spec) {
	domain, sub := "", &e.Subject
	switch s.who {
	case byTarget:
		e.User, domain = r.first("TargetUserName", "TargetUser"), r.told("TargetDomainName")
		sub.LoginID, e.Session = r.first("TargetUserSid", "TargetSid"), r.told("TargetLogonId")
		e.User = withoutRealm(e.User, domain)
	case byAccount:
		e.User, domain, e.Session = r.told("AccountName"), r.told("AccountDomain"), r.told("LogonID")
	default:
		e.User, domain = r.told("SubjectUserName"), r.told("SubjectDomainName")
		sub.LoginID, e.Session = r.told("SubjectUserSid"), r.told("SubjectLogonId")
	}
	if sub.LoginID == "" {
		sub.LoginID = get(r.system, "Security/UserID")
	}
	if e.User != "" && domain != "" {
		sub.Name = domain + `\` + e.User
	} else {
		sub.Name = e.User
	}
	sub.Process = r.first("ProcessName", "CallerProcessName", "Application", "ParentProcessName")
	sub.PID = number(r.first("ProcessId", "CallerProcessId", "ProcessID", "ClientProcessId"))
}

// withoutRealm takes the domain from anna@DOMAIN, as a Kerberos service ticket names who asked for it.
func withoutRealm(user, domain string) string {
	if name, realm, ok := strings.Cut(user, "@"); ok && name != "" && strings.EqualFold(realm, domain) {
		return name
	}
	return user
}

// number reads a process id, which events write as hexadecimal or decimal; 0 where there is none.
func number(text string) int64 {
	n, err := strconv.ParseUint(text, 0, 32)
	if err != nil {
		return 0
	}
	return int64(n)
}

// where fills the address: the peer of a logon or a share, or the far end of a connection that came in.
func (r *record) where(e *counterfoil.Event) {
	text := r.first("IpAddress", "ClientAddress", "SourceAddress")
	if r.told("Direction") == inbound {
		text = r.told("DestAddress")
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		e.Addr = addr.Unmap().String()
	}
}
