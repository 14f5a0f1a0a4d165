package samba

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// kind is what a frame is.
type kind uint8

const (
	kindOther   kind = iota // no form of Samba's
	kindText                // begins like a line of full_audit, if the prefix fits
	kindHeader              // "[2026/11/22 12:00:00.5,  2, pid=7] ../../source3/smbd/open.c:1678(open_file)"
	kindMessage             // what smbd says under such a header, or JSON: two spaces, text
)

// frame is one line or datagram, parsed as far as it says itself what it is.
type frame struct {
	kind kind
	host string           // of the syslog header
	tag  string           // its ident: "smbd", "smbd_audit"; empty: no syslog header
	pid  int              // of the ident, or of a debug header; 0: not told
	at   counterfoil.Time // of either header, by a clock without a zone; 0: not told
	utc  bool             // at has a zone
	body string           // behind the syslog header
	fn   string           // debug header: the function
}

// parse reads a frame. year is for the times of RFC 3164, which have none: the one nearest to received is taken.
func parse(text string, received counterfoil.Time, offset int64) (f frame) {
	f.body = text
	f.envelope(received, offset)
	f.body = strings.TrimSuffix(f.body, "\n")
	switch {
	case strings.HasPrefix(f.body, "[2") && f.header():
		f.kind = kindHeader
	case strings.HasPrefix(f.body, "  "):
		f.kind = kindMessage
		f.body = strings.TrimLeft(f.body, " ")
		if f.tag == "" && f.body == "" {
			f.kind = kindOther
		}
	default:
		f.kind = kindText
	}
	return f
}

// envelope takes off a syslog header: [<pri>]TIME [HOST] TAG[PID]: or that of RFC 5424. What is no such header stays.
func (f *frame) envelope(received counterfoil.Time, offset int64) {
	text := f.body
	if rest, ok := strings.CutPrefix(text, "<"); ok {
		if pri, after, ok := strings.Cut(rest, ">"); ok && len(pri) <= 3 && isDigits(pri) {
			text = after
		}
	}
	if rest, ok := strings.CutPrefix(text, "1 "); ok && text != f.body {
		f.rfc5424(rest)
		return
	}
	at, utc, rest := f.stamp(text, received, offset)
	if rest == "" {
		return
	}
	word, after, _ := strings.Cut(rest, " ")
	host := ""
	if !strings.HasSuffix(word, ":") {
		host = word
		word, after, _ = strings.Cut(after, " ")
	}
	tag, ok := strings.CutSuffix(word, ":")
	if !ok {
		return
	}
	tag, pid, has := strings.Cut(tag, "[")
	pid, closed := strings.CutSuffix(pid, "]")
	if has && (!closed || !isDigits(pid)) {
		return
	}
	f.host, f.tag, f.at, f.utc, f.body = host, tag, at, utc, after
	f.pid, _ = strconv.Atoi(pid)
}

func (f *frame) rfc5424(text string) {
	var w [5]string
	for i := range w {
		var ok bool
		if w[i], text, ok = strings.Cut(text, " "); !ok {
			return
		}
	}
	sd, msg, _ := strings.Cut(text, " ")
	if strings.HasPrefix(text, "[") {
		end := strings.Index(text, "] ")
		if end < 0 {
			return
		}
		sd, msg = "-", text[end+2:]
	}
	if sd != "-" {
		return
	}
	if t, err := counterfoil.ParseTime(w[0]); err == nil {
		f.at, f.utc = t, true
	}
	f.host, f.tag, f.body = strings.TrimSuffix(w[1], "-"), w[2], strings.TrimPrefix(msg, "\ufeff")
	f.pid, _ = strconv.Atoi(w[3])
}

// stamp reads the time of a syslog header and gives what follows it; "" where there is none.
func (f *frame) stamp(text string, received counterfoil.Time, offset int64) (at counterfoil.Time, utc bool, rest string) {
	if len(text) > 20 && text[4] == '-' && text[10] == 'T' {
		word, after, _ := strings.Cut(text, " ")
		if t, err := counterfoil.ParseTime(word); err == nil {
			return t, true, after
		}
		return 0, false, ""
	}
	const form = "Nov 22 12:00:00 "
	if len(text) <= len(form) || text[15] != ' ' {
		return 0, false, ""
	}
	month := strings.Index("JanFebMarAprMayJunJulAugSepOctNovDec", text[:3])
	if month < 0 || month%3 != 0 || text[3] != ' ' {
		return 0, false, ""
	}
	day := strings.TrimLeft(text[4:6], " ")
	if len(day) == 1 {
		day = "0" + day
	}
	year := received.Std().Year()
	best := int64(-1)
	for y := year - 1; y <= year+1; y++ {
		t, err := counterfoil.ParseTime(strconv.Itoa(y) + "-" + two(month/3+1) + "-" + day + "T" + text[7:15] + "Z")
		if err != nil {
			continue
		}
		t -= counterfoil.Time(offset)
		if gap := max(int64(t-received), int64(received-t)); best < 0 || gap < best {
			at, best = t, gap
		}
	}
	if best < 0 {
		return 0, false, ""
	}
	return at + counterfoil.Time(offset), false, text[len(form):]
}

// header reads "[2026/11/22 12:00:00.527, 2, pid=7, class=smb2] FILE:LINE(FUNCTION)".
func (f *frame) header() bool {
	inner, src, ok := strings.Cut(f.body[1:], "] ")
	stamp, rest, _ := strings.Cut(inner, ",")
	if !ok || len(stamp) < len("2026/11/22 12:00:00") || inner[4] != '/' || inner[7] != '/' || inner[10] != ' ' {
		return false
	}
	t, err := counterfoil.ParseTime(stamp[:4] + "-" + stamp[5:7] + "-" + stamp[8:10] + "T" + stamp[11:] + "Z")
	if err != nil {
		return false
	}
	src, ok = strings.CutSuffix(src, ")")
	at := strings.LastIndexByte(src, '(')
	if !ok || at < 0 {
		return false
	}
	f.fn = src[at+1:]
	for part := range strings.SplitSeq(rest, ",") {
		if pid, ok := strings.CutPrefix(strings.TrimSpace(part), "pid="); ok && isDigits(pid) && len(pid) < 11 {
			f.pid, _ = strconv.Atoi(pid)
		}
	}
	if !f.utc {
		f.at = t
	}
	return true
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}
