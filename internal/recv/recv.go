// Package recv receives datagrams as inputs want to: with a large buffer in the kernel, many at a time, and with the kernel's
// count of those it had no room for. It knows nothing of what is in them.
package recv
