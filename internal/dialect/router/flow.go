package router

import (
	"net/netip"
	"strconv"

	"github.com/counterfoil/counterfoil"
)

// tuple is one direction of a connection, or a packet.
type tuple struct {
	src, dst       string
	sport, dport   string // "" where the protocol has none
	icmpType, icmp string // ICMP's type and id
	packets, bytes int64  // counted is false: not told
	counted        bool
}

// set takes a word of a direction; false if it is none, or the direction has it already.
func (t *tuple) set(key, v string) bool {
	var field *string
	switch key {
	case "src":
		field = &t.src
	case "dst":
		field = &t.dst
	case "sport":
		field = &t.sport
	case "dport":
		field = &t.dport
	case "type":
		field = &t.icmpType
	case "id": // behind type= it is ICMP's, else the connection's
		if t.icmpType == "" {
			return false
		}
		field = &t.icmp
	case "packets":
		return t.count(&t.packets, v)
	case "bytes":
		return t.count(&t.bytes, v)
	case "code", "srckey", "dstkey":
		return true
	default:
		return false
	}
	if *field != "" {
		return false
	}
	*field = v
	return true
}

func (t *tuple) count(n *int64, v string) bool {
	x, err := strconv.ParseInt(v, 10, 64)
	if err == nil && x >= 0 {
		*n, t.counted = x, true
	}
	return true
}

// connKind is what happened to a connection.
type connKind uint8

const (
	connNew connKind = iota + 1
	connUpdate
	connDestroy
)

var connKinds = map[string]connKind{"NEW": connNew, "UPDATE": connUpdate, "DESTROY": connDestroy}

// conn is a connection as conntrack tells it, in text or by netlink.
type conn struct {
	kind        connKind
	time        counterfoil.Time // 0: not told
	proto       string           // "tcp"
	state       string           // of TCP and the like
	orig, reply tuple
	unreplied   bool
	assured     bool
	timed       bool
	duration    int64 // milliseconds, where timed

	rest       string // of the line, not read yet
	directions int    // begun
	closed     bool   // the second direction is over
}

// event fills the canonical fields and adds what follows from the record: reason, duration, sums, nat.
func (c *conn) event(e *counterfoil.Event, b *counterfoil.Builder) {
	row := connEvents[c.kind]
	e.Service, e.Name, e.Action = "CONNTRACK", row.name, row.action
	fillFlow(e, c.proto, &c.orig)
	if c.kind == connDestroy {
		var reason string
		e.Outcome, reason = c.result()
		if reason != "" {
			b.String("reason", reason)
		}
	}
	if c.timed {
		b.Int("duration_ms", c.duration)
	}
	if c.orig.counted || c.reply.counted {
		b.Int("packets", c.orig.packets+c.reply.packets)
		b.Int("bytes", c.orig.bytes+c.reply.bytes)
	}
	c.translation(b)
}

// result says how a connection ended, as far as the record proves it: reference and reasons are on the page.
func (c *conn) result() (counterfoil.Outcome, string) {
	for _, row := range endings {
		if row.state != "" && row.state != c.state || row.unreplied != c.unreplied || row.assured && !c.assured ||
			row.answered && !(c.reply.counted && c.reply.packets > 0) || row.stateless && c.state != "" {
			continue
		}
		return row.outcome, row.reason
	}
	return counterfoil.Unknown, ""
}

// translation adds where the replies go to and come from, if not to the source and from the destination: NAT.
func (c *conn) translation(b *counterfoil.Builder) {
	o, r := &c.orig, &c.reply
	if r.src == "" || r.dst == "" || r.src == o.dst && r.dst == o.src && r.sport == o.dport && r.dport == o.sport {
		return
	}
	src, dst := endpoint(r.dst, r.dport), endpoint(r.src, r.sport)
	if src == endpoint(o.src, o.sport) {
		src = ""
	}
	if dst == endpoint(o.dst, o.dport) {
		dst = ""
	}
	if src == "" && dst == "" {
		return
	}
	b.Object("nat")
	if src != "" {
		b.String("src", src)
	}
	if dst != "" {
		b.String("dst", dst)
	}
	b.End()
}

// fillFlow fills what every event of a flow has: class, category, the address it came from, and the flow as object. Its
// name says where to, its id is the whole flow in one spelling for all sources.
func fillFlow(e *counterfoil.Event, proto string, t *tuple) {
	e.Class, e.Category = counterfoil.ClassNetwork, counterfoil.CategoryTraffic
	if a, err := netip.ParseAddr(t.src); err == nil {
		e.Addr = a.String()
	}
	if t.dst == "" {
		return
	}
	e.Object.Kind = "flow"
	to := endpoint(t.dst, t.dport)
	e.Object.Name = to
	if proto != "" {
		e.Object.Name += "/" + proto
	}
	if t.src != "" && proto != "" {
		e.Object.ID = proto + " " + endpoint(t.src, t.sport) + " " + to
	}
}

// endpoint gives "192.0.2.1:80", "[2001:db8::1]:80", or the address alone where there is no port.
func endpoint(addr, port string) string {
	a, err := netip.ParseAddr(addr)
	if err != nil {
		if port == "" {
			return addr
		}
		return addr + ":" + port
	}
	if port == "" {
		return a.String()
	}
	if a.Is6() {
		return "[" + a.String() + "]:" + port
	}
	return a.String() + ":" + port
}
