package counterfoil

import (
	"fmt"
	"strings"
)

// Event is one thing that happened, as its source tells it. The zero value is not a valid event: see [Event.Check].
//
// Strings hold the bytes the source used, which may be any bytes: the canonical encoding carries invalid UTF-8
// losslessly. Empty optional fields are absent from the canonical message.
type Event struct {
	AID      AID      // unique identifier; zero: the trail derives one from its identity and the sequence number
	Major    int      // version of the message format, 1.0 unless the sender says otherwise
	Minor    int      //
	Time     Time     // when it happened, by the source's clock
	Dialect  string   // the dialect that understood it and its version, "linux/1"
	Host     string   // the machine where it happened
	Service  string   // svc: what produced it, [A-Z0-9_.]+
	Name     string   // event: what happened in the service's own word, [A-Z0-9_.]+
	Class    Class    // BSM event classes
	Category Category // why an organisation keeps it
	Action   Action   // what happened in our vocabulary; empty where not understood
	Outcome  Outcome  // success, failure, or not told

	Addr      string // where it came from: IPv4 or IPv6 address, empty where there is none
	User      string // who did it: login name, or UID:<n> where only a number is known
	Session   string // sess: ties together what one login did
	Subject   Subject
	Object    Object
	SvcData   JSON   // what the service says of itself and the session: an object or a string
	EventData JSON   // everything the dialect says of this event: an object or a string
	Raw       string // the bytes as they came, for foreign dialects
}

// Subject is who acted, in the numbers and names of the system it happened on.
type Subject struct {
	LoginID  string // login_id: identity that logged in (Linux auid, BSM audit id, SID); survives su and sudo
	ID       string // id: effective identity
	Name     string // name: name of the effective identity
	Group    string // group: effective group
	Terminal string // terminal: pts/0, ssh
	PID      int64  // pid: 0 where unknown
	Process  string // process: path or name of the program
}

// Object is what was acted on.
type Object struct {
	Kind string // kind: file, process, account, group, session, config, service, socket, …
	Name string // name: its name or path
	ID   string // id: inode, uid, handle
	To   string // to: the second name of a rename, the target of a link
}

// Record is an event with its place in a trail.
type Record struct {
	Event
	Seq      uint64 // position in the trail, from 0, dense; also the leaf's index in the tree
	Received Time   // when the trail committed it, by the trail's clock
	Via      string // name of the input it came by
	Hidden   Hash   // what the leaf has of a hidden half that was forgotten, whose fields are empty; zero: it is there
}

// IsForgotten reports whether the hidden half was forgotten.
func (r *Record) IsForgotten() bool { return r.Hidden != Hash{} }

// Check is [Event.Check], and looks whether fields stand beside the commitment to a forgotten half, which has nothing to say of them.
func (r *Record) Check() error {
	if r.IsForgotten() {
		if e := r.Event.open(); e != r.Event {
			return &FieldError{"hidden", "stands beside fields of the half that it stands for"}
		}
	}
	return r.Event.Check()
}

// Forget gives the record as it is when its hidden half is forgotten.
func (r *Record) Forget(hidden Hash) Record {
	return Record{Event: r.Event.open(), Seq: r.Seq, Received: r.Received, Via: r.Via, Hidden: hidden}
}

// Clone gives a record that shares no memory with r, as whoever keeps one needs that was only lent. Its strings stand in one piece.
func (r *Record) Clone() Record {
	c := *r
	texts := [...]*string{&c.Dialect, &c.Host, &c.Service, &c.Name, (*string)(&c.Action), &c.Addr, &c.User, &c.Session,
		&c.Subject.LoginID, &c.Subject.ID, &c.Subject.Name, &c.Subject.Group, &c.Subject.Terminal, &c.Subject.Process,
		&c.Object.Kind, &c.Object.Name, &c.Object.ID, &c.Object.To, (*string)(&c.SvcData), (*string)(&c.EventData), &c.Raw, &c.Via}
	size := 0
	for _, t := range texts {
		size += len(*t)
	}
	var all strings.Builder
	all.Grow(size)
	for _, t := range texts {
		at := all.Len()
		all.WriteString(*t)
		*t = all.String()[at:]
	}
	return c
}

// open gives the event with the fields of its open half alone.
func (e *Event) open() Event {
	return Event{AID: e.AID, Major: e.Major, Minor: e.Minor, Time: e.Time, Dialect: e.Dialect, Host: e.Host, Service: e.Service, Name: e.Name,
		Class: e.Class, Category: e.Category, Action: e.Action, Outcome: e.Outcome}
}

// Outcome says whether what was tried succeeded.
type Outcome uint8

const (
	Unknown Outcome = iota // the source does not say; "success" is absent
	Success
	Failure
)

// String gives "success", "failure" or "unknown".
func (o Outcome) String() string {
	switch o {
	case Success:
		return "success"
	case Failure:
		return "failure"
	}
	return "unknown"
}

// OutcomeOf gives Success for true and Failure for false.
func OutcomeOf(ok bool) Outcome {
	if ok {
		return Success
	}
	return Failure
}

// FieldError says which field of a message is missing or wrong. Its text is meant for the sender.
type FieldError struct {
	Field  string // key in the canonical message, dotted below the top: "vers.major"
	Reason string // continues a sentence that begins with the field's name: "is missing"
}

func (e *FieldError) Error() string { return fmt.Sprintf("field %q %s", e.Field, e.Reason) }

// MaxMessage is the longest canonical message in bytes that a trail keeps (16 MiB).
const MaxMessage = 16 << 20

// Check returns a *[FieldError] for the first field that a canonical message cannot carry: no time, a service or
// event name that is empty or not [A-Z0-9_.]+, an unknown category or action, data that is not an object or a string or
// nests deeper than [MaxDepth]. A missing user or address is not an error: some events have none.
func (e *Event) Check() error {
	switch {
	case e.Time == 0:
		return &FieldError{"time", "is missing"}
	case !e.Time.Valid():
		return &FieldError{"time", "lies outside the years 1678 to 2261"}
	case e.Service == "":
		return &FieldError{"svc", "is missing"}
	case !isName(e.Service):
		return &FieldError{"svc", nameReason(e.Service)}
	case e.Name == "":
		return &FieldError{"event", "is missing"}
	case !isName(e.Name):
		return &FieldError{"event", nameReason(e.Name)}
	case e.Category >= numCategories:
		return &FieldError{"category", "is not a category of this version"}
	case e.Outcome > Failure:
		return &FieldError{"success", "is neither true, false nor absent"}
	case e.Class&^AllClasses != 0:
		return &FieldError{"class", "holds a class of another version"}
	case !e.Action.Known():
		return &FieldError{"action", fmt.Sprintf("is %q, which is not in the vocabulary", e.Action)}
	case e.Major < 0 || e.Minor < 0 || e.Major > 1<<15 || e.Minor > 1<<15:
		return &FieldError{"vers", "is out of range"}
	case e.Subject.PID < 0 || e.Subject.PID > maxExact:
		return &FieldError{"subject.pid", "is out of range"}
	case !e.SvcData.isData():
		return &FieldError{"svc_data", "is neither an object nor a string"}
	case !e.EventData.isData():
		return &FieldError{"event_data", "is neither an object nor a string"}
	case e.SvcData.isDeep():
		return &FieldError{"svc_data", fmt.Sprintf("nests deeper than %d", MaxDepth)}
	case e.EventData.isDeep():
		return &FieldError{"event_data", fmt.Sprintf("nests deeper than %d", MaxDepth)}
	}
	return nil
}

func nameReason(s string) string {
	return fmt.Sprintf("is %q: only A-Z, 0-9, _ and . are allowed", s)
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.') {
			return false
		}
	}
	return s != ""
}

// ServiceName gives s in the form that svc and event demand: upper case, every other byte as '_'. A dialect that
// changes a name so keeps the original in event_data.
func ServiceName(s string) string {
	if isName(s) {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z':
			b[i] = c - 'a' + 'A'
		case !isName(string(b[i : i+1])):
			b[i] = '_'
		}
	}
	return string(b)
}
