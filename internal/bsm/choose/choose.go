// Package choose is the selection of records as auditreduce(1) makes it: all criteria must hold. Every kind of header,
// subject, process and return token is looked at, also those that OpenBSM's auditreduce passes over (_ex, 64 bits).
package choose

import (
	"math"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil/internal/bsm"
)

// Criteria are what a record must have. nil and the zero value ask for nothing.
type Criteria struct {
	After, Before int64 // seconds of the header, both inclusive; Before 0: none
	Classes       *bsm.Masks
	Events        []uint16
	AUID          *uint32 // of a subject or process token
	EUID, RUID    *uint32
	EGID, RGID    *uint32
	PID           *uint32    // of a subject
	ObjectPID     *uint32    // of a process token
	IPC           [4]*uint32 // of an IPC token of this type: 1 queue, 2 semaphores, 3 shared memory
	Paths         []Path     // of which the first that fits a path decides; every path of the record must be wanted
	Zone          string     // a pattern as path.Match has it
	Invert        bool
}

// Path is a pattern for paths.
type Path struct {
	Unwanted bool
	Pattern  *regexp.Regexp
}

// ParsePaths reads patterns with commas: POSIX regular expressions, ~ before one whose paths are not wanted, \, for a comma.
func ParsePaths(list string) (paths []Path, err error) {
	const comma = "\x00"
	for p := range strings.SplitSeq(strings.ReplaceAll(list, `\,`, comma), ",") {
		p = strings.ReplaceAll(p, comma, ",")
		p, unwanted := strings.CutPrefix(p, "~")
		re, err := regexp.CompilePOSIX(p)
		if err != nil {
			return nil, err
		}
		paths = append(paths, Path{unwanted, re})
	}
	return paths, nil
}

// Match reports whether a record, or a file token that stands alone, is selected.
func (c *Criteria) Match(r *bsm.Record) bool { return c.match(r) != c.Invert }

func (c *Criteria) match(r *bsm.Record) bool {
	h := r.Header()
	if h == nil {
		return c.none()
	}
	return c.header(h) && c.class(r, h) && c.ids(r) && c.objects(r) && c.paths(r) && c.zone(r)
}

// none reports whether nothing is asked for: then file tokens are selected too.
func (c *Criteria) none() bool {
	return c.After == 0 && c.Before == 0 && c.Classes == nil && c.Events == nil && c.AUID == nil && c.EUID == nil && c.RUID == nil &&
		c.EGID == nil && c.RGID == nil && c.PID == nil && c.ObjectPID == nil && c.IPC == [4]*uint32{} && c.Paths == nil && c.Zone == ""
}

func (c *Criteria) header(h *bsm.Token) bool {
	sec := int64(min(h.Fields[len(h.Fields)-2].Num, math.MaxInt64))
	return sec >= c.After && (c.Before == 0 || sec <= c.Before) && (c.Events == nil || slices.Contains(c.Events, uint16(h.Fields[2].Num)))
}

// class: an event that no table knows is in no class, and a record that does not tell its outcome may have either.
func (c *Criteria) class(r *bsm.Record, h *bsm.Token) bool {
	if c.Classes == nil {
		return true
	}
	e := bsm.EventByNumber(uint16(h.Fields[2].Num))
	if e == nil {
		return false
	}
	classes, want := e.Mask(), c.Classes.Success|c.Classes.Failure
	if t := r.Find(bsm.IDReturn32, bsm.IDReturn64); t != nil {
		if want = c.Classes.Failure; t.Fields[0].Num == 0 {
			want = c.Classes.Success
		}
	}
	return classes&want != 0
}

// ids: one subject or process token has all the ids that are asked for. (OpenBSM wants them of every one: what a user did to
// the process of another is then no record of that user.)
func (c *Criteria) ids(r *bsm.Record) bool {
	user := c.AUID == nil && c.EUID == nil && c.RUID == nil && c.EGID == nil && c.RGID == nil
	subject, process := c.PID == nil, c.ObjectPID == nil
	for i := range r.Tokens {
		t := &r.Tokens[i]
		switch t.ID {
		case 0x24, 0x75, 0x7a, 0x7c:
			subject = subject || is(c.PID, t, 5)
		case 0x26, 0x77, 0x7b, 0x7d:
			process = process || is(c.ObjectPID, t, 5)
		default:
			continue
		}
		user = user || is(c.AUID, t, 0) && is(c.EUID, t, 1) && is(c.EGID, t, 2) && is(c.RUID, t, 3) && is(c.RGID, t, 4)
	}
	return user && subject && process
}

func is(want *uint32, t *bsm.Token, field int) bool {
	return want == nil || uint32(t.Fields[field].Num) == *want
}

func (c *Criteria) objects(r *bsm.Record) bool {
	found := [4]bool{}
	for i := range r.Tokens {
		if t := &r.Tokens[i]; t.ID == 0x22 {
			kind := t.Fields[0].Num
			if kind == 0 || kind > 3 {
				if c.IPC != [4]*uint32{} {
					return false
				}
				continue
			}
			if found[kind] = true; !is(c.IPC[kind], t, 1) {
				return false
			}
		}
	}
	for kind, want := range c.IPC {
		if want != nil && !found[kind] {
			return false
		}
	}
	return true
}

func (c *Criteria) paths(r *bsm.Record) bool {
	if c.Paths == nil {
		return true
	}
	n := 0
	for i := range r.Tokens {
		if t := &r.Tokens[i]; t.ID == bsm.IDPath {
			if n++; !c.wanted(t.Fields[0].Bytes) {
				return false
			}
		}
	}
	return n > 0
}

func (c *Criteria) wanted(name []byte) bool {
	for _, p := range c.Paths {
		if p.Pattern.Match(name) {
			return !p.Unwanted
		}
	}
	return false
}

func (c *Criteria) zone(r *bsm.Record) bool {
	if c.Zone == "" {
		return true
	}
	n := 0
	for i := range r.Tokens {
		if t := &r.Tokens[i]; t.ID == 0x60 {
			n++
			if ok, _ := path.Match(c.Zone, string(t.Fields[0].Bytes)); !ok {
				return false
			}
		}
	}
	return n > 0
}
