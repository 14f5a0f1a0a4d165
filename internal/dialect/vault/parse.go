package vault

import (
	"errors"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// entry is an entry in its own names. A member that is not there, or not of its kind, is empty.
type entry struct {
	typ, time, problem string
	auth               auth // who asked
	given              auth // response.auth: who a login or a new token is
	request            request
}

type auth struct {
	displayName, entityID, accessor string
	allowed                         counterfoil.JSON
}

type request struct {
	operation, path, mountPoint, mountType, namespace string
	accessor, address                                 string
}

// parse gives the members of an entry. An error says why it is none.
func parse(doc counterfoil.JSON) (x entry, err error) {
	if doc.Kind() != '{' {
		return x, errors.New("not a JSON object")
	}
	for key, v := range doc.Members() {
		switch key {
		case "type":
			x.typ = dialect.Text(v)
		case "time":
			x.time = dialect.Text(v)
		case "error":
			if v != "null" {
				x.problem = v.Text()
			}
		case "auth":
			x.auth = parseAuth(v)
		case "request":
			x.request = parseRequest(v)
		case "response":
			x.given = parseAuth(v.Member("auth"))
		}
	}
	if x.typ != "request" && x.typ != "response" {
		return x, errors.New("not an audit entry: its type is neither request nor response")
	}
	return x, nil
}

func parseAuth(doc counterfoil.JSON) (a auth) {
	for key, v := range doc.Members() {
		switch key {
		case "display_name":
			a.displayName = dialect.Text(v)
		case "entity_id":
			a.entityID = dialect.Text(v)
		case "accessor":
			a.accessor = dialect.Text(v)
		case "policy_results":
			a.allowed = v.Member("allowed")
		}
	}
	return a
}

func parseRequest(doc counterfoil.JSON) (r request) {
	for key, v := range doc.Members() {
		switch key {
		case "operation":
			r.operation = dialect.Text(v)
		case "path":
			r.path = dialect.Text(v)
		case "mount_point":
			r.mountPoint = dialect.Text(v)
		case "mount_type":
			r.mountType = dialect.Text(v)
		case "namespace":
			r.namespace = dialect.Text(v.Member("path"))
		case "client_token_accessor":
			r.accessor = dialect.Text(v)
		case "remote_address":
			r.address = dialect.Text(v)
		}
	}
	return r
}
