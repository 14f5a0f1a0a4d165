// Package counterfoil is what an auditor needs who does not trust the server: the audit [Event], the [Record] it
// becomes when a trail keeps it, the one canonical encoding of both, and the [Leaf] that a trail's Merkle tree
// commits to. It uses the standard library only, reads no clock, touches no disk and starts no goroutine.
//
// # The canonical message
//
// A message is one JSON object with its keys in a fixed order and no white space. The keys up to and including
// "success" identify nobody and are the open half; the rest, from "addr" on, is the hidden half. A leaf commits to
// the halves separately, so that the hidden half can be erased and every proof stays valid:
//
//	open   = SHA-256( "{" + keys of the open half + "}" )
//	hidden = SHA-256( salt ‖ "{" + keys of the hidden half + "}" )      salt: 16 bytes, see [Salt]
//	leaf   = SHA-256( 0x00 ‖ open ‖ hidden )                            RFC 6962 tree above it
//
// docs/format/event.md is the normative text; corpus/vectors has test vectors.
package counterfoil
