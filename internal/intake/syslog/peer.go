package syslog

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"net/netip"

	"github.com/counterfoil/counterfoil"
)

// peerOf writes down who sends. A certificate is told by its name and, as names can be given twice, by its SHA-256.
func peerOf(transport string, sender netip.AddrPort, cert *x509.Certificate) counterfoil.JSON {
	var b counterfoil.Builder
	b.Object("")
	b.String("addr", sender.Addr().String())
	b.Int("port", int64(sender.Port()))
	b.String("transport", transport)
	if cert != nil {
		sum := sha256.Sum256(cert.Raw)
		b.String("certificate", "sha256:"+hex.EncodeToString(sum[:]))
		if name := nameOf(cert); name != "" {
			b.String("name", name)
		}
	}
	b.End()
	return b.JSON()
}

// nameOf gives whom a certificate is for: its first name of a host, address or URI, else the common name.
func nameOf(c *x509.Certificate) string {
	switch {
	case len(c.DNSNames) > 0:
		return c.DNSNames[0]
	case len(c.IPAddresses) > 0:
		return c.IPAddresses[0].String()
	case len(c.EmailAddresses) > 0:
		return c.EmailAddresses[0]
	case len(c.URIs) > 0:
		return c.URIs[0].String()
	}
	return c.Subject.CommonName
}
