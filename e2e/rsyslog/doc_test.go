// Package rsyslog sends a trail to a real rsyslogd over each transport that the syslog output has, and reads what it wrote; and has
// it send to the syslog input in each way that it knows, TLS of two libraries included.
// It wants rsyslogd (Debian: rsyslog, rsyslog-gnutls, rsyslog-openssl); COUNTERFOIL_REQUIRE=rsyslog makes its absence a failure.
package rsyslog_test
