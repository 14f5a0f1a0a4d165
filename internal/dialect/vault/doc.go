// Package vault is the room of the audit devices of HashiCorp Vault and OpenBao: an entry for each request and one for its
// response, a JSON object a line, perhaps behind the device's prefix.
//
//	{"time":"…","type":"request","auth":{"display_name":"ldap-anna",…},"request":{"operation":"read","path":"secret/data/db",…}}
//	{"time":"…","type":"response","auth":{…},"request":{…},"response":{…}}
//
// The way of an entry: vault.go takes lines; parse.go finds the members; tables.go knows paths and kinds of mounts; map.go
// translates. Values that the device has hashed ("hmac-sha256:…") stay as they are.
//
// Specified by Vault's documentation "Audit log entry schema" and "Audit devices", and the types in OpenBao's
// audit/format.go. Not understood: format=jsonx, what plugins other than those in tables.go do beyond read, written and
// deleted, and the version of a kv mount, which entries do not tell.
package vault
