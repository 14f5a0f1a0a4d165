package truenas

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// plausible is how far a time without a zone may lie from the moment that it means.
const plausible = 26 * 3600 * 1e9

// when gives the time of a record. TrueNAS writes "2026-11-22 12:00:00.000000", in UTC, with or without Z; its auditd
// handler writes local time without a zone, but the moment is in the record otherwise, as it is in sudo's. text is kept
// where it does not follow from the time. ok: there was a time.
func (r *record) when() (t counterfoil.Time, keep, ok bool) {
	if r.rowMilli != "" {
		if n, fits := integer(string(r.rowMilli)); fits && n > -9e12 && n < 9e12 && n != 0 {
			t, ok = counterfoil.Time(n*1e6), true
		} else {
			r.add("timestamp", counterfoil.JSON(`{"$date":`+string(r.rowMilli)+`}`))
		}
	} else if r.time != "" {
		t, ok = parseTime(r.time)
		keep = !ok
	}
	if r.foreign != "" {
		return t, keep, ok
	}
	switch r.svc {
	case "SUDO":
		if better, is := sudoTime(r.data); is && (!ok || near(t, better, 1e9)) {
			return better, keep, true
		}
	case "SYSTEM":
		if strings.HasSuffix(r.time, "Z") {
			break
		}
		keep = r.time != ""
		better, is := systemTime(r.data.Member("audit_msg_id_str").Text())
		if !is {
			better = aidTime(r.aid)
		}
		if better != 0 && ok && near(t, better, plausible) {
			if r.rowMilli != "" && t != better {
				r.add("timestamp", counterfoil.JSON(`{"$date":`+string(r.rowMilli)+`}`))
			}
			return better, keep, true
		}
	}
	return t, keep, ok
}

func near(a, b counterfoil.Time, ns int64) bool { return int64(a-b) < ns && int64(b-a) < ns }

// parseTime reads a time with a space or a T, with a zone or, being UTC, without.
func parseTime(s string) (counterfoil.Time, bool) {
	if len(s) < len("2006-01-02 15:04:05") || len(s) > 40 || s[10] != ' ' && s[10] != 'T' {
		return 0, false
	}
	b := make([]byte, 0, 48)
	b = append(append(append(b, s[:10]...), 'T'), s[11:]...)
	switch sign := strings.LastIndexAny(s, "+-"); {
	case s[len(s)-1] == 'Z':
	case sign < len("2006-01-02 15:04:05"):
		b = append(b, 'Z')
	case len(s)-sign == len("+0000"):
		b = append(append(b[:len(b)-2], ':'), s[len(s)-2:]...)
	}
	t, err := counterfoil.ParseTime(string(b))
	return t, err == nil && t != 0
}

// sudoTime reads server_time, whose numbers may be strings.
func sudoTime(data counterfoil.JSON) (counterfoil.Time, bool) {
	for _, v := range data.Member("sudo").Members() {
		at := v.Member("server_time")
		sec, ok := integer(at.Member("seconds").Text())
		ns, _ := integer(at.Member("nanoseconds").Text())
		if !ok || sec <= 0 || sec >= 9e9 || ns < 0 || ns >= 1e9 {
			return 0, false
		}
		return counterfoil.Time(sec*1e9 + ns), true
	}
	return 0, false
}

// systemTime reads the kernel's "audit(1734547436.320:852)".
func systemTime(id string) (counterfoil.Time, bool) {
	id, ok := strings.CutPrefix(id, "audit(")
	stamp, _, ok2 := strings.Cut(id, ":")
	whole, milli, ok3 := strings.Cut(stamp, ".")
	sec, ok4 := integer(whole)
	ms, ok5 := integer(milli)
	if !ok || !ok2 || !ok3 || !ok4 || !ok5 || len(milli) != 3 || ms < 0 || sec <= 0 || sec >= 9e9 {
		return 0, false
	}
	return counterfoil.Time(sec*1e9 + ms*1e6), true
}

// aidTime reads the milliseconds that the auditd handler puts into the first half of an aid.
func aidTime(aid counterfoil.AID) counterfoil.Time {
	ms := int64(0)
	for _, b := range aid[:8] {
		ms = ms<<8 | int64(b)
	}
	if ms <= 0 || ms >= 9e12 {
		return 0
	}
	return counterfoil.Time(ms * 1e6)
}

// integer reads a decimal integer of at most 18 digits.
func integer(s string) (n int64, ok bool) {
	digits, negative := strings.CutPrefix(s, "-")
	if digits == "" || len(digits) > 18 {
		return 0, false
	}
	for i := range len(digits) {
		c := digits[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, true
}

// appendTime appends t as TrueNAS writes it, in microseconds.
func appendTime(dst []byte, t counterfoil.Time) []byte {
	at := len(dst)
	dst = t.Append(dst)
	dst[at+10] = ' '
	return append(dst[:at+26], 'Z')
}
