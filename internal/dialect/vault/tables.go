package vault

import "github.com/counterfoil/counterfoil"

// access is what an operation does to its path.
type access uint8

const (
	read access = iota
	write
	remove
	inner // by Vault itself
	numAccess
)

type operation struct {
	access access
	class  counterfoil.Class
}

var operations = map[string]operation{
	"read":            {read, counterfoil.ClassFileRead},
	"list":            {read, counterfoil.ClassFileRead},
	"scan":            {read, counterfoil.ClassFileRead},
	"help":            {read, counterfoil.ClassFileAttrAccess},
	"header":          {read, counterfoil.ClassFileAttrAccess},
	"create":          {write, counterfoil.ClassFileCreate},
	"update":          {write, counterfoil.ClassFileWrite},
	"patch":           {write, counterfoil.ClassFileWrite},
	"delete":          {remove, counterfoil.ClassFileDelete},
	"alias-lookahead": {inner, counterfoil.ClassAuthentication},
	"resolve-role":    {inner, counterfoil.ClassAuthentication},
	"renew":           {inner, counterfoil.ClassAuthentication},
	"revoke":          {inner, counterfoil.ClassAuthentication},
	"rollback":        {inner, counterfoil.ClassOther},
}

// rule is what it means to use paths that match a pattern.
type rule struct {
	mount    string // mount_type, "" for any
	path     string // segments of the path without its namespace; "*" is any one, "**" at the end any or none
	kind     string // of the object
	category counterfoil.Category
	class    counterfoil.Class // beside that of the operation, or instead of it where it tells of login or authentication
	actions  [numAccess]counterfoil.Action
}

const (
	aa = counterfoil.ClassAuthentication
	ad = counterfoil.ClassAdministration
	lo = counterfoil.ClassLogin

	admin    = counterfoil.CategoryAdmin
	system   = counterfoil.CategorySystem
	security = counterfoil.CategorySecurity
	data     = counterfoil.CategoryData
)

type actions = [numAccess]counterfoil.Action

var (
	secrets     = actions{counterfoil.DataRead, counterfoil.DataWrite, counterfoil.DataDelete}
	settings    = actions{counterfoil.ConfigRead, counterfoil.ConfigChange, counterfoil.ConfigChange}
	policies    = actions{counterfoil.ConfigRead, counterfoil.PolicyChange, counterfoil.PolicyChange}
	accounts    = actions{counterfoil.ConfigRead, counterfoil.AccountModify, counterfoil.AccountDelete}
	groups      = actions{counterfoil.ConfigRead, counterfoil.GroupModify, counterfoil.GroupDelete}
	roles       = actions{counterfoil.ConfigRead, counterfoil.RoleModify, counterfoil.RoleDelete}
	credentials = actions{counterfoil.AuthCredential, counterfoil.AuthCredential, counterfoil.AuthCredential, counterfoil.AuthCredential}
	keys        = actions{counterfoil.AuthKey, counterfoil.AuthKey, counterfoil.AuthKey}
	logins      = actions{"", counterfoil.SessionLogin, ""}
)

// rules are asked in order; the first that matches counts.
var rules = []rule{
	{"", "auth/*/login/**", "account", security, lo, logins},
	{"", "auth/*/oidc/callback", "account", security, lo, actions{counterfoil.SessionLogin, counterfoil.SessionLogin, ""}},
	{"", "auth/*/oidc/auth_url", "account", security, aa, actions{"", counterfoil.AuthAttempt, ""}},
	{"", "auth/token/roles/**", "role", admin, ad, roles},
	{"", "auth/token/**", "token", security, aa, credentials},
	{"", "auth/*/users/*/password", "account", admin, aa | ad, actions{"", counterfoil.AccountPassword, ""}},
	{"", "auth/*/users/**", "account", admin, ad, accounts},
	{"", "auth/*/groups/**", "group", admin, ad, groups},
	{"", "auth/*/role/*/secret-id/**", "token", security, aa, credentials},
	{"", "auth/*/role/**", "role", admin, ad, roles},
	{"", "auth/*/roles/**", "role", admin, ad, roles},
	{"", "auth/**", "config", admin, ad, settings},

	{"", "sys/audit/**", "audit device", security, ad, actions{counterfoil.ConfigRead, counterfoil.AuditStart, counterfoil.AuditStop}},
	{"", "sys/config/auditing/**", "audit device", security, ad, actions{counterfoil.ConfigRead, counterfoil.AuditConfig, counterfoil.AuditConfig}},
	{"", "sys/policy/**", "policy", security, ad, policies},
	{"", "sys/policies/**", "policy", security, ad, policies},
	{"", "sys/capabilities/**", "path", security, aa, actions{counterfoil.AuthAuthorize, counterfoil.AuthAuthorize, ""}},
	{"", "sys/capabilities-self/**", "path", security, aa, actions{counterfoil.AuthAuthorize, counterfoil.AuthAuthorize, ""}},
	{"", "sys/capabilities-accessor/**", "path", security, aa, actions{counterfoil.AuthAuthorize, counterfoil.AuthAuthorize, ""}},
	{"", "sys/leases/**", "lease", security, aa, credentials},
	{"", "sys/renew/**", "lease", security, aa, credentials},
	{"", "sys/revoke/**", "lease", security, aa, credentials},
	{"", "sys/revoke-prefix/**", "lease", security, aa, credentials},
	{"", "sys/revoke-force/**", "lease", security, aa, credentials},
	{"", "sys/wrapping/**", "token", security, aa, credentials},
	{"", "sys/rotate/**", "key", security, aa | ad, credentials},
	{"", "sys/rekey/**", "key", security, aa | ad, credentials},
	{"", "sys/generate-root/**", "key", security, aa | ad, credentials},
	{"", "sys/seal", "service", admin, ad, actions{"", counterfoil.ServiceStop, ""}},
	{"", "sys/unseal", "service", admin, ad, actions{"", counterfoil.ServiceStart, ""}},
	{"", "sys/step-down", "service", admin, ad, actions{"", counterfoil.ServiceConfig, ""}},
	{"", "sys/internal/**", "config", system, 0, settings},
	{"", "sys/**", "config", admin, ad, settings},
	{"", "identity/entity/**", "account", admin, ad, accounts},
	{"", "identity/entity-alias/**", "account", admin, ad, accounts},
	{"", "identity/group/**", "group", admin, ad, groups},
	{"", "identity/group-alias/**", "group", admin, ad, groups},
	{"", "identity/oidc/token/**", "token", security, aa, credentials},
	{"", "identity/**", "config", admin, ad, settings},

	{"transit", "*/keys/**", "key", security, aa | ad, actions{counterfoil.ConfigRead, counterfoil.AuthCredential, counterfoil.AuthCredential}},
	{"transit", "*/export/**", "key", security, aa, credentials},
	{"transit", "*/backup/**", "key", security, aa, credentials},
	{"transit", "**", "key", security, aa, keys},
	{"totp", "*/code/**", "key", security, aa, keys},
	{"totp", "*/keys/**", "key", security, aa | ad, actions{counterfoil.ConfigRead, counterfoil.AuthCredential, counterfoil.AuthCredential}},
	{"pki", "*/roles/**", "role", admin, ad, roles},
	{"pki", "*/config/**", "config", admin, ad, settings},
	{"pki", "**", "certificate", admin, ad, actions{counterfoil.ConfigRead, counterfoil.CertificateChange, counterfoil.CertificateChange}},
	{"ssh", "*/sign/**", "key", security, aa, credentials},
	{"ssh", "*/issue/**", "key", security, aa, credentials},
	{"", "*/creds/**", "credential", security, aa, credentials},
	{"", "*/static-creds/**", "credential", security, aa, credentials},
	{"aws", "*/sts/**", "credential", security, aa, credentials},
	{"kv", "**", "secret", data, 0, secrets},
	{"generic", "**", "secret", data, 0, secrets},
	{"cubbyhole", "**", "secret", data, 0, secrets},
	{"", "*/config/**", "config", admin, ad, settings},
	{"", "*/roles/**", "role", admin, ad, roles},
	{"", "**", "secret", data, 0, secrets},
}
