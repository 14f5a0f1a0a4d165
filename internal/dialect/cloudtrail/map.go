package cloudtrail

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

const suffix = ".amazonaws.com"

// decode fills e from a record.
func decode(e *counterfoil.Event, element []byte) error {
	doc, err := counterfoil.Canonical(string(element))
	if err != nil {
		return err
	}
	r, err := parse(doc)
	if err != nil {
		return err
	}
	e.EventData = doc
	if t, err := counterfoil.ParseTime(r.time); err == nil && t != 0 {
		e.Time = t
	}
	service := strings.TrimSuffix(r.source, suffix)
	if e.Service = counterfoil.ServiceName(service); e.Service == "" {
		e.Service = "AWS"
	}
	if e.Name = counterfoil.ServiceName(r.name); e.Name == "" {
		e.Name = "EVENT"
	}
	if r.insight != "" {
		r.raise(e)
		return nil
	}
	r.who(e)
	c := r.call(service)
	e.Class, e.Category, e.Action = c.class, c.category, c.action
	if e.Outcome = r.outcome(); e.Outcome == counterfoil.Failure && r.refused() {
		e.Category = security
	}
	r.what(e, c)
	return nil
}

// raise maps an insight: an unusual rate of calls or errors begins or ends.
func (r *record) raise(e *counterfoil.Event) {
	e.Class, e.Category = ot, alarm
	switch dialect.Text(r.insight.Member("state")) {
	case "Start":
		e.Action = counterfoil.AlarmRaise
	case "End":
		e.Action = counterfoil.AlarmClear
	}
	if e.Name == "EVENT" {
		e.Name = "INSIGHT"
	}
	e.Object.Kind = "insight"
	e.Object.Name = strings.TrimSpace(dialect.Text(r.insight.Member("insightType")) + " " + dialect.Text(r.insight.Member("eventName")))
}

func (r *record) who(e *counterfoil.Event) {
	u := &r.identity
	e.User, e.Session = u.user(), u.accessKey
	e.Subject.LoginID, e.Subject.ID, e.Subject.Name = u.principalID, u.arn, u.acting()
	if _, err := netip.ParseAddr(r.address); err == nil { // else a service's name
		e.Addr = r.address
	}
}

// call gives what is known of the call: by name, else by what CloudTrail says of it.
func (r *record) call(service string) *call {
	if c := known[service+":"+r.name]; c != nil {
		return c
	}
	isData := r.category == "Data" || r.management == "false"
	switch {
	case r.readOnly == "true" && isData:
		return &readsData
	case r.readOnly == "true":
		return &readsConfig
	case r.readOnly == "false" && isData:
		return &changesData
	case r.readOnly == "false":
		return &changesConfig
	}
	return &untold
}

// outcome: an error is a failure; sign-in events say it in words; a call that was answered without an error succeeded.
func (r *record) outcome() counterfoil.Outcome {
	for _, said := range [...]counterfoil.JSON{r.response, r.details} {
		switch dialect.Text(said.Member(r.name)) {
		case "Success":
			return counterfoil.Success
		case "Failure":
			return counterfoil.Failure
		}
	}
	switch {
	case r.errorCode != "" || r.errorMessage != "":
		return counterfoil.Failure
	case r.typ == "AwsApiCall":
		return counterfoil.Success
	}
	return counterfoil.Unknown
}

// refused reports whether the call failed because of who asked.
func (r *record) refused() bool {
	code := r.errorCode[strings.LastIndexByte(r.errorCode, '.')+1:] // Client.UnauthorizedOperation
	return slices.Contains(refusals, code) || slices.Contains(refusals, r.errorMessage)
}
