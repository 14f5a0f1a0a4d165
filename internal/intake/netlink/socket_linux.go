package netlink

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/counterfoil/counterfoil/internal/recv"
)

const (
	readLog   = 1           // AUDIT_NLGRP_READLOG
	maxRecord = 16 << 10    // the kernel's longest record is 8,970 bytes
	auditSet  = 1001        // AUDIT_SET
	auditGet  = 1000        // AUDIT_GET
	patience  = time.Second // for the kernel's answer to AUDIT_GET
)

func openSocket(receive int) (socket, error) {
	s, err := recv.OpenNetlink(recv.Options{Protocol: unix.NETLINK_AUDIT, Groups: 1 << (readLog - 1), Receive: receive, Longest: maxRecord})
	if err != nil {
		return nil, explain(err)
	}
	return s, nil
}

func explain(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: run as root or with CAP_AUDIT_READ and CAP_AUDIT_CONTROL", err)
	case errors.Is(err, unix.EPROTONOSUPPORT):
		return fmt.Errorf("%w: this kernel was built without auditing", err)
	}
	return err
}

// statusSocket asks for the kernel's audit status. It joins no group, so that answers are not lost among records.
type statusSocket struct{ fd int }

func openStatus() (statusReader, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_AUDIT)
	if err != nil {
		return nil, explain(err)
	}
	limit := unix.NsecToTimeval(int64(patience))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &statusSocket{fd}, nil
}

func (s *statusSocket) Close() error { return unix.Close(s.fd) }

func (s *statusSocket) read() (st status, err error) {
	err = s.ask(auditGet, unix.NLM_F_REQUEST, nil, func(kind uint16, body []byte) (done bool, err error) {
		if kind != auditGet {
			return false, nil
		}
		st, err = parseStatus(body)
		return true, err
	})
	return st, err
}

// setEnabled switches auditing on (1) or off (0), with a struct audit_status that sets this field only.
func (s *statusSocket) setEnabled(v uint32) error {
	const maskEnabled, fields = 1, 10
	body := make([]byte, 4*fields)
	binary.NativeEndian.PutUint32(body, maskEnabled)
	binary.NativeEndian.PutUint32(body[4:], v)
	return s.ask(auditSet, unix.NLM_F_REQUEST|unix.NLM_F_ACK, body, func(uint16, []byte) (bool, error) { return false, nil })
}

// ask sends a request and hands each answer to take until it is done. A refusal is its error; an acknowledgement ends it.
func (s *statusSocket) ask(kind, flags uint16, body []byte, take func(kind uint16, body []byte) (done bool, err error)) error {
	request := make([]byte, unix.NLMSG_HDRLEN, unix.NLMSG_HDRLEN+len(body))
	binary.NativeEndian.PutUint32(request, uint32(unix.NLMSG_HDRLEN+len(body)))
	binary.NativeEndian.PutUint16(request[4:], kind)
	binary.NativeEndian.PutUint16(request[6:], flags)
	request = append(request, body...)
	if err := unix.Sendto(s.fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return explain(err)
	}
	b := make([]byte, 1<<10)
	for {
		n, _, err := unix.Recvfrom(s.fd, b, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if n < unix.NLMSG_HDRLEN {
			continue
		}
		answer := binary.NativeEndian.Uint16(b[4:])
		if answer != unix.NLMSG_ERROR {
			if done, err := take(answer, b[unix.NLMSG_HDRLEN:n]); done || err != nil {
				return err
			}
			continue
		}
		if n >= unix.NLMSG_HDRLEN+4 {
			if code := int32(binary.NativeEndian.Uint32(b[unix.NLMSG_HDRLEN:])); code != 0 {
				return explain(unix.Errno(-code))
			}
			if flags&unix.NLM_F_ACK != 0 {
				return nil
			}
		}
	}
}

// bootID names this boot; empty where the kernel does not say.
func bootID() string {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
