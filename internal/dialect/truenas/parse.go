package truenas

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// record is a message in TrueNAS's own words, whichever form it came in.
type record struct {
	host     string // of the syslog header
	aid      counterfoil.AID
	major    int
	minor    int
	addr     string
	user     string
	sess     string
	time     string // as it came
	svc      string
	event    string
	outcome  counterfoil.Outcome
	svcData  counterfoil.JSON
	data     counterfoil.JSON
	extra    []member // what the envelope has beside, or in another form
	isRow    bool
	rowMilli counterfoil.JSON // timestamp.$date of a row
	foreign  string           // another dialect's: its words are not TrueNAS's
}

type member struct {
	key   string
	value counterfoil.JSON
}

const (
	cookie       = "@cee:"
	ident        = "TNAUDIT_" // of the syslog tag
	foreignKey   = "dialect"
	truncatedKey = "truncated"
	extraKey     = "tnaudit" // of event_data
)

// rowKeys are the names that the API has for the envelope's.
var rowKeys = map[string]string{"audit_id": "aid", "timestamp": "time", "address": "addr", "username": "user", "session": "sess",
	"service": "svc", "service_data": "svc_data", "event": "event", "event_data": "event_data", "success": "success"}

// parse reads a line or a row.
func parse(text string) (r record, problem string) {
	head, body, problem := envelope(text)
	if problem != "" {
		return r, problem
	}
	j, err := counterfoil.Canonical(body)
	if err != nil {
		return r, "not JSON: " + err.Error()
	}
	if j.Kind() != '{' {
		return r, "not a JSON object"
	}
	r.host, r.minor = head.host, 1
	switch {
	case j.Member("TNAUDIT").Kind() == '{':
		for key, v := range j.Members() {
			if key == "TNAUDIT" {
				r.members(v)
			} else {
				r.add(key, v)
			}
		}
	case j.Member("sudo").Kind() == '{':
		r.sudo(j, head.pid)
	case j.Member("audit_id") != "" && j.Member("event") != "":
		r.isRow = true
		r.members(j)
	default:
		return r, "neither TNAUDIT, sudo nor a row with audit_id"
	}
	switch {
	case r.svc == "":
		return r, "no svc"
	case r.event == "":
		return r, "no event"
	}
	return r, ""
}

// members reads the envelope of a message or of a row.
func (r *record) members(envelope counterfoil.JSON) {
	for key, v := range envelope.Members() {
		name := key
		if r.isRow {
			name = rowKeys[key]
		}
		if v == "null" {
			if name == "" || !r.known(name) {
				r.add(key, v)
			}
			continue
		}
		if !r.member(name, v) {
			r.add(key, v)
		}
	}
	if r.isRow {
		r.rowVersion()
	}
}

func (r *record) add(key string, v counterfoil.JSON) { r.extra = append(r.extra, member{key, v}) }

// known tells the keys of the envelope.
func (r *record) known(name string) bool {
	switch name {
	case "aid", "vers", "addr", "user", "sess", "time", "svc", "svc_data", "event", "event_data", "success", foreignKey:
		return true
	}
	return false
}

// member takes one member of the envelope; false: it is none, or has another form.
func (r *record) member(name string, v counterfoil.JSON) bool {
	switch name {
	case "aid":
		return r.setAID(v)
	case "vers":
		return r.setVersion(v)
	case "addr":
		return scalar(&r.addr, v)
	case "user":
		return scalar(&r.user, v)
	case "sess":
		return scalar(&r.sess, v)
	case "time":
		if d := v.Member("$date"); d.Kind() == '0' && len(v) == len(`{"$date":}`)+len(d) {
			r.rowMilli = d
			return true
		}
		return scalar(&r.time, v)
	case "svc":
		return r.name(&r.svc, name, v)
	case "event":
		return r.name(&r.event, name, v)
	case "success":
		return r.setOutcome(v)
	case "svc_data":
		return setData(&r.svcData, v)
	case "event_data":
		return setData(&r.data, v)
	case foreignKey:
		r.foreign = v.Text()
		return v.Kind() == '"' && r.foreign != ""
	}
	return false
}

// scalar takes a string, or the text of a number: a session of sudo is a process number.
func scalar(s *string, v counterfoil.JSON) bool {
	if k := v.Kind(); k != '"' && k != '0' {
		return false
	}
	*s = v.Text()
	return true
}

// name takes a service or event name; one that is not in the canonical form is kept beside.
func (r *record) name(s *string, key string, v counterfoil.JSON) bool {
	if v.Kind() != '"' {
		return false
	}
	sent := v.Text()
	if *s = counterfoil.ServiceName(sent); *s != sent {
		r.add(key, v)
	}
	return true
}

func (r *record) setAID(v counterfoil.JSON) bool {
	aid, err := counterfoil.ParseAID(v.Text())
	if err != nil || v.Kind() != '"' || aid.String() != v.Text() {
		return false
	}
	r.aid = aid
	return true
}

func (r *record) setVersion(v counterfoil.JSON) bool {
	major, ok := small(v.Member("major"))
	minor, ok2 := small(v.Member("minor"))
	if !ok || !ok2 || len(v) != len(`{"major":,"minor":}`)+len(v.Member("major"))+len(v.Member("minor")) {
		return false
	}
	r.major, r.minor = major, minor
	return true
}

// rowVersion takes the version from the data of a row, whose envelope has none.
func (r *record) rowVersion() {
	if v := r.svcData.Member("vers"); v == "" || !r.setVersion(v) {
		r.setVersion(r.data.Member("vers"))
	}
}

// small reads an integer from 0 to 32768, which is what the canonical message holds.
func small(v counterfoil.JSON) (n int, ok bool) {
	if v == "" || len(v) > 5 {
		return 0, false
	}
	for i := range len(v) {
		c := v[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, n <= 1<<15
}

func (r *record) setOutcome(v counterfoil.JSON) bool {
	switch v {
	case "true", "1", `"1"`, `"true"`:
		r.outcome = counterfoil.Success
	case "false", "0", `"0"`, `"false"`:
		r.outcome = counterfoil.Failure
	default:
		return false
	}
	return true
}

// setData takes svc_data or event_data: JSON in a string on the wire, an object in a row. A string that holds no object
// is a message in words.
func setData(d *counterfoil.JSON, v counterfoil.JSON) bool {
	switch v.Kind() {
	case '{':
		*d = v
	case '"':
		*d = data(v.Text())
	default:
		return false
	}
	return true
}

func data(text string) counterfoil.JSON {
	if text == "" || text == "null" {
		return ""
	}
	if c := text[0]; c == '{' || c == '"' || c <= ' ' {
		if j, err := counterfoil.Canonical(text); err == nil && (j.Kind() == '{' || j.Kind() == '"') {
			return j
		}
	}
	return counterfoil.String(text)
}

// sudo reads a line that sudo wrote itself (log_format=json). Its envelope is inside.
func (r *record) sudo(j counterfoil.JSON, pid string) {
	r.svc, r.sess, r.data = "SUDO", pid, j
	for kind, v := range j.Member("sudo").Members() {
		r.event = counterfoil.ServiceName(kind)
		r.user = text(v.Member("submituser"))
		r.setAID(v.Member("uuid"))
		switch kind {
		case "accept":
			r.outcome = counterfoil.Success
		case "reject", "alert":
			r.outcome = counterfoil.Failure
		}
		return
	}
}

// header is what a system logger put before a message.
type header struct{ host, pid string }

// envelope parts a line into the header and the JSON behind the cookie. A line that begins with a brace has neither.
// The words before the cookie must be exactly a header whose tag is TrueNAS's or sudo's: another program's message can
// hold the cookie too.
func envelope(line string) (h header, body, problem string) {
	if strings.HasPrefix(strings.TrimLeft(line, " \t\r\n"), "{") {
		return h, line, ""
	}
	before, body, ok := strings.Cut(line, cookie)
	if !ok {
		return h, "", "neither a line with " + cookie + " nor a JSON object"
	}
	if before = strings.TrimSpace(before); before == "" {
		return h, body, ""
	}
	if rest, ok := strings.CutPrefix(before, "<"); ok {
		var pri string
		if pri, before, ok = strings.Cut(rest, ">"); !ok || pri == "" || len(pri) > 3 || strings.Trim(pri, "0123456789") != "" {
			return h, "", "a syslog priority that is no number"
		}
	}
	var tag string
	if rest, ok := strings.CutPrefix(before, "1 "); ok {
		h, tag = rfc5424(rest)
	} else {
		h, tag = rfc3164(before)
	}
	if tag != "sudo" && !strings.HasPrefix(tag, ident) {
		return h, "", "text before " + cookie + " that is no syslog header of TNAUDIT or sudo"
	}
	return h, body, ""
}

// rfc5424 reads TIME HOST APP PROCID MSGID SD.
func rfc5424(text string) (h header, tag string) {
	var f [5]string
	for i := range f {
		var ok bool
		if f[i], text, ok = strings.Cut(text, " "); !ok {
			return h, ""
		}
	}
	if text != "-" && !(strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]")) {
		return h, ""
	}
	return header{dash(f[1]), dash(f[3])}, f[2]
}

func dash(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// rfc3164 reads TIME [HOST] TAG[PID]: with TIME as "Nov 22 12:00:00" or in RFC 3339.
func rfc3164(text string) (h header, tag string) {
	words := make([]string, 0, 6)
	for w := range strings.FieldsSeq(text) {
		if len(words) == cap(words) {
			return h, ""
		}
		words = append(words, w)
	}
	skip := 3
	if len(words) > 0 && len(words[0]) >= 19 && words[0][4] == '-' && words[0][10] == 'T' {
		skip = 1
	}
	switch len(words) - skip {
	case 1:
	case 2:
		h.host = words[skip]
	default:
		return h, ""
	}
	tag, ok := strings.CutSuffix(words[len(words)-1], ":")
	if !ok {
		return header{}, ""
	}
	tag, pid, ok := strings.Cut(tag, "[")
	if h.pid = strings.TrimSuffix(pid, "]"); ok && (h.pid == pid || h.pid == "") {
		return header{}, ""
	}
	return h, tag
}
