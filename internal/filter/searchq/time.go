package searchq

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/counterfoil/counterfoil"
)

// bound reads the moment after since or until into the query.
func (p *parser) bound(word string, at int) *Error {
	for _, m := range p.moments {
		if m.word == word {
			return p.errorAt(at, "", "%s stands twice", word)
		}
	}
	p.moments = append(p.moments, moment{word, at})
	l, err := p.literal(word, "()")
	if err != nil {
		return err
	}
	// A date and a time of day may stand side by side.
	if !l.quoted && isDate(l.text) {
		before := p.i
		p.space()
		if next := p.run("()"); isClock(next) {
			l.text += " " + next
		} else {
			p.i = before
		}
	}
	t, err := p.moment(l.at, l.text)
	if err != nil {
		return err
	}
	if word == "since" {
		p.query.From = t
	} else {
		p.query.To = t
	}
	if p.query.From != 0 && p.query.To != 0 && p.query.From >= p.query.To {
		return p.errorAt(at, "since gives the earlier moment, until the later one", "the span from since to until holds no time")
	}
	return nil
}

const momentHint = `such as 2h, yesterday, monday, 14:30, 2026-11-22, "2026-11-22 14:30" or 2026-11-22T14:30:00Z`

// moment reads a time: back from now (15m 2h 3d 1w), a name (now, today, yesterday, monday), a time of day (the last
// time a clock showed it), a date (its beginning), a date with a time of day, or RFC 3339.
func (p *parser) moment(at int, s string) (counterfoil.Time, *Error) {
	t, ok := readMoment(strings.ToLower(s), p.now)
	if !ok {
		return 0, p.errorAt(at, momentHint, "%q is no moment", s)
	}
	if y := t.UTC().Year(); y < 1678 || y > 2261 || t.UnixNano() == 0 {
		return 0, p.errorAt(at, "", "%q lies outside the years 1678 to 2261 or is the beginning of 1970", s)
	}
	return counterfoil.TimeOf(t), nil
}

func readMoment(s string, now time.Time) (time.Time, bool) {
	y, m, d := now.Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, now.Location())
	switch s {
	case "now":
		return now, true
	case "today":
		return today, true
	case "yesterday":
		return today.AddDate(0, 0, -1), true
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := strings.ToLower(day.String()); s == name || s == name[:3] {
			return today.AddDate(0, 0, -(int(today.Weekday()-day)+7)%7), true
		}
	}
	if back, ok := readSpan(s); ok {
		return now.Add(-back), true
	}
	if isClock(s) {
		c, err := time.Parse(clockLayout(s), s)
		if err != nil {
			return now, false
		}
		at := func(day int) time.Time {
			return time.Date(y, m, day, c.Hour(), c.Minute(), c.Second(), c.Nanosecond(), now.Location())
		}
		if t := at(d); !t.After(now) {
			return t, true
		}
		return at(d - 1), true
	}
	upper := strings.ToUpper(s)
	if t, err := counterfoil.ParseTime(upper); err == nil {
		return t.Std(), true
	}
	for _, layout := range [...]string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02 15:04:05", "2006-01"} {
		if t, err := time.ParseInLocation(layout, upper, now.Location()); err == nil {
			return t, true
		}
	}
	return now, false
}

func clockLayout(s string) string {
	if strings.Count(s, ":") == 2 {
		return "15:04:05"
	}
	return "15:04"
}

// isClock tells the look of a time of day.
func isClock(s string) bool {
	return len(s) >= 4 && strings.Contains(s, ":") && strings.Trim(s, "0123456789:.") == ""
}

func isDate(s string) bool { _, err := time.Parse("2006-01-02", s); return err == nil }

var spanUnits = map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}

// readSpan reads 15m, 2h, 3d, 1w, 1h30m. A day has 24 hours.
func readSpan(s string) (total time.Duration, ok bool) {
	for s != "" {
		n := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) })
		if n <= 0 {
			return 0, false
		}
		v, err := strconv.ParseInt(s[:n], 10, 32)
		unit, known := spanUnits[s[n]]
		if err != nil || !known || time.Duration(v) > 200*365*24*time.Hour/unit {
			return 0, false
		}
		total += time.Duration(v) * unit
		s = s[n+1:]
		ok = true
	}
	return total, ok && total >= 0 && total < 250*365*24*time.Hour
}
