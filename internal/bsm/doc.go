// Package bsm owns the tokens of Basic Security Module audit trails (Solaris, macOS, FreeBSD): how they lie in bytes, how a
// stream of them is cut into records, what their numbers are called. One table of shapes ([Shape]) says of each token what
// it is made of; parsing, writing, event_data, praudit's text and the selection of auditreduce all go by it, so that they
// can never disagree about what is covered.
//
//	record = header token…  [trailer]     all integers big-endian, no padding
//	header = id size:u32 version:u8 event:u16 modifier:u16 [address] sec ms
//	trailer = 13 b105 size:u32            size is that of the whole record
//
// It never trusts a length: nothing is allocated by one, and what a record claims is held against what is there. Layouts
// are from OpenBSM (libbsm), the FreeBSD kernel and illumos's praudit; what is not understood is kept as bytes.
package bsm
