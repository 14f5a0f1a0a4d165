package filter_test

import (
	"fmt"
	"testing"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/filter"
	"github.com/counterfoil/counterfoil/internal/filter/mongoq"
)

// policy is ten filters as people have them in auditLog.filter.
var policy = []string{
	`{ atype: { $in: [ "createCollection", "dropCollection" ] } }`,
	`{ atype: "authCheck", "param.command": { $in: [ "find", "insert", "delete", "update", "findandmodify" ] }, "param.ns": /^test\\./ }`,
	`{ atype: "authenticate", result: { $ne: 0 } }`,
	`{ "users.user": "dba", atype: { $nin: ["authCheck", "clientMetadata"] } }`,
	`{ atype: /^(create|drop|grant|revoke)/ }`,
	`{ atype: "authCheck", users: { $elemMatch: { user: "tim", db: "admin" } } }`,
	`{ "remote.ip": /^10\\./, atype: "logout" }`,
	`{ atype: "authCheck", "param.ns": /^(?!test\\.)/, result: 13 }`,
	`{ svc: "MONGODB", user: "anna", success: false }`,
	`{ "param.db": "admin", atype: { $in: ["createUser", "updateUser", "dropUser"] } }`,
}

// BenchmarkPolicy asks the ten filters of an event: ns/op is for all ten.
func BenchmarkPolicy(b *testing.B) {
	var xs []filter.Expr
	for _, text := range policy {
		q, err := mongoq.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		xs = append(xs, filter.Cheapest(q.Expr))
	}
	mongo := counterfoil.Record{Event: counterfoil.Event{Service: "MONGODB", Name: "AUTHCHECK", User: "app", Dialect: "mongo/1", Outcome: counterfoil.Success, EventData: `{"atype":"authCheck","local":{"ip":"10.20.0.5","port":27017},"param":{"args":{"$db":"shop","find":"orders","filter":{"sku":"A-1"},"limit":5,"lsid":{"id":{"$binary":"AAECAwQFRgeICQoLDA0ODw==","$type":"04"}}},"command":"find","ns":"shop.orders"},"remote":{"ip":"10.9.8.7","port":51238},"result":0,"roles":[{"db":"shop","role":"readWrite"}],"users":[{"db":"admin","user":"app"}]}`}}
	smb := counterfoil.Record{Event: counterfoil.Event{Service: "SMB", Name: "CREATE", User: "anna", Dialect: "samba/1", Outcome: counterfoil.Success,
		EventData: `{"client":{"os":"Windows 11","version":"10.0.22631"},"file":{"attributes":32,"inode":8127733,"mode":"0644","path":"/mnt/tank/projects/2026/q3/report-final-v2.docx","size":283648,"type":"REGULAR"},"handle":{"type":"DEV_INO","value":"58:8127733:0"},"host":"10.12.33.71","result":{"type":"NTSTATUS","value_parsed":"SUCCESS","value_raw":0},"share":{"name":"projects","path":"/mnt/tank/projects"},"vers":{"major":0,"minor":1}}`}}
	for name, r := range map[string]*counterfoil.Record{"mongo": &mongo, "smb": &smb} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, x := range xs {
					filter.Eval(x, r)
				}
			}
		})
		for i, x := range xs {
			b.Run(fmt.Sprintf("%s/%d", name, i), func(b *testing.B) {
				for b.Loop() {
					filter.Eval(x, r)
				}
			})
		}
	}
}
