package k8s

import "github.com/counterfoil/counterfoil"

// access is what a verb does to a resource.
type access uint8

const (
	read access = iota
	create
	modify
	remove
	numAccess
)

// verb is one of the API's request verbs, or the method of a request that is for no resource.
type verb struct {
	event  string // the name of the event
	access access
	class  counterfoil.Class
}

var verbs = map[string]verb{
	"get":              {"GET", read, counterfoil.ClassFileRead},
	"list":             {"LIST", read, counterfoil.ClassFileRead},
	"watch":            {"WATCH", read, counterfoil.ClassFileRead},
	"head":             {"HEAD", read, counterfoil.ClassFileAttrAccess},
	"options":          {"OPTIONS", read, counterfoil.ClassFileAttrAccess},
	"create":           {"CREATE", create, counterfoil.ClassFileCreate},
	"post":             {"POST", modify, counterfoil.ClassFileWrite},
	"put":              {"PUT", modify, counterfoil.ClassFileWrite},
	"update":           {"UPDATE", modify, counterfoil.ClassFileWrite},
	"patch":            {"PATCH", modify, counterfoil.ClassFileWrite},
	"delete":           {"DELETE", remove, counterfoil.ClassFileDelete},
	"deletecollection": {"DELETECOLLECTION", remove, counterfoil.ClassFileDelete},
}

// family is what resources have in common: what it means to read, create, modify and remove them.
type family struct {
	name     string
	category counterfoil.Category
	class    counterfoil.Class // beside that of the verb
	actions  [numAccess]counterfoil.Action
}

var (
	configuration = family{"configuration", counterfoil.CategoryProvision, 0,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.ConfigChange, counterfoil.ConfigChange, counterfoil.ConfigChange}}
	data = family{"data", counterfoil.CategoryData, 0,
		[...]counterfoil.Action{counterfoil.DataRead, counterfoil.DataWrite, counterfoil.DataWrite, counterfoil.DataDelete}}
	machine = family{"container", counterfoil.CategoryProvision, 0,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.SystemVirtual, counterfoil.SystemVirtual, counterfoil.SystemVirtual}}
	account = family{"account", counterfoil.CategoryAdmin, counterfoil.ClassAdministration,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.AccountCreate, counterfoil.AccountModify, counterfoil.AccountDelete}}
	group = family{"group", counterfoil.CategoryAdmin, counterfoil.ClassAdministration,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.GroupCreate, counterfoil.GroupModify, counterfoil.GroupDelete}}
	role = family{"role", counterfoil.CategoryAdmin, counterfoil.ClassAdministration,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.RoleCreate, counterfoil.RoleModify, counterfoil.RoleDelete}}
	binding = family{"binding", counterfoil.CategoryAdmin, counterfoil.ClassAdministration,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.RoleGrant, counterfoil.RoleGrant, counterfoil.RoleRevoke}}
	policy = family{"policy", counterfoil.CategorySecurity, counterfoil.ClassAdministration,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.PolicyChange, counterfoil.PolicyChange, counterfoil.PolicyChange}}
	network = family{"network", counterfoil.CategoryProvision, counterfoil.ClassNetwork,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.NetworkConfig, counterfoil.NetworkConfig, counterfoil.NetworkConfig}}
	certificate = family{"certificate", counterfoil.CategoryAdmin, counterfoil.ClassAdministration,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.CertificateChange, counterfoil.CertificateChange, counterfoil.CertificateChange}}
	credential = family{"credential", counterfoil.CategorySecurity, counterfoil.ClassAuthentication,
		[...]counterfoil.Action{counterfoil.AuthCredential, counterfoil.AuthCredential, counterfoil.AuthCredential, counterfoil.AuthCredential}}
	authentication = family{"authentication", counterfoil.CategorySecurity, counterfoil.ClassAuthentication,
		[...]counterfoil.Action{counterfoil.AuthAttempt, counterfoil.AuthAttempt, counterfoil.AuthAttempt, counterfoil.AuthAttempt}}
	authorization = family{"authorization", counterfoil.CategorySecurity, counterfoil.ClassAuthentication,
		[...]counterfoil.Action{counterfoil.AuthAuthorize, counterfoil.AuthAuthorize, counterfoil.AuthAuthorize, counterfoil.AuthAuthorize}}
	running = family{"running in a container", counterfoil.CategoryAdmin, counterfoil.ClassExec,
		[...]counterfoil.Action{counterfoil.ProcessExec, counterfoil.ProcessExec, counterfoil.ProcessExec, counterfoil.ProcessExec}}
	tunnel = family{"tunnel", counterfoil.CategoryTraffic, counterfoil.ClassNetwork,
		[...]counterfoil.Action{counterfoil.FlowOpen, counterfoil.FlowOpen, counterfoil.FlowOpen, counterfoil.FlowOpen}}
	cluster = family{"running of the cluster", counterfoil.CategorySystem, 0,
		[...]counterfoil.Action{counterfoil.ConfigRead, counterfoil.ConfigChange, counterfoil.ConfigChange, counterfoil.ConfigChange}}
)

// families has what is more than configuration, by resource[/subresource][.group]. A subresource that is not here is
// part of its resource.
var families = map[string]*family{
	"secrets": &data, "configmaps": &data, "pods/log": &data, "pods": &machine, "pods/eviction": &machine,
	"pods/exec": &running, "pods/attach": &running, "pods/ephemeralcontainers": &running,
	"pods/portforward": &tunnel, "pods/proxy": &tunnel, "services/proxy": &tunnel, "nodes/proxy": &tunnel,
	"serviceaccounts": &account, "serviceaccounts/token": &credential,
	"services": &network, "endpoints": &network,
	"events": &cluster, "nodes": &cluster, "componentstatuses": &cluster,

	"roles.rbac.authorization.k8s.io": &role, "clusterroles.rbac.authorization.k8s.io": &role,
	"rolebindings.rbac.authorization.k8s.io": &binding, "clusterrolebindings.rbac.authorization.k8s.io": &binding,

	"certificatesigningrequests.certificates.k8s.io":                 &certificate,
	"tokenreviews.authentication.k8s.io":                             &authentication,
	"selfsubjectreviews.authentication.k8s.io":                       &authentication,
	"subjectaccessreviews.authorization.k8s.io":                      &authorization,
	"selfsubjectaccessreviews.authorization.k8s.io":                  &authorization,
	"localsubjectaccessreviews.authorization.k8s.io":                 &authorization,
	"selfsubjectrulesreviews.authorization.k8s.io":                   &authorization,
	"validatingwebhookconfigurations.admissionregistration.k8s.io":   &policy,
	"mutatingwebhookconfigurations.admissionregistration.k8s.io":     &policy,
	"validatingadmissionpolicies.admissionregistration.k8s.io":       &policy,
	"validatingadmissionpolicybindings.admissionregistration.k8s.io": &policy,
	"mutatingadmissionpolicies.admissionregistration.k8s.io":         &policy,
	"mutatingadmissionpolicybindings.admissionregistration.k8s.io":   &policy,
	"podsecuritypolicies.policy":                                     &policy,
	"securitycontextconstraints.security.openshift.io":               &policy,

	"networkpolicies.networking.k8s.io": &network, "ingresses.networking.k8s.io": &network,
	"endpointslices.discovery.k8s.io": &network, "routes.route.openshift.io": &network,

	"leases.coordination.k8s.io": &cluster, "events.events.k8s.io": &cluster,

	"users.user.openshift.io": &account, "groups.user.openshift.io": &group,
	"roles.authorization.openshift.io": &role, "clusterroles.authorization.openshift.io": &role,
	"rolebindings.authorization.openshift.io": &binding, "clusterrolebindings.authorization.openshift.io": &binding,
}

// nonResource is a request for a path that is no resource: /healthz, /version, /openapi/v2.
var nonResource = cluster
