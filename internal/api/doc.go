// Package api owns the HTTP interface under /api/v1, /healthz and /metrics: who may ask, what the parameters mean, how
// answers and errors look. docs/api.md is its manual, openapi.json its description, and a test holds the two and the
// server together. It never decides what matches (internal/search does), how events are taken in (internal/intake/http)
// or what a proof is.
//
// Nothing is read unrecorded: the event that says who asks what is in the trail before the first byte of the answer. If
// it cannot be appended, the request is refused.
package api
