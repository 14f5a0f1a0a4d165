package router

import (
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// readConntrack reads the head of a line of conntrack -E:
//
//	[1795350727.188958]	[DESTROY] ipv4     2 tcp      6 …
//
// The time is there with -o timestamp. problem says why it is none.
func readConntrack(line string) (c conn, problem string) {
	rest := line
	if len(rest) > 1 && rest[0] == '[' && rest[1]-'0' <= 9 {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return c, "the time does not end in ]"
		}
		var ok bool
		if c.time, ok = seconds(rest[1:end]); !ok {
			return c, "the time is not SECONDS.FRACTION"
		}
		rest = rest[end+1:]
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" || rest[0] != '[' {
		return c, "no [NEW], [UPDATE] or [DESTROY]"
	}
	word, rest, ok := strings.Cut(rest[1:], "] ")
	if !ok {
		return c, "no [NEW], [UPDATE] or [DESTROY]"
	}
	if c.kind, ok = connKinds[word]; !ok {
		return c, "an event other than NEW, UPDATE and DESTROY"
	}
	if !strings.Contains(rest, " src=") {
		return c, "no src="
	}
	c.rest = rest
	return c, ""
}

// seconds reads SECONDS.FRACTION since 1970.
func seconds(s string) (counterfoil.Time, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(whole) > 10 || len(frac) > 9 || !isDigits(whole) || frac != "" && !isDigits(frac) {
		return 0, false
	}
	sec, _ := strconv.ParseInt(whole, 10, 64)
	ns, _ := strconv.ParseInt((frac + "000000000")[:9], 10, 64)
	at := counterfoil.Time(sec*1e9 + ns)
	return at, sec < maxSeconds && at.Valid()
}

// maxSeconds is more than any time has, and fits into one.
const maxSeconds = 9223372035

// isDigits tells a decimal number of at least one digit.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i]-'0' > 9 {
			return false
		}
	}
	return s != ""
}

// number writes a decimal number as one, and any other text as it is.
func number(b *counterfoil.Builder, key, v string) {
	if len(v) <= 15 && isDigits(v) && (v[0] != '0' || v == "0") {
		n, _ := strconv.ParseInt(v, 10, 64)
		b.Int(key, n)
		return
	}
	b.String(key, v)
}

// conntrack fills the event from a line whose head is read.
func (d *decoder) conntrack(e *counterfoil.Event, f dialect.Frame, c *conn) {
	b := &d.b
	b.Reset()
	b.Object("")
	p := connParser{c: c, b: b}
	p.protocol()
	p.words()
	p.end()
	e.Time = c.time
	c.event(e, b)
	b.End()
	e.EventData = b.JSON()
}

// connParser reads the words of a line: first what the connection is, then the two directions, each from its src= on.
type connParser struct {
	c     *conn
	b     *counterfoil.Builder
	in    *tuple // the direction being read; nil before the first
	flags []string
	other []string
	later []pair // words of no direction: they are written when both are closed
}

// protocol reads "ipv4 2 tcp 6 431999 ESTABLISHED"; family (-o extended), timeout and state may be absent.
func (p *connParser) protocol() {
	word := p.next()
	if strings.HasPrefix(word, "ip") { // no protocol's name begins so; conntrack writes ipv4, ipv6
		p.b.String("family", word)
		number(p.b, "family_number", p.next())
		word = p.next()
	}
	p.c.proto = word
	p.b.String("protocol", word)
	if w := p.peek(); isDigits(w) {
		number(p.b, "protocol_number", p.next())
	}
	if w := p.peek(); isDigits(w) {
		number(p.b, "timeout", p.next())
	}
	if w := p.peek(); w != "" && w[0] >= 'A' && w[0] <= 'Z' && !strings.Contains(w, "=") {
		p.c.state = p.next()
		p.b.String("state", p.c.state)
	}
}

func (p *connParser) peek() string {
	rest := p.c.rest
	word := p.next()
	p.c.rest = rest
	return word
}

// next takes a word; what stands in brackets is one, spaces included.
func (p *connParser) next() string {
	s := strings.TrimLeft(p.c.rest, " ")
	n := strings.IndexByte(s, ' ')
	if strings.HasPrefix(s, "[") {
		if k := strings.IndexByte(s, ']'); k >= 0 {
			n = k + 1
		}
	}
	if n < 0 {
		n = len(s)
	}
	p.c.rest = s[n:]
	return s[:n]
}

func (p *connParser) words() {
	for {
		word := p.next()
		if word == "" {
			return
		}
		if word[0] == '[' && word[len(word)-1] == ']' {
			inner := word[1 : len(word)-1]
			if key, v, ok := strings.Cut(inner, "="); ok {
				p.top(key, v)
			} else {
				p.flag(inner)
			}
			continue
		}
		key, v, ok := strings.Cut(word, "=")
		if !ok {
			p.other = append(p.other, word)
			continue
		}
		p.value(key, v)
	}
}

func (p *connParser) flag(word string) {
	p.flags = append(p.flags, word)
	switch word {
	case "UNREPLIED":
		p.c.unreplied = true
	case "ASSURED":
		p.c.assured = true
	}
}

// value writes key=v into the direction that is open, if it is a word of directions, else beside them.
func (p *connParser) value(key, v string) {
	if key == "src" && p.c.directions < 2 {
		if p.in != nil {
			p.b.End()
		}
		p.in = [...]*tuple{&p.c.orig, &p.c.reply}[p.c.directions]
		p.b.Object([...]string{"orig", "reply"}[p.c.directions])
		p.c.directions++
	}
	if p.in == nil || p.c.closed || !p.in.set(key, v) {
		p.top(key, v)
		return
	}
	if key == "src" || key == "dst" {
		p.b.String(key, v)
	} else {
		number(p.b, key, v)
	}
}

// top writes a word that is of no direction. None of a direction follows the first of these behind the second direction.
func (p *connParser) top(key, v string) {
	if p.in != nil && p.c.directions == 2 && !p.c.closed {
		p.b.End()
		p.c.closed = true
	}
	if key == "delta-time" && len(v) <= 9 && isDigits(v) {
		n, _ := strconv.ParseInt(v, 10, 64)
		p.c.duration, p.c.timed = n*1000, true
	}
	p.later = append(p.later, pair{key, v})
}

// end closes the direction that is open and writes what is of none.
func (p *connParser) end() {
	if p.in != nil && !p.c.closed {
		p.b.End()
	}
	for _, w := range p.later {
		number(p.b, w.key, w.value)
	}
	list(p.b, "flags", p.flags)
	list(p.b, "words", p.other)
}

// list writes an array of strings unless it is empty.
func list(b *counterfoil.Builder, key string, words []string) {
	if len(words) == 0 {
		return
	}
	b.Array(key)
	for _, w := range words {
		b.String("", w)
	}
	b.End()
}

type pair struct{ key, value string }
