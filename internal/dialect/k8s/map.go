package k8s

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// decode fills e from an audit event or an EventList without events.
func decode(e *counterfoil.Event, element []byte) error {
	if len(element) == 0 {
		return emptyList(e)
	}
	doc, err := counterfoil.Canonical(string(element))
	if err != nil {
		return err
	}
	r, err := parse(doc)
	if err != nil {
		return err
	}
	e.Service, e.EventData = "K8S", doc
	for _, text := range [...]string{r.stageTime, r.received} {
		if t, err := counterfoil.ParseTime(text); err == nil && t != 0 {
			e.Time = t
			break
		}
	}
	r.who(e)
	r.what(e)
	e.Outcome = r.outcome()
	if e.Outcome == counterfoil.Failure && r.refused() {
		e.Category = counterfoil.CategorySecurity
	}
	return nil
}

// emptyList: the API server sends one when its time for a batch is over and there was nothing. It says that it works.
func emptyList(e *counterfoil.Event) error {
	doc, err := counterfoil.Canonical(e.Raw)
	if err != nil {
		return err
	}
	if dialect.Text(doc.Member("kind")) != "EventList" {
		return errors.New("a list that is no EventList")
	}
	e.Service, e.Name, e.EventData = "K8S", "EVENTLIST", doc
	e.Class, e.Category = counterfoil.ClassNone, counterfoil.CategorySystem
	return nil
}

// who fills the user: who authenticated, so that all that one person did is found under one name. Whose rights were used
// is the subject's name.
func (r *record) who(e *counterfoil.Event) {
	e.User = r.user.name
	acting := &r.user
	if r.impersonated.name != "" {
		acting = &r.impersonated
	}
	e.Subject.LoginID, e.Subject.ID, e.Subject.Name = r.user.uid, acting.uid, acting.name
	for v := range r.user.extra.Member("authentication.kubernetes.io/credential-id").Elements() {
		e.Session = dialect.Text(v)
		break
	}
	last := ""
	for v := range r.addresses.Elements() {
		last = dialect.Text(v)
	}
	if _, err := netip.ParseAddr(last); err == nil { // the client can set those before it
		e.Addr = last
	}
}

// what fills event, class, category, action and object.
func (r *record) what(e *counterfoil.Event) {
	v, known := verbs[r.verb]
	switch {
	case known:
		e.Name = v.event
	case r.verb == "":
		e.Name = "EVENT"
	default:
		e.Name = counterfoil.ServiceName(r.verb)
	}
	f := &nonResource
	e.Object = counterfoil.Object{Kind: "url", Name: r.uri}
	if r.object.resource != "" {
		f = familyOf(&r.object)
		e.Object = r.named()
	} else if r.uri == "" {
		e.Object = counterfoil.Object{}
	}
	e.Class, e.Category = f.class|v.class, f.category
	if known {
		e.Action = f.actions[v.access]
	}
	if f.class&(counterfoil.ClassExec|counterfoil.ClassAuthentication) != 0 || f == &tunnel {
		e.Class = f.class // the verb is only the way to ask for it
	}
	if e.Class == 0 {
		e.Class = counterfoil.ClassOther
	}
}

func familyOf(o *object) *family {
	dot := ""
	if o.group != "" {
		dot = "." + o.group
	}
	if o.subresource != "" {
		if f := families[o.resource+"/"+o.subresource+dot]; f != nil {
			return f
		}
	}
	if f := families[o.resource+dot]; f != nil {
		return f
	}
	return &configuration
}

// named gives the object, its name as in the API's paths: namespaces/default/pods/web-0/exec. What is created without a
// name has the one that the server gave it, where the response is in the event.
func (r *record) named() counterfoil.Object {
	o := r.object
	if o.name == "" && r.verb == "create" {
		meta := r.response.Member("metadata")
		if o.name = dialect.Text(meta.Member("name")); o.uid == "" {
			o.uid = dialect.Text(meta.Member("uid"))
		}
	}
	kind := o.resource
	if o.subresource != "" {
		kind += "/" + o.subresource
	}
	var b strings.Builder
	if o.namespace != "" && o.resource != "namespaces" {
		b.WriteString("namespaces/")
		b.WriteString(o.namespace)
		b.WriteByte('/')
	}
	b.WriteString(o.resource)
	for _, part := range [...]string{o.name, o.subresource} {
		if part != "" {
			b.WriteByte('/')
			b.WriteString(part)
		}
	}
	return counterfoil.Object{Kind: kind, Name: b.String(), ID: o.uid}
}

// outcome: the code of the response, else its status. A decision alone says no only.
func (r *record) outcome() counterfoil.Outcome {
	if code, err := strconv.Atoi(string(r.status.Member("code"))); err == nil && code > 0 {
		return counterfoil.OutcomeOf(code < 400)
	}
	switch dialect.Text(r.status.Member("status")) {
	case "Success":
		return counterfoil.Success
	case "Failure":
		return counterfoil.Failure
	}
	if r.stage == "Panic" || r.decision() == "forbid" {
		return counterfoil.Failure
	}
	return counterfoil.Unknown
}

func (r *record) decision() string {
	return dialect.Text(r.annotations.Member("authorization.k8s.io/decision"))
}

// refused reports whether the request failed because of who asked.
func (r *record) refused() bool {
	code := r.status.Member("code")
	return code == "401" || code == "403" || r.decision() == "forbid"
}
