package config

import (
	"fmt"
	"slices"
)

// Of conntrack's events.
var connEvents = []string{"new", "update", "destroy"}

// checkNetfilter looks at the keys of inputs that read Linux's packet filter.
func (s *source) checkNetfilter(in *Input, at string) {
	conntrack, nflog := in.Type == "conntrack", in.Type == "nflog"
	s.only(at, in, "events", len(in.Events) > 0, conntrack)
	s.only(at, in, "group", in.Group != nil, nflog)
	s.only(at, in, "snaplen", in.Snaplen != 0, nflog)
	for i, e := range in.Events {
		place := fmt.Sprintf("%s.events[%d]", at, i)
		if conntrack && s.oneOf(place, "events", e, connEvents) && slices.Contains(in.Events[:i], e) {
			s.atPath(place, "events has %s twice", e)
		}
	}
	if !nflog {
		return
	}
	if in.Group == nil {
		s.atPath(at, "input %q of type nflog needs the key group: the number in the rules' log statements", in.Name)
	} else if *in.Group < 0 || *in.Group > 65535 {
		s.atPath(at+".group", "group is %d: want 0 to 65535", *in.Group)
	}
	if in.Snaplen < 64 || in.Snaplen > 65535 {
		s.atPath(at+".snaplen", "snaplen is %d: want 64 to 65535 bytes", in.Snaplen)
	}
}
