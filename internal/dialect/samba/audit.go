package samba

import (
	"strconv"
	"strings"
)

// audit is a line of vfs_full_audit.
type audit struct {
	pid                                       int
	protocol, addr, user, machine, share, dir string
	op                                        string
	ok                                        bool
	reason                                    string // strerror of a failure
	args                                      string
}

// parseAudit reads PREFIX|op|ok|args or PREFIX|op|fail (reason)|args. Only the last field of the prefix may hold '|',
// and args may hold anything: names on the server are written as they are.
func (d *decoder) parseAudit(body string) (a audit, problem string) {
	rest, ok := strings.CutPrefix(body, d.magic+"|")
	if !ok {
		return a, "neither a line of full_audit with the prefix " + d.magic + " nor a message of smbd"
	}
	for i, v := range d.vars {
		field := ""
		if i == len(d.vars)-1 {
			at := opAt(rest)
			if at < 0 {
				return a, "full_audit: no operation and result behind the prefix"
			}
			field, rest = rest[:at], rest[at+1:]
		} else if field, rest, ok = strings.Cut(rest, "|"); !ok {
			return a, "full_audit: the prefix ends early"
		}
		a.set(v, field)
	}
	if a.pid == 0 {
		return a, "full_audit: %d in the prefix is no process number"
	}
	a.op, rest, _ = strings.Cut(rest, "|")
	if a.ok = strings.HasPrefix(rest, "ok|"); a.ok {
		a.args = rest[len("ok|"):]
		return a, ""
	}
	rest = strings.TrimPrefix(rest, "fail (")
	a.reason, a.args, _ = strings.Cut(rest, ")|")
	return a, ""
}

// opAt finds the '|' before "op|ok|" or "op|fail (": the first that a word of lower case letters follows.
func opAt(s string) int {
	for from := 0; ; {
		i := strings.IndexByte(s[from:], '|')
		if i < 0 {
			return -1
		}
		i += from
		op, rest, ok := strings.Cut(s[i+1:], "|")
		if ok && op != "" && strings.Trim(op, "abcdefghijklmnopqrstuvwxyz_0123456789") == "" {
			if strings.HasPrefix(rest, "ok|") {
				return i
			}
			if fail, is := strings.CutPrefix(rest, "fail ("); is && strings.Contains(fail, ")|") {
				return i
			}
		}
		from = i + 1
	}
}

func (a *audit) set(variable byte, v string) {
	switch variable {
	case 'd':
		if isDigits(v) && len(v) < 11 {
			a.pid, _ = strconv.Atoi(v)
		}
	case 'R':
		a.protocol = v
	case 'I', 'i':
		if variable == 'I' || a.addr == "" {
			a.addr = v
		}
	case 'u', 'U':
		if variable == 'u' || a.user == "" {
			a.user = v
		}
	case 'm':
		a.machine = v
	case 'S':
		a.share = v
	case 'P':
		a.dir = v
	}
}

// relative gives a path below the share's directory as clients see it.
func (a *audit) relative(path string) string {
	if a.dir == "" {
		return path
	}
	rest, ok := strings.CutPrefix(path, a.dir)
	switch {
	case !ok:
		return path
	case rest == "":
		return "."
	case strings.HasSuffix(a.dir, "/"):
		return rest
	case rest[0] == '/':
		return rest[1:]
	}
	return path
}

// create is what a create_file line says.
type create struct {
	mask        uint64
	dir         bool
	disposition string
	path        string
}

func (a *audit) create() (c create, ok bool) {
	mask, rest, ok1 := strings.Cut(a.args, "|")
	what, rest, ok2 := strings.Cut(rest, "|")
	disposition, path, ok3 := strings.Cut(rest, "|")
	n, err := strconv.ParseUint(mask, 0, 32)
	return create{n, what == "dir", disposition, a.relative(path)}, ok1 && ok2 && ok3 && err == nil
}

// rename parts "from|to": both begin with the share's directory, so that '|' in a name does not part them. Where it
// cannot be told, to is empty and from is all of it.
func (a *audit) rename() (from, to string) {
	at := -1
	for i := 0; ; i++ {
		j := strings.Index(a.args[i:], "|"+a.dir)
		if j < 0 {
			break
		}
		if i += j; a.dir == "" || strings.HasPrefix(a.args[i+1+len(a.dir):], "/") || strings.HasSuffix(a.dir, "/") {
			if at >= 0 {
				return a.relative(a.args), "" // two places: the name of a file holds the directory's
			}
			at = i
		}
	}
	if at < 0 {
		return a.relative(a.args), ""
	}
	return a.relative(a.args[:at]), a.relative(a.args[at+1:])
}

// times parts "path|create|atime|mtime|ctime" from its end.
func (a *audit) times() (path string, times [4]string, ok bool) {
	path = a.args
	for i := 3; i >= 0; i-- {
		at := strings.LastIndexByte(path, '|')
		if at < 0 {
			return a.relative(a.args), [4]string{}, false
		}
		times[i], path = path[at+1:], path[:at]
	}
	return a.relative(path), times, true
}

// acl parts "path [SDDL]" from its end.
func (a *audit) acl() (path, sddl string) {
	rest, ok := strings.CutSuffix(a.args, "]")
	at := strings.LastIndex(rest, " [")
	if !ok || at < 0 {
		return a.relative(a.args), ""
	}
	return a.relative(rest[:at]), rest[at+2:]
}
