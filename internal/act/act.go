// Package act words the program's own acts as events: who logged in, searched, exported, changed what. They go into the
// same trail as everything else. Pure.
package act

import "github.com/counterfoil/counterfoil"

// Service is the svc of the program's own events.
const Service = "COUNTERFOIL"

// Via is the input name under which they are appended.
const Via = "counterfoil"

// Names of the program's own events.
const (
	Start      = "START"       // the daemon began
	Stop       = "STOP"        // the daemon ends as asked
	Recover    = "RECOVER"     // the trail was opened after a crash; event_data says what was found
	Gap        = "GAP"         // events are known or suspected to be missing
	Full       = "FULL"        // the disk is full and nothing is taken in, or there is space again
	Space      = "SPACE"       // a limit of space is passed, or not any more
	Clock      = "CLOCK"       // the machine's clock was set ahead; what is due by that waits
	Expire     = "EXPIRE"      // sealed records are about to be deleted; event_data says which, and by which rule
	Hold       = "HOLD"        // records are kept whatever the rules say: a legal hold; event_data has filter, reason, author
	Release    = "RELEASE"     // such a hold ends
	Forget     = "FORGET"      // the hidden halves of one user's records are about to be forgotten; event_data says how many, in which ranges
	Salvaged   = "SALVAGED"    // a record of a damaged file, which is not proved any more; event_data has its message
	Config     = "CONFIG"      // configuration loaded; event_data has the text's digest and the diff
	Login      = "LOGIN"       // to the web
	Logout     = "LOGOUT"      //
	Search     = "SEARCH"      // event_data: query, from, to, limit, records given
	Count      = "COUNT"       //
	Show       = "SHOW"        // one record was read
	Export     = "EXPORT"      //
	Prove      = "PROVE"       // an evidence bundle was made
	Verify     = "VERIFY"      //
	Token      = "TOKEN"       // a token was created or revoked
	Account    = "ACCOUNT"     // a local account was created or changed
	Denied     = "DENIED"      // a request without the right to make it
	Policy     = "POLICY"      // a policy is in force; event_data has its number, text, digest and diff
	Refused    = "REFUSED"     // so many events were left out, by which rules
	Observe    = "OBSERVE"     // the policy begins to observe only, or ends to
	Explain    = "EXPLAIN"     // it was asked what the policy would decide on an event
	Alarm      = "ALARM"       // an alarm of the program itself is raised or cleared
	Witness    = "WITNESS"     // too few witnesses cosign the checkpoints, or enough again
	InputStart = "INPUT.START" // an input began, or began again
	InputStop  = "INPUT.STOP"
	InputError = "INPUT.ERROR" // an input cannot read its source
	Rotate     = "ROTATE"      // somebody asked for what can be rotated to be rotated

	OutputStart  = "OUTPUT.START" // an output began, or began again
	OutputStop   = "OUTPUT.STOP"
	OutputError  = "OUTPUT.ERROR"  // an output cannot reach its destination
	OutputOK     = "OUTPUT.OK"     // it can again
	OutputGap    = "OUTPUT.GAP"    // an output leaves records out; they are in the trail, unless event_data says otherwise
	OutputRotate = "OUTPUT.ROTATE" // an output put a file aside
)

// Who is behind an act.
type Who struct {
	Host    string // this machine
	User    string // account or token name; UID:<n> for a local process
	Addr    string // remote address, empty for local use
	Session string
	PID     int64
	Process string
}

// New words an act. data may be nil; it is called between Object("") and End of event_data.
func New(now counterfoil.Time, w Who, name string, action counterfoil.Action, ok bool, object counterfoil.Object, data func(*counterfoil.Builder)) counterfoil.Event {
	e := counterfoil.Event{Major: 1, Time: now, Dialect: "counterfoil/1", Host: w.Host, Service: Service, Name: name,
		Class: classOf(action), Category: counterfoil.CategoryAdmin, Action: action, Outcome: counterfoil.OutcomeOf(ok),
		Addr: w.Addr, User: w.User, Session: w.Session, Object: object,
		Subject: counterfoil.Subject{PID: w.PID, Process: w.Process}}
	switch action {
	case counterfoil.AuditGap:
		e.Category, e.Outcome = counterfoil.CategoryAlarm, counterfoil.Unknown
	case counterfoil.AuthAttempt, counterfoil.AuthAuthorize:
		e.Category = counterfoil.CategorySecurity
	}
	if data != nil {
		var b counterfoil.Builder
		b.Object("")
		data(&b)
		b.End()
		e.EventData = b.JSON()
	}
	return e
}

func classOf(a counterfoil.Action) counterfoil.Class {
	switch a {
	case counterfoil.SessionLogin, counterfoil.SessionLogout:
		return counterfoil.ClassLogin
	case counterfoil.AuthAttempt, counterfoil.AuthAuthorize:
		return counterfoil.ClassAuthentication
	case counterfoil.AuditSearch, counterfoil.AuditExport, counterfoil.AuditProve:
		return counterfoil.ClassFileRead
	}
	return counterfoil.ClassAdministration
}
