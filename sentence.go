package counterfoil

import "strings"

// sentences has the template of each action's sentence.
//
//	{user} {object} {to} {host} {addr} {svc} {process} {name}   a field; {object} falls back to "something"
//	<did|failed to do>                                          by outcome; "<did|>" has one form
//	[ on {host}]                                                left out where a field in it is empty
var sentences = map[Action]string{
	SessionLogin:      "{user} <logged in|failed to log in>[ to {host}][ with {process}][ from {addr}]",
	SessionLogout:     "{user} <logged out|failed to log out>[ of {host}][ from {addr}]",
	SessionOpen:       "{user} <opened|failed to open> a session[ on {object}][ on {host}][ from {addr}]",
	SessionClose:      "{user} <closed|failed to close> a session[ on {object}][ on {host}][ from {addr}]",
	SessionBecome:     "{user} <became|was refused to become> {object}[ with {process}][ on {host}]",
	SessionLock:       "{user} <locked|failed to lock> a session[ on {host}]",
	SessionUnlock:     "{user} <unlocked|failed to unlock> a session[ on {host}]",
	AuthAttempt:       "{user} <authenticated|failed to authenticate>[ to {process}][ on {host}][ from {addr}]",
	AuthAuthorize:     "{user} <was authorised|was refused>[ for {object}][ by {process}][ on {host}][ from {addr}]",
	AuthCredential:    "{user} <handled|failed to handle> credentials[ with {process}][ on {host}][ from {addr}]",
	AuthKey:           "{user} <used|failed to use> a cryptographic key[ in {process}][ on {host}][ from {addr}]",
	FileOpen:          "{user} <opened|was refused opening> {object}[ with {process}][ on {host}][ from {addr}]",
	FileRead:          "{user} <read|was refused reading> {object}[ with {process}][ on {host}][ from {addr}]",
	FileWrite:         "{user} <wrote|was refused writing> {object}[ with {process}][ on {host}][ from {addr}]",
	FileCreate:        "{user} <created|was refused creating> {object}[ with {process}][ on {host}][ from {addr}]",
	FileDelete:        "{user} <deleted|was refused deleting> {object}[ with {process}][ on {host}][ from {addr}]",
	FileRename:        "{user} <renamed|was refused renaming> {object}[ to {to}][ with {process}][ on {host}][ from {addr}]",
	FileLink:          "{user} <linked|was refused linking> {object}[ to {to}][ with {process}][ on {host}][ from {addr}]",
	FileAttr:          "{user} <changed|was refused changing> attributes of {object}[ with {process}][ on {host}][ from {addr}]",
	FileMode:          "{user} <changed|was refused changing> permissions of {object}[ with {process}][ on {host}][ from {addr}]",
	FileOwner:         "{user} <changed|was refused changing> the owner of {object}[ with {process}][ on {host}][ from {addr}]",
	FileACL:           "{user} <changed|was refused changing> the access list of {object}[ on {host}][ from {addr}]",
	FileStat:          "{user} <looked at|was refused looking at> {object}[ with {process}][ on {host}][ from {addr}]",
	FileClose:         "{user} <closed|failed to close> {object}[ on {host}][ from {addr}]",
	FileMount:         "{user} <mounted|failed to mount> {object}[ on {to}][ on {host}]",
	FileUnmount:       "{user} <unmounted|failed to unmount> {object}[ on {host}]",
	FileQuota:         "{user} <set|was refused setting> a quota on {object}[ on {host}][ from {addr}]",
	FileLock:          "{user} <locked|failed to lock> {object}[ on {host}]",
	ProcessExec:       "{user} <ran|was refused running> {object}[ on {host}]",
	ProcessStart:      "{user} <started|failed to start> a process[ from {process}][ on {host}]",
	ProcessExit:       "{process} <ended|failed>[ on {host}]",
	ProcessSignal:     "{user} <sent|was refused sending> a signal to {object}[ with {process}][ on {host}]",
	ProcessTrace:      "{user} <traced|was refused tracing> {object}[ with {process}][ on {host}]",
	ProcessCrash:      "{process} crashed[ on {host}][ as {user}]",
	ProcessPrivilege:  "{user} <changed|was refused changing> privileges[ of {process}][ on {host}]",
	ProcessInput:      "{user} typed into {process}[ on {host}]",
	IPCUse:            "{user} <used|was refused using> {object}[ with {process}][ on {host}]",
	AccountCreate:     "{user} <created|failed to create> account {object}[ on {host}][ from {addr}]",
	AccountModify:     "{user} <changed|failed to change> account {object}[ on {host}][ from {addr}]",
	AccountDelete:     "{user} <deleted|failed to delete> account {object}[ on {host}][ from {addr}]",
	AccountPassword:   "{user} <changed|failed to change> the password of {object}[ on {host}][ from {addr}]",
	AccountLock:       "{user} <locked|failed to lock> account {object}[ on {host}]",
	AccountUnlock:     "{user} <unlocked|failed to unlock> account {object}[ on {host}]",
	GroupCreate:       "{user} <created|failed to create> group {object}[ on {host}]",
	GroupModify:       "{user} <changed|failed to change> group {object}[ on {host}]",
	GroupDelete:       "{user} <deleted|failed to delete> group {object}[ on {host}]",
	RoleCreate:        "{user} <created|failed to create> role {object}[ on {host}]",
	RoleModify:        "{user} <changed|failed to change> role {object}[ on {host}]",
	RoleDelete:        "{user} <deleted|failed to delete> role {object}[ on {host}]",
	RoleGrant:         "{user} <granted|failed to grant> roles to {object}[ on {host}]",
	RoleRevoke:        "{user} <revoked|failed to revoke> roles from {object}[ on {host}]",
	ConfigChange:      "{user} <changed|failed to change> the configuration[ of {object}][ on {host}][ from {addr}]",
	ConfigRead:        "{user} <read|was refused reading> the configuration[ of {object}][ on {host}][ from {addr}]",
	PolicyChange:      "{user} <changed|failed to change> the access policy[ of {object}][ on {host}]",
	PolicyDeny:        "policy denied {user}[ {object}][ in {process}][ on {host}]",
	PolicyAllow:       "policy allowed {user}[ {object}][ in {process}][ on {host}]",
	ServiceStart:      "service {object} <started|failed to start>[ on {host}]",
	ServiceStop:       "service {object} <stopped|failed to stop>[ on {host}]",
	ServiceConfig:     "{user} <changed|failed to change> service {object}[ on {host}]",
	SystemBoot:        "{host} <started|failed to start>",
	SystemShutdown:    "{host} <shut down|failed to shut down>",
	SystemTime:        "{user} <set|was refused setting> the clock[ of {host}]",
	SystemModule:      "{user} <loaded or removed|was refused loading or removing> kernel code[ {object}][ on {host}]",
	SystemDevice:      "{user} <used|was refused using> device {object}[ on {host}]",
	SystemIntegrity:   "integrity of {object} <was measured|was violated>[ on {host}]",
	SystemAnomaly:     "anomaly[ with {object}][ in {process}][ on {host}][ as {user}]",
	SystemVirtual:     "{user} <controlled|failed to control> virtual machine {object}[ on {host}]",
	SoftwareInstall:   "{user} <installed|failed to install> {object}[ on {host}]",
	SoftwareUpdate:    "{user} <updated|failed to update> {object}[ on {host}]",
	SoftwareRemove:    "{user} <removed|failed to remove> {object}[ on {host}]",
	FlowOpen:          "{user} <connected|failed to connect>[ to {object}][ with {process}][ on {host}][ from {addr}]",
	FlowUpdate:        "flow[ to {object}][ from {addr}] changed[ on {host}]",
	FlowClose:         "flow[ to {object}][ from {addr}] ended[ on {host}]",
	FlowDeny:          "flow[ to {object}][ from {addr}] was denied[ on {host}]",
	NetworkListen:     "{user} <listens|failed to listen>[ on {object}][ with {process}][ on {host}]",
	NetworkConfig:     "{user} <changed|failed to change> the network[ at {object}][ with {process}][ on {host}]",
	DatabaseCreate:    "{user} <created|failed to create> database {object}[ on {host}][ from {addr}]",
	DatabaseDrop:      "{user} <dropped|failed to drop> database {object}[ on {host}][ from {addr}]",
	CollectionCreate:  "{user} <created|failed to create> collection {object}[ on {host}][ from {addr}]",
	CollectionDrop:    "{user} <dropped|failed to drop> collection {object}[ on {host}][ from {addr}]",
	CollectionRename:  "{user} <renamed|failed to rename> collection {object}[ to {to}][ on {host}][ from {addr}]",
	CollectionImport:  "{user} <imported|failed to import> collection {object}[ on {host}][ from {addr}]",
	IndexCreate:       "{user} <created|failed to create> an index on {object}[ on {host}][ from {addr}]",
	IndexDrop:         "{user} <dropped|failed to drop> an index on {object}[ on {host}][ from {addr}]",
	DataRead:          "{user} <read from|was refused reading from> {object}[ on {host}][ from {addr}]",
	DataWrite:         "{user} <wrote to|was refused writing to> {object}[ on {host}][ from {addr}]",
	DataDelete:        "{user} <deleted from|was refused deleting from> {object}[ on {host}][ from {addr}]",
	DataCommand:       "{user} <commanded|was refused commanding> {object}[ on {host}][ from {addr}]",
	AuditStart:        "auditing <started|failed to start>[ by {user}][ of {object}][ on {host}]",
	AuditStop:         "auditing <stopped|failed to stop>[ by {user}][ of {object}][ on {host}]",
	AuditConfig:       "{user} <changed|was refused changing> what is audited[: {object}][ on {host}]",
	AuditRotate:       "{user} <rotated|failed to rotate> the audit log[ {object}][ on {host}]",
	AuditGap:          "gap: events[ of {object}] are missing[ on {host}]",
	AuditExpire:       "records in {object} expired[ on {host}]",
	AuditHold:         "{user} <changed|failed to change> what is kept beyond its time[: {object}][ from {addr}]",
	AuditForget:       "{user} had the hidden halves of {object} forgotten[ on {host}][ from {addr}]",
	AuditRefuse:       "events[ of {object}] were left out by policy[ on {host}]",
	AuditSearch:       "{user} <searched|was refused searching> the trail[ for {object}][ from {addr}]",
	AuditExport:       "{user} <exported|was refused exporting> from the trail[: {object}][ from {addr}]",
	AuditProve:        "{user} <took|was refused> evidence of {object}[ from {addr}]",
	AuditVerify:       "{user} <verified the trail|found the trail damaged>[: {object}]",
	AuditAccess:       "{user} <changed|was refused changing> who may use the trail[: {object}][ from {addr}]",
	AlarmRaise:        "alarm {object} was raised[ on {host}]",
	AlarmClear:        "alarm {object} was cleared[ on {host}]",
	AlarmAcknowledge:  "{user} acknowledged alarm {object}[ on {host}]",
	RouteChange:       "{user} <changed|failed to change> route {object}[ on {host}]",
	CertificateChange: "{user} <changed|failed to change> certificate {object}[ on {host}]",
}

// unknownSentence serves events whose action is not understood.
const unknownSentence = "{user} <{name}|{name} failed>[: {object}][ in {svc}][ on {host}][ from {addr}]"

// SpanKind says what a piece of a sentence is, for its looks.
type SpanKind uint8

const (
	SpanText    SpanKind = iota
	SpanUser             // who: bold
	SpanObject           // what: a name or path
	SpanPlace            // host
	SpanAddr             // address
	SpanFailure          // the words that say it failed
)

// Span is a piece of a sentence. Its text is as the trail has it: hostile input.
type Span struct {
	Kind SpanKind
	Text string
}

// Sentence says in English what the event is, piece by piece.
func (e *Event) Sentence() []Span {
	var spans []Span
	w := sentenceWriter{e, func(k SpanKind, text string) {
		if n := len(spans); n > 0 && spans[n-1].Kind == k && k == SpanText {
			spans[n-1].Text += text
		} else if text != "" {
			spans = append(spans, Span{k, text})
		}
	}}
	w.sentence()
	return spans
}

// Sentence is that of the event. Where the hidden half was forgotten it says so.
func (r *Record) Sentence() []Span {
	spans := r.Event.Sentence()
	if r.IsForgotten() {
		spans = append(spans, Span{SpanText, forgottenWords})
	}
	return spans
}

// AppendSentence appends the sentence as text.
func (r *Record) AppendSentence(dst []byte) []byte {
	dst = r.Event.AppendSentence(dst)
	if r.IsForgotten() {
		dst = append(dst, forgottenWords...)
	}
	return dst
}

// SentenceText gives the sentence as one string.
func (r *Record) SentenceText() string { return string(r.AppendSentence(nil)) }

const forgottenWords = " (who, from where and what else is forgotten)"

// AppendSentence appends the sentence as text.
func (e *Event) AppendSentence(dst []byte) []byte {
	w := sentenceWriter{e, func(_ SpanKind, text string) { dst = append(dst, text...) }}
	w.sentence()
	return dst
}

// SentenceText gives the sentence as one string.
func (e *Event) SentenceText() string { return string(e.AppendSentence(nil)) }

type sentenceWriter struct {
	e   *Event
	add func(k SpanKind, text string) // text may be empty
}

func (w *sentenceWriter) sentence() {
	all := wordings()
	pieces, ok := all[w.e.Action]
	if !ok {
		pieces = all[noAction]
	}
	w.pieces(pieces)
}

func (w *sentenceWriter) pieces(pieces []wording) {
	for i := range pieces {
		switch p := &pieces[i]; p.kind {
		case verbatim:
			w.add(SpanText, p.text)
		case ofField:
			w.add(w.field(p.field))
		case byOutcome:
			if w.e.Outcome == Failure && p.text != "" {
				w.add(SpanFailure, strings.ReplaceAll(p.text, "{name}", w.e.Name)) // one span however it is made up
			} else {
				w.pieces(p.inner)
			}
		case optional:
			if w.complete(p.needs) {
				w.pieces(p.inner)
			}
		}
	}
}

// complete reports whether every field of an optional part has a value.
func (w *sentenceWriter) complete(needs []sentenceField) bool {
	for _, f := range needs {
		if w.value(f) == "" {
			return false
		}
	}
	return true
}

func (w *sentenceWriter) field(f sentenceField) (SpanKind, string) {
	v := w.value(f)
	switch f {
	case ofUser:
		if v == "" {
			return SpanText, "someone"
		}
		return SpanUser, v
	case ofObject, ofTo, ofProcess:
		if v == "" {
			return SpanText, "something"
		}
		return SpanObject, v
	case ofHost:
		if v == "" {
			return SpanText, "a machine"
		}
		return SpanPlace, v
	case ofAddr:
		return SpanAddr, v
	}
	return SpanText, v
}

func (w *sentenceWriter) value(f sentenceField) string {
	e := w.e
	switch f {
	case ofUser:
		return e.User
	case ofObject:
		if e.Object.Name == "" {
			return e.Object.ID
		}
		return e.Object.Name
	case ofTo:
		return e.Object.To
	case ofHost:
		return e.Host
	case ofAddr:
		return e.Addr
	case ofService:
		return e.Service
	case ofProcess:
		return e.Subject.Process
	}
	return e.Name
}
