package mongo

import "time"

// dates reads the server's dates, 2024-03-13T06:28:04.631-04:00, also with Z, with an offset without colon (before 4.4), and
// with no to nine digits of fraction. It remembers the last minute: records that follow one another share it.
type dates struct {
	text [len("2024-03-13T06:28:")]byte
	sec  int64 // of that minute since 1970, by the clock that the text shows
}

// parse gives milliseconds since 1970 and the nanoseconds beyond, for the years 1678 to 9999.
func (m *dates) parse(s string) (ms int64, ns int, ok bool) {
	if len(s) < len("2006-01-02T15:04:05Z") || s[:len(m.text)] != string(m.text[:]) && !m.minute(s) {
		return 0, 0, false
	}
	sec, okSec := digits(s[17:19])
	i, frac := 19, 0
	if s[i] == '.' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			frac = frac*10 + int(s[i]-'0')
			if i-20 >= 9 {
				return 0, 0, false
			}
		}
		if i == 20 {
			return 0, 0, false
		}
		for n := i - 20; n < 9; n++ {
			frac *= 10
		}
	}
	offset, okOffset := parseOffset(s[i:])
	return (m.sec+int64(sec-offset))*1e3 + int64(frac/1e6), frac % 1e6, okSec && sec <= 59 && okOffset
}

// minute reads the date and the time as far as the minute.
func (m *dates) minute(s string) bool {
	y, ok1 := digits(s[0:4])
	mo, ok2 := digits(s[5:7])
	d, ok3 := digits(s[8:10])
	h, ok4 := digits(s[11:13])
	mi, ok5 := digits(s[14:16])
	if !(ok1 && ok2 && ok3 && ok4 && ok5) || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' ||
		y < 1678 || mo < 1 || mo > 12 || h > 23 || mi > 59 || d < 1 || d > daysIn(y, mo) {
		return false
	}
	copy(m.text[:], s)
	// Days since 1970 after Howard Hinnant, "chrono-compatible low-level date algorithms".
	if mo <= 2 {
		y, mo = y-1, mo+12
	}
	era := y / 400
	yoe := y - era*400
	days := era*146097 + yoe*365 + yoe/4 - yoe/100 + (153*(mo-3)+2)/5 + d - 1 - 719468
	m.sec = int64(days*86400 + h*3600 + mi*60)
	return true
}

// digits reads a few decimal digits.
func digits(s string) (n int, ok bool) {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

func daysIn(y, m int) int {
	if m == 2 {
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (m+m/8)%2
}

// parseOffset reads Z, +01:00 or +0100, in seconds.
func parseOffset(s string) (sec int, ok bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) == 6 && s[3] == ':' {
		s = s[:3] + s[4:]
	}
	if len(s) != 5 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	n, ok := digits(s[1:])
	if !ok || n/100 > 23 || n%100 > 59 {
		return 0, false
	}
	sec = n/100*3600 + n%100*60
	if s[0] == '-' {
		sec = -sec
	}
	return sec, true
}

// Dates from 1970 to these milliseconds are written as text, others as a number.
const (
	lastISO    = 253402300799999 // of the year 9999, as extended JSON has it
	lastStrict = 32535215999000  // of the year 3000, as servers have it
)

// appendISO appends the date of milliseconds from 0 to lastISO, with the ending given: "Z" or "+00:00".
func appendISO(dst []byte, ms int64, end string) []byte {
	return append(time.UnixMilli(ms).UTC().AppendFormat(dst, "2006-01-02T15:04:05.000"), end...)
}
