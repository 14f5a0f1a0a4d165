package syslog

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/intake"
)

// Files are what TLS needs, in PEM.
type Files struct {
	Certificate string // of this server, with the chain behind it
	Key         string
	ClientCA    string // who signs senders' certificates, which are demanded then; "": none are asked for
}

func (f Files) names() []string {
	list := []string{f.Certificate, f.Key}
	if f.ClientCA != "" {
		list = append(list, f.ClientCA)
	}
	return list
}

// keys are what the files hold. They are read again for the first connection after one of them has changed. Safe for
// concurrent use.
type keys struct {
	files Files
	say   func(intake.Note)

	mu     sync.Mutex // guards what follows
	config *tls.Config
	read   []state // of the files, when config was made, or could not be
}

// state tells a file that was replaced or written to.
type state struct{ size, modified int64 }

func newKeys(f Files, say func(intake.Note)) (*keys, error) {
	k := &keys{files: f, say: say}
	var err error
	if k.read, err = k.look(); err == nil {
		k.config, err = k.load()
	}
	return k, err
}

// forClient gives the configuration for a connection. Files that cannot be used leave the one before in force.
func (k *keys) forClient(*tls.ClientHelloInfo) (*tls.Config, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, err := k.look()
	if err == nil && slices.Equal(now, k.read) {
		return k.config, nil
	}
	next, lerr := k.load()
	if err = errors.Join(err, lerr); err == nil {
		k.config = next
	}
	if err != nil && !slices.Equal(now, k.read) {
		k.say(intake.Note{Name: act.InputError, Reason: fmt.Sprintf("new certificates cannot be used, the old ones stay in force: %v", err)})
	}
	k.read = now
	return k.config, nil
}

// look gives the states of the files, up to the first that is not there.
func (k *keys) look() (list []state, err error) {
	for _, name := range k.files.names() {
		st, err := os.Stat(name)
		if err != nil {
			return list, err
		}
		list = append(list, state{st.Size(), st.ModTime().UnixNano()})
	}
	return list, nil
}

func (k *keys) load() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(k.files.Certificate, k.files.Key)
	if err != nil {
		return nil, fmt.Errorf("certificate and key: %w", err)
	}
	// A sender that only writes leaves tickets unread. When it closes, its kernel then resets the connection and throws away what
	// it has not sent yet.
	c := &tls.Config{Certificates: []tls.Certificate{pair}, SessionTicketsDisabled: true}
	if k.files.ClientCA == "" {
		return c, nil
	}
	text, err := os.ReadFile(k.files.ClientCA)
	if err != nil {
		return nil, err
	}
	c.ClientCAs, c.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	if !c.ClientCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate in PEM", k.files.ClientCA)
	}
	return c, nil
}
