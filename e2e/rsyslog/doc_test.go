// Package rsyslog sends a trail to a real rsyslogd over each transport that the syslog output has, and reads what it wrote.
// It wants rsyslogd (Debian: rsyslog); COUNTERFOIL_REQUIRE=rsyslog makes its absence a failure.
package rsyslog_test
