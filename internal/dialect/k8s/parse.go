package k8s

import (
	"errors"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// record is an audit event in its own names. A member that is not there, or not of its kind, is empty.
type record struct {
	auditID, stage, verb, uri string
	stageTime, received       string
	user, impersonated        identity
	addresses                 counterfoil.JSON
	object                    object
	status                    counterfoil.JSON
	annotations               counterfoil.JSON
	response                  counterfoil.JSON
}

type identity struct {
	name, uid string
	extra     counterfoil.JSON
}

type object struct{ group, resource, subresource, namespace, name, uid string }

// parse gives the members of an audit event. An error says why it is none.
func parse(doc counterfoil.JSON) (r record, err error) {
	if doc.Kind() != '{' {
		return r, errors.New("not a JSON object")
	}
	for key, v := range doc.Members() {
		switch key {
		case "auditID":
			r.auditID = dialect.Text(v)
		case "stage":
			r.stage = dialect.Text(v)
		case "verb":
			r.verb = dialect.Text(v)
		case "requestURI":
			r.uri = dialect.Text(v)
		case "stageTimestamp":
			r.stageTime = dialect.Text(v)
		case "requestReceivedTimestamp":
			r.received = dialect.Text(v)
		case "user":
			r.user = parseIdentity(v)
		case "impersonatedUser":
			r.impersonated = parseIdentity(v)
		case "sourceIPs":
			r.addresses = v
		case "objectRef":
			r.object = parseObject(v)
		case "responseStatus":
			r.status = v
		case "annotations":
			r.annotations = v
		case "responseObject":
			r.response = v
		}
	}
	if r.auditID == "" && r.stage == "" {
		return r, errors.New("not an audit event: neither auditID nor stage")
	}
	return r, nil
}

func parseIdentity(doc counterfoil.JSON) (u identity) {
	for key, v := range doc.Members() {
		switch key {
		case "username":
			u.name = dialect.Text(v)
		case "uid":
			u.uid = dialect.Text(v)
		case "extra":
			u.extra = v
		}
	}
	return u
}

func parseObject(doc counterfoil.JSON) (o object) {
	for key, v := range doc.Members() {
		switch key {
		case "apiGroup":
			o.group = dialect.Text(v)
		case "resource":
			o.resource = dialect.Text(v)
		case "subresource":
			o.subresource = dialect.Text(v)
		case "namespace":
			o.namespace = dialect.Text(v)
		case "name":
			o.name = dialect.Text(v)
		case "uid":
			o.uid = dialect.Text(v)
		}
	}
	return o
}
