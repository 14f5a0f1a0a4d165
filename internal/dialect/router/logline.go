package router

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// findLogged finds where the kernel's own words begin in a line that a log rule wrote: at the last "IN=… OUT=". The
// prefix before them is the rule's and may hold anything; behind them nothing that a packet carries is written as text.
func findLogged(line string) (int, bool) {
	last := -1 // of a word that only a packet's line has
	for _, w := range [...]string{" SRC=", " MAC=", " MACSRC=", " ARP "} {
		last = max(last, strings.LastIndex(line, w))
	}
	for end := len(line); ; {
		out := strings.LastIndex(line[:end], " OUT=")
		if out < 0 {
			return 0, false
		}
		word := strings.LastIndexByte(line[:out], ' ') + 1
		if i := strings.LastIndex(line[word:out], "IN="); i >= 0 && last > out {
			return word + i, true
		}
		end = out
	}
}

// logline reads a packet that a log rule of nftables or iptables wrote, behind what the logger put before it.
func (d *decoder) logline(e *counterfoil.Event, f dialect.Frame) (problem string) {
	line := e.Raw
	at, ok := findLogged(line)
	if !ok {
		return "neither an event of a router nor a packet that a rule logged"
	}
	b := &d.b
	b.Reset()
	b.Object("")
	start := 0
	if h, ok := dialect.ReadHead(f.Data, f.Received); ok && h.Body <= at {
		start = h.Body
		e.Time = h.Time
		if len(h.Host) > 0 {
			e.Host = string(h.Host)
		}
		if h.Inferred {
			b.Array("inferred")
			b.String("", "year")
			b.String("", "zone")
			b.End()
		}
	} else if strings.HasPrefix(line, "<") { // dmesg -r: <4>[ 12.3] …
		start = strings.IndexByte(line[:at], '>') + 1
	}
	prefix := uptime(b, line[start:at])
	b.String("prefix", prefix)
	p := packetWords{b: b}
	p.read(line[at:])
	d.packet(e, prefix, p.proto, &p.tuple)
	e.Service, e.Name = "NETFILTER", "LOG"
	if p.uid != "" && isDigits(p.uid) {
		e.User = "UID:" + p.uid // the owner of the socket that sent it
		e.Subject.ID = p.uid
	}
	b.End()
	e.EventData = b.JSON()
	return ""
}

// uptime takes the kernel's time since boot off a message, "[   12.345678] ", and writes it.
func uptime(b *counterfoil.Builder, s string) string {
	if !strings.HasPrefix(s, "[") {
		return s
	}
	inner, rest, ok := strings.Cut(s[1:], "]")
	v := strings.TrimLeft(inner, " ")
	whole, frac, dot := strings.Cut(v, ".")
	if !ok || !dot || !isDigits(whole) || !isDigits(frac) {
		return s
	}
	b.String("uptime", v)
	return strings.TrimPrefix(rest, " ")
}

// packet fills the event of a packet that a rule logged. What the rule did with it only its prefix can say.
func (d *decoder) packet(e *counterfoil.Event, prefix, proto string, t *tuple) {
	fillFlow(e, proto, t)
	verb, word := d.verdict(prefix)
	switch verb {
	case allows:
		e.Action, e.Outcome = counterfoil.FlowOpen, counterfoil.Success
	case denies:
		e.Action, e.Outcome = counterfoil.FlowDeny, counterfoil.Failure
		reason := "policy:" + strings.TrimSpace(prefix)
		if strings.EqualFold(word, "invalid") {
			reason = "invalid_state"
		}
		d.b.String("reason", reason)
	}
}

// verdict finds the first word of a prefix that says what the rule does.
func (d *decoder) verdict(prefix string) (verdict, string) {
	for i := 0; i < len(prefix); {
		if !isLetter(prefix[i]) {
			i++
			continue
		}
		from := i
		for i < len(prefix) && isLetter(prefix[i]) {
			i++
		}
		var upper [16]byte
		if i-from > len(upper) {
			continue
		}
		for k, c := range []byte(prefix[from:i]) {
			upper[k] = c &^ 0x20
		}
		if v := d.verbs[string(upper[:i-from])]; v != unsaid {
			return v, prefix[from:i]
		}
	}
	return unsaid, ""
}

// packetWords writes the kernel's words for a packet under their own names.
type packetWords struct {
	b     *counterfoil.Builder
	tuple tuple
	proto string
	uid   string
	flags []string
	inner bool // inside the packet that an ICMP error quotes
}

func (p *packetWords) read(s string) {
	for s != "" {
		var word string
		word, s, _ = strings.Cut(s, " ")
		switch key, v, ok := strings.Cut(word, "="); {
		case word == "":
		case ok:
			p.word(key, v)
		case word == "]" && p.inner:
			p.close()
		case word == "OPT" && strings.HasPrefix(s, "("):
			word, s, _ = strings.Cut(s, ")")
			p.b.String("OPT", strings.TrimSpace(word[1:]))
			s = strings.TrimPrefix(s, " ")
		default:
			if word == "ARP" && p.proto == "" {
				p.proto = "arp"
			}
			p.flags = append(p.flags, word)
		}
	}
	if p.inner {
		p.close()
	}
	list(p.b, "flags", p.flags)
}

func (p *packetWords) close() {
	list(p.b, "flags", p.flags)
	p.flags = nil
	p.b.End()
	p.inner = false
}

func (p *packetWords) word(key, v string) {
	if key == "[SRC" && !p.inner {
		list(p.b, "flags", p.flags)
		p.flags = nil
		p.b.Object("quoted")
		p.inner = true
		key = "SRC"
	}
	number(p.b, key, v)
	if p.inner {
		return
	}
	first := func(field *string) {
		if *field == "" {
			*field = v
		}
	}
	switch key {
	case "SRC", "IPSRC":
		first(&p.tuple.src)
	case "DST", "IPDST":
		first(&p.tuple.dst)
	case "SPT":
		first(&p.tuple.sport)
	case "DPT":
		first(&p.tuple.dport)
	case "PROTO":
		if p.proto == "" {
			p.proto = protocolName(v)
		}
	case "UID":
		first(&p.uid)
	}
}

// protocolName gives a protocol as conntrack writes it: the kernel's log has TCP, and numbers of what it does not know.
func protocolName(v string) string {
	if isDigits(v) && len(v) <= 3 {
		return protocolOf(v)
	}
	return strings.ToLower(v)
}
