// Package evidence makes the archive that proves what a query found to somebody who has neither the trail nor a network:
// records, proofs, the signed tree, what is known to be missing, the policies in force, and a report that is read,
// printed and checked in a browser. docs/format/bundle.md is the normative text, [proof.VerifyEvidence] checks it.
//
// It never decides who may have it, and records nothing: api, web and cli do.
package evidence
