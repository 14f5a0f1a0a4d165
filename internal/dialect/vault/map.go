package vault

import (
	"net/netip"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// decode fills e from an entry.
func decode(e *counterfoil.Event, line []byte) error {
	doc, err := counterfoil.Canonical(string(line))
	if err != nil {
		return err
	}
	x, err := parse(doc)
	if err != nil {
		return err
	}
	e.Service, e.EventData = "VAULT", doc
	if t, err := counterfoil.ParseTime(x.time); err == nil && t != 0 {
		e.Time = t
	}
	if e.Name = counterfoil.ServiceName(x.request.operation); e.Name == "" {
		e.Name = "ENTRY"
	}
	r := x.request.rule()
	x.what(e, r)
	x.who(e, r)
	e.Outcome = x.outcome()
	if e.Outcome == counterfoil.Failure && (x.auth.allowed == "false" || strings.Contains(x.problem, "permission denied")) {
		e.Category = security
	}
	return nil
}

// who fills the user: the name that Vault made of the mount and what the method said, which no holder of a token can choose
// as he can choose its metadata. Who logs in is who the response says he is, or, as long as it does not, who the path
// names, in the form that Vault will give it.
func (x *entry) who(e *counterfoil.Event, r *rule) {
	a := &x.auth
	if r.class&lo != 0 && x.given.displayName != "" {
		a = &x.given
	}
	e.User, e.Subject.LoginID, e.Subject.Name = a.displayName, a.entityID, a.displayName
	if e.Session = a.accessor; e.Session == "" {
		e.Session = x.request.accessor
	}
	if e.User == "" && r.class&lo != 0 {
		e.User = x.request.claimed()
	}
	if _, err := netip.ParseAddr(x.request.address); err == nil {
		e.Addr = x.request.address
	}
}

// claimed gives who a login says it is: auth/userpass/login/anna is userpass-anna.
func (r *request) claimed() string {
	rest, ok := strings.CutPrefix(r.path, "auth/")
	mount, name, ok2 := strings.Cut(rest, "/login/")
	if !ok || !ok2 || name == "" {
		return ""
	}
	return strings.ReplaceAll(mount, "/", "-") + "-" + name
}

func (x *entry) what(e *counterfoil.Event, r *rule) {
	if x.request.path == "" {
		e.Class, e.Category = counterfoil.ClassOther, system
		return
	}
	op, known := operations[x.request.operation]
	e.Class, e.Category = r.class|op.class, r.category
	if r.class&(lo|aa) != 0 {
		e.Class = r.class // reading or writing is only the way to ask for it
	}
	if known {
		e.Action = r.actions[op.access]
	}
	if e.Class == 0 {
		e.Class = counterfoil.ClassOther
	}
	e.Object = counterfoil.Object{Kind: r.kind, Name: x.request.namespace + x.request.path}
}

// outcome: only a response without an error has succeeded. A request that goes on says nothing yet.
func (x *entry) outcome() counterfoil.Outcome {
	switch {
	case x.problem != "" || x.auth.allowed == "false":
		return counterfoil.Failure
	case x.typ == "response":
		return counterfoil.Success
	}
	return counterfoil.Unknown
}

// rule gives the first rule that matches the mount's type and the path.
func (r *request) rule() *rule {
	path := r.plainPath()
	for i := range rules {
		if x := &rules[i]; (x.mount == "" || x.mount == r.mountType) && matches(x.path, path) {
			return x
		}
	}
	return &rules[len(rules)-1] // it matches anything
}

// plainPath gives the path with a mount point of several segments (auth/team/ldap/) as one, which the patterns expect.
func (r *request) plainPath() string {
	point, auth := strings.CutPrefix(r.mountPoint, "auth/")
	rest, ok := strings.CutPrefix(r.path, r.mountPoint)
	switch {
	case !ok || strings.Count(point, "/") < 2:
		return r.path
	case auth:
		return "auth/mount/" + rest
	}
	return "mount/" + rest
}

func matches(pattern, path string) bool {
	for {
		p, restP, moreP := strings.Cut(pattern, "/")
		s, restS, moreS := strings.Cut(path, "/")
		switch {
		case p == "**":
			return true
		case p != "*" && p != s:
			return false
		case !moreP || !moreS:
			return moreP == moreS || restP == "**" && moreP || moreS && restS == ""
		}
		pattern, path = restP, restS
	}
}
