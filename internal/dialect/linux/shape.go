package linux

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/counterfoil/counterfoil"
)

// Records of one type nearly always have the same keys in the same order. A shape is what follows from them: how each
// value is written, in which order canonical JSON wants them, and where the fields are that the mapping asks for. A
// decoder keeps the shapes it met; they change how fast it is, never what it gives.
type shape struct {
	keys  []string // as they came; "" for bare words
	heads []head   // of the keys
	bare  bool     // there are bare words
	order []member
	at    [numFields]int16 // index of the token that holds a field, -1: there is none

	taken map[string]int // while it is made: names that members have, and how often a key came
}

// head is how a field begins: its key and =, where they are no more than eight bytes, as most are.
type head struct{ word, mask uint64 } // mask 0: they are more

func headOf(key string) (h head) {
	if len(key) > 7 {
		return h
	}
	var b [8]byte
	b[copy(b[:], key)] = '='
	return head{binary.LittleEndian.Uint64(b[:]), ^uint64(0) >> (56 - 8*len(key))}
}

// member is one member of the object that a part of a record becomes.
type member struct {
	json string // a comma, and the key with quotes and colon
	tok  int    // index of its token; -1 for what follows from several
	how  how
}

// how says how a value is written.
type how uint8

const (
	asAuto    how = iota // number where it is one in decimal, else text
	asText               // text, where digits are no decimal number: hexadecimal, octal, device numbers
	asHex                // untrusted string: decoded unless it stood in quotes
	asKeys               // untrusted string, a list parted by 0x01
	asArgv               // untrusted string, a list parted by NUL
	asPerms              // words parted by spaces
	asWords              // all the bare words
	asMsg                // what the program said: the object of part text
	asInterp             // the object of part interp
	asArch               // name of the architecture
	asCall               // name of the system call
	asAddress            // the socket address that saddr encodes
)

// field is a key that the mapping asks for.
type field uint8

const (
	fNone field = iota
	fAcct
	fAddr
	fApparmor
	fArch
	fA0
	fA1
	fA2
	fAuid
	fCarried
	fCmd
	fCode
	fComm
	fCwd
	fDev
	fEgid
	fEuid
	fExe
	fFp
	fGrp
	fHostname
	fID
	fIno
	fInode
	fItem
	fItems
	fKey
	fName
	fNametype
	fNewAuid
	fOcomm
	fOflag
	fOp
	fOpid
	fPath
	fPermissive
	fPid
	fProgID
	fRes
	fResp
	fResult
	fSaddr
	fSeperms
	fSeresult
	fSes
	fSuccess
	fSw
	fSyscall
	fTable
	fTclass
	fTerminal
	fTty
	fUid
	fUnit
	fVM
	// Interpretations.
	fiAuid
	fiEuid
	fiEgid
	fiUid
	fiID
	fiSyscall
	numFields
)

var fieldByKey = map[string]field{
	"acct": fAcct, "addr": fAddr, "apparmor": fApparmor, "arch": fArch, "a0": fA0, "a1": fA1, "a2": fA2, "auid": fAuid, carriedKey: fCarried, "cmd": fCmd,
	"code": fCode, "comm": fComm, "cwd": fCwd, "dev": fDev, "egid": fEgid, "euid": fEuid, "exe": fExe, "fp": fFp, "grp": fGrp,
	"hostname": fHostname, "id": fID, "ino": fIno, "inode": fInode, "item": fItem, "items": fItems, "key": fKey, "name": fName,
	"nametype": fNametype, "objtype": fNametype, "new-auid": fNewAuid, "ocomm": fOcomm, "oflag": fOflag, "op": fOp, "opid": fOpid,
	"path": fPath, "permissive": fPermissive, "pid": fPid, "prog-id": fProgID, "res": fRes, "resp": fResp, "result": fResult,
	"saddr": fSaddr, "seperms": fSeperms, "seresult": fSeresult, "ses": fSes, "success": fSuccess, "sw": fSw,
	"syscall": fSyscall, "table": fTable, "tclass": fTclass, "terminal": fTerminal, "tty": fTty, "uid": fUid, "unit": fUnit, "vm": fVM,
	"AUID": fiAuid, "EUID": fiEuid, "EGID": fiEgid, "UID": fiUid, "ID": fiID, "SYSCALL": fiSyscall,
}

// encoded are the fields that hold untrusted strings (audit-documentation, field dictionary; auparse's typetab). Any
// other value that looks like hex is a number.
var encoded = set(`name path comm exe cwd cmd acct proctitle data file dir watch vm device grp new_group cgroup ocomm sw
	root_dir old-disk new-disk old-fs new-fs old-net new-net old-rng new-rng old-chardev new-chardev invalid_context
	apparmor operation profile info requested_mask denied_mask`)

// notDecimal are the fields whose digits are hexadecimal, octal or a code.
var notDecimal = set(`a0 a1 a2 a3 arch dev rdev mode code ip cap_fp cap_fi cap_fe cap_fver cap_pi cap_pp cap_pe cap_pa fver fp fi fe
	old_pp old_pi old_pe old_pa pp pi pe pa frootid saddr oflag resolve flags domain sgrp fi pa addr hostname laddr
	terminal tty unit ver`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// newShape works out a shape from the tokens of one part of a record.
func newShape(num uint16, part int, toks []token, hasMsg, hasInterp bool) *shape {
	s := &shape{keys: make([]string, len(toks)), taken: make(map[string]int, len(toks))}
	for i := range s.at {
		s.at[i] = -1
	}
	for i := range toks {
		if toks[i].key == "" {
			s.bare = true
			continue
		}
		key := strings.Clone(toks[i].key)
		s.keys[i] = key
		if f := fieldByKey[key]; f != fNone && (f >= fiAuid) == (part == partInterp) && (s.at[f] < 0 || part == partText && appended(f)) {
			s.at[f] = int16(i)
		}
		s.add(key, i, howOf(num, part, key))
	}
	if s.bare {
		s.add("words", -1, asWords)
	}
	if hasMsg {
		s.add("msg", -1, asMsg)
	}
	if hasInterp {
		s.add("interp", -1, asInterp)
	}
	if part == partKernel {
		s.follow(num)
	}
	s.taken = nil
	for _, key := range s.keys {
		s.heads = append(s.heads, headOf(key))
	}
	slices.SortFunc(s.order, func(a, b member) int { return strings.Compare(a.bare(), b.bare()) })
	return s
}

// size is about how many bytes it takes.
func (s *shape) size() int {
	n := int(unsafe.Sizeof(*s))
	for _, key := range s.keys {
		n += int(unsafe.Sizeof(key)+unsafe.Sizeof(head{})) + len(key)
	}
	for _, m := range s.order {
		n += int(unsafe.Sizeof(m)) + len(m.json)
	}
	return n
}

// appended tells the fields that libaudit puts behind a program's message: of two, the last is its own and the first
// may be forged.
func appended(f field) bool {
	switch f {
	case fExe, fHostname, fAddr, fTerminal, fRes:
		return true
	}
	return false
}

// follow adds the members that follow from others.
func (s *shape) follow(num uint16) {
	if s.at[fArch] >= 0 {
		s.add("arch_name", -1, asArch)
		if s.at[fSyscall] >= 0 {
			s.add("syscall_name", -1, asCall)
		}
	}
	if num == typeSockaddr && s.at[fSaddr] >= 0 {
		s.add("address", -1, asAddress)
	}
}

func howOf(num uint16, part int, key string) how {
	switch {
	case part == partInterp:
		if key == "ARCH" || key == "SYSCALL" || key == "SADDR" {
			return asText
		}
		return asHex
	case key == "key":
		return asKeys
	case key == "proctitle":
		return asArgv
	case key == "seperms":
		return asPerms
	case encoded[key]:
		return asHex
	case notDecimal[key]:
		return asText
	}
	return asAuto
}

// add puts a member at the end, under key#2, key#3, … where the key is taken. It takes as long for a thousand equal keys
// as for others: whoever writes a record must not choose how long it takes to read.
func (s *shape) add(key string, tok int, h how) {
	if h == asArgv {
		key = "argv"
	}
	name := key
	for s.taken[name] > 0 {
		s.taken[key]++
		name = key + "#" + strconv.Itoa(s.taken[key])
	}
	s.taken[name] = 1
	s.order = append(s.order, member{quoteKey(name), tok, h})
}

func quoteKey(key string) string {
	return string(append(counterfoil.AppendText([]byte{','}, key), ':'))
}

// bare is the key as written, without its quotes: canonical order compares that.
func (m member) bare() string { return m.json[2 : len(m.json)-2] }

// fits reports whether tokens have this shape.
func (s *shape) fits(toks []token) bool {
	if len(toks) != len(s.keys) {
		return false
	}
	for i := range toks {
		if toks[i].key != s.keys[i] {
			return false
		}
	}
	return true
}

// shapes keeps the shapes that were met, a few for each type and part, in memory that has a bound.
type shapes struct {
	shelves [len(recordTypes) + 1][numShelves]*shelf // by the type's place in the table, from 1; 0: those that have no name
	n       int
	size    int // about how many bytes they take
}

// shelf has the shapes of a part of records of one type. The one that was met last is tried first.
type shelf struct {
	of   [8]*shape
	next int // where the next new one goes
	last *shape
}

const (
	maxShapes    = 2048
	maxShapeKeys = 64
	maxShapeSize = 16 << 10 // bytes: keys are what a program wrote
	numShelves   = 6
)

// shelfOf numbers the parts of a record; what the kernel's fields become depends on the parts beside them.
func shelfOf(part int, hasMsg, hasInterp bool) (n int) {
	if part != partKernel {
		return 3 + part
	}
	if hasMsg {
		n = 1
	}
	if hasInterp {
		n |= 2
	}
	return n
}

// read appends the tokens of one part of a record and gives their shape.
func (s *shapes) read(toks []token, num uint16, p int, text string, hasMsg, hasInterp bool) ([]token, *shape) {
	typ := 0
	if int(num) < len(typeByNumber) {
		typ = int(typeByNumber[num])
	}
	at := &s.shelves[typ][shelfOf(p, hasMsg, hasInterp)]
	start := len(toks)
	if sh := *at; sh != nil {
		if toks, ok := sh.last.along(toks, text, p); ok {
			return toks, sh.last
		}
		for _, x := range sh.of {
			if x == nil || x == sh.last {
				continue
			}
			if toks, ok := x.along(toks, text, p); ok {
				sh.last = x
				return toks, x
			}
		}
	}
	toks = readers[p](toks, text, maxTokens)
	if num == typeLogin && p == partKernel {
		toks = toks[:start+len(joinOldNew(toks[start:]))]
	}
	return toks, s.of(at, num, p, toks[start:], hasMsg, hasInterp)
}

// readers read the parts word by word.
var readers = [numParts]func(toks []token, s string, limit int) []token{partKernel: appendKernel, partText: appendText, partInterp: appendInterp}

// of gives the shape of the tokens of one part of a record.
func (s *shapes) of(at **shelf, num uint16, part int, toks []token, hasMsg, hasInterp bool) *shape {
	if sh := *at; sh != nil {
		for _, x := range sh.of {
			if x != nil && x.fits(toks) {
				sh.last = x
				return x
			}
		}
	}
	x := newShape(num, part, toks, hasMsg, hasInterp)
	size := x.size()
	if len(toks) > maxShapeKeys || size > maxShapeSize {
		return x
	}
	if s.n >= maxShapes {
		*s = shapes{}
	}
	s.size += size
	if *at == nil {
		*at = &shelf{}
	}
	sh := *at
	sh.of[sh.next%len(sh.of)], sh.last = x, x
	sh.next++
	s.n++
	return x
}
