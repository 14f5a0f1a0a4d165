package syslog

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/counterfoil/counterfoil/internal/act"
	"github.com/counterfoil/counterfoil/internal/certtest"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/intake/intaketest"
)

// write puts a server's certificate and key, and the authority's, into files.
func write(a *certtest.Authority, dir, common string) Files {
	f := Files{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "ca.pem")}
	a.Write(a.Server(common), f.Certificate, f.Key)
	a.WriteCA(f.ClientCA)
	return f
}

func (in *input) dialTLS(c *tls.Config) (*tls.Conn, error) {
	c.ServerName = "127.0.0.1"
	s := tls.Client(in.dial(0), c)
	return s, s.Handshake()
}

// With TLS alone nobody is named; with a certificate its name and what it is are in every record.
func TestTLS(t *testing.T) {
	a := certtest.New(t)
	files := write(a, t.TempDir(), "server")
	for _, mutual := range []bool{false, true} {
		t.Run(fmt.Sprint("mutual ", mutual), func(t *testing.T) {
			o := on("tls")
			if o.TLS = files; !mutual {
				o.TLS.ClientCA = ""
			}
			var tr intaketest.Trail
			in := run(t, &tr, o)
			client := a.Client("web1.example.org")
			c, err := in.dialTLS(&tls.Config{RootCAs: a.Pool(), Certificates: []tls.Certificate{client}})
			if err != nil {
				t.Fatal(err)
			}
			const messages = 2000
			for i := range messages {
				m := fmt.Sprintf("<13>1 - web1 app - - - %d %s", i, strings.Repeat("x", i))
				send(t, c, fmt.Sprintf("%d %s", len(m), m))
			}
			for i, r := range in.wait(messages) {
				want := peerJSON(c, "tls")
				if sum := sha256.Sum256(client.Certificate[0]); mutual {
					want = strings.Replace(want, `"port"`, `"certificate":"sha256:`+hex.EncodeToString(sum[:])+`","name":"web1.example.org","port"`, 1)
				}
				if got := r.EventData.Member("peer"); string(got) != want || !strings.HasPrefix(r.EventData.Member("message").Text(), fmt.Sprintf("%d ", i)) {
					t.Fatalf("number %d: %s, want the peer %s", i, r.EventData, want)
				}
			}
			send(t, c, "20 <13>cut")
			c.Close()
			if r := in.wait(messages + 1)[messages]; r.EventData.Member("reason").Text() != "the connection ended inside of a message, 13 bytes before its end" {
				t.Errorf("%s", r.EventData)
			}
			in.end()
		})
	}
}

// A sender that writes and closes, and never reads, loses nothing by it.
func TestTLSWriteOnly(t *testing.T) {
	a := certtest.New(t)
	o := on("tls")
	o.TLS = write(a, t.TempDir(), "server")
	o.TLS.ClientCA = ""
	var tr intaketest.Trail
	var slow atomic.Bool
	tr.Fail = func(int) (bool, error) {
		if slow.Load() {
			time.Sleep(2 * time.Millisecond)
		}
		return false, nil
	}
	in := run(t, &tr, o)
	in.said(act.InputStart, "sockets")
	slow.Store(true)
	c, err := in.dialTLS(&tls.Config{RootCAs: a.Pool(), ClientSessionCache: tls.NewLRUClientSessionCache(1)}) // it would take tickets
	if err != nil {
		t.Fatal(err)
	}
	const messages = 2000
	send(t, c, strings.Repeat("<13>app: "+strings.Repeat("x", 2000)+"\n", messages))
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	in.wait(messages)
	in.end()
	if n := len(tr.Named(dialect.UnparsedEvent)); n > 0 {
		t.Errorf("%d messages are not whole", n)
	}
}

// A connection that is made when the input ends is not broken off before its sender has said anything.
func TestTLSStop(t *testing.T) {
	a := certtest.New(t)
	o := on("tls")
	o.TLS = write(a, t.TempDir(), "server")
	o.TLS.ClientCA = ""
	for range 10 {
		var tr intaketest.Trail
		in := run(t, &tr, o)
		in.said(act.InputStart, "sockets")
		c := tls.Client(in.dial(0), &tls.Config{RootCAs: a.Pool(), ServerName: "127.0.0.1"})
		in.stop()
		begin := time.Now()
		_, err := io.WriteString(c, "<13>last\n")
		if err != nil && time.Since(begin) > quiet/2 {
			continue // this machine is too busy to say
		}
		if c.Close(); err != nil {
			t.Fatal(err)
		}
		in.end()
		in.wait(1)
		return
	}
	t.Fatal("ten times nothing was said in time, and nothing could be seen: this machine is too busy")
}

// Who has no certificate that was asked for is refused, told so, and counted.
func TestTLSRefused(t *testing.T) {
	a, foreign := certtest.New(t), certtest.New(t)
	o := on("tls")
	o.TLS = write(a, t.TempDir(), "server")
	var tr intaketest.Trail
	in := run(t, &tr, o)
	client := foreign.Client("web1.example.org")
	for _, certs := range [][]tls.Certificate{nil, {client}} {
		c, err := in.dialTLS(&tls.Config{RootCAs: a.Pool(), Certificates: certs})
		if err == nil {
			_, err = c.Read(make([]byte, 1)) // TLS 1.3 tells who connects afterwards
		}
		if err == nil || err == io.EOF {
			t.Errorf("%d certificates: %v", len(certs), err)
		}
	}
	plain := in.dial(0)
	send(t, plain, "<13>no TLS\n")
	for end := time.Now().Add(20 * time.Second); in.l.Refused.Load() < 3; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d were refused", in.l.Refused.Load())
		}
	}
	in.said(act.InputError, "TLS did not begin")
	in.end()
	if n := len(in.wait(0)); n > 0 {
		t.Errorf("%d records", n)
	}
}

// A certificate that is renewed counts for the next connection; one that cannot be read leaves the old one in force.
func TestTLSRenewed(t *testing.T) {
	a := certtest.New(t)
	dir := t.TempDir()
	o := on("tls")
	o.TLS = write(a, dir, "first")
	o.TLS.ClientCA = ""
	var tr intaketest.Trail
	in := run(t, &tr, o)
	server := func() string {
		t.Helper()
		c, err := in.dialTLS(&tls.Config{RootCAs: a.Pool()})
		if err != nil {
			t.Fatal(err)
		}
		return c.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := server(); got != "first" {
		t.Errorf("%s", got)
	}
	write(a, dir, "the second one")
	if got := server(); got != "the second one" {
		t.Errorf("after it was renewed: %s", got)
	}
	if err := os.WriteFile(o.TLS.Certificate, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := server(); got != "the second one" {
			t.Errorf("after it was spoiled: %s", got)
		}
	}
	in.said(act.InputError, "new certificates cannot be used, the old ones stay in force")
	write(a, dir, "third")
	if got := server(); got != "third" {
		t.Errorf("after it was mended: %s", got)
	}
	in.end()
	if n := len(tr.Named(act.InputError)); n != 1 {
		t.Errorf("%d INPUT.ERROR, want one", n)
	}
}
