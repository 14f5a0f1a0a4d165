package sudo

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// eventType is what sudo says happened. The words are those of its JSON; its own format has none.
type eventType struct {
	word    string
	action  counterfoil.Action
	class   counterfoil.Class
	outcome counterfoil.Outcome // Unknown: the record says
	note    string
}

var eventTypes = [...]eventType{
	typeAccept: {"accept", counterfoil.ProcessExec, counterfoil.ClassAuthentication | counterfoil.ClassExec, counterfoil.Success, "no reason"},
	typeReject: {"reject", counterfoil.ProcessExec, counterfoil.ClassAuthentication | counterfoil.ClassExec, counterfoil.Failure, "a reason that refuses: the rows below"},
	typeAlert: {"alert", counterfoil.ProcessExec, counterfoil.ClassAuthentication | counterfoil.ClassExec, counterfoil.Failure,
		"any other reason. No action where the record has no user or command"},
	typeExit: {"exit", counterfoil.ProcessExit, counterfoil.ClassExec | counterfoil.ClassProcess, counterfoil.Unknown,
		"EXIT or SIGNAL behind the command; success is exit status 0 without a signal"},
}

const (
	typeAccept = iota
	typeReject
	typeAlert
	typeExit
)

// refusals are the beginnings and ends of reasons with which sudo's own format refuses a command (sudoers(5), "Denied
// command log entries"). The JSON says so itself.
var refusals = []struct{ begin, end string }{
	{"command not allowed", ""}, {"user NOT in sudoers", ""}, {"user NOT authorized on host", ""},
	{"", " incorrect password attempt"}, {"", " incorrect password attempts"}, {"a password is required", ""},
	{"sorry, you are not allowed to ", ""}, {"you are not permitted to ", ""}, {"authentication fail", ""}, {"no tty", ""},
}

func refuses(reason string) bool {
	for _, r := range refusals {
		if strings.HasPrefix(reason, r.begin) && strings.HasSuffix(reason, r.end) {
			return true
		}
	}
	return false
}

// pamEvents are what PAM's modules write under sudo's name.
var pamEvents = []struct {
	begin  string
	action counterfoil.Action
	class  counterfoil.Class
	failed bool
}{
	{"session opened for user ", counterfoil.SessionOpen, counterfoil.ClassLogin, false},
	{"session closed for user ", counterfoil.SessionClose, counterfoil.ClassLogin, false},
	{"authentication failure", counterfoil.AuthAttempt, counterfoil.ClassAuthentication, true},
}

func mapping() (rows []dialect.Row) {
	for _, t := range eventTypes {
		ours := "`SUDO`/`" + strings.ToUpper(t.word) + "`, action `" + string(t.action) + "`, class `" + t.class.String() + "`"
		if t.outcome != counterfoil.Unknown {
			ours += ", success `" + map[bool]string{true: "true", false: "false"}[t.outcome == counterfoil.Success] + "`"
		}
		rows = append(rows, dialect.Row{Theirs: t.word, Ours: ours, Note: t.note})
	}
	for _, r := range refusals {
		rows = append(rows, dialect.Row{Theirs: "reason " + r.begin + "…" + r.end, Ours: "`REJECT`"})
	}
	for _, p := range pamEvents {
		rows = append(rows, dialect.Row{Theirs: "pam_…: " + p.begin + "…", Ours: "`SUDO`/`PAM`, action `" + string(p.action) + "`, class `" + p.class.String() + "`"})
	}
	for _, w := range [...][3]string{{"submituser, the word before \" : \"", "user", ""}, {"submithost, HOST, the syslog header", "host", "the header first"},
		{"runuser, USER", "subject.name", "USER=#1000 is subject.id"}, {"runuid", "subject.id", ""}, {"rungroup, GROUP", "subject.group", ""},
		{"ttyname, TTY", "subject.terminal", "without /dev/"}, {"command, COMMAND", "object.name", "the program; of EXIT also subject.process"},
		{"uuid", "object.id", "ties exit to accept"}, {"peeraddr", "addr", "written by sudo_logsrvd"}, {"server_time, else submit_time", "time", ""}} {
		rows = append(rows, dialect.Row{Theirs: w[0], Ours: w[1], Note: w[2]})
	}
	return rows
}
