package cloudtrail

import (
	"errors"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// record is a CloudTrail record in its own names. A member that is not there, or not of its kind, is empty.
type record struct {
	source, name, time, typ, category string
	address, errorCode, errorMessage  string
	readOnly, management              counterfoil.JSON
	identity                          identity
	parameters, response              counterfoil.JSON
	details                           counterfoil.JSON // serviceEventDetails
	insight                           counterfoil.JSON // insightDetails
	resources                         counterfoil.JSON
}

// parse gives the members of a record, or of the one in an event of EventBridge. An error says why it is none.
func parse(doc counterfoil.JSON) (r record, err error) {
	if doc.Kind() != '{' {
		return r, errors.New("not a JSON object")
	}
	if r = members(doc); r.name == "" {
		if detail := doc.Member("detail"); detail.Kind() == '{' {
			r = members(detail)
		}
	}
	if r.name == "" && r.source == "" && r.insight == "" {
		return r, errors.New("not a CloudTrail record: no eventName, eventSource or insightDetails")
	}
	return r, nil
}

func members(doc counterfoil.JSON) (r record) {
	for key, v := range doc.Members() {
		switch key {
		case "eventSource":
			r.source = dialect.Text(v)
		case "eventName":
			r.name = dialect.Text(v)
		case "eventTime":
			r.time = dialect.Text(v)
		case "eventType":
			r.typ = dialect.Text(v)
		case "eventCategory":
			r.category = dialect.Text(v)
		case "sourceIPAddress":
			r.address = dialect.Text(v)
		case "errorCode":
			r.errorCode = dialect.Text(v)
		case "errorMessage":
			r.errorMessage = dialect.Text(v)
		case "readOnly":
			r.readOnly = v
		case "managementEvent":
			r.management = v
		case "userIdentity":
			r.identity = parseIdentity(v)
		case "requestParameters":
			r.parameters = v
		case "responseElements":
			r.response = v
		case "serviceEventDetails":
			r.details = v
		case "insightDetails":
			r.insight = v
		case "resources":
			r.resources = v
		}
	}
	return r
}
