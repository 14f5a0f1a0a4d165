// Package merkle owns a trail's tree: the frontier that grows with every record, the tiles that hold its upper levels, the
// proofs taken from them, and the signer of checkpoints. It knows hashes only, no records; it never reads a clock and
// starts no goroutine. docs/format/tree.md and docs/format/checkpoint.md are the normative texts.
//
// The tree is RFC 6962's over leaf hashes as the root package makes them. Level 0 is the leaves; a node of level L covers
// 2^L of them. Tiles follow C2SP tlog-tiles, with 256 hashes of 32 bytes in a full tile: the tile of tile level K and
// index N holds the nodes 256·N … 256·N+255 of level 8·K. Only tile levels from 1 up are stored, level 1 being the
// hashes of whole blocks of 256 records; level 0 is computed anew from the records.
//
//	tile/1/000            a full tile
//	tile/1/x001/234       the tile with index 1234
//	tile/1/001.p/17       the last tile of the level, 17 hashes wide
package merkle
