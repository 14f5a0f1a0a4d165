package counterfoil

import "slices"

// Action is what happened, in the vocabulary that all dialects share. Empty where a dialect does not understand it.
type Action string

// The vocabulary. Names are noun.verb; docs/format/event.md lists them with their sentences. A name is never changed
// or reused; new ones may come.
const (
	SessionLogin      Action = "session.login"
	SessionLogout     Action = "session.logout"
	SessionOpen       Action = "session.open"       // a session begins after login: PAM session, SMB tree connect
	SessionClose      Action = "session.close"      //
	SessionBecome     Action = "session.become"     // su, sudo -i, setuid: another identity
	SessionLock       Action = "session.lock"       // account or screen locked
	SessionUnlock     Action = "session.unlock"     //
	AuthAttempt       Action = "auth.attempt"       // a credential was presented
	AuthAuthorize     Action = "auth.authorize"     // a permission was checked
	AuthCredential    Action = "auth.credential"    // a credential was set up, refreshed or disposed of
	AuthKey           Action = "auth.key"           // a cryptographic key or session was negotiated or destroyed
	FileOpen          Action = "file.open"          //
	FileRead          Action = "file.read"          //
	FileWrite         Action = "file.write"         //
	FileCreate        Action = "file.create"        //
	FileDelete        Action = "file.delete"        //
	FileRename        Action = "file.rename"        // object.to is the new name
	FileLink          Action = "file.link"          // object.to is the new link
	FileAttr          Action = "file.attr"          // times, flags, extended attributes
	FileMode          Action = "file.mode"          // permissions
	FileOwner         Action = "file.owner"         //
	FileACL           Action = "file.acl"           //
	FileStat          Action = "file.stat"          // attributes read
	FileClose         Action = "file.close"         //
	FileMount         Action = "file.mount"         //
	FileUnmount       Action = "file.unmount"       //
	FileQuota         Action = "file.quota"         //
	FileLock          Action = "file.lock"          //
	ProcessExec       Action = "process.exec"       //
	ProcessStart      Action = "process.start"      // fork, clone
	ProcessExit       Action = "process.exit"       //
	ProcessSignal     Action = "process.signal"     //
	ProcessTrace      Action = "process.trace"      // ptrace, reading another's memory
	ProcessCrash      Action = "process.crash"      // ended abnormally
	ProcessPrivilege  Action = "process.privilege"  // capabilities, credentials changed
	ProcessInput      Action = "process.input"      // keystrokes recorded
	IPCUse            Action = "ipc.use"            // shared memory, queues, semaphores
	AccountCreate     Action = "account.create"     //
	AccountModify     Action = "account.modify"     //
	AccountDelete     Action = "account.delete"     //
	AccountPassword   Action = "account.password"   // a password was set or changed
	AccountLock       Action = "account.lock"       //
	AccountUnlock     Action = "account.unlock"     //
	GroupCreate       Action = "group.create"       //
	GroupModify       Action = "group.modify"       //
	GroupDelete       Action = "group.delete"       //
	RoleCreate        Action = "role.create"        //
	RoleModify        Action = "role.modify"        //
	RoleDelete        Action = "role.delete"        //
	RoleGrant         Action = "role.grant"         //
	RoleRevoke        Action = "role.revoke"        //
	ConfigChange      Action = "config.change"      //
	ConfigRead        Action = "config.read"        //
	PolicyChange      Action = "policy.change"      // access-control policy loaded, enforced, relabelled
	PolicyDeny        Action = "policy.deny"        // refused by mandatory access control, sandbox or seccomp
	PolicyAllow       Action = "policy.allow"       // granted and logged by such a policy
	ServiceStart      Action = "service.start"      //
	ServiceStop       Action = "service.stop"       //
	ServiceConfig     Action = "service.config"     //
	SystemBoot        Action = "system.boot"        //
	SystemShutdown    Action = "system.shutdown"    //
	SystemTime        Action = "system.time"        // the clock was set
	SystemModule      Action = "system.module"      // kernel code was loaded or removed
	SystemDevice      Action = "system.device"      //
	SystemIntegrity   Action = "system.integrity"   // a measurement of software or files
	SystemAnomaly     Action = "system.anomaly"     //
	SystemVirtual     Action = "system.virtual"     // virtual machines and containers
	SoftwareInstall   Action = "software.install"   //
	SoftwareUpdate    Action = "software.update"    //
	SoftwareRemove    Action = "software.remove"    //
	FlowOpen          Action = "flow.open"          // a network flow or connection begins
	FlowUpdate        Action = "flow.update"        //
	FlowClose         Action = "flow.close"         //
	FlowDeny          Action = "flow.deny"          //
	NetworkListen     Action = "network.listen"     // a program accepts connections
	NetworkConfig     Action = "network.config"     // interfaces, firewall, routes
	DatabaseCreate    Action = "database.create"    //
	DatabaseDrop      Action = "database.drop"      //
	CollectionCreate  Action = "collection.create"  //
	CollectionDrop    Action = "collection.drop"    //
	CollectionRename  Action = "collection.rename"  //
	CollectionImport  Action = "collection.import"  //
	IndexCreate       Action = "index.create"       //
	IndexDrop         Action = "index.drop"         //
	DataRead          Action = "data.read"          //
	DataWrite         Action = "data.write"         //
	DataDelete        Action = "data.delete"        //
	DataCommand       Action = "data.command"       // any other command on data
	AuditStart        Action = "audit.start"        // auditing begins or is switched on
	AuditStop         Action = "audit.stop"         //
	AuditConfig       Action = "audit.config"       // what is audited was changed
	AuditRotate       Action = "audit.rotate"       //
	AuditGap          Action = "audit.gap"          // events are known or suspected to be missing
	AuditExpire       Action = "audit.expire"       // records reach the end of their retention and are deleted
	AuditHold         Action = "audit.hold"         // records are kept beyond their retention, or not any longer
	AuditForget       Action = "audit.forget"       // the hidden halves of one user's records are forgotten
	AuditRefuse       Action = "audit.refuse"       // events were left out by policy, and counted
	AuditSearch       Action = "audit.search"       // the trail was read
	AuditExport       Action = "audit.export"       //
	AuditProve        Action = "audit.prove"        //
	AuditVerify       Action = "audit.verify"       //
	AuditAccess       Action = "audit.access"       // who may read or write the trail was changed
	AlarmRaise        Action = "alarm.raise"        //
	AlarmClear        Action = "alarm.clear"        //
	AlarmAcknowledge  Action = "alarm.acknowledge"  //
	RouteChange       Action = "route.change"       //
	CertificateChange Action = "certificate.change" //
)

// Known reports whether a is in the vocabulary. The empty action is.
func (a Action) Known() bool {
	if a == "" {
		return true
	}
	_, ok := sentences[a]
	return ok
}

// Actions lists the vocabulary in alphabetical order.
func Actions() []Action {
	all := make([]Action, 0, len(sentences))
	for a := range sentences {
		all = append(all, a)
	}
	slices.Sort(all)
	return all
}
