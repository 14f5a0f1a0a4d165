package syslog

import (
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil"
)

// zone is the offset of times that name none.
type zone struct {
	offset time.Duration
	known  bool // the operator said so; else UTC is assumed and marked
}

func parseZone(s string) (zone, error) {
	if s == "" {
		return zone{}, nil
	}
	t, err := time.Parse("2006Z07:00", "2000"+s)
	if err != nil {
		return zone{}, fmt.Errorf("syslog: zone is %q, want Z or an offset such as +01:00", s)
	}
	_, seconds := t.Zone()
	return zone{time.Duration(seconds) * time.Second, true}, nil
}

// readTime reads the time before a message and the spaces behind it, in RFC 3339's form or as "Nov 22 12:00:00", the
// latter with a year before or behind the time of day, and a fraction, where there are such.
func (m *message) readTime(s *reader, received counterfoil.Time, z *zone) bool {
	rest := s.rest()
	if len(rest) > 10 && rest[4] == '-' && rest[7] == '-' && rest[10] == 'T' {
		stamp, _, _ := strings.Cut(rest, " ")
		t, err := counterfoil.ParseTime(withColon(stamp))
		if err != nil {
			return false
		}
		m.stamp, m.time = stamp, t
		s.i += len(stamp)
	} else if !m.readClock(s, received, z) {
		return false
	}
	s.spaces()
	return true
}

// withColon gives the offset of RFC 3339 to a time that has it as ISO 8601 allows, +0100.
func withColon(stamp string) string {
	if k := len(stamp) - 5; k > 10 && (stamp[k] == '+' || stamp[k] == '-') {
		return stamp[:k+3] + ":" + stamp[k+3:]
	}
	return stamp
}

const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

func (m *message) readClock(s *reader, received counterfoil.Time, z *zone) bool {
	c := reader{s: s.rest()}
	month := -1
	if len(c.s) >= len("Nov 22 12:00:00") && c.s[3] == ' ' {
		month = strings.Index(months, c.s[:3])
	}
	if month < 0 || month%3 != 0 {
		return false
	}
	c.i = 4
	c.skip(" ")
	day, ok := c.number(1, 2)
	if !ok || !c.take(' ') {
		return false
	}
	year := -1
	if r := c.rest(); len(r) > 4 && isDigits(r[:4]) && r[4] == ' ' {
		year, _ = c.number(4, 4)
		c.skip(" ")
	}
	of, ok := c.timeOfDay()
	if !ok {
		return false
	}
	if r := c.rest(); year < 0 && len(r) > 5 && r[0] == ' ' && isDigits(r[1:5]) && (r[5] == ' ' || strings.HasPrefix(r[5:], ": ")) {
		c.i++
		year, _ = c.number(4, 4)
	}
	if r := c.rest(); r != "" && r[0] != ' ' && r[0] != ':' {
		return false
	}
	t := moment(year, time.Month(month/3+1), day, of-z.offset, received)
	m.stamp, m.time = c.s[:c.i], t
	if t == 0 {
		m.broken = "time"
	} else {
		m.noYear, m.noZone = year < 0, !z.known
	}
	c.skip(":") // "Nov 22 2026 12:00:00: %ASA-6-…"
	s.i += c.i
	return true
}

func (s *reader) take(c byte) bool {
	if s.i < len(s.s) && s.s[s.i] == c {
		s.i++
		return true
	}
	return false
}

// number reads between lo and hi digits.
func (s *reader) number(lo, hi int) (n int, ok bool) {
	start := s.i
	for s.i < len(s.s) && s.i-start < hi && s.s[s.i]-'0' <= 9 {
		n = n*10 + int(s.s[s.i]-'0')
		s.i++
	}
	return n, s.i-start >= lo
}

// timeOfDay reads hh:mm:ss and a fraction of up to nine digits.
func (s *reader) timeOfDay() (time.Duration, bool) {
	h, ok1 := s.number(2, 2)
	colon1 := s.take(':')
	m, ok2 := s.number(2, 2)
	colon2 := s.take(':')
	sec, ok3 := s.number(2, 2)
	if !ok1 || !ok2 || !ok3 || !colon1 || !colon2 || h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(sec)*time.Second
	if s.take('.') {
		start := s.i
		ns, ok := s.number(1, 9)
		if !ok {
			return 0, false
		}
		for n := s.i - start; n < 9; n++ {
			ns *= 10
		}
		d += time.Duration(ns)
	}
	return d, true
}

// ahead is how far a time may lie after its receipt before it is taken for one of the year before: clocks go wrong, and
// files are read long after they were written.
const ahead = counterfoil.Time(31 * 24 * time.Hour)

// moment gives the moment of a day of the year; where year is negative, of the latest year that puts it no further than
// ahead after its receipt. 0: no such year has that day, 29 February not in eight years.
func moment(year int, month time.Month, day int, of time.Duration, received counterfoil.Time) (t counterfoil.Time) {
	first, last := year, year
	if year < 0 {
		last = received.Std().Year() + 1
		first = last - 9
	}
	for y := max(first, 1678); y <= min(last, 2261); y++ {
		d := time.Date(y, month, day, 0, 0, 0, 0, time.UTC)
		if d.Month() != month || d.Day() != day {
			continue
		}
		if at := counterfoil.TimeOf(d.Add(of)); year >= 0 || at <= received+ahead {
			t = at
		}
	}
	return t
}
