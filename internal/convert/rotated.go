package convert

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A log and what rotation made of it:
//
//	audit.log, audit.log.1, audit.log.2.gz            a higher number is older (logrotate, auditd, newsyslog)
//	audit.log, audit.log-20261122, audit.log.20261122T1200.bz2     a later date is newer
//	20261122115959.20261122120000, 20261122120000.not_terminated   BSM trails, START.END with or without .HOST
type rotated struct {
	name  string // in its directory
	base  string // of the log: what the files of a set have in common
	kind  kind
	num   int    // of a numbered file
	stamp string // of a dated file or a trail
}

type kind uint8

const (
	newest kind = iota // the log itself
	numbered
	dated
	trail
)

// compressions are the endings that compressed files are given.
var compressions = []string{".gz", ".zst", ".bz2", ".xz", ".lz4", ".Z"}

// parts takes a name apart.
func parts(name string) rotated {
	plain := name
	if ext := filepath.Ext(name); slices.Contains(compressions, ext) {
		plain = strings.TrimSuffix(name, ext)
	}
	if host, ok := trailHost(plain); ok {
		return rotated{name: name, base: "*" + host, kind: trail, stamp: plain}
	}
	for i := 1; i < len(plain); i++ {
		if rest := plain[i+1:]; (plain[i] == '.' || plain[i] == '-') && isDate(rest) {
			return rotated{name: name, base: plain[:i], kind: dated, stamp: rest}
		}
	}
	if i := strings.LastIndexByte(plain, '.'); i > 0 && len(plain)-i <= 6 && isDigits(plain[i+1:]) {
		n, _ := strconv.Atoi(plain[i+1:]) // at most five digits
		return rotated{name: name, base: plain[:i], kind: numbered, num: n}
	}
	return rotated{name: name, base: plain, kind: newest}
}

// trailHost reports whether a name is that of a BSM trail, and gives what follows START.END: "" or ".host".
func trailHost(name string) (host string, ok bool) {
	const stamp = 14 // digits; not_terminated and crash_recovery have as many letters
	if len(name) < 2*stamp+1 || name[stamp] != '.' || !isDigits(name[:stamp]) {
		return "", false
	}
	end, host := name[stamp+1:2*stamp+1], name[2*stamp+1:]
	ok = isDigits(end) || end == "not_terminated" || end == "crash_recovery"
	return host, ok && (host == "" || host[0] == '.')
}

// isDate reports whether s is a year and at least four more digits, as logrotate's dateformat gives them, parted or not.
func isDate(s string) bool {
	digits := strings.NewReplacer("-", "", "_", "", ".", "", ":", "", "T", "", "Z", "").Replace(s)
	return len(digits) >= 8 && isDigits(digits) && (s[:2] == "19" || s[:2] == "20") && isDigits(s[:4])
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// list reads the names in a directory. Links count: /var/audit/current does not, it is a second name.
func list(dir string) (all []rotated, err error) {
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") || e.Name() == "current" && e.Type()&os.ModeSymlink != 0 {
			continue
		}
		all = append(all, parts(e.Name()))
	}
	return all, nil
}

// Rotated gives the rotated set that ends with a file, oldest first, and what is remarkable about it. The file itself
// may be missing where others are there: it is so for a moment in each rotation.
func Rotated(name string) (in Input, notes []string, err error) {
	if name == Stdin {
		return nil, nil, usage("standard input has no rotated files: name the newest file")
	}
	if filepath.Base(name) == "current" {
		if target, err := filepath.EvalSymlinks(name); err == nil {
			name = target
		}
	}
	dir, base := filepath.Split(name)
	all, err := list(dir)
	if err != nil {
		return nil, nil, err
	}
	self := parts(base)
	switch {
	case self.kind == trail:
		all = slices.DeleteFunc(all, func(f rotated) bool { return f.kind != trail || f.base != self.base || f.stamp > self.stamp })
	case self.kind != newest && !slices.ContainsFunc(all, func(f rotated) bool { return f.base == base }):
		return nil, nil, usage("%s is itself a rotated file: name the newest, %s", name, dir+self.base)
	default:
		all = slices.DeleteFunc(all, func(f rotated) bool { return f.name != base && (f.base != base || f.kind == newest) })
	}
	if len(all) == 0 {
		_, err := os.Stat(name)
		return nil, nil, err
	}
	return order(dir, base, all)
}

// order sorts the files of one set. base is the name of the newest.
func order(dir, base string, all []rotated) (in Input, notes []string, err error) {
	for i := range all {
		if all[i].name == base && all[i].kind != trail {
			all[i].kind = newest
		}
	}
	rank := func(f rotated) int { return (int(f.kind) + 3) % 4 } // the newest comes last
	slices.SortFunc(all, func(a, b rotated) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.num, a.num), strings.Compare(a.stamp, b.stamp), strings.Compare(a.name, b.name))
	})
	for i, f := range all {
		in = append(in, dir+f.name)
		if i == 0 {
			continue
		}
		switch o := all[i-1]; {
		case f.kind == o.kind && f.num == o.num && f.stamp == o.stamp:
			return nil, nil, usage("%s and %s hold the same records: remove one, or name the files without --rotated", in[i-1], in[i])
		case f.kind == dated && o.kind == numbered:
			return nil, nil, usage("%s is numbered and %s is dated, so that their order is not known: name the files in their order, without --rotated",
				in[i-1], in[i])
		case f.kind == numbered && o.num != f.num+1:
			notes = append(notes, fmt.Sprintf("between %s and %s files are missing", in[i-1], in[i]))
		case f.kind == newest && o.kind == numbered && o.num > 1:
			notes = append(notes, fmt.Sprintf("between %s and %s files are missing", in[i-1], in[i]))
		}
	}
	if len(all) == 1 && all[0].kind == newest {
		notes = append(notes, "there are no rotated files beside "+in[0])
	}
	return in, notes, nil
}

// Directory gives the one log that a directory holds, as [Rotated] does. Several are an error that names them.
func Directory(dir string) (in Input, notes []string, err error) {
	all, err := list(dir)
	if err != nil {
		return nil, nil, err
	}
	var logs []string
	for _, f := range all {
		if !slices.Contains(logs, f.base) {
			logs = append(logs, f.base)
		}
	}
	switch {
	case len(logs) == 0:
		return nil, nil, usage("the directory %s holds no file", dir)
	case len(logs) > 1:
		names := logs
		if len(names) > 5 {
			names = append(names[:5:5], fmt.Sprintf("and %d more", len(logs)-5))
		}
		return nil, nil, usage("the directory %s holds several logs (%s): name one, with --rotated if it has older files", dir, strings.Join(names, ", "))
	}
	in, notes, err = order(dir+string(filepath.Separator), logs[0], all)
	if len(in) == 1 {
		notes = nil // the directory was asked for, and it is all there is
	}
	return in, notes, err
}
