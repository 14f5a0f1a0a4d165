// Package trail is the spine: it keeps records in order, durably and provably, and shows them to readers. It is the only
// writer of a data directory.
//
//	lock                       held by the one writer
//	trail                      signed note: origin, identity, verifier key
//	keys/signer                the seed of the signing key
//	keys/subjects              one key per user, from which the salts of the leaves come
//	keys/salts                 salts of records that outlived their user's key
//	keys/forgetting            what is to be done while somebody is being forgotten
//	forgotten/<event>          signed note: the certificate that it was done
//	wal/<first>.wal            records that are not sealed yet; one file for each segment to be
//	segment/<first>-<last>.parquet   sealed records
//	segment/<first>-<last>.seal      signed note: the file's digest, the tree's size and root
//	segment/<first>-<last>.idx       for search; derived
//	tile/…                     the tree's upper levels; derived
//	checkpoint                 the newest signed checkpoint
//
// # What is promised
//
// When Append returns, the batch is on stable storage, numbered, in the tree and visible. After a failed sync the trail
// is broken: it refuses everything until it is opened again, because nobody knows what is on the disk. Opening brings
// back every acknowledged record and perhaps some of a batch that was never acknowledged, or says what is damaged.
package trail
