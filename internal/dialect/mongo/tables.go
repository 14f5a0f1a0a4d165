package mongo

import (
	"strings"

	"github.com/counterfoil/counterfoil"
)

// objectOf says what of a document is acted on.
type objectOf uint8

const (
	ofNothing   objectOf = iota
	ofNS                 // param.ns: a collection, or a database
	ofView               // param.ns, a view
	ofIndex              // param.ns, and param.indexName as its id
	ofRename             // param.old, param.new
	ofUser               // param.user, param.db
	ofRole               // param.role, param.db
	ofAllUsers           // param.db: all accounts in it
	ofAllRoles           // param.db
	ofMutation           // param.document of a collection of users or roles
	ofReplica            // param.new._id
	ofShard              // param.shard
	ofRequested          // param.requestedClusterServerParameters, where it is one
	ofParameter          // param.updatedClusterServerParameter._id
	ofServer             // the server
	ofLog                // param.logRotationStatus.rotatedLogPath
	ofCheck              // what the command acts on
)

var objectDoc = [...]string{"", "`param.ns`: collection or database", "`param.ns`: view", "`param.ns`: index, id `param.indexName`",
	"`param.old`, to `param.new`: collection", "`param.user`: account, id user@db", "`param.role`: role, id role@db",
	"`*@db`: account", "`*@db`: role", "`param.document`: account or role", "`param.new._id`: replica-set", "`param.shard`: shard",
	"`param.requestedClusterServerParameters`: parameter, if it is one", "`param.updatedClusterServerParameter._id`: parameter",
	"`mongodb`: service", "`param.logRotationStatus.rotatedLogPath`: file", "see the commands"}

// row is what an atype becomes.
type row struct {
	atype    string
	event    string // atype as a canonical name
	class    counterfoil.Class
	category counterfoil.Category
	action   counterfoil.Action
	object   objectOf
}

const (
	lo = counterfoil.ClassLogin
	aa = counterfoil.ClassAuthentication
	ad = counterfoil.ClassAdministration
	fr = counterfoil.ClassFileRead
	fw = counterfoil.ClassFileWrite
	fc = counterfoil.ClassFileCreate
	fd = counterfoil.ClassFileDelete
	fa = counterfoil.ClassFileAttrAccess
	fm = counterfoil.ClassFileAttrModify
	nt = counterfoil.ClassNetwork
	ap = counterfoil.ClassApplication

	admin     = counterfoil.CategoryAdmin
	data      = counterfoil.CategoryData
	system    = counterfoil.CategorySystem
	traffic   = counterfoil.CategoryTraffic
	provision = counterfoil.CategoryProvision
	security  = counterfoil.CategorySecurity
)

// atypes are the events that Percona Server for MongoDB and MongoDB Enterprise write. Where several have one action, the
// first is what an event of another dialect becomes.
var atypes = []row{
	{atype: "authenticate", class: lo | aa, category: admin, action: counterfoil.SessionLogin},
	{atype: "logout", class: lo, category: admin, action: counterfoil.SessionLogout},
	{atype: "clientMetadata", class: nt, category: traffic, action: counterfoil.FlowOpen},
	{atype: "authCheck", class: aa, category: admin, action: counterfoil.AuthAuthorize, object: ofCheck},
	{atype: "startup", class: ad, category: system, action: counterfoil.ServiceStart, object: ofServer},
	{atype: "startupOptions", class: ad, category: system, action: counterfoil.ServiceStart, object: ofServer},
	{atype: "shutdown", class: ad, category: system, action: counterfoil.ServiceStop, object: ofServer},
	{atype: "createDatabase", class: fc, category: data, action: counterfoil.DatabaseCreate, object: ofNS},
	{atype: "dropDatabase", class: fd, category: data, action: counterfoil.DatabaseDrop, object: ofNS},
	{atype: "createCollection", class: fc, category: data, action: counterfoil.CollectionCreate, object: ofNS},
	{atype: "createView", class: fc, category: data, action: counterfoil.CollectionCreate, object: ofView},
	{atype: "importCollection", class: fc | fw, category: data, action: counterfoil.CollectionImport, object: ofNS},
	{atype: "renameCollection", class: fc | fd, category: data, action: counterfoil.CollectionRename, object: ofRename},
	{atype: "dropCollection", class: fd, category: data, action: counterfoil.CollectionDrop, object: ofNS},
	{atype: "dropView", class: fd, category: data, action: counterfoil.CollectionDrop, object: ofView},
	{atype: "createIndex", class: fc, category: data, action: counterfoil.IndexCreate, object: ofIndex},
	{atype: "dropIndex", class: fd, category: data, action: counterfoil.IndexDrop, object: ofIndex},
	{atype: "createUser", class: ad, category: admin, action: counterfoil.AccountCreate, object: ofUser},
	{atype: "updateUser", class: ad, category: admin, action: counterfoil.AccountModify, object: ofUser},
	{atype: "dropUser", class: ad, category: admin, action: counterfoil.AccountDelete, object: ofUser},
	{atype: "dropAllUsers", class: ad, category: admin, action: counterfoil.AccountDelete, object: ofAllUsers},
	{atype: "dropAllUsersFromDatabase", class: ad, category: admin, action: counterfoil.AccountDelete, object: ofAllUsers},
	{atype: "grantRolesToUser", class: ad, category: admin, action: counterfoil.RoleGrant, object: ofUser},
	{atype: "revokeRolesFromUser", class: ad, category: admin, action: counterfoil.RoleRevoke, object: ofUser},
	{atype: "createRole", class: ad, category: admin, action: counterfoil.RoleCreate, object: ofRole},
	{atype: "updateRole", class: ad, category: admin, action: counterfoil.RoleModify, object: ofRole},
	{atype: "dropRole", class: ad, category: admin, action: counterfoil.RoleDelete, object: ofRole},
	{atype: "dropAllRoles", class: ad, category: admin, action: counterfoil.RoleDelete, object: ofAllRoles},
	{atype: "dropAllRolesFromDatabase", class: ad, category: admin, action: counterfoil.RoleDelete, object: ofAllRoles},
	{atype: "grantRolesToRole", class: ad, category: admin, action: counterfoil.RoleGrant, object: ofRole},
	{atype: "revokeRolesFromRole", class: ad, category: admin, action: counterfoil.RoleRevoke, object: ofRole},
	{atype: "grantPrivilegesToRole", class: ad, category: admin, action: counterfoil.RoleModify, object: ofRole},
	{atype: "revokePrivilegesFromRole", class: ad, category: admin, action: counterfoil.RoleModify, object: ofRole},
	{atype: "directAuthMutation", class: ad, category: security, action: counterfoil.AccountModify, object: ofMutation},
	{atype: "replSetReconfig", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofReplica},
	{atype: "enableSharding", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofNS},
	{atype: "shardCollection", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofNS},
	{atype: "refineCollectionShardKey", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofNS},
	{atype: "addShard", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofShard},
	{atype: "removeShard", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofShard},
	{atype: "getClusterParameter", class: ad, category: provision, action: counterfoil.ConfigRead, object: ofRequested},
	{atype: "setClusterParameter", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofParameter},
	{atype: "updateCachedClusterServerParameter", class: ad, category: provision, action: counterfoil.ConfigChange, object: ofParameter},
	{atype: "auditConfigure", class: ad, category: provision, action: counterfoil.AuditConfig},
	{atype: "rotateLog", class: ad, category: system, action: counterfoil.AuditRotate, object: ofLog},
	{atype: "applicationMessage", class: ap, category: system},
}

// rows finds an atype.
var rows = func() map[string]*row {
	m := make(map[string]*row, len(atypes))
	for i := range atypes {
		r := &atypes[i]
		r.event = counterfoil.ServiceName(r.atype)
		m[r.atype] = r
	}
	return m
}()

// command is what an authCheck of a command becomes, beside class aa: either it is known what the command does to data or
// settings, or, in like, which event the server writes when it has done it.
type command struct {
	class    counterfoil.Class
	category counterfoil.Category
	action   counterfoil.Action
	like     *row
}

// acts are commands by what they do; names as clients send them, of today's servers and of old ones.
var acts = []struct {
	command
	names string
}{
	{command{class: fr, category: data, action: counterfoil.DataRead},
		"find getMore aggregate count distinct explain query group geoNear geoSearch parallelCollectionScan mapReduce mapreduce"},
	{command{class: fa, category: data, action: counterfoil.DataRead},
		"listCollections listDatabases listIndexes listSearchIndexes collStats collstats dbStats dbstats dataSize datasize validate dbHash dbhash"},
	{command{class: fw, category: data, action: counterfoil.DataWrite}, "insert update findAndModify findandmodify bulkWrite"},
	{command{class: fd, category: data, action: counterfoil.DataDelete}, "delete"},
	{command{class: fm, category: data, action: counterfoil.DataCommand},
		"collMod compact reIndex convertToCapped cloneCollectionAsCapped killCursors"},
	{command{class: ad, category: provision, action: counterfoil.ConfigRead},
		"getParameter getCmdLineOpts getDefaultRWConcern auditGetOptions getAuditConfig replSetGetConfig"},
	{command{class: ad, category: provision, action: counterfoil.ConfigChange},
		"setParameter setFeatureCompatibilityVersion setDefaultRWConcern replSetInitiate"},
}

// likes are commands whose success is an event of its own, where it is named otherwise. Those of the same name need no row.
var likes = map[string]string{
	"create": "createCollection", "drop": "dropCollection", "createIndexes": "createIndex", "dropIndexes": "dropIndex",
	"deleteIndexes": "dropIndex", "logRotate": "rotateLog", "setAuditConfig": "auditConfigure",
	"logApplicationMessage": "applicationMessage",
}

// noCommand are the atypes that are no commands.
const noCommand = " authCheck authenticate clientMetadata logout startup startupOptions createDatabase createCollection createView importCollection " +
	"dropCollection dropView createIndex dropIndex dropAllUsers dropAllRoles directAuthMutation updateCachedClusterServerParameter " +
	"auditConfigure rotateLog applicationMessage "

// commands finds a command.
var commands = func() map[string]*command {
	m := map[string]*command{}
	for i := range acts {
		for name := range strings.FieldsSeq(acts[i].names) {
			m[name] = &acts[i].command
		}
	}
	for name, atype := range likes {
		m[name] = &command{like: rows[atype]}
	}
	for i := range atypes {
		if r := &atypes[i]; !strings.Contains(noCommand, " "+r.atype+" ") {
			m[r.atype] = &command{like: r}
		}
	}
	return m
}()

// actionAtypes gives the atype that an event of another dialect becomes.
var actionAtypes = func() map[counterfoil.Action]*row {
	m := map[counterfoil.Action]*row{}
	for i := range atypes {
		if r := &atypes[i]; r.action != "" && m[r.action] == nil {
			m[r.action] = r
		}
	}
	return m
}()
