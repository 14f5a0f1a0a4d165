package csv

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// units of the layouts that count from 1970.
var units = map[string]int{"unix": 9, "unix-ms": 6, "unix-us": 3, "unix-ns": 0}

// directives of strftime, as the standard library writes them. A fraction behind seconds is read where it stands.
var directives = map[byte]string{'Y': "2006", 'y': "06", 'm': "01", 'b': "Jan", 'B': "January", 'd': "02", 'e': "_2", 'H': "15", 'I': "03",
	'p': "PM", 'M': "04", 'S': "05", 'z': "-0700", 'a': "Mon", 'A': "Monday", 'j': "002", 'F': "2006-01-02", 'T': "15:04:05", '%': "%"}

// timeReader gives what reads times of a layout, in a zone where they have none.
func timeReader(layout, zone string) (func(string) (counterfoil.Time, error), error) {
	at, err := zoneOf(zone)
	if err != nil {
		return nil, err
	}
	if scale, ok := units[layout]; ok {
		return func(s string) (counterfoil.Time, error) { return sinceEpoch(s, scale) }, nil
	}
	if layout == "" || layout == "rfc3339" {
		return func(s string) (counterfoil.Time, error) { return rfc3339(s, at) }, nil
	}
	var b strings.Builder
	for i := 0; i < len(layout); i++ {
		if layout[i] != '%' {
			b.WriteByte(layout[i])
			continue
		}
		if i++; i == len(layout) || directives[layout[i]] == "" {
			return nil, fmt.Errorf("csv: option %q: %q has a %%-word that is not known at byte %d", "time", layout, i)
		}
		b.WriteString(directives[layout[i]])
	}
	if !strings.Contains(layout, "%") {
		return nil, fmt.Errorf("csv: option %q: want rfc3339, unix, unix-ms, unix-us, unix-ns or words as %%Y-%%m-%%d %%H:%%M:%%S, not %q", "time", layout)
	}
	form := b.String()
	return func(s string) (counterfoil.Time, error) {
		t, err := time.ParseInLocation(form, s, at)
		if err != nil || t.UTC().Year() < 1678 || t.UTC().Year() > 2261 {
			return 0, fmt.Errorf("%.60q is no time of the form %s", s, layout)
		}
		return counterfoil.TimeOf(t), nil
	}, nil
}

func zoneOf(zone string) (*time.Location, error) {
	if zone == "" || zone == "UTC" || zone == "Z" {
		return time.UTC, nil
	}
	t, err := time.Parse("-07:00", zone)
	if err != nil {
		return nil, fmt.Errorf("csv: option %q: %q is no offset such as +02:00", "zone", zone)
	}
	_, offset := t.Zone()
	return time.FixedZone(zone, offset), nil
}

// rfc3339 reads RFC 3339 with a blank for its T, and without its zone.
func rfc3339(s string, at *time.Location) (counterfoil.Time, error) {
	if t, err := counterfoil.ParseTime(s); err == nil {
		return t, nil
	}
	const blank = len("2006-01-02")
	form := s
	if len(s) > blank && s[blank] == ' ' {
		form = s[:blank] + "T" + s[blank+1:]
	}
	if t, err := counterfoil.ParseTime(form); err == nil {
		return t, nil
	}
	if t, err := counterfoil.ParseTime(form + time.Time{}.In(at).Format("Z07:00")); err == nil {
		return t, nil
	}
	return 0, fmt.Errorf("%.60q is no RFC 3339 time such as 2026-11-22T12:00:00Z; the option time names other forms", s)
}

// sinceEpoch reads a number of units of 10^scale nanoseconds, with a fraction or without.
func sinceEpoch(s string, scale int) (counterfoil.Time, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	fraction = strings.TrimRight(fraction, "0")
	bad := fmt.Errorf("%.60q is no number since 1970, or has more digits than nanoseconds", s)
	if len(fraction) > scale || strings.Trim(fraction, "0123456789") != "" || whole == "" || strings.Trim(whole, "0123456789") != "" {
		return 0, bad
	}
	n, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", scale-len(fraction)), 10, 64)
	if t := counterfoil.Time(n); err == nil && (t == 0 || t.Valid()) {
		return t, nil
	}
	return 0, bad
}
