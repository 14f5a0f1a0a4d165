// Package control reads the files of FreeBSD's /etc/security that say what is audited: audit_class(5), audit_event(5),
// audit_control(5) and audit_user(5). It gives what libbsm makes of them, and a [Problem] wherever libbsm drops or misreads
// a line without a word: so that nobody has to find out later that half of audit_user was never in force. Pure: it is
// given texts.
package control
