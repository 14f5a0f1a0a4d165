package samba

import "strings"

// message is what a debug message says.
type message struct {
	form   form
	user   string
	path   string
	share  string
	fnum   string
	length string // bytes read or written
	status string
	source string // file of smbd's source that refused a request
	uid    string
	gid    string
	addr   string // of the client, with its port
	read   bool
	write  bool
	cut    bool // a form that ends early: a name in it holds a newline
}

// form is a message that has a meaning.
type form uint8

const (
	formOther     form = iota
	formOpened         // "anna opened file a read=Yes write=No (numopen=1)"
	formClosed         // "anna closed file a (numopen=0) NT_STATUS_OK"
	formRead           // "smbd_smb2_read: fnum 7, file a, length=9 offset=0 read=9"
	formWrite          // "smb2: fnum 7, file a, length=9 offset=0 wrote=9"
	formRefused        // "smbd_smb2_request_error_ex: … status[NT_STATUS_X] || at …/smb2_create.c:339"
	formConnected      // "pc (ipv4:192.0.2.1:4) signed connect to service s initially as user anna (uid=1, gid=1) (pid 7)"
	formGone           // "pc (ipv4:…) closed connection to service s"
	formNoShare        // "smbd_smb2_tree_connect: couldn't find service s"
	formPreexec        // "root preexec gave 1 - failing connection"
	formStart          // "Selected protocol SMB3_11": a connection begins
	formJSON           // {"timestamp": …
)

// functions names where smbd says what, to find the header of a message among those of several processes.
var functions = [...]string{formOpened: "open_file", formClosed: "close_normal_file", formRead: "smb2_read_complete",
	formWrite: "smb2_write_complete_internal", formRefused: "smbd_smb2_request_error_ex", formConnected: "make_connection_snum",
	formGone: "close_cnum", formNoShare: "smbd_smb2_tree_connect", formStart: "smbd_smb2_request_process_negprot", formJSON: ""}

// parseMessage reads the text of a message. Names are found between what is fixed at both ends: they hold anything.
func parseMessage(text string) (m message) {
	if strings.HasPrefix(text, `{"timestamp"`) {
		m.form = formJSON
		return m
	}
	if rest, ok := strings.CutPrefix(text, "smbd_smb2_read: fnum "); ok {
		return transfer(formRead, rest, " read=")
	}
	if rest, ok := strings.CutPrefix(text, "smb2: fnum "); ok {
		return transfer(formWrite, rest, " wrote=")
	}
	switch {
	case strings.HasPrefix(text, "smbd_smb2_request_error_ex:"):
		return refused(text)
	case strings.HasPrefix(text, "Selected protocol "):
		m.form = formStart
		return m
	case strings.HasPrefix(text, "smbd_smb2_tree_connect: couldn't find service "):
		return message{form: formNoShare, share: strings.TrimPrefix(text, "smbd_smb2_tree_connect: couldn't find service ")}
	case strings.HasPrefix(text, "root preexec gave "), strings.HasPrefix(text, "preexec gave "):
		m.form = formPreexec
		return m
	}
	if user, rest, ok := strings.Cut(text, " opened file "); ok && !strings.Contains(user, " closed file ") {
		return opened(user, rest)
	}
	if user, rest, ok := strings.Cut(text, " closed file "); ok {
		return closed(user, rest)
	}
	return connection(text)
}

func transfer(f form, rest, done string) (m message) {
	m.form = f
	fnum, rest, ok := strings.Cut(rest, ", file ")
	at := strings.LastIndex(rest, ", length=")
	if !ok || !isDigits(fnum) || at < 0 {
		m.cut = true
		return m
	}
	m.fnum, m.path = fnum, rest[:at]
	if _, m.length, ok = strings.Cut(rest[at:], done); !ok || !isDigits(m.length) {
		m.cut = true
	}
	return m
}

func refused(text string) (m message) {
	m.form = formRefused
	_, rest, _ := strings.Cut(text, " status[")
	m.status, rest, _ = strings.Cut(rest, "]")
	if at := strings.LastIndexByte(rest, '/'); at >= 0 {
		m.source, _, _ = strings.Cut(rest[at+1:], ":")
	}
	return m
}

func opened(user, rest string) (m message) {
	m.form, m.user = formOpened, user
	rest, count, ok := cutLast(rest, " (numopen=")
	for _, name := range []struct {
		key string
		set *bool
	}{{" write=", &m.write}, {" read=", &m.read}} {
		var v string
		var is bool
		rest, v, is = cutLast(rest, name.key)
		ok = ok && is && (v == "Yes" || v == "No")
		*name.set = v == "Yes"
	}
	m.path, m.cut = rest, !ok || !strings.HasSuffix(count, ")")
	return m
}

func closed(user, rest string) (m message) {
	m.form, m.user = formClosed, user
	path, end, ok := cutLast(rest, " (numopen=")
	_, status, ok2 := strings.Cut(end, ") ")
	m.path, m.status, m.cut = path, status, !ok || !ok2
	return m
}

func connection(text string) (m message) {
	machine, rest, ok := strings.Cut(text, " connect to service ")
	if gone, share, is := strings.Cut(text, " closed connection to service "); is && !ok {
		return message{form: formGone, share: share, addr: between(gone, " (", ")")}
	}
	share, rest, ok2 := strings.Cut(rest, " initially as user ")
	user, rest, ok3 := strings.Cut(rest, " (uid=")
	if !ok || !ok2 || !ok3 {
		return m
	}
	uid, rest, _ := strings.Cut(rest, ", gid=")
	gid, _, _ := strings.Cut(rest, ")")
	return message{form: formConnected, share: share, user: user, uid: uid, gid: gid, addr: between(machine, " (", ")")}
}

func between(s, open, end string) string {
	_, s, ok := strings.Cut(s, open)
	s, _, ok2 := strings.Cut(s, end)
	if !ok || !ok2 {
		return ""
	}
	return s
}

func cutLast(s, sep string) (before, after string, ok bool) {
	at := strings.LastIndex(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+len(sep):], true
}
