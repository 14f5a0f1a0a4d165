package gelf

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// foreign makes an event of another sender's message.
func foreign(object counterfoil.JSON, received counterfoil.Time) counterfoil.Event {
	e := counterfoil.Event{Major: 1, Class: counterfoil.ClassApplication, EventData: object}
	if t, ok := parseSeconds(text(object, "timestamp")); ok {
		e.Time = t
	} else {
		e.Time = max(received, 1)
	}
	e.Host = text(object, "host")
	e.Service = counterfoil.ServiceName(first(object, services, "GELF"))
	e.Name = counterfoil.ServiceName(first(object, events, "MESSAGE"))
	for _, n := range names {
		v := first(object, n.keys, "")
		switch n.field {
		case "addr":
			if _, err := netip.ParseAddr(v); err == nil {
				e.Addr = v
			}
		case "success":
			e.Outcome = outcomes[strings.ToLower(v)]
		case "subject.pid":
			if pid, err := strconv.ParseInt(v, 10, 64); err == nil && pid > 0 && pid <= 1<<53 {
				e.Subject.PID = pid
			}
		default:
			_ = carry.FieldOf(n.field).Set(&e, v) // a text takes any value
		}
	}
	if e.Object.Name != "" {
		e.Object.Kind = "file"
	}
	return e
}

// first gives the first of keys that has a string or a number.
func first(object counterfoil.JSON, keys []string, otherwise string) string {
	for _, k := range keys {
		if v := text(object, k); v != "" {
			return v
		}
	}
	return otherwise
}

// text gives a string or number of object, "" for anything else.
func text(object counterfoil.JSON, key string) string {
	v := object.Member(key)
	if k := v.Kind(); k == '"' || k == '0' {
		return v.Text()
	}
	return ""
}

// parseSeconds reads seconds since 1970 with up to nine digits of fraction; further digits are cut.
func parseSeconds(s string) (counterfoil.Time, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	const most = (1<<63 - 1) / 1_000_000_000
	if err != nil || sec >= most || sec <= -most {
		return 0, false
	}
	ns := int64(0)
	for i := range 9 {
		ns *= 10
		if i < len(frac) {
			if frac[i] < '0' || frac[i] > '9' {
				return 0, false
			}
			ns += int64(frac[i] - '0')
		}
	}
	if strings.HasPrefix(whole, "-") {
		ns = -ns
	}
	t := counterfoil.Time(sec*1e9 + ns)
	return t, t.Valid()
}
