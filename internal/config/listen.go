package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Transports over which a syslog input listens.
var transports = []string{"udp", "tcp", "tls"}

// Socket is one place where an input listens.
type Socket struct{ Transport, Address string }

// Sockets gives where a syslog input listens.
func (in *Input) Sockets() (list []Socket, err error) {
	for _, text := range in.Listen {
		s, err := parseSocket(text)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func parseSocket(text string) (Socket, error) {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(transports, u.Scheme) || u.Host == "" || text != u.Scheme+"://"+u.Host {
		return Socket{}, fmt.Errorf("listen %q is no udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT", text)
	}
	if reason := badListen(u.Host); reason != "" {
		return Socket{}, fmt.Errorf("listen %s", reason)
	}
	if u.Hostname() == "" {
		return Socket{}, fmt.Errorf("listen %q says no address: 127.0.0.1 is this machine only, 0.0.0.0 and [::] are everybody who can reach it", text)
	}
	return Socket{u.Scheme, u.Host}, nil
}

// Idle is how long a connection may be silent; 0: for ever.
func (in *Input) Idle() (time.Duration, error) {
	if in.IdleTimeout == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(in.IdleTimeout)
	if err != nil {
		return 0, fmt.Errorf("idle-timeout %q is not a duration such as 10m or 1h30m", in.IdleTimeout)
	}
	if d < time.Second {
		return 0, fmt.Errorf("idle-timeout is %v: want at least 1s, or leave it out", d)
	}
	return d, nil
}

// checkListening looks at the keys of inputs that take connections.
func (s *source) checkListening(c *Config, i int) {
	in, at := &c.Inputs[i], fmt.Sprintf("$.inputs[%d]", i)
	listens := in.Type == "syslog"
	s.only(at, in, "listen", len(in.Listen) > 0, listens)
	s.only(at, in, "connections", in.Connections != 0, listens)
	s.only(at, in, "idle-timeout", in.IdleTimeout != "", listens)
	s.only(at, in, "tls", in.TLS != TLS{}, listens)
	if !listens {
		return
	}
	secure := false
	for j, text := range in.Listen {
		place := fmt.Sprintf("%s.listen[%d]", at, j)
		socket, err := parseSocket(text)
		if err != nil {
			s.atPath(place, "%v", err)
		} else if c.takenBefore(i, j) {
			s.atPath(place, "listen: the port of %s is taken by a line above", text)
		}
		secure = secure || socket.Transport == "tls"
	}
	if in.Connections < 1 || in.Connections > 65536 {
		s.atPath(at+".connections", "connections is %d: want 1 to 65536", in.Connections)
	}
	if _, err := in.Idle(); err != nil {
		s.atPath(at+".idle-timeout", "%v", err)
	}
	switch {
	case secure && (in.TLS.Certificate == "" || in.TLS.Key == ""):
		s.atPath(at+".tls", "input %q listens on tls://: it needs tls.certificate and tls.key, files in PEM", in.Name)
	case !secure && in.TLS != TLS{}:
		s.atPath(at+".tls", "tls means nothing without tls:// among what is listened on: %s", strings.Join(in.Listen, ", "))
	}
}

// takenBefore reports whether a socket of an input is one of those before it. TLS is TCP.
func (c *Config) takenBefore(i, j int) bool {
	socket := func(text string) string { return strings.Replace(text, "tls://", "tcp://", 1) }
	want := socket(c.Inputs[i].Listen[j])
	for k := 0; k <= i; k++ {
		for l, text := range c.Inputs[k].Listen {
			if k == i && l == j {
				return false
			}
			if socket(text) == want && !strings.HasSuffix(want, ":0") {
				return true
			}
		}
	}
	return false
}
