package counterfoil

import (
	"fmt"
	"time"
)

// Time is a moment in nanoseconds since 1970-01-01T00:00:00Z. It spans the years 1678 to 2261; 0 means "not given".
// Its canonical text is RFC 3339 in UTC with nine digits of fraction: 2026-11-22T12:00:00.123456789Z.
type Time int64

// The first and the last moment of the years that a Time spans.
const (
	minTime Time = -9214560000 * 1e9
	maxTime Time = 9214646400*1e9 - 1
)

// Valid reports whether t is given, and in a year that a message can hold.
func (t Time) Valid() bool { return t != 0 && t >= minTime && t <= maxTime }

// TimeOf converts from the standard library's type.
func TimeOf(t time.Time) Time { return Time(t.UnixNano()) }

// Std converts to the standard library's type, in UTC.
func (t Time) Std() time.Time { return time.Unix(0, int64(t)).UTC() }

// String gives the canonical text.
func (t Time) String() string { return string(t.Append(nil)) }

// Append appends the canonical text, 30 bytes.
func (t Time) Append(dst []byte) []byte {
	sec, ns := int64(t)/1e9, int64(t)%1e9
	if ns < 0 {
		sec, ns = sec-1, ns+1e9
	}
	day, s := sec/86400, sec%86400
	if s < 0 {
		day, s = day-1, s+86400
	}
	second := uint32(s)
	// Civil date from days since 0000-03-01, after Neri and Schneider, "Euclidean affine functions and their application to calendar
	// algorithms", figure 12: two digits at a time and multiplications, where remainders that wait for one another took twice as long.
	n1 := 4*uint32(day+719468) + 3
	century, n2 := n1/146097, n1%146097|3
	p := 2939745 * uint64(n2)
	ofYear := uint32(p) / 2939745 / 4 // day of a year that begins in March
	n3 := 2141*ofYear + 197913
	m, d, year := n3>>16, n3&0xffff/2141+1, uint32(p>>32)
	if ofYear >= 306 { // in January
		if m, year = m-12, year+1; year == 100 {
			century, year = century+1, 0
		}
	}
	var b [30]byte
	put := func(i int, two uint32) { b[i], b[i+1] = pairs[two][0], pairs[two][1] }
	put(0, century)
	put(2, year)
	b[4] = '-'
	put(5, m)
	b[7] = '-'
	put(8, d)
	b[10] = 'T'
	put(11, second/3600)
	b[13] = ':'
	put(14, second/60%60)
	b[16] = ':'
	put(17, second%60)
	b[19] = '.'
	high, low := uint32(ns)/1e5, uint32(ns)%1e5
	put(20, high/100)
	put(22, high%100)
	b[24] = byte('0' + low/1e4)
	put(25, low/100%100)
	put(27, low%100)
	b[29] = 'Z'
	return append(dst, b[:]...)
}

// pairs are the numbers below 100 in two digits.
var pairs = func() (t [100][2]byte) {
	for i := range t {
		t[i] = [2]byte{byte('0' + i/10), byte('0' + i%10)}
	}
	return t
}()

// ParseTime reads RFC 3339 with any offset and up to nine digits of fraction. A tenth digit is an error, not rounded.
func ParseTime(s string) (Time, error) {
	if t, ok := parseUTC(s); ok {
		return t, nil
	}
	p, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, fmt.Errorf("%q is not an RFC 3339 time such as 2026-11-22T12:00:00.5Z", s)
	}
	if y := p.UTC().Year(); y < 1678 || y > 2261 {
		return 0, fmt.Errorf("%q lies outside the years 1678 to 2261", s)
	}
	digits := 0
	for i := len("2006-01-02T15:04:05."); i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		digits++
	}
	if digits > 9 {
		return 0, fmt.Errorf("%q has more than nine digits of fraction", s)
	}
	return TimeOf(p), nil
}

// parseUTC is the fast way for "2006-01-02T15:04:05[.fraction]Z", the form that nearly every sender uses.
func parseUTC(s string) (Time, bool) {
	if len(s) < 20 || len(s) > 30 || s[len(s)-1] != 'Z' || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' {
		return 0, false
	}
	ok := true
	num := func(i, n int) (v int64) {
		for ; n > 0; i, n = i+1, n-1 {
			c := s[i] - '0'
			ok = ok && c <= 9
			v = v*10 + int64(c)
		}
		return v
	}
	y, m, d := num(0, 4), num(5, 2), num(8, 2)
	h, mi, sec := num(11, 2), num(14, 2), num(17, 2)
	var ns int64
	if len(s) > 20 {
		n := len(s) - 21
		if s[19] != '.' || n == 0 {
			return 0, false
		}
		ns = num(20, n)
		for ; n < 9; n++ {
			ns *= 10
		}
	}
	if !ok || y < 1678 || y > 2261 || m < 1 || m > 12 || d < 1 || d > daysIn(y, m) || h > 23 || mi > 59 || sec > 59 {
		return 0, false
	}
	if m <= 2 {
		y, m = y-1, m+12
	}
	era := y / 400
	yoe := y - era*400
	doy := (153*(m-3)+2)/5 + d - 1
	days := era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
	return Time((days*86400+h*3600+mi*60+sec)*1e9 + ns), true
}

func daysIn(y, m int64) int64 {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}
