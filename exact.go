package counterfoil

// IsCanonical reports whether j, which may come from anywhere, is canonical JSON, or absent. It is [Canonical] for texts
// that are expected to be: it makes nothing, and looks closer only where something is rare.
func (j JSON) IsCanonical() bool {
	if j == "" {
		return true
	}
	e := exact{t: string(j)}
	if e.value(0) && e.i == len(e.t) {
		return true
	}
	if !e.rare {
		return false
	}
	again, err := Canonical(string(j))
	return err == nil && again == j
}

// exact reads what is most of canonical JSON. Where a value is something else that may be canonical, too (an escape, a
// character beyond ASCII, a fraction), it gives up and is rare.
type exact struct {
	t    string
	i    int
	rare bool
}

// at consumes c.
func (e *exact) at(c byte) bool {
	if e.i < len(e.t) && e.t[e.i] == c {
		e.i++
		return true
	}
	return false
}

func (e *exact) value(depth int) bool {
	if e.i >= len(e.t) || depth > MaxDepth {
		return false
	}
	switch c := e.t[e.i]; c {
	case '"':
		_, ok := e.str()
		return ok
	case '{':
		return e.members(depth)
	case '[':
		return e.elements(depth)
	case 't':
		return e.word("true")
	case 'f':
		return e.word("false")
	case 'n':
		return e.word("null")
	}
	return e.number()
}

func (e *exact) word(w string) bool {
	n := len(w)
	if len(e.t)-e.i < n || e.t[e.i:e.i+n] != w {
		return false
	}
	e.i += n
	return true
}

// str gives what stands between the quotes.
func (e *exact) str() (body string, ok bool) {
	if !e.at('"') {
		return "", false
	}
	start := e.i
	e.i += plainLen(e.t, e.i)
	if body = e.t[start:e.i]; e.at('"') {
		return body, true
	}
	e.rare = true
	return "", false
}

func (e *exact) members(depth int) bool {
	e.i++
	if e.at('}') {
		return true
	}
	for last, first := "", true; ; first = false {
		key, ok := e.str()
		if !ok || !first && key <= last || !e.at(':') || !e.value(depth+1) {
			return false
		}
		if last = key; !e.at(',') {
			return e.at('}')
		}
	}
}

func (e *exact) elements(depth int) bool {
	e.i++
	if e.at(']') {
		return true
	}
	for {
		if !e.value(depth + 1) {
			return false
		}
		if !e.at(',') {
			return e.at(']')
		}
	}
}

// exactDigits is how many digits an integer may have to be below 2^53 whatever they are.
const exactDigits = 15

func (e *exact) number() bool {
	start := e.i
	minus := e.at('-')
	digits := e.i
	for e.i < len(e.t) && e.t[e.i]-'0' < 10 {
		e.i++
	}
	n := e.i - digits
	switch {
	case n == 0 || n > 1 && e.t[digits] == '0' || minus && e.t[digits] == '0' && n == 1:
		e.rare = n > 0 && minus // -0.5
		return false
	case n > exactDigits || e.i < len(e.t) && (e.t[e.i] == '.' || e.t[e.i] == 'e' || e.t[e.i] == 'E'):
		e.rare = true
		e.i = start
		return false
	}
	return true
}
