package config

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/counterfoil/counterfoil/internal/dialect/all"
	"github.com/counterfoil/counterfoil/proof"
)

// Check says what is wrong with a configuration that flags changed after it was read.
func (c *Config) Check() error { return (&source{name: "configuration"}).check(c) }

// check looks at what the YAML types do not say. It gives all mistakes at once.
func (s *source) check(c *Config) error {
	if c.DataDir == "" {
		s.atPath("$.data-dir", "data-dir is empty: give the directory that keeps the trail")
	}
	if reason := badListen(c.Listen); reason != "" {
		s.atPath("$.listen", "listen %s", reason)
	}
	if strings.ContainsAny(c.Node, " \t\n+/") {
		s.atPath("$.node", "node %q has a character that a checkpoint's origin cannot carry: use letters, digits, '.' and '-'", c.Node)
	}
	if n := c.Trail.SegmentRows; n < 16 || n > 131072 {
		s.atPath("$.trail.segment-rows", "segment-rows is %d: want 16 to 131072", n)
	}
	if c.Trail.SealAge < time.Second {
		s.atPath("$.trail.seal-age", "seal-age is %v: want at least 1s", c.Trail.SealAge)
	}
	if d := c.Trail.CheckpointEvery; d <= 0 || d > time.Minute {
		s.atPath("$.trail.checkpoint-every", "checkpoint-every is %v: want more than 0 and at most 1m", d)
	}
	s.checkStorage(c)
	s.oneOf("$.log.level", "level", c.Log.Level, logLevels)
	s.oneOf("$.log.format", "format", c.Log.Format, logFormats)
	for i := range c.Inputs {
		s.checkInput(c, i)
	}
	for i := range c.Outputs {
		s.checkOutput(c, i)
	}
	s.checkWitness(&c.Witness)
	if c.Policy != nil {
		var names []string
		for _, in := range c.Inputs {
			names = append(names, in.Name)
		}
		(&checker{source: s, p: c.Policy, root: "$.policy"}).checkInputs(names)
	}
	return s.mistakes()
}

// mistakes joins what was found, by its place.
func (s *source) mistakes() error {
	slices.SortStableFunc(s.errs, func(a, b error) int { return lineOf(a) - lineOf(b) })
	return errors.Join(s.errs...)
}

func lineOf(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Line
	}
	return 0
}

func (s *source) checkWitness(w *Witness) {
	if w.Every < time.Second {
		s.atPath("$.witness.every", "every is %v: want at least 1s", w.Every)
	}
	if w.Quorum < 0 || w.Quorum > len(w.Servers) {
		s.atPath("$.witness.quorum", "quorum is %d of %d servers: want at most as many as there are; 0 means all", w.Quorum, len(w.Servers))
	}
	for i, server := range w.Servers {
		at := fmt.Sprintf("$.witness.servers[%d]", i)
		if _, err := proof.NewWitnessVerifier(server.Key); err != nil {
			s.atPath(at+".key", "%v; `counterfoil witness` prints it", err)
		} else if slices.ContainsFunc(w.Servers[:i], func(o Server) bool { return o.Key == server.Key }) {
			s.atPath(at+".key", "the witness %s is there twice", proof.Fingerprint(server.Key))
		}
		if u, err := url.Parse(server.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			s.atPath(at+".url", "url %q is no http:// or https:// address", server.URL)
		}
	}
}

func (s *source) checkInput(c *Config, i int) {
	in, at := &c.Inputs[i], fmt.Sprintf("$.inputs[%d]", i)
	before := func(o Input) bool { return o.Name == in.Name }
	switch {
	case in.Name == "":
		s.atPath(at, "an input needs a name: records carry it as via")
	case badName(in.Name):
		s.atPath(at+".name", "name %q: use letters, digits, '.', '_' and '-'", in.Name)
	case in.Name == "counterfoil" || in.Name == "http" || in.Name == "local":
		s.atPath(at+".name", "name %q is taken by the program itself", in.Name)
	case slices.ContainsFunc(c.Inputs[:i], before):
		s.atPath(at+".name", "a second input of the name %q: names must differ, positions are kept under them", in.Name)
	}
	if in.Type == "" {
		s.atPath(at, "input %q needs a type: one of %s", in.Name, strings.Join(inputTypes, ", "))
		return
	}
	if !s.oneOf(at+".type", "type", in.Type, inputTypes) {
		return
	}
	onDisk := in.Type == "file" || in.Type == "unix"
	s.needs(at, in, "path", in.Path, onDisk, onDisk)
	s.needs(at, in, "from", in.From, false, in.Type == "file")
	s.needs(at, in, "mode", in.Mode, false, in.Type == "unix")
	s.needs(at, in, "dialect", in.Dialect, in.Type == "file", true)
	buffered := !onDisk
	s.only(at, in, "rcvbuf", in.Rcvbuf != 0, buffered)
	if buffered && (in.Rcvbuf < 64<<10 || in.Rcvbuf > 1<<30) {
		s.atPath(at+".rcvbuf", "rcvbuf is %d: want 65536 to 1073741824 bytes", in.Rcvbuf)
	}
	s.only(at, in, "enable", in.Enable, in.Type == "netlink")
	s.checkListening(c, i)
	s.checkNetfilter(in, at)
	s.checkOptions(in, at)
	switch in.Type {
	case "file":
		s.oneOf(at+".from", "from", in.From, []string{"start", "end"})
		if in.Dialect != "" {
			s.oneOf(at+".dialect", "dialect", in.Dialect, readable())
		}
	case "netlink":
		s.oneOf(at+".dialect", "dialect", in.Dialect, []string{"linux"})
	case "syslog":
		s.oneOf(at+".dialect", "dialect", in.Dialect, readable())
	case "conntrack", "nflog":
		s.oneOf(at+".dialect", "dialect", in.Dialect, []string{"router"})
	case "unix":
		s.oneOf(at+".dialect", "dialect", in.Dialect, []string{"jsonl"})
		if m, err := strconv.ParseUint(in.Mode, 8, 32); err != nil || m > 0o777 {
			s.atPath(at+".mode", "mode %q is not three octal digits such as 0660", in.Mode)
		}
	}
}

// checkOptions tries the options of the dialect: what is wrong with them is found before anything is started.
func (s *source) checkOptions(in *Input, at string) {
	if len(in.Options) == 0 {
		return
	}
	if in.Type == "unix" {
		s.atPath(at+".options", "options mean nothing for an input of type unix: leave them out")
		return
	}
	if !slices.Contains(readable(), in.Dialect) {
		return // that is told by itself
	}
	_, err := in.Decoder()
	var bad *optionError
	switch {
	case errors.As(err, &bad) && bad.name != "":
		s.atPath(at+".options."+bad.name, "%v", err)
	case err != nil:
		s.atPath(at+".options", "%v", err)
	}
}

// readable lists the dialects that can be read.
func readable() (names []string) {
	for _, d := range all.Dialects {
		if d.Decode != nil {
			names = append(names, d.Name)
		}
	}
	return names
}

// needs checks that a key is there where the type of input wants it, and not where it would do nothing.
func (s *source) needs(at string, in *Input, key, value string, must, may bool) {
	if must && value == "" {
		s.atPath(at, "input %q of type %s needs the key %s", in.Name, in.Type, key)
	}
	s.only(at, in, key, value != "", may)
}

// only checks that a key is not given where it would do nothing.
func (s *source) only(at string, in *Input, key string, given, may bool) {
	if given && !may {
		s.atPath(at+"."+key, "%s means nothing for an input of type %s: leave it out", key, in.Type)
	}
}

func (s *source) oneOf(path, key, value string, words []string) bool {
	if slices.Contains(words, value) {
		return true
	}
	if near := nearest(value, words); near != "" {
		s.atPath(path, "%s %q: did you mean %q?", key, value, near)
	} else {
		s.atPath(path, "%s %q: want one of %s", key, value, strings.Join(words, ", "))
	}
	return false
}

func badName(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r))
	})
}

// badListen says why an address cannot be listened on, or "". An address is HOST:PORT; a host may be a name.
func badListen(a string) string {
	i := strings.LastIndexByte(a, ':')
	if i < 0 {
		return fmt.Sprintf("%q has no port: want HOST:PORT such as 127.0.0.1:8470", a)
	}
	if _, err := strconv.ParseUint(a[i+1:], 10, 16); err != nil {
		return fmt.Sprintf("%q: the port %q is not a number up to 65535", a, a[i+1:])
	}
	if host := a[:i]; strings.Contains(host, ":") {
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil || host[0] != '[' {
			return fmt.Sprintf("%q: an IPv6 address is written in brackets, [::1]:8470", a)
		}
	}
	return ""
}
