// Package k8s is the room of the Kubernetes audit log: events of audit.k8s.io as the API server writes them to a file, one
// JSON object a line, or sends them to a webhook, an EventList with many items.
//
//	{"kind":"Event","apiVersion":"audit.k8s.io/v1","stage":"ResponseComplete","verb":"get","user":{…},"objectRef":{…},…}
//	{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[{…},{…}]}
//
// The way of an event: k8s.go cuts the stream; parse.go finds the members; tables.go says what resources and verbs are;
// map.go translates.
//
// Specified by the API reference "kube-apiserver Audit Configuration (v1)", the types in
// staging/src/k8s.io/apiserver/pkg/apis/audit/v1, and the reference "Audit Annotations". v1alpha1 and v1beta1 are read as
// far as they have the same members. Not understood: the bodies of requests and responses but for the name and uid that
// the server gave, resources of other API groups than those in tables.go beyond read and written, and which of several
// addresses behind a proxy is the client's.
package k8s
