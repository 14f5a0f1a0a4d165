package linux

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/peertest"
)

// Others' goldens, field by field. A field of theirs is found in ours by the rules below; what differs all the same is in
// a table with the reason, and the test fails for a difference that is not there and for one that is no more.

// golden is what somebody else found in some records: a text for each path, lists with commas.
type golden map[string]string

func (g golden) walk(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			g.walk(path+"."+k, x)
		}
	case []any:
		var list []string
		for _, x := range v {
			list = append(list, fmt.Sprint(x))
		}
		g[strings.TrimPrefix(path, ".")] = strings.Join(list, ",")
	case float64:
		g[strings.TrimPrefix(path, ".")] = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		g[strings.TrimPrefix(path, ".")] = fmt.Sprint(v)
	}
}

// found is one event of ours: its fields flattened, and each record type's own.
type found struct {
	*counterfoil.Event
	all  map[string]string
	sys  map[string]string // of SYSCALL
	path []map[string]string
}

func find(e *counterfoil.Event) found {
	f := found{e, map[string]string{}, map[string]string{}, nil}
	flatten(f.all, e.EventData)
	flatten(f.sys, e.EventData.Member("SYSCALL"))
	for p := range e.EventData.Member("PATH").Elements() {
		m := map[string]string{}
		flatten(m, p)
		f.path = append(f.path, m)
	}
	return f
}

// same compares a value of ours with theirs, knowing the other ways to say it.
func same(ours, theirs string) bool {
	switch theirs {
	case "<nil>", "(none)", "":
		return ours == "null" || ours == "4294967295" || ours == "?" || ours == "" || strings.Trim(ours, "0") == ""
	case "unset":
		return ours == "4294967295" || ours == ""
	case "success", "true":
		return ours == "1" || ours == "yes" || ours == theirs
	case "failed", "false":
		return ours == "0" || ours == "no" || ours == theirs
	}
	return ours == theirs
}

// label gives a part of a security label, user:role:type:level[:category].
func label(s, part string) string {
	l := strings.SplitN(s, ":", 5)
	i := slices.Index([]string{"user", "role", "domain", "level", "category"}, part)
	if i < 0 || i >= len(l) {
		return ""
	}
	return l[i]
}

type differences map[string]string

// compareGoldens calls agree for each field of each golden, and holds what differs against the table.
func compareGoldens(t *testing.T, name string, fields golden, agree func(path, theirs string) bool, known differences, met map[string]bool) {
	for path, theirs := range fields {
		if agree(path, theirs) {
			continue
		}
		if key := name + " " + path; known[key] != "" {
			met[key] = true
		} else {
			t.Errorf("%q: there %.200q", key, theirs)
		}
	}
}

func unmet(t *testing.T, known differences, met map[string]bool) {
	for key, why := range known {
		if !met[key] {
			t.Errorf("%q is a difference no more: %s", key, why)
		}
	}
}

// coalesceDiffers are the differences from go-libaudit's aucoalesce.
var coalesceDiffers = differences{
	"ANOM-ABEND-SIGSEGV-seg-fault result":      "a crash is a failure",
	"AVC-AppArmor result":                      "AppArmor refused; the success there is that of the system call, which read 193 bytes",
	"AUDIT-TIME-ADJNTPVAL-chronyd-status tags": "there 0x1d and the interpretation behind it are taken for a part of the key",
	"AUDIT-TIME-ADJNTPVAL-freq-tick tags":      "the same",
}

// TestCoalesceGoldens compares with go-libaudit's aucoalesce. Not compared: category, summary, ecs and network.direction, which
// are its own wording of what happened.
func TestCoalesceGoldens(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(peertest.Shared(t, "data/linux/go-libaudit"), "aucoalesce/*/*/golden.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	compared, met := 0, map[string]bool{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		in, err := os.ReadFile(filepath.Join(filepath.Dir(file), "input.log"))
		if err != nil {
			t.Fatal(err)
		}
		var theirs any
		if err := json.Unmarshal(b, &theirs); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		events := suite.Decode(in)
		if len(events) != 1 {
			t.Errorf("%s: %d events", file, len(events))
			continue
		}
		f := find(&events[0])
		g := golden{}
		g.walk("", theirs)
		compared += len(g)
		compareGoldens(t, filepath.Base(filepath.Dir(file)), g, f.coalesced, coalesceDiffers, met)
	}
	unmet(t, coalesceDiffers, met)
	t.Logf("%d fields of %d events, %d differ", compared, len(files), len(met))
}

func (f *found) coalesced(path, theirs string) bool {
	top, rest, _ := strings.Cut(path, ".")
	last := path[strings.LastIndexByte(path, '.')+1:]
	switch top {
	case "category", "summary", "ecs", "network":
		return true
	case "@timestamp":
		at, err := counterfoil.ParseTime(theirs)
		return err == nil && at == f.Time
	case "sequence":
		return theirs == f.all["serial"] || string(f.EventData.Member("src").Member("serial")) == theirs
	case "record_type":
		first := ""
		for typ := range f.EventData.Member("src").Member("types").Elements() {
			if first = strings.ToLower(typ.Text()); first == theirs {
				return true
			}
		}
		return false
	case "result":
		return theirs == map[counterfoil.Outcome]string{counterfoil.Success: "success", counterfoil.Failure: "fail", counterfoil.Unknown: "unknown"}[f.Outcome]
	case "session":
		return same(f.Session, theirs)
	case "tags": // auditctl of old put "key=" before the key; they take it off
		key := f.all["key"]
		if k, ok := f.sys["key"]; ok {
			key = k
		}
		return strings.ReplaceAll(theirs, ",", "") == strings.ReplaceAll(key, "key=", "")
	case "source":
		a := f.EventData.Member("SOCKADDR").Member("address")
		return rest == "ip" && theirs == f.Addr || theirs == a.Member("addr").Text() || rest == "port" && theirs == a.Member("port").Text() ||
			rest == "port" && theirs == f.all["rport"] || rest == "path" && theirs == a.Member("path").Text()
	case "process":
		switch last {
		case "args", "title":
			return same(strings.Join(strings.FieldsFunc(theirs, func(r rune) bool { return r == ',' || r == ' ' }), " "), f.words())
		case "name":
			return theirs == f.all["comm"]
		}
		return theirs == f.all[last]
	case "user":
		if p, ok := strings.CutPrefix(rest, "selinux."); ok {
			return theirs == label(f.all["subj"], p)
		}
		return same(f.all[last], theirs)
	case "paths":
		n := 0
		for range f.path {
			n++
		}
		return strings.Count(theirs, "item:") == n
	case "file":
		return slices.ContainsFunc(f.path, func(p map[string]string) bool { return f.isFile(p, rest, theirs) })
	}
	return f.datum(last, theirs)
}

// words gives what ran, as one line.
func (f *found) words() string {
	for _, typ := range []string{"EXECVE", "PROCTITLE"} {
		if a := f.EventData.Member(typ).Member("argv"); a != "" {
			var l []string
			for e := range a.Elements() {
				l = append(l, strings.FieldsFunc(e.Text(), func(r rune) bool { return r == ',' || r == ' ' })...)
			}
			return strings.Join(l, " ")
		}
	}
	return ""
}

func (f *found) isFile(p map[string]string, field, theirs string) bool {
	switch field {
	case "path":
		return theirs == p["name"] || theirs == f.Object.Name
	case "device":
		return theirs == p["rdev"] || theirs == p["dev"]
	case "mode":
		return len(p["mode"]) >= 4 && strings.HasSuffix(p["mode"], theirs[1:])
	case "uid", "gid":
		return theirs == p["o"+field]
	case "inode":
		return theirs == p["inode"]
	}
	part, ok := strings.CutPrefix(field, "selinux.")
	return ok && theirs == label(p["obj"], part)
}

// datum compares what they have under data.
func (f *found) datum(key, theirs string) bool {
	if v, ok := f.sys[key]; ok && same(v, theirs) {
		return true
	}
	switch key {
	case "arch", "syscall":
		return f.all[key+"_name"] == theirs
	case "socket_addr", "socket_port", "socket_family", "socket_path":
		a := f.EventData.Member("SOCKADDR").Member("address")
		switch key {
		case "socket_addr":
			return a.Member("addr").Text() == theirs
		case "socket_port":
			return a.Member("port").Text() == theirs
		case "socket_path":
			return a.Member("path").Text() == theirs
		}
		return a.Member("family").Text() == map[string]string{"ipv4": "inet", "ipv6": "inet6", "unix": "local", "netlink": "netlink"}[theirs]
	}
	return agree(f.all, key, theirs) || same(f.all[key], theirs)
}

// parserDiffers are the differences from auditd-parser, by the event's type and the field.
var parserDiffers = differences{
	"USER_CHAUTHTOK msg": "a value of several words (op=display aging info) leaves msg unread there; we part it",
	"USER_AVC msg":       "prose leaves msg unread there; we part what follows it",
	"USYS_CONFIG msg":    "the same",
	"CRYPTO_SESSION msg": "an empty value (mac= pfs=…) leaves msg unread there; to us it is null",
	"EXECVE a2":          "in hexadecimal there, since it holds a quote; we give the text",
	"ANOM_ABEND sig":     "the signal's name there; numbers stay numbers here",
	"CONFIG_CHANGE list": "the filter's name there; numbers stay numbers here",
	"BPRM_FCAPS new_pp":  "names of capabilities there; the mask as it came here",
	"BPRM_FCAPS new_pe":  "the same",
}

// parserRefuses are the events whose records auditd-parser cannot read: words without a key ("user pid=", "auditd start"),
// prose, labels that are empty or have a space (AppArmor), a single quote in an account's name, an interpretation of words,
// a header without a colon.
var parserRefuses = map[string]int{"ANOM_ABEND": 1, "AVC": 1, "BIND": 1, "DAEMON_CONFIG": 1, "DAEMON_END": 1, "DAEMON_START": 1,
	"MAC_UNLBL_ALLOW": 1, "SOCKADDR": 3, "USER_ACCT": 2, "USER_AUTH": 2, "USER_END": 2, "USER_START": 2}

// TestParserGoldens compares with auditd-parser's snapshots. It names uids by the passwd file of the machine where its tests
// run: those names are compared with the numbers that they stand for there.
func TestParserGoldens(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(peertest.Shared(t, "data/linux/auditd-parser"), "*.snap"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	info := regexp.MustCompile(`(?m)^info: (".*")$`)
	compared, met, refused := 0, map[string]bool{}, map[string]int{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var line string
		m := info.FindSubmatch(b)
		if m == nil {
			t.Fatalf("%s has no info", file)
		}
		if err := json.Unmarshal(m[1], &line); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		_, body, _ := strings.Cut(string(b), "\n---\n")
		var theirs struct {
			Type      string         `json:"record_type"`
			Timestamp int64          `json:"timestamp"`
			ID        json.Number    `json:"id"`
			Fields    map[string]any `json:"fields"`
			Err       any
		}
		if err := json.Unmarshal([]byte(body), &theirs); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		events := suite.Decode([]byte(line))
		if len(events) != 1 || events[0].Name == dialect.UnparsedEvent {
			t.Errorf("%s: %d events", file, len(events))
			continue
		}
		f := find(&events[0])
		if theirs.Err != nil {
			refused[events[0].Name]++
			continue
		}
		src := f.EventData.Member("src")
		if int64(f.Time) != theirs.Timestamp*1e6 || string(src.Member("serial")) != theirs.ID.String() ||
			string(src.Member("types")) != `["`+theirs.Type+`"]` && theirs.Type != "UNKNOWN[1334]" { // BPF was new to it
			t.Errorf("%s: %v %s, there %s %d %s", file, f.Time, src, theirs.Type, theirs.Timestamp, theirs.ID)
		}
		g := golden{}
		g.walk("", theirs.Fields)
		compared += len(g)
		compareGoldens(t, theirs.Type, g, f.parsed, parserDiffers, met)
	}
	unmet(t, parserDiffers, met)
	if !maps.Equal(refused, parserRefuses) {
		t.Errorf("auditd-parser refuses %v", refused)
	}
	t.Logf("%d fields of %d records, %d differ", compared, len(files), len(met))
}

func (f *found) parsed(path, theirs string) bool {
	path = strings.TrimPrefix(path, "msg.")
	top, part, nested := strings.Cut(path, ".")
	ours := f.all[top]
	switch {
	case top == "mode":
		return theirs == modePart(ours, part)
	case top == "saddr":
		return f.socket(part, theirs)
	case nested && part == "module":
		return theirs == "SELinux" && strings.Count(ours, ":") >= 3
	case nested && strings.HasPrefix(part, "level."):
		return theirs == label(ours, map[string]string{"sensitivity": "level", "category": "category"}[part[len("level."):]])
	case nested && (part == "user" || part == "role"):
		return theirs == label(ours, part)
	case nested && part == "type":
		return theirs == label(ours, "domain")
	case strings.HasSuffix(top, "id") && theirs == "root":
		return ours == "0"
	case top == "arch" || top == "syscall":
		return f.all[top+"_name"] == theirs || same(ours, theirs)
	}
	return agree(f.all, top, theirs) || same(ours, theirs) || !nested && strings.Join(strings.Split(theirs, ","), " ") == ours
}

// modePart words a part of a file's mode as auditd-parser does.
func modePart(octal, part string) string {
	mode, err := strconv.ParseUint(octal, 8, 32)
	if err != nil {
		return ""
	}
	names := func(bits uint64, of ...string) string {
		var set []string
		for i, name := range of {
			if bits>>(len(of)-1-i)&1 == 1 {
				set = append(set, name)
			}
		}
		return strings.Join(set, ",")
	}
	switch part {
	case "file_type":
		return map[uint64]string{0o04: "directory", 0o10: "regular-file", 0o12: "symbolic-link"}[mode>>12]
	case "attributes":
		return names(mode>>9&7, "setuid", "setgid", "sticky")
	case "user":
		return names(mode>>6&7, "read", "write", "exec")
	case "group":
		return names(mode>>3&7, "read", "write", "exec")
	case "other":
		return names(mode&7, "read", "write", "exec")
	}
	return ""
}

func (f *found) socket(part, theirs string) bool {
	a, ok := parseAddress(f.EventData.Member("SOCKADDR").Member("saddr").Text())
	if !ok {
		return false
	}
	switch part {
	case "family":
		return theirs == "AF_"+strings.ToUpper(strings.Replace(families[a.family], "local", "unix", 1))
	case "path":
		return theirs == a.path
	case "address":
		return theirs == a.String()
	case "port_id":
		return theirs == strconv.Itoa(int(a.pid))
	case "multicast_groups_mask":
		return theirs == strconv.Itoa(int(a.group))
	}
	return false
}
