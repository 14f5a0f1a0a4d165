package router

import (
	"bytes"
	"fmt"
	"io"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads the events of SSR routers and of netfilter.
var Dialect = &dialect.Dialect{
	Name:    "router",
	Version: 1,
	Doc: `Session Smart Router events; Linux conntrack, NFLOG and firewall log lines
The t128_events stream (JSON, Influx lines) and what show events prints; conntrack -E; log lines of nftables and iptables in the
kernel log or behind a syslog header; netlink messages of conntrack and NFLOG.`,
	Split:   split,
	Sniff:   sniff,
	Options: func() any { o := defaults(); return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		o, err := optionsOf(opts)
		if err != nil {
			return nil, err
		}
		return newDecoder(o), nil
	},
	Encode: func(w io.Writer, opts any) (dialect.Encoder, error) {
		o, err := optionsOf(opts)
		if err != nil {
			return nil, err
		}
		return &encoder{w: w, flat: o.Form == formJSON}, nil
	},
	Mapping: mapping,
}

// Options of reading and writing.
type Options struct {
	// Form is what is written: "stream", items of the t128_events stream as Telegraf writes them, or "json", the same words on one
	// level.
	Form string `yaml:"form"`
	// Deny and Allow are words that say in the prefix of a firewall's log rule what the rule does: "fw:deny:ssh" denies. The
	// kernel does not say it. Compared without regard to case; the first word of the prefix that is in either list decides.
	Deny  []string `yaml:"deny"`
	Allow []string `yaml:"allow"`
}

const (
	formStream = "stream"
	formJSON   = "json"
)

func defaults() Options {
	return Options{
		Form: formStream,
		Deny: []string{"deny", "denied", "drop", "dropped", "reject", "rejected", "block", "blocked", "refuse", "refused",
			"invalid"},
		Allow: []string{"allow", "allowed", "accept", "accepted", "permit", "permitted", "pass", "passed"},
	}
}

func optionsOf(opts any) (Options, error) {
	o := defaults()
	if p, ok := opts.(*Options); ok && p != nil {
		o = *p
	} else if opts != nil && !ok {
		return o, fmt.Errorf("router: options are %T, want *router.Options", opts)
	}
	if o.Form != formStream && o.Form != formJSON {
		return o, fmt.Errorf("router: form is %q: want %s or %s", o.Form, formStream, formJSON)
	}
	return o, nil
}

// sniff asks the first line that is not blank, which must be whole unless it is JSON.
func sniff(prefix []byte) bool {
	prefix = bytes.TrimLeft(prefix, "\r\n")
	line, _, _ := bytes.Cut(prefix, []byte("\n"))
	has := func(s string) bool { return bytes.Contains(line, []byte(s)) }
	switch {
	case len(line) == 0:
		return false
	case line[0] == '{':
		return has(`"tags"`) && has(`"fields"`) && has(`"subtype"`) || has(`"subtype"`) && (has(`"collector"`) || has(`"collector_id"`))
	case bytes.HasPrefix(line, []byte(influxPrefix)):
		return has("type=")
	case isRule(line):
		return printedKind(prefix) != printedNone
	}
	if _, problem := readConntrack(string(line)); problem == "" {
		return true
	}
	_, ok := findLogged(string(line))
	return ok
}
