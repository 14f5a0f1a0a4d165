package router

import (
	"net/netip"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// ssr is an event of a Session Smart Router, in whichever form: the words that have a meaning here.
type ssr struct {
	has   [numSSRFields]bool
	value [numSSRFields]string
	time  counterfoil.Time // 0: not told
}

// set takes a word and its value; what is no word of ours is left.
func (r *ssr) set(word, value string) {
	f, ok := ssrWords[word]
	if !ok {
		f, ok = ssrWords[plainWord(word)]
	}
	if !ok || r.has[f] {
		return
	}
	switch f {
	case ssrTime:
		t, err := counterfoil.ParseTime(value)
		if err != nil {
			return
		}
		r.time = t
	case ssrType: // "admin.running_config_change" in print
		if typ, subtype, ok := strings.Cut(value, "."); ok {
			value = typ
			r.has[ssrSubtype], r.value[ssrSubtype] = true, subtype
		}
	}
	r.has[f], r.value[f] = true, value
}

// plainWord gives a word in lower case, with _ for what parts it: "Source Ip", "source-address".
func plainWord(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == ' ' || c == '-':
			return '_'
		case c >= 'A' && c <= 'Z':
			return c | 0x20
		}
		return c
	}, s)
}

// event fills the canonical fields; event_data is the caller's. problem says why it is no event.
func (r *ssr) event(e *counterfoil.Event) (problem string) {
	typ, subtype := plainWord(r.value[ssrType]), plainWord(r.value[ssrSubtype])
	if typ == "" && subtype == "" {
		return "neither type nor subtype: no event of a router"
	}
	e.Time = r.time
	e.Host = r.host(e.Host)
	e.Service, e.Name = "SSR", "EVENT"
	if s := counterfoil.ServiceName(r.value[ssrCollector]); s != "" && s != "COUNTERFOIL" {
		e.Service = s
	}
	for _, v := range [...]string{r.value[ssrSubtype], r.value[ssrType]} {
		if v != "" {
			e.Name = counterfoil.ServiceName(v)
			break
		}
	}
	e.User = r.value[ssrUser]
	e.Subject.Process = r.value[ssrProcess]
	if a, err := netip.ParseAddr(r.value[ssrAddr]); err == nil {
		e.Addr = a.String()
	}
	e.Outcome = r.outcome()
	for _, c := range ssrCategories {
		if c.theirs == typ {
			e.Category, e.Class = c.ours, c.class
		}
	}
	r.act(e, typ, subtype)
	return ""
}

// host gives the name the agent put there, else node.router as SSR writes it, else what the transport knows.
func (r *ssr) host(transport string) string {
	node, router := r.value[ssrNode], r.value[ssrRouter]
	switch {
	case r.value[ssrHost] != "":
		return r.value[ssrHost]
	case node != "" && router != "":
		return node + "." + router
	case node != "" || router != "":
		return node + router
	}
	return transport
}

func (r *ssr) outcome() counterfoil.Outcome {
	switch strings.ToLower(r.value[ssrPermitted]) {
	case "true", "success", "yes":
		return counterfoil.Success
	case "false", "failure", "no":
		return counterfoil.Failure
	}
	return counterfoil.Unknown
}

// act fills action, class and object by type and subtype.
func (r *ssr) act(e *counterfoil.Event, typ, subtype string) {
	if typ == "administration" {
		typ = "admin"
	}
	if typ == "alarm" && subtype != "add" && subtype != "clear" {
		subtype = strings.ToLower(r.value[ssrAction]) // where the subtype is another word, the field action tells
	}
	for _, row := range ssrActions {
		if row.typ != typ || row.subtype != "" && row.subtype != subtype {
			continue
		}
		e.Action = row.action
		if row.class != 0 {
			e.Class = row.class
		}
		r.object(e, row.object)
		break
	}
}

// object says what was acted on: the flow, the alarm, or what the record names as its source.
func (r *ssr) object(e *counterfoil.Event, kind string) {
	v := &r.value
	switch kind {
	case "flow":
		class, category := e.Class, e.Category
		fillFlow(e, strings.ToLower(v[ssrProtocol]), &tuple{src: v[ssrSrc], dst: v[ssrDst], sport: v[ssrSport], dport: v[ssrDport]})
		e.Class, e.Category = class, category
		if e.Action == counterfoil.FlowOpen && e.Outcome == counterfoil.Unknown && v[ssrReason] != "" {
			e.Outcome = counterfoil.Failure // a reason code is given for failures only
		}
	case "alarm":
		e.Object = counterfoil.Object{Kind: kind, Name: v[ssrMessage], ID: v[ssrUUID]}
		if e.Object.Name == "" {
			e.Object.Name = v[ssrSource]
		}
	case "config":
		e.Object = counterfoil.Object{Kind: kind, Name: v[ssrRouter]}
		if e.Object.Name == "" {
			e.Object.Name = v[ssrNode]
		}
	case "package", "service":
		if v[ssrDetail] != "" {
			e.Object = counterfoil.Object{Kind: kind, Name: v[ssrDetail]}
		}
	}
}
