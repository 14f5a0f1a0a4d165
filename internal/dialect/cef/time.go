package cef

import (
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// inferred says what of a time the sender did not tell.
type inferred struct{ year, zone bool }

// parseTime reads the forms of the specification: milliseconds since 1970, and "Jan _2 [2006 ]15:04:05[.000][ zone]"; of a
// syslog header also RFC 3339. A zone that is not told, or told by a name other than UTC and GMT, is taken as UTC; a year
// that is not told is the latest that puts the time less than a day after received.
func parseTime(s string, received counterfoil.Time) (t counterfoil.Time, missing inferred, ok bool) {
	if ms, ok := millis(s); ok {
		return ms, missing, true
	}
	if t, err := counterfoil.ParseTime(s); err == nil {
		return t, missing, t != 0
	}
	s, offset, told := cutZone(s)
	missing.zone = !told
	if p, err := time.Parse("Jan _2 2006 15:04:05", s); err == nil && p.Year() > 1678 && p.Year() < 2261 {
		t := counterfoil.TimeOf(p.Add(-offset))
		return t, missing, t != 0
	}
	missing.year = true
	last := received.Std().Add(24 * time.Hour)
	for year := last.Year(); received != 0 && year > last.Year()-9; year-- { // the 29th of February may be 8 years ago
		p, err := time.Parse("2006 Jan _2 15:04:05", strconv.Itoa(year)+" "+s)
		if p = p.Add(-offset); err == nil && !p.After(last) {
			return counterfoil.TimeOf(p), missing, true
		}
	}
	return 0, missing, false
}

// cutZone takes the zone from the end of a time.
func cutZone(s string) (rest string, offset time.Duration, told bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 || i+1 == len(s) || s[i+1] >= '0' && s[i+1] <= '9' {
		return s, 0, false
	}
	zone := s[i+1:]
	if zone == "UTC" || zone == "GMT" || zone == "Z" {
		return s[:i], 0, true
	}
	for _, layout := range [...]string{"-0700", "-07:00"} {
		if p, err := time.Parse(layout, zone); err == nil {
			_, seconds := p.Zone()
			return s[:i], time.Duration(seconds) * time.Second, true
		}
	}
	return s[:i], 0, false
}

// millis reads milliseconds since 1970: 11 to 13 digits, so that seconds are not taken for them.
func millis(s string) (t counterfoil.Time, ok bool) {
	if len(s) < 11 || len(s) > 13 {
		return 0, false
	}
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		t = t*10 + counterfoil.Time(c)
	}
	return t * 1e6, t != 0 && t < 9e12
}
