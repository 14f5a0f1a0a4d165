package coverage

import (
	"fmt"
	"path"
	"strings"
)

// kernel finds what the kernel of this machine does not audit. What it cannot ask, it notes.
func (f *Facts) kernel(r *Report) (list []Finding) {
	k := f.Kernel
	switch {
	case k == nil:
		return nil
	case k.Problem != "" && len(f.Watch) == 0:
		r.Notes = append(r.Notes, k.Problem)
		return nil
	case k.Problem != "":
		return []Finding{{ID: "kernel", Reason: absent, What: "whether the paths are watched cannot be told: " + k.Problem, Remedy: "run this as root on the machine that is to be watched"}}
	}
	if !k.Enabled {
		list = append(list, Finding{ID: "kernel.off", Reason: absent, What: "auditing is switched off in the kernel: its rules do nothing", Remedy: "auditctl -e 1, or enable: true for the input"})
	}
	if k.Lost > 0 {
		list = append(list, Finding{ID: "kernel.lost", Reason: absent, What: fmt.Sprintf("the kernel has lost %d records since it was booted", k.Lost), Remedy: "auditctl -b 8192: a longer queue"})
	}
	for _, rule := range k.Rules {
		if strings.HasPrefix(rule, "-a never,") || strings.Contains(rule, ",exclude") {
			list = append(list, Finding{ID: "kernel.rule", Reason: byRule, What: "a rule of the kernel leaves out: " + rule, Remedy: "remove the rule, or --accept this"})
		}
	}
	for _, p := range f.Watch {
		if watched, partly := watches(k.Rules, p); watched == "" {
			x := Finding{ID: "kernel." + p, Reason: absent, What: "no rule of the kernel watches " + p + " for writing and attributes", Remedy: "auditctl -w " + p + " -p wa"}
			if partly != "" {
				x.What += "; in part does: " + partly
			}
			list = append(list, x)
		}
	}
	return list
}

// watches gives the rule that watches a path for writing and changes of attributes whoever does it, or one that does so
// in part. A rule on a directory watches what is below it. One for programs of 64 bits, or of 32, takes the other beside it.
func watches(rules []string, p string) (rule, partly string) {
	p = path.Clean(p)
	sizes := map[string]bool{}
	for _, text := range rules {
		w := readWatch(text)
		below := w.path == p || w.path == "/" || strings.HasPrefix(p, w.path+"/") && !w.fileOnly
		switch {
		case w.path == "" || !below:
		case w.narrowed || !strings.Contains(w.perm, "w") || !strings.Contains(w.perm, "a"):
			partly = text
		case w.arch == "":
			return text, ""
		default:
			if sizes[w.arch] = true; len(sizes) > 1 {
				return text, ""
			}
			partly = text
		}
	}
	return "", partly
}

// watch is what a rule in auditctl's words says of paths.
type watch struct {
	path, perm string
	arch       string // "": of all programs
	fileOnly   bool   // path=: not what is below
	narrowed   bool   // to some users, programs, system calls or outcomes
}

func readWatch(rule string) (w watch) {
	if rest, ok := strings.CutPrefix(rule, "-w "); ok { // a path may have spaces; what follows it has none
		if rest, _, found := cutLast(rest, " -k "); found {
			return readWatch("-w " + rest)
		}
		w.path, w.perm, _ = cutLast(rest, " -p ")
		w.path = path.Clean(w.path)
		return w
	}
	if !strings.HasPrefix(rule, "-a always,exit") {
		return w
	}
	w.perm = "rwxa"
	for _, part := range strings.Split(strings.TrimPrefix(rule, "-a always,exit"), " -") {
		field, is := strings.CutPrefix(part, "F ")
		key, value, _ := strings.Cut(field, "=")
		switch {
		case part == "" || part == "S all" || is && key == "key":
		case is && key == "arch":
			w.arch = value
		case is && (key == "path" || key == "dir"):
			w.path, w.fileOnly = path.Clean(value), key == "path"
		case is && key == "perm":
			w.perm = value
		default:
			w.narrowed = true
		}
	}
	return w
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
