// Package wal keeps the trail's newest records: a file of checksummed, compressed batches that is written at its end,
// synced, read once after a crash, and removed when its records are sealed. It owns the bytes of that file. It does not
// know what a record is, starts no goroutine and decides nothing about recovery but where the file ends.
//
// # The file
//
// All numbers are little-endian. The file is a sequence of frames, then zeros to its end: space is asked for in pieces of
// 16 MiB, so that writing and syncing a frame changes no metadata. A frame begins at a multiple of 512, a sector, so that
// what was synced is never written again but as it is ([Continue]). It is
//
//	offset  bytes
//	     0      4  magic "CFW1"
//	     4      4  kind: 0 header, 1 batch compressed as an S2 block, 2 batch as it is
//	     8      8  first: sequence number of the batch's first record; 0 in the header
//	    16      4  count: records in the batch, at least 1; 0 in the header
//	    20      4  size: bytes of the batch before compression, at most 64 MiB
//	    24      4  stored: bytes of the payload that follows
//	    28      4  prev: head sum of the frame before; 0 in the header
//	    32      8  durable: the file's length in frames, in bytes, that was synced when this frame was written
//	    40      4  payload sum: CRC-32C of the payload
//	    44      4  head sum: CRC-32C of the nonce and of bytes 0 to 43
//	    48 stored  payload
//	         0-511 zeros up to a multiple of 512
//
// The first frame is the header. Its payload is the nonce, 16 random bytes, and then what the file's maker wanted to say
// of it; for its own head sum the nonce counts as 16 zero bytes. The nonce ties every frame to its file: what an attacker
// sends as a record, and what an old file left on the disk, is never taken for a frame. prev ties a frame to its
// predecessor: none can be left out, repeated or moved. A batch begins with the number after the last of the batch before.
//
// S2 blocks are the format of github.com/klauspost/compress/s2, which decodes Snappy blocks as well.
//
// A file gets its name, by rename, when its header is on stable storage, so that a named file without a header is damaged.
//
// # Where the file ends
//
// Reading stops at the first place X where no whole frame follows from the frame before. Then
//
//   - if the rest of the file is zeros, the file ends at X;
//   - if a frame of this file (magic and head sum fit) is found after X, at a multiple of 512, whose durable is greater
//     than X, then what stood at X had been synced, and the file is damaged;
//   - if every sector of the bad frame was written, the file is damaged too: what a power cut leaves out is whole sectors,
//     which then read as zeros. Where the head is bad as well, only the sector that it stands in counts;
//   - otherwise a power cut or a kill tore the end off while it was being written. It was never synced, so that nobody was
//     told it is safe; the file ends at X.
//
// Damage that looks in every way like a tear (a whole sector of the last frame zeroed) is for the reader of the trail to
// see: the last checkpoint then counts more records than there are.
package wal
