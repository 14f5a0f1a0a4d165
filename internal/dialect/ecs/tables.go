package ecs

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// kind is an action's event.category and event.type, as the schema allows them together.
type kind struct {
	action counterfoil.Action
	// category and types have spaces between several.
	category, types string
}

// kinds has every action that a category fits; an event of another has neither field.
var kinds = []kind{
	{counterfoil.SessionLogin, "authentication session", "start"},
	{counterfoil.SessionLogout, "authentication session", "end"},
	{counterfoil.SessionOpen, "session", "start"},
	{counterfoil.SessionClose, "session", "end"},
	{counterfoil.SessionBecome, "session", "start"},
	{counterfoil.SessionLock, "session", "info"},
	{counterfoil.SessionUnlock, "session", "info"},
	{counterfoil.AuthAttempt, "authentication", "info"},
	{counterfoil.AuthAuthorize, "authentication", "info"},
	{counterfoil.AuthCredential, "authentication", "info"},
	{counterfoil.AuthKey, "authentication", "info"},
	{counterfoil.FileOpen, "file", "access"},
	{counterfoil.FileRead, "file", "access"},
	{counterfoil.FileWrite, "file", "change"},
	{counterfoil.FileCreate, "file", "creation"},
	{counterfoil.FileDelete, "file", "deletion"},
	{counterfoil.FileRename, "file", "change"},
	{counterfoil.FileLink, "file", "creation"},
	{counterfoil.FileAttr, "file", "change"},
	{counterfoil.FileMode, "file", "change"},
	{counterfoil.FileOwner, "file", "change"},
	{counterfoil.FileACL, "file", "change"},
	{counterfoil.FileStat, "file", "access"},
	{counterfoil.FileClose, "file", "info"},
	{counterfoil.FileMount, "host", "change"},
	{counterfoil.FileUnmount, "host", "change"},
	{counterfoil.FileQuota, "file", "change"},
	{counterfoil.FileLock, "file", "info"},
	{counterfoil.ProcessExec, "process", "start"},
	{counterfoil.ProcessStart, "process", "start"},
	{counterfoil.ProcessExit, "process", "end"},
	{counterfoil.ProcessSignal, "process", "info"},
	{counterfoil.ProcessTrace, "process", "access"},
	{counterfoil.ProcessCrash, "process", "end"},
	{counterfoil.ProcessPrivilege, "process", "change"},
	{counterfoil.ProcessInput, "process", "info"},
	{counterfoil.IPCUse, "process", "info"},
	{counterfoil.AccountCreate, "iam", "user creation"},
	{counterfoil.AccountModify, "iam", "user change"},
	{counterfoil.AccountDelete, "iam", "user deletion"},
	{counterfoil.AccountPassword, "iam", "user change"},
	{counterfoil.AccountLock, "iam", "user change"},
	{counterfoil.AccountUnlock, "iam", "user change"},
	{counterfoil.GroupCreate, "iam", "group creation"},
	{counterfoil.GroupModify, "iam", "group change"},
	{counterfoil.GroupDelete, "iam", "group deletion"},
	{counterfoil.RoleCreate, "iam", "admin creation"},
	{counterfoil.RoleModify, "iam", "admin change"},
	{counterfoil.RoleDelete, "iam", "admin deletion"},
	{counterfoil.RoleGrant, "iam", "user admin change"},
	{counterfoil.RoleRevoke, "iam", "user admin change"},
	{counterfoil.ConfigChange, "configuration", "change"},
	{counterfoil.ConfigRead, "configuration", "access"},
	{counterfoil.PolicyChange, "configuration", "change"},
	{counterfoil.PolicyDeny, "intrusion_detection", "denied"},
	{counterfoil.PolicyAllow, "intrusion_detection", "allowed"},
	{counterfoil.ServiceStart, "process", "start"},
	{counterfoil.ServiceStop, "process", "end"},
	{counterfoil.ServiceConfig, "configuration", "change"},
	{counterfoil.SystemBoot, "host", "start"},
	{counterfoil.SystemShutdown, "host", "end"},
	{counterfoil.SystemTime, "host configuration", "change"},
	{counterfoil.SystemModule, "driver", "change"},
	{counterfoil.SystemDevice, "host", "info"},
	{counterfoil.SystemIntegrity, "host", "info"},
	{counterfoil.SystemAnomaly, "host", "info"},
	{counterfoil.SystemVirtual, "host", "change"},
	{counterfoil.SoftwareInstall, "package", "installation"},
	{counterfoil.SoftwareUpdate, "package", "change"},
	{counterfoil.SoftwareRemove, "package", "deletion"},
	{counterfoil.FlowOpen, "network", "connection start"},
	{counterfoil.FlowUpdate, "network", "connection info"},
	{counterfoil.FlowClose, "network", "connection end"},
	{counterfoil.FlowDeny, "network", "connection denied"},
	{counterfoil.NetworkListen, "network", "start"},
	{counterfoil.NetworkConfig, "configuration", "change"},
	{counterfoil.RouteChange, "configuration", "change"},
	{counterfoil.CertificateChange, "configuration", "change"},
	{counterfoil.DatabaseCreate, "database", "change"},
	{counterfoil.DatabaseDrop, "database", "change"},
	{counterfoil.CollectionCreate, "database", "change"},
	{counterfoil.CollectionDrop, "database", "change"},
	{counterfoil.CollectionRename, "database", "change"},
	{counterfoil.CollectionImport, "database", "change"},
	{counterfoil.IndexCreate, "database", "change"},
	{counterfoil.IndexDrop, "database", "change"},
	{counterfoil.DataRead, "database", "access"},
	{counterfoil.DataWrite, "database", "change"},
	{counterfoil.DataDelete, "database", "change"},
	{counterfoil.DataCommand, "database", "info"},
	{counterfoil.AuditStart, "configuration", "change"},
	{counterfoil.AuditStop, "configuration", "change"},
	{counterfoil.AuditConfig, "configuration", "change"},
	{counterfoil.AuditAccess, "configuration iam", "change"},
}

var byAction = func() map[counterfoil.Action]kind {
	m := map[counterfoil.Action]kind{}
	for _, k := range kinds {
		m[k.action] = k
	}
	return m
}()

func mapping() []dialect.Row {
	rows := []dialect.Row{
		{Theirs: "@timestamp", Ours: "`time`"},
		{Theirs: "message", Ours: "the sentence"},
		{Theirs: "event.id, event.sequence, event.ingested", Ours: "`aid`, `seq`, `received`"},
		{Theirs: "event.provider, event.code, event.action", Ours: "`svc`, `event`, `action`"},
		{Theirs: "event.kind", Note: "alert for alarm.raise, else event"},
		{Theirs: "event.outcome", Ours: "`success`", Note: "unknown where it is not told"},
		{Theirs: "event.original", Ours: "`raw`"},
		{Theirs: "host.name", Ours: "`host`"},
		{Theirs: "source.address, source.ip", Ours: "`addr`", Note: "the latter where it is an address"},
		{Theirs: "user.name, user.id", Ours: "`user`, `subject.login_id`"},
		{Theirs: "user.effective.name, .id, .group.name", Ours: "`subject.name`, `subject.id`, `subject.group`"},
		{Theirs: "process.pid, .executable, .name", Ours: "`subject.pid`, `subject.process`"},
		{Theirs: "process.command_line", Ours: "`object.name`", Note: "process.exec"},
		{Theirs: "file.path, .name, .inode", Ours: "`object.name`, `object.id`", Note: "objects of kind file; the inode where the id is a number"},
		{Theirs: "user.target.name, .id", Ours: "`object.name`, `object.id`", Note: "objects of kind account"},
		{Theirs: "group.name, .id", Ours: "`object.name`, `object.id`", Note: "objects of kind group"},
		{Theirs: "service.name", Ours: "`object.name`", Note: "objects of kind service"},
		{Theirs: "package.name", Ours: "`object.name`", Note: "software.*"},
		{Theirs: "destination.address, .ip, .port", Ours: "`object.name`", Note: "flow.* and network.listen, where it is an address and a port"},
		{Theirs: "related.hosts, .ip, .user", Ours: "those named above"},
		{Theirs: "counterfoil.*", Ours: "`class`, `category`, `dialect`, `object`, `sess`, `subject.terminal`, `svc_data`, `event_data`, `vers`, `via`"},
		{Theirs: "counterfoil.exact.*", Ours: "any text that is not UTF-8", Note: "as a JSON string"},
	}
	for _, k := range kinds {
		rows = append(rows, dialect.Row{Theirs: "event.category " + strings.ReplaceAll(k.category, " ", ", ") + "; event.type " +
			strings.ReplaceAll(k.types, " ", ", "), Ours: "`action` " + string(k.action)})
	}
	return rows
}
