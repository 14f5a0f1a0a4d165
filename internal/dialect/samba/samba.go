package samba

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// Dialect reads what stock Samba logs.
var Dialect = &dialect.Dialect{
	Name:    "samba",
	Version: 1,
	Doc: `stock Samba: full_audit lines, auth_json_audit and debug messages in one stream
Gives TrueNAS's SMB events (CONNECT, CREATE, CLOSE with counters, RENAME, …) without a module of its own; smb.conf needs the
stanza on the page, whose full_audit:prefix is the option prefix here. Reads and writes are counted, and told at most once
in interval for each open file and kind.`,
	Split:   dialect.SplitLines,
	Sniff:   sniff,
	Options: func() any { o := defaults; return &o },
	Decode: func(opts any) (dialect.Decoder, error) {
		o := defaults
		if p, ok := opts.(*Options); ok && p != nil {
			o = *p
		} else if opts != nil && !ok {
			return nil, fmt.Errorf("samba: options are %T, want *samba.Options", opts)
		}
		return newDecoder(o)
	},
	Mapping: mapping,
}

// Options of decoding.
type Options struct {
	// Prefix is full_audit:prefix as smb.conf has it: a first word without '%', then variables, parted by '|'. %d must
	// be in it, for it tells the processes apart; %u, %I, %m, %S, %P and %R are understood, others passed over.
	Prefix string `yaml:"prefix"`
	// Interval is how long a further READ, WRITE, OFFLOAD_READ or OFFLOAD_WRITE of an open file is only counted.
	// 0: only the first of each is told; what is counted is in CLOSE.
	Interval time.Duration `yaml:"interval"`
	// Timeout is how long lines wait for the event that they belong to.
	Timeout time.Duration `yaml:"timeout"`
	// MaxHeld is how many bytes of lines are held for an open file, or for a process; beyond it they are given.
	MaxHeld int `yaml:"max-held"`
	// UTCOffset is the server's zone, until a record with a zone is seen: Samba's other times have none.
	UTCOffset time.Duration `yaml:"utc-offset"`
}

var defaults = Options{Prefix: "COUNTERFOIL1|%d|%R|%I|%u|%m|%S|%P", Interval: time.Minute, Timeout: 2 * time.Second, MaxHeld: 64 << 10}

func newDecoder(o Options) (*decoder, error) {
	if o.Interval < 0 || o.Timeout <= 0 || o.MaxHeld <= 0 {
		return nil, fmt.Errorf("samba: interval must not be below zero, timeout and max-held must be above it: %+v", o)
	}
	magic, rest, _ := strings.Cut(o.Prefix, "|")
	d := &decoder{opts: o, magic: magic, procs: map[int]*proc{}, offset: int64(o.UTCOffset), most: maxKept}
	if magic == "" || strings.Contains(magic, "%") {
		return nil, fmt.Errorf("samba: prefix %q must begin with a word of its own, such as COUNTERFOIL1", o.Prefix)
	}
	for v := range strings.SplitSeq(rest, "|") {
		if len(v) != 2 || v[0] != '%' {
			return nil, fmt.Errorf("samba: prefix %q: %q is no variable such as %%u; want them parted by '|'", o.Prefix, v)
		}
		if v == "%g" || v == "%G" {
			return nil, fmt.Errorf("samba: prefix %q: %s makes smbd fail where openat fails; leave it out", o.Prefix, v)
		}
		d.vars = append(d.vars, v[1])
	}
	if !bytes.ContainsRune(d.vars, 'd') {
		return nil, fmt.Errorf("samba: prefix %q lacks %%d, the process", o.Prefix)
	}
	return d, nil
}

// sniff tells a line of full_audit by its place behind the ident or in a bare line, whatever its prefix, and smbd's
// own messages by their ident.
func sniff(prefix []byte) bool {
	for text := range strings.SplitSeq(string(prefix), "\n") {
		l := parse(text, 0, 0)
		if l.tag == "smbd" || l.tag == "smbd_audit" {
			return true
		}
		if l.tag == "" && l.kind == kindHeader && strings.Contains(text, "/smbd/") {
			return true
		}
		if l.tag == "" && strings.HasPrefix(text, "COUNTERFOIL1|") {
			return true
		}
		if strings.TrimSpace(text) != "" {
			return false
		}
	}
	return false
}
