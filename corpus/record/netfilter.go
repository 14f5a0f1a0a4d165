// Command record writes what netfilter says by netlink to a file, for corpus/record/router.sh: the events of conntrack and
// the packets of one NFLOG group, each message whole from its header on, padded to four bytes as on the socket.
//
//	record conntrack|nflog:GROUP FILE
//
// It prints "ready" once it listens, and ends by SIGTERM. It watches the network namespace that it is started in.
package main

import (
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"syscall"
)

const (
	netlinkNetfilter = 12
	solNetlink       = 270
	addMembership    = 1
	soRcvbufforce    = 33

	logConfig = 0x0401 // NFNL_SUBSYS_ULOG, NFULNL_MSG_CONFIG
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: record conntrack|nflog:GROUP FILE")
	}
	log.Fatalf("record %s: %v", os.Args[1], record(os.Args[1], os.Args[2])) // it is stopped by a signal
}

func record(what, name string) error {
	fd, err := syscall.Socket(syscall.AF_NETLINK, syscall.SOCK_RAW, netlinkNetfilter)
	if err != nil {
		return fmt.Errorf("open a netlink socket: %w", err)
	}
	if err := syscall.Bind(fd, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soRcvbufforce, 8<<20); err != nil {
		return fmt.Errorf("enlarge the receive buffer: %w", err)
	}
	if group, ok := strings.CutPrefix(what, "nflog:"); ok {
		err = bindLog(fd, group)
	} else {
		for group := 1; group <= 3 && err == nil; group++ { // NFNLGRP_CONNTRACK_NEW, _UPDATE, _DESTROY
			err = syscall.SetsockoptInt(fd, solNetlink, addMembership, group)
		}
	}
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	out, err := os.Create(name)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	buf := make([]byte, 1<<20)
	for {
		n, _, err := syscall.Recvfrom(fd, buf, 0)
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		if _, err := out.Write(messages(buf[:n])); err != nil {
			return err
		}
	}
}

// messages gives those of a datagram that are of conntrack or NFLOG's packets: no acknowledgement, no end of a batch.
func messages(data []byte) (keep []byte) {
	for len(data) >= 16 {
		size := int(binary.NativeEndian.Uint32(data))
		next := min((size+3)&^3, len(data))
		if size < 16 || size > len(data) {
			break
		}
		if typ := binary.NativeEndian.Uint16(data[4:]); typ>>8 == 1 || typ == 0x0400 {
			keep = append(keep, data[:next]...)
		}
		data = data[next:]
	}
	return keep
}

// bindLog asks for the packets of an NFLOG group, whole and numbered.
func bindLog(fd int, group string) error {
	g, err := strconv.ParseUint(group, 10, 16)
	if err != nil {
		return err
	}
	for _, attr := range [][]byte{
		{5, 0, 1, 0, 1, 0, 0, 0},                    // NFULA_CFG_CMD: BIND
		{10, 0, 2, 0, 0, 0, 0xff, 0xff, 2, 0, 0, 0}, // NFULA_CFG_MODE: 64 KiB, COPY_PACKET
		{6, 0, 6, 0, 0, 1 | 2, 0, 0},                // NFULA_CFG_FLAGS: SEQ, SEQ_GLOBAL
		{8, 0, 4, 0, 0, 0, 0, 1},                    // NFULA_CFG_TIMEOUT: 10 ms
	} {
		msg := make([]byte, 20, 20+len(attr))
		binary.NativeEndian.PutUint32(msg, uint32(20+len(attr)))
		binary.NativeEndian.PutUint16(msg[4:], logConfig)
		binary.NativeEndian.PutUint16(msg[6:], syscall.NLM_F_REQUEST|syscall.NLM_F_ACK)
		binary.BigEndian.PutUint16(msg[18:], uint16(g))
		msg = append(msg, attr...)
		if err := syscall.Sendto(fd, msg, 0, &syscall.SockaddrNetlink{Family: syscall.AF_NETLINK}); err != nil {
			return err
		}
		if err := acknowledged(fd); err != nil {
			return err
		}
	}
	return nil
}

func acknowledged(fd int) error {
	buf := make([]byte, 4096)
	n, _, err := syscall.Recvfrom(fd, buf, 0)
	if err != nil {
		return err
	}
	if n < 20 || binary.NativeEndian.Uint16(buf[4:]) != syscall.NLMSG_ERROR {
		return fmt.Errorf("no acknowledgement: % x", buf[:n])
	}
	if code := -int32(binary.NativeEndian.Uint32(buf[16:])); code != 0 {
		return syscall.Errno(code)
	}
	return nil
}
