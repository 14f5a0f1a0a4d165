package linux

import (
	"cmp"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// argument is a value of an EXECVE record: all of argument n, or its fragment frag. A long argument is announced by
// aN_len and comes in fragments aN[0], aN[1], …, which may go on in further records and may come in any order.
type argument struct {
	n, frag int // frag -1: the whole argument
	tok     *token
}

// execve writes the EXECVE records of an event as one: argc and argv. Numbers that the records state order arguments; no
// memory is taken by them.
func (r *reading) execve(recs []int) {
	var argc *token
	args := make([]argument, 0, 16)
	sorted := true
	for _, k := range recs {
		toks := r.recs[k].parts[partKernel].toks
		for i := range toks {
			t := &toks[i]
			if t.key == "argc" && argc == nil {
				argc = t
				continue
			}
			if a, ok := parseArgument(t); ok {
				if n := len(args); n > 0 && compareArguments(args[n-1], a) > 0 {
					sorted = false
				}
				args = append(args, a)
			}
			r.torn = r.torn || t.torn
		}
	}
	if !sorted {
		slices.SortStableFunc(args, compareArguments)
	}
	r.out = append(r.out, '{')
	if argc != nil && isInt(argc.val) {
		r.out = append(append(append(r.out, `"argc":`...), argc.val...), ',')
	}
	r.out = append(r.out, `"argv":[`...)
	n := 0
	for i := 0; i < len(args); n++ {
		end := i + 1
		for end < len(args) && args[end].n == args[i].n {
			end++
		}
		if n > 0 {
			r.out = append(r.out, ',')
		}
		r.argument(args[i:end])
		i = end
	}
	r.out = append(r.out, ']', '}')
	if argc == nil || isDigits(argc.val) && decimal(argc.val) > int64(n) {
		r.missing = append(r.missing, "EXECVE")
	}
}

func compareArguments(a, b argument) int {
	if c := cmp.Compare(a.n, b.n); c != 0 {
		return c
	}
	return cmp.Compare(a.frag, b.frag)
}

// parseArgument reads the key of an argument: a3, a3[0]. a3_len says nothing that is not seen.
func parseArgument(t *token) (a argument, ok bool) {
	key, ok := strings.CutPrefix(t.key, "a")
	if !ok {
		return a, false
	}
	num, frag, split := strings.Cut(key, "[")
	a = argument{frag: -1, tok: t}
	if !isDigits(num) || len(num) > 9 {
		return a, false
	}
	a.n = int(decimal(num))
	if split {
		frag, ok = strings.CutSuffix(frag, "]")
		if !ok || !isDigits(frag) || len(frag) > 9 {
			return a, false
		}
		a.frag = int(decimal(frag))
	}
	return a, true
}

// argument writes one argument. The hex digits of fragments are joined before they are decoded.
func (r *reading) argument(frags []argument) {
	if len(frags) == 1 {
		r.untrusted(frags[0].tok.val, frags[0].tok.quoted)
		return
	}
	var b strings.Builder
	quoted := false
	for _, f := range frags {
		quoted = quoted || f.tok.quoted
	}
	for _, f := range frags {
		if quoted {
			b.WriteString(f.tok.text())
		} else {
			b.WriteString(f.tok.val)
		}
	}
	r.untrusted(b.String(), quoted)
}

func (r *reading) untrusted(v string, quoted bool) {
	if !quoted {
		if hex, torn := isHex(v); hex {
			r.torn = r.torn || torn
			r.out = appendHexText(r.out, v)
			return
		}
	}
	r.out = counterfoil.AppendText(r.out, v)
}
