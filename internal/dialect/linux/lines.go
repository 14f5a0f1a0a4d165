package linux

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// fromPayloads makes lines of what came by the netlink socket, where the type of a record is beside its text: the types are
// in event_data.src, those that follow each other once.
func fromPayloads(ev *counterfoil.Event) []string {
	if ev.Raw == "" {
		return nil
	}
	payloads := strings.Split(ev.Raw, "\n")
	types, counts := runs(ev)
	left := len(payloads)
	open := -1 // the run of EXECVE, whose records event_data has joined
	for i, n := range counts {
		if left -= n; types[i] == "EXECVE" {
			left += n
			open = i
		}
	}
	if open >= 0 {
		counts[open], left = left, 0
	}
	if left != 0 || open >= 0 && counts[open] < 1 {
		return nil
	}
	var lines []string
	for i, n := range counts {
		for range n {
			p := payloads[len(lines)]
			if !strings.HasPrefix(p, "audit(") {
				return nil
			}
			lines = append(lines, "type="+types[i]+" msg="+p)
		}
	}
	return lines
}

// runs gives the types of an event's records in order, and how many records of each follow each other.
func runs(ev *counterfoil.Event) (types []string, counts []int) {
	for t := range ev.EventData.Member("src").Member("types").Elements() {
		name := t.Text()
		n := 1
		if a := ev.EventData.Member(name); a.Kind() == '[' {
			n = 0
			for range a.Elements() {
				n++
			}
		}
		types, counts = append(types, name), append(counts, n)
	}
	return types, counts
}

// fromData makes lines of event_data: the records in the order of their types, each with its fields. Whether a string
// stood in quotes is no longer known; what is written reads back the same.
func fromData(ev *counterfoil.Event) []string {
	src := ev.EventData.Member("src")
	serial := src.Member("serial").Text()
	if serial == "" || !isDigits(serial) {
		return nil
	}
	stamp := "audit(" + exactStamp(ev.Time) + ":" + serial + "): "
	types, _ := runs(ev)
	var lines []string
	for _, name := range types {
		head := "type=" + name + " msg=" + stamp
		num := typeByName([]byte(name))
		data := ev.EventData.Member(name)
		switch {
		case num == typeEOE:
			lines = append(lines, head)
		case num == typeExecve:
			for _, body := range execveBodies(data) {
				lines = append(lines, head+body)
			}
		case data.Kind() == '{':
			lines = append(lines, head+bodyOf(num, data))
		case data.Kind() == '[':
			for rec := range data.Elements() {
				lines = append(lines, head+bodyOf(num, rec))
			}
		default:
			return nil
		}
	}
	return lines
}

// exactStamp gives the time with the digits that it has, three at least.
func exactStamp(t counterfoil.Time) string {
	if t < 0 {
		return "0.000"
	}
	frac := strings.TrimRight(fmt.Sprintf("%09d", int64(t)%1e9), "0")
	for len(frac) < 3 {
		frac += "0"
	}
	return strconv.FormatInt(int64(t)/1e9, 10) + "." + frac
}

// Readers of audit-userspace look for fields in the order in which the kernel writes them, each behind the one before.
var (
	usualOrder = orderOf(`seresult seperms words op audit_ actions new- arch syscall per compat ip code success exit a0 a1 a2 a3 items item name
		inode dev mode ppid pid opid uid old-auid auid gid euid suid fsuid egid sgid fsgid ouid ogid rdev obj tty old-ses ses comm
		ocomm major minor data nametype cwd argv saddr path scontext tcontext tclass permissive unit id acct exe hostname addr
		terminal subj key list res msg interp`)
	kernelOrder = orderOf(`seresult seperms words op audit_ actions new- arch syscall per success exit a0 a1 a2 a3 items item name inode dev mode
		ppid pid auid uid gid euid suid fsuid egid sgid fsgid ouid ogid rdev obj tty ses comm exe subj key nametype cwd argv saddr
		path scontext tcontext tclass permissive list res interp`)
	anomalyOrder = orderOf(`dev prom old_prom auid uid gid ses subj pid comm exe sig arch syscall compat ip code res interp`)
)

type fieldOrder map[string]int

func orderOf(keys string) fieldOrder {
	m := fieldOrder{}
	for i, key := range strings.Fields(keys) {
		m[key] = i + 1
	}
	return m
}

// orderFor gives the order of a type's fields.
func orderFor(num uint16, part int) fieldOrder {
	switch {
	case part == partText:
		return usualOrder
	case num == typeSeccomp || num >= 1700 && num < 1800:
		return anomalyOrder
	case num >= firstKernel && num < 2000 && num != typeTTY:
		return kernelOrder
	}
	return usualOrder
}

// place of a field among the others; those that are not known come before what ends a record.
func (o fieldOrder) place(key string) int {
	if p, ok := o[key]; ok {
		return p
	}
	for _, prefix := range [...]string{"audit_", "new-"} { // the setting that was changed stands behind op=set
		if p := o[prefix]; p > 0 && strings.HasPrefix(key, prefix) && key != "new-auid" {
			return p
		}
	}
	return o["ses"]
}

// bodyOf writes one record.
func bodyOf(num uint16, data counterfoil.JSON) string {
	w := recordWriter{num: num}
	w.fields(partKernel, data)
	if num == typeAVC || num == typeUserAVC {
		w.prose()
	}
	return strings.Join(w.words, " ") + w.tail
}

type recordWriter struct {
	num   uint16
	words []string
	tail  string // interpretation
	avc   [2]string
}

// prose writes SELinux's decision as the kernel words it.
func (w *recordWriter) prose() {
	if w.avc != [2]string{} {
		w.words = append([]string{"avc:  " + w.avc[0] + "  { " + w.avc[1] + " } for "}, w.words...)
	}
}

func (w *recordWriter) fields(part int, data counterfoil.JSON) {
	type field struct {
		key string
		val counterfoil.JSON
	}
	var all []field
	for k, v := range data.Members() {
		all = append(all, field{k, v})
	}
	o := orderFor(w.num, part)
	slices.SortStableFunc(all, func(a, b field) int { return o.place(a.key) - o.place(b.key) })
	for _, f := range all {
		key := f.key
		if i := strings.LastIndexByte(key, '#'); i > 0 && isDigits(key[i+1:]) && data.Member(key[:i]) != "" {
			key = key[:i]
		}
		w.field(part, key, f.val)
	}
}

func (w *recordWriter) field(part int, key string, v counterfoil.JSON) {
	switch {
	case part == partKernel && (key == "arch_name" || key == "syscall_name" || key == "address" && w.num == typeSockaddr):
	case key == "seresult" && part != partInterp:
		w.avc[0] = v.Text()
	case key == "seperms" && part != partInterp:
		w.avc[1] = listText(v, " ")
	case key == "words":
		w.words = append(w.words, v.Text())
	case key == "msg" && v.Kind() == '{':
		text := recordWriter{num: w.num}
		text.fields(partText, v)
		text.prose()
		w.words = append(w.words, "msg='"+strings.Join(text.words, " ")+"'")
	case key == "interp" && v.Kind() == '{':
		names := recordWriter{num: w.num}
		names.fields(partInterp, v)
		w.tail = string(rune(groupSeparator)) + strings.Join(names.words, " ")
	case key == "argv":
		w.words = append(w.words, "proctitle="+valueOf(asHex, counterfoil.String(listText(v, "\x00"))))
	case key == "key" && v.Kind() == '[':
		w.words = append(w.words, "key="+valueOf(asHex, counterfoil.String(listText(v, "\x01"))))
	case key == "SADDR":
		w.words = append(w.words, "SADDR={ "+v.Text()+" }")
	default:
		w.words = append(w.words, key+"="+valueOf(howOf(w.num, part, key), v))
	}
}

func listText(v counterfoil.JSON, sep string) string {
	var list []string
	for e := range v.Elements() {
		list = append(list, e.Text())
	}
	return strings.Join(list, sep)
}

// valueOf writes one value so that it reads back as what it is.
func valueOf(h how, v counterfoil.JSON) string {
	s := v.Text()
	switch {
	case v.Kind() == 'n':
		return "(null)"
	case v.Kind() != '"':
		return s
	case h == asHex && isClean(s):
		return `"` + s + `"`
	case h == asHex && s != "":
		return fmt.Sprintf("%X", s)
	case isAbsent(s), h == asAuto && isInt(s):
		return `"` + s + `"`
	}
	return s
}

// maxExecve is how long the kernel lets an EXECVE record grow.
const maxExecve = 7500

// execveBodies writes the arguments of a program, in as many records as they need. An argument that needs more than one
// is announced with its length in hexadecimal digits.
func execveBodies(data counterfoil.JSON) []string {
	bodies := []string{}
	cur := ""
	if n := data.Member("argc"); n != "" {
		cur = "argc=" + string(n)
	}
	add := func(word string) {
		if len(cur)+len(word) > maxExecve {
			bodies = append(bodies, cur)
			cur = ""
		}
		cur += " " + word
	}
	n := 0
	for arg := range data.Member("argv").Elements() {
		key := "a" + strconv.Itoa(n)
		n++
		v := valueOf(asHex, arg)
		if len(v) < maxExecve {
			add(key + "=" + v)
			continue
		}
		v = fmt.Sprintf("%X", arg.Text())
		add(key + "_len=" + strconv.Itoa(len(v)))
		for i := 0; v != ""; i++ {
			k := min(len(v), maxExecve-100)
			add(key + "[" + strconv.Itoa(i) + "]=" + v[:k])
			v = v[k:]
		}
	}
	bodies = append(bodies, cur)
	bodies[0] = strings.TrimPrefix(bodies[0], " ")
	return bodies
}
