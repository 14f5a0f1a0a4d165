package ocsf

import (
	"fmt"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
	"github.com/counterfoil/counterfoil/internal/dialect/carry"
)

// class is an event class of the schema: its caption and its category's, whether it takes the profile host, and the
// captions of its activities.
type class struct {
	caption, category string
	host              bool
	activities        map[int]string
}

// Class numbers.
const (
	baseEvent     = 0
	fileActivity  = 1001
	kernelDriver  = 1002
	processActive = 1007
	eventLog      = 1008
	finding       = 2004
	accountChange = 3001
	authenticate  = 3002
	entityManage  = 3004
	userAccess    = 3005
	network       = 4001
	smb           = 4006
	configState   = 5002
	configChange  = 5019
	lifecycle     = 6002
	apiActivity   = 6003
)

const other = 99 // activity_id where the class has no word for it; activity_name is then the action

// row says what an action is in OCSF. Where back is set, class and activity mean the action, with this class and
// category, in events of others too.
type row struct {
	action   counterfoil.Action
	class    int
	activity int
	back     bool
	bsm      counterfoil.Class
	category counterfoil.Category
}

// rows has every action that a class of the schema fits. An event of another action is a Base Event.
var rows = []row{
	{counterfoil.FileCreate, fileActivity, 1, true, counterfoil.ClassFileCreate, counterfoil.CategoryData},
	{counterfoil.FileRead, fileActivity, 2, true, counterfoil.ClassFileRead, counterfoil.CategoryData},
	{counterfoil.FileWrite, fileActivity, 3, true, counterfoil.ClassFileWrite, counterfoil.CategoryData},
	{counterfoil.FileDelete, fileActivity, 4, true, counterfoil.ClassFileDelete, counterfoil.CategoryData},
	{counterfoil.FileRename, fileActivity, 5, true, counterfoil.ClassFileCreate | counterfoil.ClassFileDelete, counterfoil.CategoryData},
	{counterfoil.FileAttr, fileActivity, 6, true, counterfoil.ClassFileAttrModify, counterfoil.CategoryData},
	{counterfoil.FileACL, fileActivity, 7, true, counterfoil.ClassFileAttrModify, counterfoil.CategoryData},
	{action: counterfoil.FileMode, class: fileActivity, activity: 7},
	{action: counterfoil.FileOwner, class: fileActivity, activity: 7},
	{counterfoil.FileStat, fileActivity, 8, true, counterfoil.ClassFileAttrAccess, counterfoil.CategoryData},
	{counterfoil.FileMount, fileActivity, 12, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{counterfoil.FileUnmount, fileActivity, 13, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{counterfoil.FileOpen, fileActivity, 14, true, counterfoil.ClassFileRead, counterfoil.CategoryData},
	{action: counterfoil.FileLink, class: fileActivity, activity: other},
	{action: counterfoil.FileClose, class: fileActivity, activity: other},
	{action: counterfoil.FileQuota, class: fileActivity, activity: other},
	{action: counterfoil.FileLock, class: fileActivity, activity: other},

	{action: counterfoil.SystemModule, class: kernelDriver, activity: other}, // loaded or removed: the action does not tell

	{counterfoil.ProcessExec, processActive, 1, true, counterfoil.ClassExec, counterfoil.CategorySystem},
	{action: counterfoil.ProcessStart, class: processActive, activity: 1},
	{counterfoil.ProcessExit, processActive, 2, true, counterfoil.ClassProcess, counterfoil.CategorySystem},
	{action: counterfoil.ProcessCrash, class: processActive, activity: 2},
	{counterfoil.ProcessTrace, processActive, 3, true, counterfoil.ClassProcess, counterfoil.CategorySecurity},
	{action: counterfoil.ProcessSignal, class: processActive, activity: other},
	{action: counterfoil.ProcessPrivilege, class: processActive, activity: other},
	{action: counterfoil.ProcessInput, class: processActive, activity: other},

	{counterfoil.AuditExport, eventLog, 3, true, counterfoil.ClassAdministration, counterfoil.CategorySecurity},
	{counterfoil.AuditRotate, eventLog, 5, true, counterfoil.ClassAdministration, counterfoil.CategorySystem},
	{counterfoil.AuditStart, eventLog, 6, true, counterfoil.ClassAdministration, counterfoil.CategorySecurity},
	{counterfoil.AuditStop, eventLog, 7, true, counterfoil.ClassAdministration, counterfoil.CategorySecurity},
	{action: counterfoil.AuditConfig, class: eventLog, activity: other},
	{action: counterfoil.AuditGap, class: eventLog, activity: other},
	{action: counterfoil.AuditSearch, class: eventLog, activity: other},
	{action: counterfoil.AuditProve, class: eventLog, activity: other},
	{action: counterfoil.AuditVerify, class: eventLog, activity: other},
	{action: counterfoil.AuditAccess, class: eventLog, activity: other},

	{counterfoil.AlarmRaise, finding, 1, true, counterfoil.ClassOther, counterfoil.CategoryAlarm},
	{counterfoil.AlarmAcknowledge, finding, 2, true, counterfoil.ClassOther, counterfoil.CategoryAlarm},
	{counterfoil.AlarmClear, finding, 3, true, counterfoil.ClassOther, counterfoil.CategoryAlarm},
	{action: counterfoil.SystemAnomaly, class: finding, activity: 1},

	{counterfoil.AccountCreate, accountChange, 1, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{counterfoil.AccountPassword, accountChange, 3, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{counterfoil.AccountDelete, accountChange, 6, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{counterfoil.AccountLock, accountChange, 9, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{action: counterfoil.AccountModify, class: accountChange, activity: other},
	{action: counterfoil.AccountUnlock, class: accountChange, activity: other},

	{counterfoil.SessionLogin, authenticate, 1, true, counterfoil.ClassLogin, counterfoil.CategoryAdmin},
	{counterfoil.SessionLogout, authenticate, 2, true, counterfoil.ClassLogin, counterfoil.CategoryAdmin},
	{action: counterfoil.AuthAttempt, class: authenticate, activity: 1},
	{action: counterfoil.AuthCredential, class: authenticate, activity: other},
	{action: counterfoil.SessionOpen, class: authenticate, activity: other},
	{action: counterfoil.SessionClose, class: authenticate, activity: other},
	{action: counterfoil.SessionBecome, class: authenticate, activity: other},
	{action: counterfoil.SessionLock, class: authenticate, activity: other},
	{action: counterfoil.SessionUnlock, class: authenticate, activity: other},

	{action: counterfoil.GroupCreate, class: entityManage, activity: 1},
	{action: counterfoil.GroupModify, class: entityManage, activity: 3},
	{action: counterfoil.GroupDelete, class: entityManage, activity: 4},
	{action: counterfoil.RoleCreate, class: entityManage, activity: 1},
	{action: counterfoil.RoleModify, class: entityManage, activity: 3},
	{action: counterfoil.RoleDelete, class: entityManage, activity: 4},
	{action: counterfoil.DatabaseCreate, class: entityManage, activity: 1},
	{action: counterfoil.DatabaseDrop, class: entityManage, activity: 4},
	{action: counterfoil.CollectionCreate, class: entityManage, activity: 1},
	{action: counterfoil.CollectionDrop, class: entityManage, activity: 4},
	{action: counterfoil.CollectionRename, class: entityManage, activity: 3},
	{action: counterfoil.CollectionImport, class: entityManage, activity: 3},
	{action: counterfoil.IndexCreate, class: entityManage, activity: 1},
	{action: counterfoil.IndexDrop, class: entityManage, activity: 4},

	{counterfoil.RoleGrant, userAccess, 1, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},
	{counterfoil.RoleRevoke, userAccess, 2, true, counterfoil.ClassAdministration, counterfoil.CategoryAdmin},

	{counterfoil.FlowOpen, network, 1, true, counterfoil.ClassNetwork, counterfoil.CategoryTraffic},
	{counterfoil.FlowClose, network, 2, true, counterfoil.ClassNetwork, counterfoil.CategoryTraffic},
	{counterfoil.FlowDeny, network, 5, true, counterfoil.ClassNetwork, counterfoil.CategorySecurity},
	{counterfoil.FlowUpdate, network, 6, true, counterfoil.ClassNetwork, counterfoil.CategoryTraffic},
	{counterfoil.NetworkListen, network, 7, true, counterfoil.ClassNetwork, counterfoil.CategorySystem},

	{action: counterfoil.ConfigRead, class: configState, activity: 1},
	{counterfoil.ConfigChange, configChange, 1, true, counterfoil.ClassAdministration, counterfoil.CategoryProvision},
	{action: counterfoil.PolicyChange, class: configChange, activity: 1},
	{action: counterfoil.ServiceConfig, class: configChange, activity: 1},
	{action: counterfoil.NetworkConfig, class: configChange, activity: 1},
	{action: counterfoil.RouteChange, class: configChange, activity: 1},
	{action: counterfoil.CertificateChange, class: configChange, activity: 1},
	{action: counterfoil.SystemTime, class: configChange, activity: 1},

	{counterfoil.SoftwareInstall, lifecycle, 1, true, counterfoil.ClassAdministration, counterfoil.CategoryProvision},
	{counterfoil.SoftwareRemove, lifecycle, 2, true, counterfoil.ClassAdministration, counterfoil.CategoryProvision},
	{counterfoil.ServiceStart, lifecycle, 3, true, counterfoil.ClassAdministration, counterfoil.CategorySystem},
	{counterfoil.ServiceStop, lifecycle, 4, true, counterfoil.ClassAdministration, counterfoil.CategorySystem},
	{counterfoil.SoftwareUpdate, lifecycle, 8, true, counterfoil.ClassAdministration, counterfoil.CategoryProvision},

	{action: counterfoil.DataRead, class: apiActivity, activity: 2},
	{action: counterfoil.DataWrite, class: apiActivity, activity: 3},
	{action: counterfoil.DataDelete, class: apiActivity, activity: 4},
	{action: counterfoil.DataCommand, class: apiActivity, activity: other},
	{action: counterfoil.AuthAuthorize, class: apiActivity, activity: other},
}

var byAction = func() map[counterfoil.Action]*row {
	m := map[counterfoil.Action]*row{}
	for i := range rows {
		m[rows[i].action] = &rows[i]
	}
	return m
}()

// byType finds the action of a type_uid that means one.
var byType = func() map[int]*row {
	m := map[int]*row{}
	for i := range rows {
		if r := &rows[i]; r.back {
			m[r.class*100+r.activity] = r
		}
	}
	return m
}()

// rowOf gives the class and activity of an event. Share connections of SMB have a class of their own.
func rowOf(e *counterfoil.Event) row {
	if e.Service == "SMB" && (e.Action == counterfoil.SessionOpen || e.Action == counterfoil.SessionClose) {
		return row{action: e.Action, class: smb, activity: other}
	}
	if r := byAction[e.Action]; r != nil {
		return *r
	}
	if e.Action == "" {
		return row{class: baseEvent, activity: 0}
	}
	return row{action: e.Action, class: baseEvent, activity: other}
}

// severities are severity_id by level, with their captions.
var severities = [...]struct {
	id      int
	caption string
}{carry.Informational: {1, "Informational"}, carry.Low: {2, "Low"}, carry.Medium: {3, "Medium"}}

func mapping() []dialect.Row {
	var list []dialect.Row
	for _, r := range rows {
		c := classes[r.class]
		theirs := fmt.Sprintf("%d %s: %d %s", r.class, c.caption, r.class*100+r.activity, c.activities[r.activity])
		note := "written"
		if r.back {
			note = "written and read"
		}
		list = append(list, dialect.Row{Theirs: theirs, Ours: "`action` " + string(r.action), Note: note})
	}
	list = append(list, dialect.Row{Theirs: "4006 SMB Activity: 400699 Other", Ours: "`action` session.open, session.close", Note: "written where `svc` is SMB"},
		dialect.Row{Theirs: "0 Base Event", Ours: "any other `action`, or none", Note: "written"})
	for _, p := range paths {
		list = append(list, dialect.Row{Theirs: p.theirs(), Ours: "`" + p.field + "`", Note: "read, the first there is"})
	}
	return append(list,
		dialect.Row{Theirs: "time, else metadata.original_time", Ours: "`time`", Note: "read; written to both, with nanoseconds in the latter"},
		dialect.Row{Theirs: "status_id 1, 2", Ours: "`success`", Note: "read and written, but for findings, where it is the state of the finding"},
		dialect.Row{Theirs: "severity_id", Note: "written: 1, 2 for what failed or was refused, 3 for alarms, anomalies and gaps"},
		dialect.Row{Theirs: "message", Ours: "the sentence", Note: "written"},
		dialect.Row{Theirs: "metadata.uid, log_provider, event_code, sequence, logged_time", Ours: "`aid`, `svc`, `event`, `seq`, `received`", Note: "written"},
		dialect.Row{Theirs: "raw_data", Ours: "`raw`", Note: "written, shown only: not read back"},
		dialect.Row{Theirs: "unmapped.counterfoil", Ours: "every field but `raw`, `dialect`", Note: "written and read"})
}
