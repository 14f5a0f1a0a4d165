// Package disktest has a disk in memory that loses power, fills up and fails on command, and the suite that it and the
// real disk pass, so that what holds on the one holds on the other.
//
// A crash test runs the same work with the power cut after every operation in turn:
//
//	for cut := 0; ; cut++ {
//		d := disktest.New()
//		d.CutAfter(cut)
//		acknowledged := work(d)
//		if !d.Cut() {
//			break // the work ended first
//		}
//		check(d.Reopen(seed, 0.5), acknowledged)
//	}
package disktest
