// Package proof is what an auditor needs to check evidence from a trail without the server that keeps it: signed
// checkpoints, inclusion and consistency proofs, and the evidence bundle. It reads no disk, no network and no clock, and
// depends on the root package, the standard library and golang.org/x/mod/sumdb.
//
// The normative texts are docs/format/checkpoint.md, docs/format/tree.md and docs/format/bundle.md.
package proof
