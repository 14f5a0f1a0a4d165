package samba

import cf "github.com/counterfoil/counterfoil"

// The classes by their names in BSM.
const (
	lo, aa, ad = cf.ClassLogin, cf.ClassAuthentication, cf.ClassAdministration
	fr, fw, fc = cf.ClassFileRead, cf.ClassFileWrite, cf.ClassFileCreate
	fd, fa, fm = cf.ClassFileDelete, cf.ClassFileAttrAccess, cf.ClassFileAttrModify
	ic, cl, ot = cf.ClassIoctl, cf.ClassClose, cf.ClassOther
)

// rule says what an event is, as in the truenas dialect.
type rule struct {
	class    cf.Class
	category cf.Category
	action   cf.Action
	from     string // lines that it is made of, for the page
}

var events = map[string]rule{
	"CONNECT":        {lo, cf.CategoryData, cf.SessionOpen, "`connect`, and smbd's message with the user's numbers; refused: `connect` and `disconnect` without it, `root preexec gave`, an unknown share, a status from smb2_tcon.c"},
	"DISCONNECT":     {lo, cf.CategoryData, cf.SessionClose, "`disconnect`"},
	"CREATE":         {fa, cf.CategoryData, cf.FileOpen, "`create_file`; failed: with the status of smbd's message. Class and action as in truenas"},
	"OPEN":           {fa, cf.CategoryData, cf.FileOpen, "smbd's message `opened file` (debug level 2)"},
	"CLOSE":          {cl, cf.CategoryData, cf.FileClose, "smbd's message `closed file`; without debug level 2 inferred from `close`"},
	"READ":           {fr, cf.CategoryData, cf.FileRead, "`pread_recv`, `pread`, `sendfile`, with the bytes of smbd's message (smb2:3)"},
	"WRITE":          {fw, cf.CategoryData, cf.FileWrite, "`pwrite_recv`, `pwrite`, `recvfile`, with the bytes of smbd's message (smb2:3)"},
	"OFFLOAD_READ":   {fr, cf.CategoryData, cf.FileRead, "`offload_read_send`; the file is the one opened last but one to read (inferred)"},
	"OFFLOAD_WRITE":  {fw, cf.CategoryData, cf.FileWrite, "`offload_write_recv`; the file is the one opened last to write (inferred)"},
	"RENAME":         {fc | fd, cf.CategoryData, cf.FileRename, "`renameat`; refused by smbd: a status from smb2_setinfo.c"},
	"UNLINK":         {fd, cf.CategoryData, cf.FileDelete, "`unlinkat`; refused by smbd: a status from smb2_setinfo.c"},
	"SET_ATTR":       {fm, cf.CategoryData, cf.FileAttr, "`fset_dos_attributes` (the value is not told), `fntimes`; those of a file being created belong to its CREATE"},
	"SET_ACL":        {fm, cf.CategoryData, cf.FileACL, "`fset_nt_acl` with `log_secdesc = yes`; that of a file being created belongs to its CREATE"},
	"SET_INFO":       {fm, cf.CategoryData, "", "a status from smb2_setinfo.c that tells neither a rename nor a delete"},
	"SET_QUOTA":      {ad | fm, cf.CategoryAdmin, cf.FileQuota, "`set_quota` (nothing more is told)"},
	"FSCTL":          {ic, cf.CategoryData, "", "`fsctl` (nothing more is told)"},
	"AUTHENTICATION": {lo | aa, cf.CategoryAdmin, cf.AuthAttempt, "auth_json_audit:3"},
	"AUTHORIZATION":  {aa, cf.CategoryAdmin, cf.AuthAuthorize, "auth_json_audit:4; its sessionId is `sess` of what follows in the process"},
	"LOG":            {ot, cf.CategorySystem, "", "lines that no event of the process claimed in time"},
}

// do is what a line of full_audit leads to.
type do uint8

const (
	doNoise do = iota
	doConnect
	doDisconnect
	doCreate
	doClose
	doOp
	doRename
	doUnlink
	doTent
	doQuota
	doControl
)

type opRule struct {
	what do
	op   opKind
}

// opRules are the operations that have a meaning. A read or write is logged when sent and when done: the latter counts.
var opRules = map[string]opRule{
	"connect": {what: doConnect}, "disconnect": {what: doDisconnect}, "create_file": {what: doCreate}, "close": {what: doClose},
	"pread_recv": {doOp, opRead}, "pread": {doOp, opRead}, "sendfile": {doOp, opRead},
	"pwrite_recv": {doOp, opWrite}, "pwrite": {doOp, opWrite}, "recvfile": {doOp, opWrite},
	"offload_read_send": {doOp, opOffloadRead}, "offload_write_recv": {doOp, opOffloadWrite},
	"renameat": {what: doRename}, "unlinkat": {what: doUnlink}, "fset_dos_attributes": {what: doTent}, "fntimes": {what: doTent},
	"fset_nt_acl": {what: doTent}, "set_quota": {what: doQuota}, "fsctl": {what: doControl},
	"mkdirat": {what: doNoise}, // its create_file follows
}

// Bits of an access mask (MS-SMB2 2.2.13.1).
const (
	accessRead   = 0x1 | 0x20 | 0x10000000 | 0x20000000 | 0x80000000 // data, execute, generic all, execute and read
	accessWrite  = 0x2 | 0x4 | 0x10000000 | 0x40000000               // data, append, generic all and write
	accessDelete = 0x10000 | 0x10000000
)

// createClass gives the class and action of an open, which may create.
func createClass(c create) (class cf.Class, action cf.Action) {
	action = cf.FileOpen
	if c.mask&accessRead != 0 {
		class |= fr
	}
	if c.mask&accessWrite != 0 {
		class |= fw
	}
	switch c.disposition {
	case "supersede", "create", "overwrite_if":
		class |= fc
		action = cf.FileCreate
	case "open_if":
		class |= fc
	case "overwrite":
		class |= fw
	}
	if class == 0 {
		class = fa
	}
	return class, action
}

// statuses are the numbers of those that smbd gives most (MS-ERREF 2.3.1).
var statuses = map[string]uint32{
	"NT_STATUS_NO_SUCH_FILE": 0xc000000f, "NT_STATUS_INVALID_PARAMETER": 0xc000000d, "NT_STATUS_ACCESS_DENIED": 0xc0000022,
	"NT_STATUS_OBJECT_NAME_INVALID": 0xc0000033, "NT_STATUS_OBJECT_NAME_NOT_FOUND": 0xc0000034, "NT_STATUS_OBJECT_NAME_COLLISION": 0xc0000035,
	"NT_STATUS_OBJECT_PATH_NOT_FOUND": 0xc000003a, "NT_STATUS_SHARING_VIOLATION": 0xc0000043, "NT_STATUS_QUOTA_EXCEEDED": 0xc0000044,
	"NT_STATUS_FILE_LOCK_CONFLICT": 0xc0000054, "NT_STATUS_DELETE_PENDING": 0xc0000056, "NT_STATUS_PRIVILEGE_NOT_HELD": 0xc0000061,
	"NT_STATUS_NO_SUCH_USER": 0xc0000064, "NT_STATUS_WRONG_PASSWORD": 0xc000006a, "NT_STATUS_LOGON_FAILURE": 0xc000006d,
	"NT_STATUS_PASSWORD_EXPIRED": 0xc0000071, "NT_STATUS_ACCOUNT_DISABLED": 0xc0000072, "NT_STATUS_DISK_FULL": 0xc000007f,
	"NT_STATUS_MEDIA_WRITE_PROTECTED": 0xc00000a2, "NT_STATUS_FILE_IS_A_DIRECTORY": 0xc00000ba, "NT_STATUS_NOT_SUPPORTED": 0xc00000bb,
	"NT_STATUS_BAD_NETWORK_NAME": 0xc00000cc, "NT_STATUS_NOT_SAME_DEVICE": 0xc00000d4, "NT_STATUS_DIRECTORY_NOT_EMPTY": 0xc0000101,
	"NT_STATUS_NOT_A_DIRECTORY": 0xc0000103, "NT_STATUS_CANNOT_DELETE": 0xc0000121, "NT_STATUS_ACCOUNT_LOCKED_OUT": 0xc0000234,
	"NT_STATUS_NETWORK_ACCESS_DENIED": 0xc00000ca, "NT_STATUS_INSUFFICIENT_RESOURCES": 0xc000009a, "NT_STATUS_IO_DEVICE_ERROR": 0xc0000185,
}
