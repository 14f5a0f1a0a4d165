// Package certtest makes certificates for tests of TLS: an authority of their own, and what it signs, in files.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// Authority signs certificates that are valid for an hour.
type Authority struct {
	t    testing.TB
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	last int64
}

// New makes an authority.
func New(t testing.TB) *Authority {
	a := &Authority{t: t}
	pair := a.Sign(&x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	a.cert, a.key = pair.Leaf, pair.PrivateKey.(*ecdsa.PrivateKey)
	return a
}

// Pool has the authority and nobody else.
func (a *Authority) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// Sign completes and signs a certificate; the first is the authority's own.
func (a *Authority) Sign(c *x509.Certificate) tls.Certificate {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.last++
	c.SerialNumber, c.NotBefore, c.NotAfter = big.NewInt(a.last), time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, by := a.cert, a.key
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, by)
	if err != nil {
		a.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// Server signs a certificate for 127.0.0.1.
func (a *Authority) Server(common string) tls.Certificate {
	return a.Sign(&x509.Certificate{Subject: pkix.Name{CommonName: common}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}})
}

// Client signs a certificate for a host.
func (a *Authority) Client(host string) tls.Certificate {
	return a.Sign(&x509.Certificate{Subject: pkix.Name{CommonName: "client"}, DNSNames: []string{host}})
}

// Write writes a certificate and its key in PEM.
func (a *Authority) Write(c tls.Certificate, cert, key string) {
	a.t.Helper()
	pkcs8, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		a.t.Fatal(err)
	}
	a.write(cert, &pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]})
	a.write(key, &pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

// WriteCA writes the authority's certificate.
func (a *Authority) WriteCA(name string) {
	a.t.Helper()
	a.write(name, &pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

func (a *Authority) write(name string, b *pem.Block) {
	a.t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
		a.t.Fatal(err)
	}
}
