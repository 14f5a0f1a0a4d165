package cloudtrail

import (
	"strings"

	"github.com/counterfoil/counterfoil"
	"github.com/counterfoil/counterfoil/internal/dialect"
)

// identity is the element userIdentity.
type identity struct {
	typ, userName, principalID, arn, accessKey, invokedBy string
	issuer                                                string // sessionContext.sessionIssuer.userName: the role
	source                                                string // sessionContext.sourceIdentity
	onBehalfOf                                            string // onBehalfOf.userId
}

func parseIdentity(doc counterfoil.JSON) (u identity) {
	for key, v := range doc.Members() {
		switch key {
		case "type":
			u.typ = dialect.Text(v)
		case "userName":
			u.userName = dialect.Text(v)
		case "principalId":
			u.principalID = dialect.Text(v)
		case "arn":
			u.arn = dialect.Text(v)
		case "accessKeyId":
			u.accessKey = dialect.Text(v)
		case "invokedBy":
			u.invokedBy = dialect.Text(v)
		case "sessionContext":
			u.issuer = dialect.Text(v.Member("sessionIssuer").Member("userName"))
			u.source = dialect.Text(v.Member("sourceIdentity"))
		case "onBehalfOf":
			u.onBehalfOf = dialect.Text(v.Member("userId"))
		}
	}
	return u
}

// user gives who it was, so that one person is found under one name in whatever role: the source identity, which roles
// pass on to each other; else the user's name; else the name of the session, which whoever took on the role chose; else
// what there is.
func (u *identity) user() string {
	session := ""
	switch u.typ {
	case "AssumedRole", "FederatedUser", "AWSAccount":
		_, session, _ = strings.Cut(u.principalID, ":")
	}
	for _, name := range [...]string{u.source, u.userName, session, u.onBehalfOf} {
		if name != "" {
			return name
		}
	}
	switch {
	case u.typ == "Root":
		return "root"
	case u.typ == "AWSService" || u.principalID == "":
		return u.invokedBy
	}
	return u.principalID
}

// acting gives whose rights were used: the role, or the user.
func (u *identity) acting() string {
	switch {
	case u.issuer != "":
		return u.issuer
	case u.userName != "":
		return u.userName
	case u.typ == "Root":
		return "root"
	}
	return ""
}
