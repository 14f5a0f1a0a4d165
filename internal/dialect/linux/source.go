package linux

import (
	"strconv"

	"github.com/counterfoil/counterfoil"
)

// source writes the block src: serial number, node, types in order, and what is wrong with the event.
func (r *reading) source(ev *happening) {
	r.lacking(ev)
	r.out = append(r.out, `"src":{`...)
	flag := func(name string) {
		if r.out[len(r.out)-1] == '{' {
			r.out = append(r.out, `"flags":[`...)
		} else {
			r.out = append(r.out, ',')
		}
		r.out = counterfoil.AppendText(r.out, name)
	}
	if ev.evicted {
		flag("evicted")
	}
	if len(r.missing) > 0 {
		flag("incomplete")
	}
	if ev.late {
		flag("late")
	}
	if ev.oversize {
		flag("oversize")
	}
	if r.torn {
		flag("truncated")
	}
	if r.out[len(r.out)-1] != '{' {
		r.out = append(r.out, ']', ',')
	}
	if len(r.missing) > 0 {
		r.out = append(r.out, `"missing":[`...)
		for _, m := range r.missing {
			r.out = append(counterfoil.AppendText(r.out, m), ',')
		}
		r.out[len(r.out)-1] = ']'
		r.out = append(r.out, ',')
	}
	if ev.marked {
		r.out = append(counterfoil.AppendText(append(r.out, `"node":`...), ev.host), ',')
	}
	r.out = append(r.out, `"serial":`...)
	if ev.key.id.serial < 1e15 {
		r.out = strconv.AppendUint(r.out, ev.key.id.serial, 10)
	} else {
		r.out = append(strconv.AppendUint(append(r.out, '"'), ev.key.id.serial, 10), '"')
	}
	r.out = append(r.out, `,"types":[`...)
	for i := range r.recs {
		if i == 0 || r.recs[i].name != r.recs[i-1].name {
			r.out = append(append(append(r.out, '"'), r.recs[i].name...), '"', ',')
		}
	}
	r.out[len(r.out)-1] = ']'
	r.out = append(r.out, '}')
}

// lacking lists the records that the event should have and has not.
func (r *reading) lacking(ev *happening) {
	paths, execves, named := 0, 0, false
	for i := range r.recs {
		switch n := r.recs[i].num; n {
		case typePath:
			paths++
		case typeExecve:
			execves++
		default:
			if t := typeOf(n); t == nil || t.kind != aux {
				named = true
			}
		}
	}
	if !named && !ev.late {
		r.missing = append(r.missing, "SYSCALL")
	}
	for i := range r.recs {
		if t := r.recs[i].parts[partKernel].get(fItems); t != nil && isDigits(t.val) {
			if int64(paths) < decimal(t.val) && !ev.late {
				r.missing = append(r.missing, "PATH")
			}
			break
		}
	}
	if ev.wantsEnd && !ev.ended && r.sys != nil {
		r.missing = append(r.missing, "EOE")
	}
}
