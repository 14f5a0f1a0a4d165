package linux

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// record is one line of an event, read.
type record struct {
	num   uint16
	name  string // the type: its name, or UNKNOWN[n]
	parts [numParts]part
}

// part is one part of a record: its tokens and their shape; nil where the part is missing.
type part struct {
	toks  []token
	shape *shape
}

// get gives the token of a field, nil if there is none.
func (p *part) get(f field) *token {
	if p.shape == nil {
		return nil
	}
	if i := p.shape.at[f]; i >= 0 {
		return &p.toks[i]
	}
	return nil
}

// plain gives a field that is never encoded, text one that may be; "" where there is none.
func (p *part) plain(f field) string {
	if t := p.get(f); t != nil {
		return t.plain()
	}
	return ""
}

func (p *part) text(f field) string {
	if t := p.get(f); t != nil {
		return t.text()
	}
	return ""
}

// reading is the work on one event. A decoder has one and uses it again.
type reading struct {
	shapes shapes
	texts  dialect.Arena // raw and event_data
	raw    string
	recs   []record
	toks   []token
	order  []int // of recs, by name
	out    []byte

	sys     *record // SYSCALL
	arch    arch
	call    *syscall
	missing []string
	torn    bool
}

// read parts the lines of an event into tokens.
func (r *reading) read(ev *happening) {
	r.raw = r.texts.String(ev.raw)
	r.recs, r.toks, r.missing = r.recs[:0], r.toks[:0], r.missing[:0]
	r.sys, r.arch, r.call, r.torn = nil, arch{}, nil, false
	for _, l := range ev.lines {
		rec := r.next()
		rec.num = l.num
		switch t := typeOf(l.num); {
		case t != nil:
			rec.name = t.name
		case l.name1 > l.name0:
			rec.name = r.raw[l.name0:l.name1]
		default:
			rec.name = "UNKNOWN[" + strconv.Itoa(int(l.num)) + "]"
		}
		body := r.raw[l.body:l.end]
		switch l.num {
		case typeEOE:
		case typeReplace:
			rec.name = "REPLACE"
		case typeExecve:
			start := len(r.toks)
			r.toks = appendKernel(r.toks, trimEnd(body), len(body))
			rec.parts[partKernel].toks = r.toks[start:]
		default:
			r.readParts(rec, body)
		}
	}
	// Tokens moved when their slice grew: an old array keeps what was in it, so the parts stay right.
	for i := range r.recs {
		if r.recs[i].num == typeSyscall {
			r.sys = &r.recs[i]
			break
		}
	}
	if r.sys != nil {
		r.arch, r.call = r.callOf(r.sys)
	}
}

// next gives a record that is zero. It is filled where it stays: to copy what was just written makes a processor wait.
func (r *reading) next() *record {
	n := len(r.recs)
	r.recs = slices.Grow(r.recs, 1)[:n+1]
	r.recs[n] = record{}
	return &r.recs[n]
}

func (r *reading) readParts(rec *record, body string) {
	kernel, text, interp, hasText := cut(body)
	if hasText {
		r.readPart(rec, partText, text, false, false)
	}
	if interp != "" {
		r.readPart(rec, partInterp, interp, false, false)
	}
	r.readPart(rec, partKernel, kernel, hasText, interp != "")
}

func (r *reading) readPart(rec *record, p int, s string, hasMsg, hasInterp bool) {
	start := len(r.toks)
	var sh *shape
	r.toks, sh = r.shapes.read(r.toks, rec.num, p, s, hasMsg, hasInterp)
	toks := r.toks[start:]
	if n := len(toks); n > 0 && toks[n-1].torn {
		r.torn = true
	}
	rec.parts[p] = part{toks, sh}
}

// joinOldNew puts together the keys of Enterprise Linux 6: "old auid=1 new auid=2".
func joinOldNew(toks []token) []token {
	n := 0
	for i := range toks {
		if n > 0 && toks[n-1].key == "" && toks[i].key != "" {
			switch toks[n-1].val + " " + toks[i].key {
			case "old auid":
				toks[i].key = "old-auid"
				n--
			case "new auid":
				toks[i].key = "new-auid"
				n--
			case "old ses":
				toks[i].key = "old-ses"
				n--
			case "new ses":
				toks[i].key = "ses"
				n--
			}
		}
		toks[n] = toks[i]
		n++
	}
	return toks[:n]
}

// callOf finds the architecture and system call that a record names.
func (r *reading) callOf(rec *record) (arch, *syscall) {
	k := &rec.parts[partKernel]
	a := archOf(k.plain(fArch))
	return a, a.call(k.plain(fSyscall), rec.parts[partInterp].plain(fiSyscall))
}

// data writes event_data: the records by type, then src, the block that finds the event in its source again.
func (r *reading) data(ev *happening) counterfoil.JSON {
	r.out = append(r.out[:0], '{')
	r.sort()
	for i := 0; i < len(r.order); {
		n := i + 1
		for n < len(r.order) && r.recs[r.order[n]].name == r.recs[r.order[i]].name {
			n++
		}
		r.group(r.order[i:n])
		r.out = append(r.out, ',')
		i = n
	}
	r.source(ev)
	r.out = append(r.out, '}')
	return counterfoil.JSON(r.texts.String(r.out))
}

// sort puts the records into the order of their names, those of one name as they came.
func (r *reading) sort() {
	r.order = r.order[:0]
	for i := range r.recs {
		if r.recs[i].num != typeEOE {
			r.order = append(r.order, i)
		}
	}
	byName := func(a, b int) int { return strings.Compare(r.recs[a].name, r.recs[b].name) }
	if len(r.order) > 16 {
		slices.SortStableFunc(r.order, byName)
		return
	}
	for i := 1; i < len(r.order); i++ {
		for j := i; j > 0 && byName(r.order[j], r.order[j-1]) < 0; j-- {
			r.order[j], r.order[j-1] = r.order[j-1], r.order[j]
		}
	}
}

// group writes the records of one type: an object, an array where there are or may be several.
func (r *reading) group(recs []int) {
	first := &r.recs[recs[0]]
	r.out = append(append(append(r.out, '"'), first.name...), '"', ':')
	switch {
	case first.num == typeExecve:
		r.execve(recs)
		return
	case first.num == typeReplace:
		r.replace()
		return
	case len(recs) == 1 && first.num != typePath && first.num != typeObjPID && first.num != typeAVC:
		r.out = r.object(r.out, first, partKernel)
		return
	}
	r.out = append(r.out, '[')
	for i, k := range recs {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.out = r.object(r.out, &r.recs[k], partKernel)
	}
	r.out = append(r.out, ']')
}

// replace writes AUDIT_REPLACE, the one record in binary: the process that asks to be the audit daemon, as a 32-bit
// number in the order of the machine, which nearly always is little-endian.
func (r *reading) replace() {
	r.out = append(r.out, '{')
	if len(r.raw) == 4 {
		pid := binary.LittleEndian.Uint32([]byte(r.raw))
		r.out = strconv.AppendUint(append(r.out, `"pid":`...), uint64(pid), 10)
	}
	r.out = append(r.out, '}')
}

// object appends one part of a record.
func (r *reading) object(out []byte, rec *record, p int) []byte {
	x := &rec.parts[p]
	start := len(out)
	for i := range x.shape.order {
		m := &x.shape.order[i]
		before := len(out)
		out = append(out, m.json...)
		if m.tok < 0 {
			var ok bool
			if out, ok = r.derived(out, rec, x, m.how); !ok {
				out = out[:before]
			}
			continue
		}
		t := &x.toks[m.tok]
		switch {
		case t.quoted && m.how != asKeys && m.how != asArgv:
			out = counterfoil.AppendText(out, t.val)
		case m.how == asAuto && isInt(t.val): // half of all
			out = append(out, t.val...)
		default:
			out = r.value(out, t, m.how)
		}
	}
	if len(out) == start {
		return append(out, '{', '}')
	}
	out[start] = '{' // in place of the first comma
	return append(out, '}')
}

// value appends a value.
func (r *reading) value(out []byte, t *token, h how) []byte {
	v := t.val
	switch {
	case t.quoted && h == asKeys:
		return appendList(out, v, 1)
	case t.quoted && h == asArgv:
		return appendList(out, v, 0)
	case t.quoted:
	case isAbsent(v):
		return append(out, "null"...)
	case h == asHex, h == asKeys, h == asArgv:
		if hex, torn := isHex(v); hex {
			r.torn = r.torn || torn
			switch h {
			case asKeys:
				return appendHexList(out, v, 1)
			case asArgv:
				return appendHexList(out, v, 0)
			}
			return appendHexText(out, v)
		}
		if h != asHex {
			return append(counterfoil.AppendText(append(out, '['), v), ']')
		}
	case h == asPerms:
		out = append(out, '[')
		for w := range strings.FieldsSeq(v) {
			out = append(counterfoil.AppendText(out, w), ',')
		}
		if out[len(out)-1] == ',' {
			out = out[:len(out)-1]
		}
		return append(out, ']')
	}
	return counterfoil.AppendText(out, v)
}

// derived appends a value that no single token holds; false: there is none.
func (r *reading) derived(out []byte, rec *record, x *part, h how) (_ []byte, ok bool) {
	switch h {
	case asMsg:
		out = r.object(out, rec, partText)
	case asInterp:
		out = r.object(out, rec, partInterp)
	case asArch:
		a := archOf(x.plain(fArch))
		if a.name == "" {
			return out, false
		}
		out = counterfoil.AppendText(out, a.name)
	case asCall:
		_, call := r.callOf(rec)
		if call == nil {
			return out, false
		}
		out = counterfoil.AppendText(out, call.name)
	case asAddress:
		a, ok := parseAddress(x.plain(fSaddr))
		if !ok {
			return out, false
		}
		out = a.appendJSON(out)
	case asWords:
		words := ""
		for i := range x.toks {
			if t := &x.toks[i]; t.key == "" {
				if words != "" {
					words += " "
				}
				words += t.val
			}
		}
		out = counterfoil.AppendText(out, words)
	}
	return out, true
}
