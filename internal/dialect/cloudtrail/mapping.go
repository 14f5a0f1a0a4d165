package cloudtrail

import (
	"strings"

	"github.com/counterfoil/counterfoil/internal/dialect"
)

// rows makes the mapping table of the page: fields, then calls.
func rows() []dialect.Row {
	all := []dialect.Row{
		{Theirs: "eventTime", Ours: "time", Note: "else when it was received"},
		{Theirs: "eventSource", Ours: "svc", Note: "without " + suffix},
		{Theirs: "eventName", Ours: "event", Note: "in upper case"},
		{Theirs: "userIdentity", Ours: "user", Note: "sourceIdentity, else userName, else the session name in principalId, else onBehalfOf.userId, else root, invokedBy, principalId"},
		{Theirs: "userIdentity.principalId, .arn", Ours: "subject.login_id, subject.id"},
		{Theirs: "userIdentity.sessionContext.sessionIssuer.userName", Ours: "subject.name", Note: "the role; else the user"},
		{Theirs: "userIdentity.accessKeyId", Ours: "sess"},
		{Theirs: "sourceIPAddress", Ours: "addr", Note: "if it is an address; a service's name is not"},
		{Theirs: "errorCode, errorMessage", Ours: "success false"},
		{Theirs: "responseElements or serviceEventDetails, the member of the event's name", Ours: "success", Note: "Success or Failure: sign-in events"},
		{Theirs: "neither, eventType AwsApiCall", Ours: "success true"},
		{Theirs: "errorCode " + strings.Join(refusals, ", "), Ours: "category security", Note: "also behind a dot"},
		{Theirs: "insightDetails.state Start · End", Ours: "alarm.raise · alarm.clear", Note: "category alarm"},
		{Theirs: "resources[0].ARN", Ours: "object.id", Note: "object.name where no parameter names it"},
	}
	for i := range groups {
		g := &groups[i]
		all = append(all, g.call.row(g.service+": "+strings.Join(g.names, ", ")))
	}
	return append(all, readsConfig.row("any other, readOnly true"), changesConfig.row("any other, readOnly false"),
		readsData.row("any other, readOnly true, eventCategory Data"), changesData.row("any other, readOnly false, eventCategory Data"),
		untold.row("any other"))
}

func (c *call) row(theirs string) dialect.Row {
	r := dialect.Row{Theirs: theirs, Ours: string(c.action) + ", " + c.class.String() + ", " + c.category.String()}
	r.Ours = strings.TrimPrefix(r.Ours, ", ")
	if c.kind != "" {
		r.Note = "object " + c.kind
		if c.param != "" {
			r.Note += ": " + strings.TrimPrefix(c.param, "@")
		}
	}
	return r
}
