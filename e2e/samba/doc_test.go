// Package samba_test has a stock smbd serve smbclient on loopback, and holds what the samba dialect makes of its log against
// what was done. The session is that of corpus/record/samba.sh, which wants root, namespaces, smbd, smbclient and python3.
package samba_test
