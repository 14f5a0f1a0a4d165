package journal

import "github.com/counterfoil/counterfoil"

// message is what a MESSAGE_ID says happened.
type message struct {
	event    string
	action   counterfoil.Action
	class    counterfoil.Class
	category counterfoil.Category
	outcome  counterfoil.Outcome
	kind     string // of the object
	object   string // the field that names it
}

const (
	lo = counterfoil.ClassLogin
	aa = counterfoil.ClassAuthentication
	ad = counterfoil.ClassAdministration
	ex = counterfoil.ClassExec
	pc = counterfoil.ClassProcess
	ap = counterfoil.ClassApplication
	ot = counterfoil.ClassOther

	admin  = counterfoil.CategoryAdmin
	system = counterfoil.CategorySystem
	alarm  = counterfoil.CategoryAlarm

	unknown = counterfoil.Unknown
	success = counterfoil.Success
	failure = counterfoil.Failure
)

// messages are those of systemd (sd-messages.h).
var messages = map[string]message{
	"f77379a8490b408bbe5f6940505a777b": {"JOURNAL_START", counterfoil.ServiceStart, ad, system, success, "service", "_SYSTEMD_UNIT"},
	"d93fb3c9c24d451a97cea615ce59c00b": {"JOURNAL_STOP", counterfoil.ServiceStop, ad, system, success, "service", "_SYSTEMD_UNIT"},
	"a596d6fe7bfa4994828e72309e95d61e": {"JOURNAL_DROPPED", counterfoil.AuditGap, ot, alarm, unknown, "service", "UNIT"},
	"e9bf28e6e834481bb6f48f548ad13606": {"JOURNAL_MISSED", counterfoil.AuditGap, ot, alarm, unknown, "", ""},
	"0027229ca0644181a76c4e92458afa2e": {"FORWARD_SYSLOG_MISSED", counterfoil.AuditGap, ot, alarm, unknown, "", ""},
	"fc2e22bc6ee647b6b90729ab34a250b1": {"COREDUMP", counterfoil.ProcessCrash, pc, alarm, failure, "process", "COREDUMP_EXE"},
	"8d45620c1a4348dbb17410da57c60c66": {"SESSION_START", counterfoil.SessionOpen, lo, admin, success, "session", "SESSION_ID"},
	"3354939424b4456d9802ca8333ed424a": {"SESSION_STOP", counterfoil.SessionClose, lo, admin, success, "session", "SESSION_ID"},
	"fcbefc5da23d428093f97c82a9290f7b": {"SEAT_START", "", ot, system, success, "seat", "SEAT_ID"},
	"e7852bfe46784ed0accde04bc864c2d5": {"SEAT_STOP", "", ot, system, success, "seat", "SEAT_ID"},
	"24d8d4452573402496068381a6312df2": {"MACHINE_START", counterfoil.SystemVirtual, ad, system, success, "vm", "NAME"},
	"58432bd3bace477cb514b56381b8a758": {"MACHINE_STOP", counterfoil.SystemVirtual, ad, system, success, "vm", "NAME"},
	"c7a787079b354eaaa9e77b371893cd27": {"TIME_CHANGE", counterfoil.SystemTime, ad, system, success, "", ""},
	"45f82f4aef7a4bbf942ce861d1f20990": {"TIMEZONE_CHANGE", counterfoil.ConfigChange, ad, system, success, "config", "TIMEZONE"},
	"b07a249cd024414a82dd00cd181378ff": {"STARTUP_FINISHED", counterfoil.SystemBoot, ad, system, success, "", ""},
	"98268866d1d54a499c4e98921d93bc40": {"SHUTDOWN", counterfoil.SystemShutdown, ad, system, success, "", ""},
	"6bbd95ee977941e497c48be27c254128": {"SLEEP_START", "", ot, system, unknown, "", ""},
	"8811e6df2a8e40f58a94cea26f8ebf14": {"SLEEP_STOP", "", ot, system, unknown, "", ""},
	"7d4958e842da4a758f6c1cdc7b36dcc5": {"UNIT_STARTING", counterfoil.ServiceStart, ad, system, unknown, "service", "UNIT"},
	"39f53479d3a045ac8e11786248231fbf": {"UNIT_STARTED", counterfoil.ServiceStart, ad, system, success, "service", "UNIT"},
	"be02cf6855d2428ba40df7e9d022f03d": {"UNIT_FAILED", counterfoil.ServiceStart, ad, system, failure, "service", "UNIT"},
	"de5b426a63be47a7b6ac3eaac82e2f6f": {"UNIT_STOPPING", counterfoil.ServiceStop, ad, system, unknown, "service", "UNIT"},
	"9d1aaa27d60140bd96365438aad20286": {"UNIT_STOPPED", counterfoil.ServiceStop, ad, system, success, "service", "UNIT"},
	"7ad2d189f7e94e70a38c781354912448": {"UNIT_SUCCESS", counterfoil.ServiceStop, ad, system, success, "service", "UNIT"},
	"d9b373ed55a64feb8242e02dbe79a49c": {"UNIT_FAILURE_RESULT", counterfoil.SystemAnomaly, ot, alarm, failure, "service", "UNIT"},
	"fe6faa94e7774663a0da52717891d8ef": {"UNIT_OUT_OF_MEMORY", counterfoil.SystemAnomaly, ot, alarm, failure, "service", "UNIT"},
	"98e322203f7a4ed290d09fe03c09fe15": {"UNIT_PROCESS_EXIT", "", ot, system, unknown, "service", "UNIT"},
	"5eb03494b6584870a536b337290809b3": {"UNIT_RESTART_SCHEDULED", "", ot, system, unknown, "service", "UNIT"},
	"d34d037fff1847e6ae669a370e694725": {"UNIT_RELOADING", counterfoil.ServiceConfig, ad, system, unknown, "service", "UNIT"},
	"7b05ebc668384222baa8881179cfda54": {"UNIT_RELOADED", counterfoil.ServiceConfig, ad, system, success, "service", "UNIT"},
	"641257651c1b4ec9a8624d7a40a9e1e7": {"SPAWN_FAILED", counterfoil.ProcessExec, ex, system, failure, "process", "EXECUTABLE"},
}

// records are the types of audit records that are events of their own, written by programs with CAP_AUDIT_WRITE.
var records = map[string]message{
	"USER_AUTH":       {action: counterfoil.AuthAttempt, class: aa, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"USER_ACCT":       {action: counterfoil.AuthAuthorize, class: aa, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"CRED_ACQ":        {action: counterfoil.AuthCredential, class: aa, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"CRED_REFR":       {action: counterfoil.AuthCredential, class: aa, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"CRED_DISP":       {action: counterfoil.AuthCredential, class: aa, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"USER_LOGIN":      {action: counterfoil.SessionLogin, class: lo, category: admin, kind: "session"},
	"USER_LOGOUT":     {action: counterfoil.SessionLogout, class: lo, category: admin, kind: "session"},
	"USER_START":      {action: counterfoil.SessionOpen, class: lo, category: admin, kind: "session", object: "AUDIT_FIELD_TERMINAL"},
	"USER_END":        {action: counterfoil.SessionClose, class: lo, category: admin, kind: "session", object: "AUDIT_FIELD_TERMINAL"},
	"USER_CHAUTHTOK":  {action: counterfoil.AccountPassword, class: ad, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"ADD_USER":        {action: counterfoil.AccountCreate, class: ad, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"DEL_USER":        {action: counterfoil.AccountDelete, class: ad, category: admin, kind: "account", object: "AUDIT_FIELD_ACCT"},
	"ADD_GROUP":       {action: counterfoil.GroupCreate, class: ad, category: admin, kind: "group", object: "AUDIT_FIELD_ACCT"},
	"DEL_GROUP":       {action: counterfoil.GroupDelete, class: ad, category: admin, kind: "group", object: "AUDIT_FIELD_ACCT"},
	"USER_CMD":        {action: counterfoil.ProcessExec, class: aa | ex, category: admin, kind: "process", object: "AUDIT_FIELD_CMD"},
	"SERVICE_START":   {action: counterfoil.ServiceStart, class: ad, category: system, kind: "service", object: "AUDIT_FIELD_UNIT"},
	"SERVICE_STOP":    {action: counterfoil.ServiceStop, class: ad, category: system, kind: "service", object: "AUDIT_FIELD_UNIT"},
	"SYSTEM_BOOT":     {action: counterfoil.SystemBoot, class: ad, category: system},
	"SYSTEM_SHUTDOWN": {action: counterfoil.SystemShutdown, class: ad, category: system},
}
